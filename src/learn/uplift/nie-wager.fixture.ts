// The worlds A–D of Nie & Wager (2021) with known effects, and the table that causalml 0.14 prints for
// learners over the lasso on them: medians of the squared error of the effect over n, p, σ and draws.
import { createRng, normal, type Rng } from "../../base/rng.ts";
import { logistic } from "../linear/index.ts";
import { takeRows } from "../matrix.ts";
import type { UpliftLearner } from "./effect.ts";
import { lasso } from "./lasso.fixture.ts";
import { rLearner } from "./r-learner.ts";
import { takeUpliftRows, type UpliftRows } from "./rows.ts";
import { sLearner } from "./s-learner.ts";
import { tLearner } from "./t-learner.ts";
import { xLearner } from "./x-learner.ts";

export type Setup = "A" | "B" | "C" | "D";
export const SETUPS: readonly Setup[] = ["A", "B", "C", "D"];

/** causalml, docs/examples/benchmark_simulation_studies.ipynb: median PEHE. */
export const PEHE_PUBLISHED: Readonly<Record<string, Readonly<Record<Setup, number>>>> = {
  S: { A: 0.290226, B: 1.91161, C: 1, D: 1.696009 },
  T: { A: 0.214197, B: 1.22995, C: 2.133935, D: 1.848652 },
  X: { A: 0.213853, B: 1.257568, C: 1.910579, D: 1.826252 },
  R: { A: 0.135057, B: 1.228229, C: 0.056223, D: 1.769802 },
};

const propensity = {
  learner: logistic({ l2: 1, isStandardised: false, errors: "none" }),
  clip: 0.001,
};

/** As causalml has them: no cross-fitting but the R-learner's. */
export const LASSO_LEARNERS: Readonly<Record<string, UpliftLearner>> = {
  S: sLearner(lasso()),
  T: tLearner(lasso()),
  X: xLearner({ outcome: lasso(), effect: lasso(), propensity, folds: 1 }),
  R: rLearner({ outcome: lasso(), effect: lasso(), propensity, folds: 5 }),
};

export interface World {
  readonly rows: UpliftRows;
  readonly effect: Float64Array;
  /** Float64Array (rows × 2). */
  readonly propensity: Float64Array;
}

export function drawWorld(setup: Setup, n: number, p: number, sigma: number, rng: Rng): World {
  const values = new Float64Array(n * p).map(() => (setup === "A" ? rng() : normal(rng)));
  const arm = new Int32Array(n);
  const y = new Float64Array(n);
  const effect = new Float64Array(n);
  const propensity = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [a, b, c, d, e] = values.subarray(i * p, i * p + 5) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    const { base, tau, treated } = meansOf(setup, a, b, c, d, e);
    effect[i] = tau;
    propensity[2 * i + 1] = treated;
    propensity[2 * i] = 1 - treated;
    arm[i] = rng() < treated ? 1 : 0;
    y[i] = base + (arm[i]! - 0.5) * tau + sigma * normal(rng);
  }
  return { rows: { x: { rows: n, columns: p, values }, arms: 2, arm, y }, effect, propensity };
}

function meansOf(setup: Setup, a: number, b: number, c: number, d: number, e: number) {
  const positive = (x: number): number => Math.max(0, x);
  switch (setup) {
    case "A": {
      const wave = Math.sin(Math.PI * a * b);
      return {
        base: wave + 2 * (c - 0.5) ** 2 + d + 0.5 * e,
        tau: (a + b) / 2,
        treated: Math.max(0.1, Math.min(wave, 0.9)),
      };
    }
    case "B":
      return {
        base: Math.max(0, a + b, c) + positive(d + e),
        tau: a + Math.log1p(Math.exp(b)),
        treated: 0.5,
      };
    case "C":
      return {
        base: 2 * Math.log1p(Math.exp(a + b + c)),
        tau: 1,
        treated: 1 / (1 + Math.exp(b + c)),
      };
    case "D":
      return {
        base: (positive(a + b + c) + positive(d + e)) / 2,
        tau: positive(a + b + c) - positive(d + e),
        treated: 1 / (1 + Math.exp(-a) + Math.exp(-b)),
      };
  }
}

/**
 * Median squared error of each learner in one world over n ∈ {100, 500}, p ∈ {6, 12}, σ ∈ {½, 1, 2, 4}
 * and `draws` of each; learned on 80 % of the rows and measured on the rest.
 */
export function medianPehe(
  setup: Setup,
  learners: Readonly<Record<string, UpliftLearner>>,
  draws: number,
  seed: number,
): Record<string, number> {
  const found: Record<string, number[]> = {};
  const rng = createRng(seed, setup.charCodeAt(0));
  for (let draw = 0; draw < draws; draw++) {
    for (const n of [100, 500]) {
      for (const p of [6, 12]) {
        for (const sigma of [0.5, 1, 2, 4]) {
          const world = drawWorld(setup, n, p, sigma, rng);
          const cut = Math.round(0.8 * n);
          const train = takeUpliftRows(
            world.rows,
            Int32Array.from({ length: cut }, (_, i) => i),
          );
          const test = Int32Array.from({ length: n - cut }, (_, i) => cut + i);
          for (const [name, learner] of Object.entries(learners)) {
            const effect = learner.fit(train, { seed: draw }).effect(takeRows(world.rows.x, test));
            let squares = 0;
            for (let k = 0; k < test.length; k++) {
              squares += (effect[k]! - world.effect[test[k]!]!) ** 2;
            }
            found[name] ??= [];
            found[name].push(squares / test.length);
          }
        }
      }
    }
  }
  return Object.fromEntries(
    Object.entries(found).map(([name, errors]) => {
      errors.sort((a, b) => a - b);
      const half = errors.length / 2;
      return [name, (errors[Math.floor(half - 0.5)]! + errors[Math.floor(half)]!) / 2];
    }),
  );
}

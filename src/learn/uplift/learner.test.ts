import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { createRng, normal } from "../../base/rng.ts";
import type { JsonObject } from "../learner.ts";
import { LinearModel, logistic, ridge } from "../linear/index.ts";
import { drLearner } from "./dr-learner.ts";
import { crossFittedEffects, type UpliftLearner } from "./effect.ts";
import { upliftFromJson } from "./from-json.ts";
import { readIhdp } from "./hillstrom.fixture.ts";
import { LASSO_LEARNERS, medianPehe, PEHE_PUBLISHED, SETUPS } from "./nie-wager.fixture.ts";
import { doublyRobustScores, fitNuisance } from "./nuisance.ts";
import { rLearner } from "./r-learner.ts";
import { takeUpliftRows, type UpliftRows } from "./rows.ts";
import { sLearner } from "./s-learner.ts";
import { tLearner } from "./t-learner.ts";
import { xLearner } from "./x-learner.ts";

const linear = ridge({ l2: 1e-6, errors: "none" });
const classifier = logistic({ l2: 1, errors: "none" });
const known = (...p: number[]) => ({ known: Float64Array.from(p) });

/** Three arms with linear outcomes: effects are 1 + 2x and −1 + x − z. */
function trial(seed: number, n: number, noise = 0.3, confounded = false) {
  const rng = createRng(seed);
  const values = new Float64Array(2 * n).map(() => normal(rng));
  const propensity = new Float64Array(3 * n);
  const arm = new Int32Array(n);
  const y = new Float64Array(n);
  const effect = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [x, z] = [values[2 * i]!, values[2 * i + 1]!];
    const odds = confounded ? [1, Math.exp(x), Math.exp(z / 2)] : [2, 1, 1];
    const sum = odds.reduce((s, o) => s + o, 0);
    odds.forEach((o, a) => {
      propensity[3 * i + a] = o / sum;
    });
    let u = rng();
    while (u >= propensity[3 * i + arm[i]!]! && arm[i]! < 2) {
      u -= propensity[3 * i + arm[i]!]!;
      arm[i]! += 1;
    }
    effect[2 * i] = 1 + 2 * x;
    effect[2 * i + 1] = -1 + x - z;
    y[i] = 3 * x + z + (arm[i] === 0 ? 0 : effect[2 * i + arm[i]! - 1]!) + noise * normal(rng);
  }
  const rows: UpliftRows = { x: { rows: n, columns: 2, values }, arms: 3, arm, y };
  return { rows, effect, propensity };
}

function error(effect: Float64Array, truth: Float64Array): number {
  return Math.sqrt(effect.reduce((s, e, i) => s + (e - truth[i]!) ** 2, 0) / truth.length);
}

const LEARNERS: Readonly<Record<string, UpliftLearner>> = {
  "S with interactions": sLearner(linear, { interactions: true }),
  T: tLearner(linear),
  "X, known": xLearner({ outcome: linear, effect: linear, propensity: known(0.5, 0.25, 0.25) }),
  "X, estimated": xLearner({
    outcome: linear,
    effect: linear,
    propensity: { learner: classifier },
  }),
  "DR, known": drLearner({ outcome: linear, effect: linear, propensity: known(0.5, 0.25, 0.25) }),
  "DR, estimated": drLearner({
    outcome: linear,
    effect: linear,
    propensity: { learner: classifier },
  }),
};

describe.each(Object.entries(LEARNERS))("%s", (_, learner) => {
  const { rows, effect } = trial(1, 1500);
  const model = learner.fit(rows, { seed: 1 });

  it("finds linear effects of two arms", () => {
    expect(error(model.effect(rows.x), effect)).toBeLessThan(0.1);
    expect(model.arms).toBe(3);
  });

  it("is the same from the same seed", () => {
    expect(learner.fit(rows, { seed: 1 }).effect(rows.x)).toEqual(model.effect(rows.x));
  });

  it("is judged out of fold", () => {
    const effects = crossFittedEffects(rows, learner, { folds: 3, seed: 2 });
    expect(effects.length).toBe(3000);
    expect(error(effects, effect)).toBeLessThan(0.12);
  });

  it("is the same after JSON", () => {
    const json = JSON.parse(JSON.stringify(model)) as JsonObject;
    const back = upliftFromJson(json, LinearModel.fromJson);
    expect(back.arms).toBe(3);
    expect(back.effect(rows.x)).toEqual(model.effect(rows.x));
  });

  it("with the same clusters does not see the order of the rows", () => {
    const member = Int32Array.from({ length: 1500 }, (_, i) => i);
    const straight = learner.fit({ ...rows, cluster: member }, { seed: 4 }).effect(rows.x);
    const turned = takeUpliftRows({ ...rows, cluster: member }, member.slice().reverse());
    learner
      .fit(turned, { seed: 4 })
      .effect(rows.x)
      .forEach((value, at) => {
        expect(value).toBeCloseTo(straight[at]!, 9);
      });
  });

  it("columns go by name, whatever their order", () => {
    const named = { ...rows, x: { ...rows.x, names: ["x", "z"] } };
    const turned = {
      ...named.x,
      names: ["z", "x"],
      values: named.x.values.map((_, at) => named.x.values[at % 2 === 0 ? at + 1 : at - 1]!),
    };
    const byName = learner.fit(named, { seed: 1 });
    const straight = byName.effect(named.x);
    byName.effect(turned).forEach((value, at) => {
      expect(value).toBeCloseTo(straight[at]!, 12);
    });
  });

  it("one row may be asked", () => {
    const one = { ...rows.x, rows: 1, values: rows.x.values.slice(0, 2) };
    const [first, second] = model.effect(rows.x);
    const [alone, beside] = model.effect(one);
    expect(alone).toBeCloseTo(first!, 12);
    expect(beside).toBeCloseTo(second!, 12);
  });
});

describe("propensities that are known by row", () => {
  const { rows, propensity, effect } = trial(5, 3000, 0.3, true);
  const byRow = { outcome: linear, effect: linear, propensity: { known: "by row" } } as const;

  it("go with their rows into folds", () => {
    const known = { ...rows, propensity };
    const effects = crossFittedEffects(known, drLearner(byRow), { folds: 3, seed: 2 });
    expect(error(effects, effect)).toBeLessThan(0.12);
    const given = drLearner({ ...byRow, propensity: { known: propensity } });
    expect(drLearner(byRow).fit(known).effect(rows.x)).toEqual(given.fit(rows).effect(rows.x));
    const two = takeUpliftRows(known, Int32Array.of(7, 3));
    expect(two.propensity).toEqual(
      Float64Array.of(...propensity.subarray(21, 24), ...propensity.subarray(9, 12)),
    );
  });

  it("are asked for where there are none, and must be of these rows", () => {
    expect(() => drLearner(byRow).fit(rows)).toThrow(/known by row, and the rows bring none/);
    expect(() => xLearner(byRow).fit({ ...rows, propensity: propensity.slice(3) })).toThrow(
      /propensity has 8997 rows where 9000 are needed/,
    );
  });
});

describe("what was written down", () => {
  it("is refused where it is no uplift model, or its base learner's cannot be written", () => {
    const read = LinearModel.fromJson;
    for (const json of [
      {},
      { kind: "t-learner", outcomes: [] },
      { kind: "s-learner", arms: 2, interactions: true, outcome: null },
      { kind: "x-learner", treated: [{}], control: [], propensity: {} },
    ]) {
      expect(() => upliftFromJson(json, read)).toThrow(/not a written/);
    }
    const mute = { fit: () => ({ predict: (x: { rows: number }) => new Float64Array(x.rows) }) };
    const model = tLearner(mute).fit(trial(1, 100).rows);
    expect(() => JSON.stringify(model)).toThrow(/cannot be written down/);
  });
});

describe("doubly robust scores", () => {
  const truth = [0, 1, -1];
  /** All outcomes 0 whatever the features: a model that is wrong. */
  const wrong = { fit: () => ({ predict: (x: { rows: number }) => new Float64Array(x.rows) }) };

  it("average to each arm's outcome when propensities are right and outcomes wrong, and the other way", () => {
    const { rows, propensity } = trial(7, 40_000, 1, true);
    const right = fitNuisance(rows, {
      outcome: wrong,
      propensity: { known: propensity },
      folds: 2,
    });
    const means = meansOf(doublyRobustScores(rows, right), 3);
    // Weights are large where an arm is rare; the standard errors are about .03 and .02.
    truth.forEach((value, a) => {
      expect(Math.abs(means[a]! - value)).toBeLessThan(0.15);
    });
    const even = fitNuisance(rows, { outcome: linear, propensity: known(0.4, 0.3, 0.3), folds: 2 });
    meansOf(doublyRobustScores(rows, even), 3).forEach((mean, a) => {
      expect(Math.abs(mean - truth[a]!)).toBeLessThan(0.08);
    });
    const naive = meansOf(
      doublyRobustScores(
        rows,
        fitNuisance(rows, {
          outcome: wrong,
          propensity: known(0.4, 0.3, 0.3),
          folds: 2,
        }),
      ),
      3,
    );
    expect(Math.abs(naive[1]! - truth[1]!)).toBeGreaterThan(0.3);
  });

  it("estimated propensities sum to 1 and come near the true ones", () => {
    const { rows, propensity } = trial(8, 3000, 1, true);
    const nuisance = fitNuisance(rows, { outcome: wrong, propensity: { learner: classifier } });
    for (let i = 0; i < 3000; i++) {
      const p = nuisance.propensity.subarray(3 * i, 3 * i + 3);
      expect(p[0]! + p[1]! + p[2]!).toBeCloseTo(1, 12);
    }
    expect(error(nuisance.propensity, propensity)).toBeLessThan(0.05);
  });

  it("keep a cluster in one fold", () => {
    const { rows } = trial(9, 60);
    const cluster = Int32Array.from({ length: 60 }, (_, i) => i >> 1);
    const seen: number[][] = [];
    const spy = {
      fit: (x: { values: Float64Array }) => {
        seen.push([...x.values]);
        return {
          predict: (asked: { rows: number; values: Float64Array }) => {
            for (const value of asked.values) expect(seen.at(-1)!.includes(value)).toBe(false);
            return new Float64Array(asked.rows);
          },
        };
      },
    };
    fitNuisance(
      { ...rows, cluster },
      { outcome: spy, propensity: known(0.5, 0.25, 0.25), folds: 3 },
    );
    expect(seen.length).toBe(9);
  });
});

function meansOf(scores: Float64Array, arms: number): number[] {
  const n = scores.length / arms;
  return Array.from({ length: arms }, (_, a) =>
    scores.reduce((s, v, at) => (at % arms === a ? s + v / n : s), 0),
  );
}

describe("the published table of Nie & Wager's worlds, learners over the lasso", () => {
  // Medians of 8 · 16 draws where causalml's are of 1,600: their noise is about a tenth, and that of the
  // R-learner in world C, whose error is the propensity's, two fifths.
  it.each(SETUPS)("world %s", (setup) => {
    const found = medianPehe(setup, LASSO_LEARNERS, 8, 2);
    for (const [name, published] of Object.entries(PEHE_PUBLISHED)) {
      const tolerance = name === "R" && setup === "C" ? 0.4 : 0.2;
      const ratio = found[name]! / published[setup];
      expect(Math.abs(ratio - 1), `${name}: ${found[name]}`).toBeLessThan(tolerance);
    }
  });
});

describe.skipIf(SHARED === undefined)("IHDP, five replicates (needs ../shared)", () => {
  it.each([1, 2, 3, 4, 5])("replicate %d: the effect's mean and shape", (replicate) => {
    const { rows, effect } = readIhdp(shared("data", "ml", "uplift", `ihdp_npci_${replicate}.csv`));
    expect(rows.x.rows).toBe(747);
    const truth = effect.reduce((s, e) => s + e / 747, 0);
    const spread = error(
      effect,
      effect.map(() => truth),
    );
    const ridged = ridge({ l2: 1, errors: "none" });
    const fits = {
      t: tLearner(ridged),
      x: xLearner({ outcome: ridged, effect: ridged, propensity: { learner: classifier } }),
    };
    for (const learner of Object.values(fits)) {
      const found = learner.fit(rows).effect(rows.x);
      const mean = found.reduce((s, e) => s + e / 747, 0);
      expect(Math.abs(mean - truth)).toBeLessThan(0.3);
      // Better than the same effect for all, which is what the S-learner over a line would say.
      expect(error(found, effect)).toBeLessThan(0.85 * spread);
    }
  });
});

describe("bad input is refused by name", () => {
  const { rows, propensity } = trial(3, 40);
  const t = tLearner(linear);
  const dr = (p: Parameters<typeof drLearner>[0]["propensity"], folds = 2) =>
    drLearner({ outcome: linear, effect: linear, propensity: p, folds });
  it.each([
    [() => t.fit({ ...rows, arms: 1 }), /arms is 1/],
    [() => t.fit({ ...rows, arms: 4 }), /arm 3 has no row with weight/],
    [() => t.fit({ ...rows, arm: rows.arm.map((a, i) => (i === 4 ? 9 : a)) }), /arm, row 4 is 9/],
    [() => t.fit({ ...rows, y: rows.y.slice(1) }), /y has 39 rows/],
    [() => t.fit({ ...rows, weight: new Float64Array(40) }), /weight is 0 on every row/],
    [() => t.fit({ ...rows, x: { ...rows.x, rows: 0, values: new Float64Array() } }), /0 rows/],
    [() => dr(known(0.5, 0.5)).fit(rows), /propensity has 2 values/],
    [
      () => dr(known(1, 0, 0)).fit(rows),
      /propensity, row 0, arm 0 is 1: must be above 0 and below 1/,
    ],
    [() => dr(known(0.5, 0.2, 0.2)).fit(rows), /sums to 0.8999/],
    [() => dr({ known: propensity }, 0).fit(rows), /folds is 0/],
    [() => dr({ learner: classifier, clip: 2 }).fit(rows), /clip is 2/],
    [
      () =>
        rLearner({ outcome: linear, effect: linear, propensity: known(0.5, 0.25, 0.25) }).fit(rows),
      /takes 2 arms, not 3/,
    ],
  ])("%#", (act, message) => {
    expect(act).toThrowError(message);
  });
});

/**
 * R-learner (Nie & Wager, Biometrika 2021) for one arm against the control: what is left of the outcome
 * after its mean, regressed on what is left of the treatment after its propensity,
 * min Σ ((Y − m) − τ(x)(A − e))². As a weighted regression it takes any learner.
 */
import { WaymarkError } from "../../base/error.ts";
import type { Learner } from "../learner.ts";
import { takeRows } from "../matrix.ts";
import { effectModel, type UpliftLearner } from "./effect.ts";
import { folds } from "./nuisance.ts";
import {
  type CheckedPropensity,
  checkPropensity,
  fitPropensity,
  type Propensity,
} from "./propensity.ts";
import { checkRows, takeUpliftRows } from "./rows.ts";

export interface RLearnerOptions {
  /** Of the outcome on the features, whatever the arm. */
  readonly outcome: Learner;
  readonly effect: Learner;
  readonly propensity: Propensity;
  /** 5 unless given. */
  readonly folds?: number;
}

export function rLearner(options: RLearnerOptions): UpliftLearner {
  return {
    fit(rows, { seed = 1 } = {}) {
      checkRows(rows);
      const propensity = checkPropensity(options.propensity, rows);
      if (rows.arms !== 2) {
        throw new WaymarkError(
          "OPTION_INVALID",
          `the R-learner takes 2 arms, not ${rows.arms}; for more, the DR-learner`,
        );
      }
      const n = rows.x.rows;
      const target = new Float64Array(n);
      const weight = new Float64Array(n);
      for (const { train, test } of folds(rows, options.folds ?? 5, seed)) {
        const fitted = takeUpliftRows(rows, train);
        const asked = takeRows(rows.x, test);
        const mean = options.outcome
          .fit(fitted.x, fitted.y, { weight: fitted.weight, seed })
          .predict(asked);
        const e = propensityAt(propensity, fitted, asked, test, seed);
        for (let k = 0; k < test.length; k++) {
          const i = test[k]!;
          const residual = rows.arm[i]! - e[k]!;
          target[i] = (rows.y[i]! - mean[k]!) / residual;
          weight[i] = residual * residual * (rows.weight ? rows.weight[i]! : 1);
        }
      }
      const model = options.effect.fit(rows.x, target, { weight, seed });
      return effectModel("r-learner", [model]);
    },
  };
}

/** P(A = 1) of the rows asked. */
function propensityAt(
  propensity: CheckedPropensity,
  fitted: Parameters<typeof fitPropensity>[1],
  asked: Parameters<ReturnType<typeof fitPropensity>["predict"]>[0],
  test: Int32Array,
  seed: number,
): Float64Array {
  if ("known" in propensity && propensity.known.length > 2) {
    return Float64Array.from(test, (i) => propensity.known[2 * i + 1]!);
  }
  const p = fitPropensity(propensity, fitted, seed).predict(asked);
  return new Float64Array(test.length).map((_, k) => p[2 * k + 1]!);
}

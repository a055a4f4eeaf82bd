/**
 * X-learner (Künzel, Sekhon, Bickel & Yu, PNAS 2019): each arm's rows impute what they would have had
 * in the other, effects are learned from both sides, and the side that has more rows nearby counts
 * more. Made for arms of unlike size. Outcome models are cross-fitted when folds are above 1.
 */
import type { Learner } from "../learner.ts";
import { type Matrix, takeRows } from "../matrix.ts";
import type { UpliftLearner } from "./effect.ts";
import { fitNuisance } from "./nuisance.ts";
import { fitPropensity, type Propensity } from "./propensity.ts";
import { checkRows, rowsOfArm, type UpliftRows } from "./rows.ts";

export interface XLearnerOptions {
  readonly outcome: Learner;
  /** Of the imputed effects, a regression. */
  readonly effect: Learner;
  /** Weighs the two sides. */
  readonly propensity: Propensity;
  /** 5 unless given. */
  readonly folds?: number;
}

export function xLearner(options: XLearnerOptions): UpliftLearner {
  return {
    fit(rows, { seed = 1 } = {}) {
      checkRows(rows);
      const { arms } = rows;
      const { mean } = fitNuisance(rows, { ...options, seed });
      const propensity = fitPropensity(options.propensity, rows, seed);
      const sides = Array.from({ length: arms - 1 }, (_, k) => {
        const a = k + 1;
        const imputed = (i: number): number =>
          rows.arm[i] === a ? rows.y[i]! - mean[i * arms]! : mean[i * arms + a]! - rows.y[i]!;
        const fitted = (side: number) =>
          fitSide(rows, rowsOfArm(rows, side), imputed, options.effect, seed);
        return { a, treated: fitted(a), control: fitted(0) };
      });
      return {
        arms,
        effect(x) {
          const p = propensity.predict(x);
          const effects = new Float64Array(x.rows * (arms - 1));
          for (const { a, treated, control } of sides) {
            const fromTreated = treated.predict(x);
            const fromControl = control.predict(x);
            for (let i = 0; i < x.rows; i++) {
              const e = p[i * arms + a]! / (p[i * arms + a]! + p[i * arms]!);
              effects[i * (arms - 1) + a - 1] = e * fromControl[i]! + (1 - e) * fromTreated[i]!;
            }
          }
          return effects;
        },
      };
    },
  };
}

function fitSide(
  rows: UpliftRows,
  indices: Int32Array,
  imputed: (i: number) => number,
  learner: Learner,
  seed: number,
): { predict(x: Matrix): Float64Array } {
  const y = Float64Array.from(indices, imputed);
  const weight = rows.weight && Float64Array.from(indices, (i) => rows.weight![i]!);
  return learner.fit(takeRows(rows.x, indices), y, { weight, seed });
}

/**
 * X-learner (Künzel, Sekhon, Bickel & Yu, PNAS 2019): each arm's rows impute what they would have had
 * in the other, effects are learned from both sides, and the side that has more rows nearby counts
 * more. Made for arms of unlike size. Outcome models are cross-fitted when folds are above 1.
 */
import { type Learner, type Predictor, written } from "../learner.ts";
import { takeRows } from "../matrix.ts";
import type { UpliftLearner, UpliftModel } from "./effect.ts";
import { fitNuisance } from "./nuisance.ts";
import {
  checkPropensity,
  fitPropensity,
  type Propensity,
  type PropensityModel,
} from "./propensity.ts";
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
      const propensity = fitPropensity(checkPropensity(options.propensity, rows), rows, seed);
      const sides = Array.from({ length: arms - 1 }, (_, k): Side => {
        const a = k + 1;
        const imputed = (i: number): number =>
          rows.arm[i] === a ? rows.y[i]! - mean[i * arms]! : mean[i * arms + a]! - rows.y[i]!;
        const fitted = (side: number) =>
          fitSide(rows, rowsOfArm(rows, side), imputed, options.effect, seed);
        return { treated: fitted(a), control: fitted(0) };
      });
      return xModel(sides, propensity);
    },
  };
}

/** Effects of one arm as learned from its own rows, and from those of the control. */
export interface Side {
  readonly treated: Predictor;
  readonly control: Predictor;
}

/** @param sides of arms 1, 2, … */
export function xModel(sides: readonly Side[], propensity: PropensityModel): UpliftModel {
  const width = sides.length;
  const arms = width + 1;
  return {
    arms,
    effect(x) {
      const p = propensity.predict(x);
      const effects = new Float64Array(x.rows * width);
      sides.forEach(({ treated, control }, k) => {
        const fromTreated = treated.predict(x);
        const fromControl = control.predict(x);
        for (let i = 0; i < x.rows; i++) {
          const e = p[i * arms + k + 1]! / (p[i * arms + k + 1]! + p[i * arms]!);
          effects[i * width + k] = e * fromControl[i]! + (1 - e) * fromTreated[i]!;
        }
      });
      return effects;
    },
    toJSON: () => ({
      kind: "x-learner",
      treated: sides.map(({ treated }) => written(treated)),
      control: sides.map(({ control }) => written(control)),
      propensity: propensity.toJSON(),
    }),
  };
}

function fitSide(
  rows: UpliftRows,
  indices: Int32Array,
  imputed: (i: number) => number,
  learner: Learner,
  seed: number,
): Predictor {
  const y = Float64Array.from(indices, imputed);
  const weight = rows.weight && Float64Array.from(indices, (i) => rows.weight![i]!);
  return learner.fit(takeRows(rows.x, indices), y, { weight, seed });
}

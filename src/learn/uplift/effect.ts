/**
 * What every uplift learner gives: effects of each arm against the control, row by row. Out-of-fold
 * effects are the ones to judge a learner by.
 */
import { type Matrix, takeRows } from "../matrix.ts";
import { folds } from "./nuisance.ts";
import { checkRows, takeUpliftRows, type UpliftRows } from "./rows.ts";

export interface UpliftModel {
  readonly arms: number;
  /** Float64Array (rows × (arms − 1)), row-major: effect of arms 1, 2, … against the control. */
  effect(x: Matrix): Float64Array;
}

export interface UpliftLearner {
  /** @throws WaymarkError TABLE_INVALID naming column, row and rule, or as its base learners do */
  fit(rows: UpliftRows, options?: { readonly seed?: number }): UpliftModel;
}

/** Float64Array (rows × (arms − 1)): each row's effect by a model fitted without it (or its cluster). */
export function crossFittedEffects(
  rows: UpliftRows,
  learner: UpliftLearner,
  options: { readonly folds?: number; readonly seed?: number } = {},
): Float64Array {
  checkRows(rows);
  const { seed = 1 } = options;
  const width = rows.arms - 1;
  const effects = new Float64Array(rows.x.rows * width);
  for (const { train, test } of folds(rows, options.folds ?? 5, seed)) {
    const model = learner.fit(takeUpliftRows(rows, train), { seed });
    const effect = model.effect(takeRows(rows.x, test));
    for (let k = 0; k < test.length; k++) {
      effects.set(effect.subarray(k * width, (k + 1) * width), test[k]! * width);
    }
  }
  return effects;
}

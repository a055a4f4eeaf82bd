/**
 * What every uplift learner gives: effects of each arm against the control, row by row. Out-of-fold
 * effects are the ones to judge a learner by.
 */
import { type JsonObject, type Predictor, type Serialisable, written } from "../learner.ts";
import { type Matrix, takeRows } from "../matrix.ts";
import { folds } from "./nuisance.ts";
import { checkRows, takeUpliftRows, type UpliftRows } from "./rows.ts";

export interface UpliftModel extends Serialisable {
  readonly arms: number;
  /** Float64Array (rows × (arms − 1)), row-major: effect of arms 1, 2, … against the control. */
  effect(x: Matrix): Float64Array;
  /** For `upliftFromJson`; throws OPTION_INVALID where a base learner's model cannot be written. */
  toJSON(): JsonObject;
}

export interface UpliftLearner {
  /** @throws WaymarkError TABLE_INVALID naming column, row and rule, or as its base learners do */
  fit(rows: UpliftRows, options?: { readonly seed?: number }): UpliftModel;
}

/** One regression of the effect of each arm but the control: what the R- and the DR-learner fit. */
export function effectModel(kind: string, models: readonly Predictor[]): UpliftModel {
  const width = models.length;
  return {
    arms: width + 1,
    effect(x) {
      const effects = models.map((model) => model.predict(x));
      return new Float64Array(x.rows * width).map(
        (_, at) => effects[at % width]![Math.floor(at / width)]!,
      );
    },
    toJSON: () => ({ kind, effects: models.map(written) }),
  };
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

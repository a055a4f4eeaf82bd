/**
 * T-learner: a model of the outcome for each arm, and their difference (Künzel et al., PNAS 2019). The
 * plain baseline; each model is regularised towards its own mean, so where arms differ in size the
 * difference shows what is not there.
 */
import { type Learner, type Predictor, written } from "../learner.ts";
import type { UpliftLearner, UpliftModel } from "./effect.ts";
import { checkRows, rowsOfArm, takeUpliftRows } from "./rows.ts";

export function tLearner(outcome: Learner): UpliftLearner {
  return {
    fit(rows, { seed } = {}) {
      checkRows(rows);
      const { arms } = rows;
      const models = Array.from({ length: arms }, (_, a) => {
        const { x, y, weight } = takeUpliftRows(rows, rowsOfArm(rows, a));
        return outcome.fit(x, y, { weight, seed });
      });
      return tModel(models);
    },
  };
}

/** @param outcomes a model of each arm's outcome, the control's first */
export function tModel(outcomes: readonly Predictor[]): UpliftModel {
  const width = outcomes.length - 1;
  return {
    arms: outcomes.length,
    effect(x) {
      const means = outcomes.map((model) => model.predict(x));
      return new Float64Array(x.rows * width).map((_, at) => {
        const i = Math.floor(at / width);
        return means[(at % width) + 1]![i]! - means[0]![i]!;
      });
    },
    toJSON: () => ({ kind: "t-learner", outcomes: outcomes.map(written) }),
  };
}

/**
 * T-learner: a model of the outcome for each arm, and their difference (Künzel et al., PNAS 2019). The
 * plain baseline; each model is regularised towards its own mean, so where arms differ in size the
 * difference shows what is not there.
 */
import type { Learner } from "../learner.ts";
import type { UpliftLearner } from "./effect.ts";
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
      return {
        arms,
        effect(x) {
          const means = models.map((model) => model.predict(x));
          return new Float64Array(x.rows * (arms - 1)).map((_, at) => {
            const i = Math.floor(at / (arms - 1));
            return means[(at % (arms - 1)) + 1]![i]! - means[0]![i]!;
          });
        },
      };
    },
  };
}

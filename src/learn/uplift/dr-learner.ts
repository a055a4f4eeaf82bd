/**
 * DR-learner (Kennedy 2023): the doubly robust scores of an arm less the control's, regressed on the
 * features. Right when either outcomes or propensities are; with propensities known by design it is the
 * default here. Its scores are noisy where an arm is rare: the effect learner should be a smooth one.
 */
import type { Learner } from "../learner.ts";
import { effectModel, type UpliftLearner } from "./effect.ts";
import { doublyRobustScores, fitNuisance, type NuisanceOptions, scoreEffects } from "./nuisance.ts";

export interface DrLearnerOptions extends Omit<NuisanceOptions, "seed"> {
  /** Of the scores, a regression. */
  readonly effect: Learner;
}

export function drLearner(options: DrLearnerOptions): UpliftLearner {
  return {
    fit(rows, { seed = 1 } = {}) {
      const { arms } = rows;
      const scores = doublyRobustScores(rows, fitNuisance(rows, { ...options, seed }));
      const models = Array.from({ length: arms - 1 }, (_, k) =>
        options.effect.fit(rows.x, scoreEffects(scores, arms, k + 1), {
          weight: rows.weight,
          seed,
        }),
      );
      return effectModel("dr-learner", models);
    },
  };
}

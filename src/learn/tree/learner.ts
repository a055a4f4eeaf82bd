/** Trees as a `Learner`, for whatever takes any: missing values are allowed, columns go by name. */
import type { ClassLearner, Learner } from "../learner.ts";
import { TreePredictor } from "./predict.ts";
import { type TrainOptions, trainTrees } from "./train.ts";

/** @param options as for `trainTrees`; "binary" predicts the probability of 1 */
export function treeLearner(options: TrainOptions = {}): Learner {
  return {
    fit(x, y, { weight, seed = options.seed } = {}) {
      const { model } = trainTrees({ x, y, weight }, { ...options, seed });
      return new TreePredictor(model, x.names);
    },
  };
}

/** Probabilities of several classes. */
export function treeClassLearner(options: Omit<TrainOptions, "objective"> = {}): ClassLearner {
  return {
    fit(x, y, classes, { weight, seed = options.seed } = {}) {
      const objective = { name: "multiclass", classes } as const;
      const { model } = trainTrees({ x, y, weight }, { ...options, objective, seed });
      return new TreePredictor(model, x.names);
    },
  };
}

/**
 * Gradient-boosted trees with LightGBM's semantics and files: `trainTrees` or `treeLearner`,
 * `TreePredictor`, `readModelText` and `writeModelText`, and what explains a model.
 */
export { gainImportance, permutationImportance, splitImportance } from "./explain/importance.ts";
export {
  type PartialDependence,
  partialDependence,
  quantileGrid,
} from "./explain/partial-dependence.ts";
export { bindShap, shapValues } from "./explain/shap.ts";
export type { CallArguments, Parallel, Team } from "./grow/parallel.ts";
export { treeClassLearner, treeLearner } from "./learner.ts";
export { type FlatTrees, flatten } from "./model/flat.ts";
export { packTrees, unpackTrees } from "./model/pack.ts";
export { readModelText } from "./model/read-text.ts";
export { firstIterations, iterationsOf, type Tree, type TreeModel } from "./model/tree.ts";
export { writeModelText } from "./model/write-text.ts";
export type { ObjectiveChoice } from "./objective/choose.ts";
export type { Labels, Objective } from "./objective/objective.ts";
export { type TreeOptions, treeDefaults } from "./options.ts";
export { TreePredictor } from "./predict.ts";
export {
  type LabelledRows,
  type Trained,
  type TrainOptions,
  trainTrees,
  type ValidationMetric,
} from "./train.ts";

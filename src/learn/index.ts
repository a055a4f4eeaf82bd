/**
 * Learning and deciding, as pure functions over typed arrays: tables, gradient-boosted trees, linear
 * models, survival, uplift, bandits, off-policy evaluation, ranking, metrics and calibration. No file,
 * no clock, no thread but those given. docs/guide/learn.md shows it; docs/reference/learn names for
 * each estimator its paper and when not to use it.
 */
export * from "./bandit/index.ts";
export * from "./calibration/index.ts";
export type {
  ClassLearner,
  ClassPredictor,
  FitOptions,
  JsonObject,
  JsonValue,
  Learner,
  Predictor,
  Serialisable,
} from "./learner.ts";
export * from "./linear/index.ts";
export {
  columnOf,
  joinColumns,
  type Matrix,
  matrixOf,
  matrixOfColumns,
  rowOf,
  takeColumns,
  takeRows,
} from "./matrix.ts";
export * from "./metric/index.ts";
export * from "./ope/index.ts";
// Both off-policy evaluation and uplift know what a policy is worth: one of terms, one of arms.
export { policyValue } from "./ope/index.ts";
export * from "./rank/index.ts";
export * from "./survival/index.ts";
export * from "./table/index.ts";
export * from "./tree/index.ts";
export * from "./uplift/index.ts";
export { policyValue as armPolicyValue } from "./uplift/index.ts";

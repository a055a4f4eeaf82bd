/**
 * Experiments: sums of two arms → `effectOf` → a test. Sums are what a database adds up; every test takes
 * the one `Effect`.
 */
export { type BayesOptions, type BayesResult, bayesTest, type Prior } from "./bayes.ts";
export {
  type Decision,
  type DecisionMetric,
  type DecisionOptions,
  decide,
  decisionDefaults,
  decisionLevels,
  type MetricRole,
  type MetricVerdict,
  type QualityCheck,
  type Verdict,
} from "./decision.ts";
export { type ArmEstimate, type Difference, type Effect, effectOf } from "./effect.ts";
export { welchTest } from "./fixed.ts";
export {
  type GroupSequentialBounds,
  type GroupSequentialOptions,
  type GroupSequentialResult,
  groupSequentialBounds,
  groupSequentialTest,
  type Spending,
} from "./group-sequential.ts";
export { benjaminiHochberg, bonferroni, holm } from "./multiple.ts";
export { type NonInferiorityOptions, nonInferiorityTest } from "./non-inferiority.ts";
export { detectableEffect, type PowerPlan, powerOf, type SampleSize, sampleSize } from "./power.ts";
export { quantileOf } from "./quantile.ts";
export { type Alternative, type TestOptions, type TestResult, testDefaults } from "./result.ts";
export { type SequentialOptions, sequentialDefaults, sequentialTest } from "./sequential.ts";
export { srmSequentialTest, srmTest } from "./srm.ts";
export {
  type AdditiveSums,
  type AdjustedMeanSums,
  type AdjustedRatioSums,
  type ArmSums,
  addSums,
  adjustedMeanOf,
  adjustedRatioOf,
  clusteredMeanOf,
  type MeanSums,
  meanOf,
  meanOfMoments,
  type ProportionSums,
  proportionOf,
  type QuantileSummary,
  type RatioSums,
  ratioOf,
} from "./sums.ts";

/** Off-policy evaluation: what another policy would have earned, how sure that is, and a verdict. */
export {
  ESTIMATORS,
  type Estimator,
  policyValue,
  roundRewards,
  type Terms,
  termsOf,
} from "./estimator.ts";
export {
  type GateAnswer,
  type GateOptions,
  gate,
  gateDefaults,
  type Verdict,
} from "./gate.ts";
export {
  empiricalBernstein,
  type IntervalOptions,
  intervalOf,
  pairedInterval,
} from "./interval.ts";
export type { ActionProbabilities, BanditLog, ModelRewards } from "./log.ts";
export { type Overlap, overlapOf } from "./overlap.ts";
export { crossFittedRewards, type RewardModelOptions } from "./reward-model.ts";
export {
  type CascadeModel,
  cascadeTerms,
  type SlateLog,
  type SlateOptions,
  type SlateWeighting,
  slateTerms,
} from "./slate.ts";
export { type Tuned, type TuneOptions, tuneChoices, tuneEstimator } from "./tune.ts";

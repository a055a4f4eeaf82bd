/** Uplift: whom an arm changes, how well that is known, and who should get it under a budget. */
export {
  type AtKOptions,
  boundUpliftAtK,
  upliftAtK,
  upliftAtKEstimate,
} from "./at-k.ts";
export {
  type Allocation,
  allocate,
  type BudgetPath,
  budgetPath,
  gainDifference,
  gainEstimate,
  untargetedPath,
} from "./budget.ts";
export {
  areaDifference,
  areaEstimate,
  auucScore,
  boundArea,
  type Curve,
  type CurveKind,
  qiniScore,
  type Trial,
  upliftCurve,
} from "./curve.ts";
export { type DrLearnerOptions, drLearner } from "./dr-learner.ts";
export { crossFittedEffects, type UpliftLearner, type UpliftModel } from "./effect.ts";
export { type ModelRole, upliftFromJson } from "./from-json.ts";
export { calibrateEffects, type EffectCalibration, type EffectGroup, gates } from "./gates.ts";
export {
  doublyRobustScores,
  fitNuisance,
  type Nuisance,
  type NuisanceOptions,
  scoreEffects,
} from "./nuisance.ts";
export { type ArmPolicy, type PolicyOptions, policyDifference, policyValue } from "./policy.ts";
export type { Propensity } from "./propensity.ts";
export { type RLearnerOptions, rLearner } from "./r-learner.ts";
export { randomReference } from "./random-reference.ts";
export { type Rate, type RateOptions, rate } from "./rate.ts";
export { takeUpliftRows, type UpliftRows } from "./rows.ts";
export { type SLearnerOptions, sLearner } from "./s-learner.ts";
export { tLearner } from "./t-learner.ts";
export { type XLearnerOptions, xLearner } from "./x-learner.ts";

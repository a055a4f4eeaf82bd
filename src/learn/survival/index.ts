export {
  aalenJohansen,
  type IncidenceCurve,
  type IncidenceOptions,
  type Incidences,
} from "./aalen-johansen.ts";
export { type AtHorizon, atHorizon, censoringCurve, type HorizonOptions } from "./censoring.ts";
export { type ConcordanceOptions, harrellConcordance, unoConcordance } from "./concordance.ts";
export { type DCalibration, dCalibration } from "./d-calibration.ts";
export {
  accumulate,
  fitHazard,
  type HazardCurves,
  type HazardLearner,
  HazardModel,
  type HazardOptions,
  hazardFromJson,
} from "./discrete-hazard.ts";
export { type EventTimes, type StepFunction, stepAt, stepBefore } from "./event-times.ts";
export { integratedBrier, ipcwBrier, type ScoreOptions, timeDependentAuc } from "./ipcw-score.ts";
export {
  kaplanMeier,
  restrictedMean,
  type SurvivalCurve,
  survivalAt,
  survivalQuantile,
} from "./kaplan-meier.ts";
export {
  expandPeriods,
  type MemberTimes,
  type PersonPeriods,
  type TimeBasis,
  withPeriod,
} from "./person-period.ts";
export {
  fitShiftedBetaGeometric,
  ShiftedBetaGeometric,
  type TenureCounts,
  tenureOfSurvivors,
} from "./shifted-beta-geometric.ts";

/** How good predictions are: each metric plain, weighted, and as an estimate with an interval. */
export { auc, aucDifference, aucEstimate, bindAuc } from "./auc.ts";
export {
  type BinOptions,
  type BrierParts,
  bindExpectedCalibrationError,
  brierDecomposition,
  type CalibrationBin,
  calibrationCurve,
  expectedCalibrationError,
  expectedCalibrationErrorEstimate,
} from "./calibration-curve.ts";
export {
  brier,
  brierEstimate,
  classLogLoss,
  classLogLossEstimate,
  logLoss,
  logLossEstimate,
  mae,
  maeEstimate,
  rmse,
  rmseEstimate,
} from "./error-mean.ts";
export {
  type BootstrapOptions,
  type BoundMetric,
  bootstrapEstimate,
  type Estimate,
  type MeanOptions,
  meanEstimate,
} from "./estimate.ts";
export {
  averagePrecision,
  averagePrecisionEstimate,
  bindAveragePrecision,
  type PrecisionRecall,
  precisionRecallCurve,
} from "./precision-recall.ts";

/** From scores to probabilities that can be taken at their word, and whether they can. */
export {
  fitIsotonic,
  IsotonicCalibrator,
  type IsotonicOptions,
  isotonicFromJson,
} from "./isotonic.ts";
export {
  type Calibrator,
  fitPlatt,
  PlattCalibrator,
  type PlattOptions,
  plattFromJson,
} from "./platt.ts";
export { type CalibrationSlope, calibrationSlope } from "./slope.ts";

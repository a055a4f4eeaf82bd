/** Distribution functions, their tails and quantiles, without a package. */
export { betaCdf, betaQuantile, betaSurvival } from "./beta.ts";
export { erf, erfc } from "./error-function.ts";
export {
  chiSquaredCdf,
  chiSquaredQuantile,
  chiSquaredSurvival,
  gammaCdf,
  gammaQuantile,
  gammaSurvival,
} from "./gamma.ts";
export { logGamma } from "./log-gamma.ts";
export { millsRatio, normalCdf, normalPdf, normalQuantile } from "./normal.ts";
export { studentTCdf, studentTQuantile } from "./student-t.ts";

/**
 * Metrics that are means of one number a row: log-loss, Brier score, squared and absolute error.
 * Each comes as a plain value and as an estimate with an interval; RMSE's is that of the mean square,
 * carried over by the square root. O(n).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkBinary, checkCodes, checkFinite, checkProbability, weightsOf } from "../check.ts";
import { type Estimate, type MeanOptions, meanEstimate, needFinite } from "./estimate.ts";

/** Probabilities nearer to 0 or 1 count as this near, so that no row costs infinitely much. */
const NEAREST = 2 ** -52;

/** Mean −log p of what happened, nats. @param p probability of 1 */
export function logLoss(y: ArrayLike<number>, p: ArrayLike<number>, weight?: Float64Array): number {
  return meanOf(logLosses(y, p), weight);
}

export function logLossEstimate(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: MeanOptions = {},
): Estimate {
  return meanEstimate(logLosses(y, p), options);
}

/**
 * Mean −log p of the class that came, nats.
 *
 * @param y class codes 0 … classes − 1
 * @param p Float64Array (rows × classes), row-major
 */
export function classLogLoss(
  y: ArrayLike<number>,
  p: Float64Array,
  classes: number,
  weight?: Float64Array,
): number {
  return meanOf(classLogLosses(y, p, classes), weight);
}

export function classLogLossEstimate(
  y: ArrayLike<number>,
  p: Float64Array,
  classes: number,
  options: MeanOptions = {},
): Estimate {
  return meanEstimate(classLogLosses(y, p, classes), options);
}

/** Mean squared distance of a probability from what happened (Brier 1950); .25 for p = ½. */
export function brier(y: ArrayLike<number>, p: ArrayLike<number>, weight?: Float64Array): number {
  checkBinary("y", y, y.length);
  checkProbability("p", p, y.length);
  return meanOf(squares(y, p), weight);
}

export function brierEstimate(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: MeanOptions = {},
): Estimate {
  checkBinary("y", y, y.length);
  checkProbability("p", p, y.length);
  return meanEstimate(squares(y, p), options);
}

/** Root of the mean squared error. */
export function rmse(
  y: ArrayLike<number>,
  prediction: ArrayLike<number>,
  weight?: Float64Array,
): number {
  return Math.sqrt(meanOf(squares(y, prediction), weight));
}

export function rmseEstimate(
  y: ArrayLike<number>,
  prediction: ArrayLike<number>,
  options: MeanOptions = {},
): Estimate {
  const mean = meanEstimate(squares(y, prediction), options);
  const value = Math.sqrt(mean.value);
  return {
    value,
    standardError: value === 0 ? 0 : mean.standardError / (2 * value),
    lower: Math.sqrt(Math.max(0, mean.lower)),
    upper: Math.sqrt(mean.upper),
  };
}

/** Mean absolute error. */
export function mae(
  y: ArrayLike<number>,
  prediction: ArrayLike<number>,
  weight?: Float64Array,
): number {
  return meanOf(distances(y, prediction), weight);
}

export function maeEstimate(
  y: ArrayLike<number>,
  prediction: ArrayLike<number>,
  options: MeanOptions = {},
): Estimate {
  return meanEstimate(distances(y, prediction), options);
}

/** The probability, kept a hair away from 0 and 1. */
export function clipProbability(p: number): number {
  return Math.min(1 - NEAREST, Math.max(NEAREST, p));
}

function logLosses(y: ArrayLike<number>, p: ArrayLike<number>): Float64Array {
  checkBinary("y", y, y.length);
  checkProbability("p", p, y.length);
  return Float64Array.from(y, (label, i) => {
    const clipped = clipProbability(p[i]!);
    return label === 1 ? -Math.log(clipped) : -Math.log1p(-clipped);
  });
}

function classLogLosses(y: ArrayLike<number>, p: Float64Array, classes: number): Float64Array {
  checkCodes("y", y, y.length, classes);
  checkProbability("p", p, y.length * classes);
  return Float64Array.from(y, (label, i) => -Math.log(clipProbability(p[i * classes + label]!)));
}

function squares(y: ArrayLike<number>, prediction: ArrayLike<number>): Float64Array {
  checkPair(y, prediction);
  return Float64Array.from(y, (value, i) => (value - prediction[i]!) ** 2);
}

function distances(y: ArrayLike<number>, prediction: ArrayLike<number>): Float64Array {
  checkPair(y, prediction);
  return Float64Array.from(y, (value, i) => Math.abs(value - prediction[i]!));
}

function checkPair(y: ArrayLike<number>, prediction: ArrayLike<number>): void {
  checkFinite("y", y, y.length);
  checkFinite("prediction", prediction, y.length);
}

function meanOf(values: Float64Array, weight: Float64Array | undefined): number {
  if (values.length === 0) {
    throw new WaymarkError("TABLE_INVALID", "no rows; at least 1 is needed");
  }
  const w = weightsOf(weight, values.length);
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += w[i]! * values[i]!;
    total += w[i]!;
  }
  needFinite(sum / total);
  return sum / total;
}

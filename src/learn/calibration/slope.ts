/**
 * Calibration slope and intercept (Cox 1958; Van Calster et al. 2019): the slope of y on the logit of
 * the predicted probability, below 1 when predictions are too extreme; and the intercept with the
 * slope held at 1, above 0 when predictions are too low on the whole. Intervals are sandwich ones, so
 * weights and clusters are allowed for. O(n).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkBinary, checkProbability, weightsOf } from "../check.ts";
import { needBoth } from "../metric/auc.ts";
import {
  defaults,
  type Estimate,
  type MeanOptions,
  sumOfSquares,
  zOf,
} from "../metric/estimate.ts";
import { logit } from "./platt.ts";
import { fitSigmoid, logistic } from "./sigmoid.ts";

export interface CalibrationSlope {
  readonly slope: Estimate;
  /** Calibration in the large, on the logit scale. */
  readonly intercept: Estimate;
}

/**
 * @param y 0 or 1 a row, both present
 * @param p probabilities of 1
 * @throws WaymarkError TABLE_INVALID when p is constant or tells the labels apart without an error
 */
export function calibrationSlope(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: MeanOptions = {},
): CalibrationSlope {
  const n = y.length;
  checkBinary("y", y, n);
  checkProbability("p", p, n);
  const weight = weightsOf(options.weight, n);
  const x = Float64Array.from(p, logit);
  const fit = fitSigmoid(x, y, weight);
  const residual = (i: number): number =>
    weight[i]! * (y[i]! - logistic(fit.intercept + fit.slope * x[i]!));
  const variance = sumOfSquares(
    (i) => residual(i) * (fit.covariance + fit.slopeVariance * x[i]!),
    weight,
    options.cluster,
  );
  return {
    slope: wald(fit.slope, variance, options),
    intercept: calibrationInTheLarge(y, x, weight, options),
  };
}

function calibrationInTheLarge(
  y: ArrayLike<number>,
  x: Float64Array,
  weight: Float64Array,
  options: MeanOptions,
): Estimate {
  let ones = 0;
  let total = 0;
  for (let i = 0; i < x.length; i++) {
    ones += weight[i]! * y[i]!;
    total += weight[i]!;
  }
  needBoth(ones, total - ones);
  // The mean of logistic(a + x) rises in a, so the root is bracketed and bisection cannot fail.
  let lower = -800;
  let upper = 800;
  let a = 0;
  let information = 0;
  for (let step = 0; step < 200; step++) {
    let sum = 0;
    information = 0;
    for (let i = 0; i < x.length; i++) {
      const q = logistic(a + x[i]!);
      sum += weight[i]! * q;
      information += weight[i]! * q * (1 - q);
    }
    const excess = ones - sum;
    if (excess > 0) lower = a;
    else upper = a;
    const newton = a + excess / information;
    const next = newton > lower && newton < upper ? newton : (lower + upper) / 2;
    if (Math.abs(next - a) <= 1e-13 * (1 + Math.abs(a))) break;
    a = next;
  }
  if (!(information > 0)) {
    throw new WaymarkError("TABLE_INVALID", "p is 0 or 1 on every row: no intercept is best");
  }
  const variance = sumOfSquares(
    (i) => (weight[i]! * (y[i]! - logistic(a + x[i]!))) / information,
    weight,
    options.cluster,
  );
  return wald(a, variance, options);
}

function wald(value: number, variance: number, options: MeanOptions): Estimate {
  const standardError = Math.sqrt(variance);
  const half = zOf(options.level ?? defaults.level) * standardError;
  return { value, standardError, lower: value - half, upper: value + half };
}

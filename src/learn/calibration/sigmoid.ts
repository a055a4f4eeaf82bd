/**
 * Logistic regression on one number by Newton's method, as Platt scaling and the calibration slope
 * need it. Targets may lie between 0 and 1. O(n) a step, about eight steps.
 */
import { WaymarkError } from "../../base/error.ts";

export interface Sigmoid {
  readonly slope: number;
  readonly intercept: number;
  /** Inverse of the information: variance of the intercept, of the slope, and their covariance. */
  readonly interceptVariance: number;
  readonly slopeVariance: number;
  readonly covariance: number;
}

const MAX_STEPS = 100;
/** Relative gain in the log likelihood at which the steps end. */
const TOLERANCE = 1e-13;

export function logistic(eta: number): number {
  return eta >= 0 ? 1 / (1 + Math.exp(-eta)) : Math.exp(eta) / (1 + Math.exp(eta));
}

/** log(1 + e^eta) without overflow. */
export function softplus(eta: number): number {
  return eta > 0 ? eta + Math.log1p(Math.exp(-eta)) : Math.log1p(Math.exp(eta));
}

/**
 * Maximum likelihood of target ~ logistic(intercept + slope · x).
 *
 * @throws WaymarkError TABLE_INVALID when x is constant, or when x tells the targets 0 and 1 apart, for
 *   then no finite slope is best
 */
export function fitSigmoid(
  x: ArrayLike<number>,
  target: ArrayLike<number>,
  weight: Float64Array,
): Sigmoid {
  const { mean, sd } = needOverlap(x, target, weight);
  const n = x.length;
  let a = 0;
  let b = 0;
  let best = Number.NEGATIVE_INFINITY;
  let stepA = 0;
  let stepB = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    let value = 0;
    let g0 = 0;
    let g1 = 0;
    let h00 = 0;
    let h01 = 0;
    let h11 = 0;
    for (let i = 0; i < n; i++) {
      const w = weight[i]!;
      if (w === 0) continue;
      const z = (x[i]! - mean) / sd;
      const eta = a + b * z;
      const p = logistic(eta);
      value += w * (target[i]! * eta - softplus(eta));
      const r = w * (target[i]! - p);
      const v = w * p * (1 - p);
      g0 += r;
      g1 += r * z;
      h00 += v;
      h01 += v * z;
      h11 += v * z * z;
    }
    if (value < best - 1e-12 * Math.abs(best)) {
      // Too far: half of the way.
      stepA /= 2;
      stepB /= 2;
      a -= stepA;
      b -= stepB;
      continue;
    }
    const determinant = h00 * h11 - h01 * h01;
    const isDone = value - best <= TOLERANCE * Math.abs(value);
    best = value;
    stepA = (h11 * g0 - h01 * g1) / determinant;
    stepB = (h00 * g1 - h01 * g0) / determinant;
    if (isDone) {
      const slopeVariance = h00 / determinant / (sd * sd);
      const covariance = -h01 / determinant / sd - mean * slopeVariance;
      return {
        slope: b / sd,
        intercept: a - (b * mean) / sd,
        slopeVariance,
        covariance,
        interceptVariance:
          h11 / determinant + (2 * mean * h01) / determinant / sd + mean * mean * slopeVariance,
      };
    }
    a += stepA;
    b += stepB;
  }
  throw new WaymarkError(
    "TABLE_INVALID",
    `the logistic curve did not settle in ${MAX_STEPS} steps: the values may be too far apart`,
  );
}

function needOverlap(
  x: ArrayLike<number>,
  target: ArrayLike<number>,
  weight: Float64Array,
): { readonly mean: number; readonly sd: number } {
  let total = 0;
  let mean = 0;
  // Of rows that are not wholly 1, and of rows that are not wholly 0.
  let low0 = Infinity;
  let high0 = -Infinity;
  let low1 = Infinity;
  let high1 = -Infinity;
  for (let i = 0; i < x.length; i++) {
    if (weight[i] === 0) continue;
    total += weight[i]!;
    mean += weight[i]! * x[i]!;
    if (target[i]! < 1) {
      low0 = Math.min(low0, x[i]!);
      high0 = Math.max(high0, x[i]!);
    }
    if (target[i]! > 0) {
      low1 = Math.min(low1, x[i]!);
      high1 = Math.max(high1, x[i]!);
    }
  }
  mean /= total;
  const low = Math.min(low0, low1);
  const high = Math.max(high0, high1);
  if (!(high > low)) {
    throw new WaymarkError("TABLE_INVALID", `the score is ${low} on every row: it must differ`);
  }
  if (high0 <= low1 || high1 <= low0) {
    throw new WaymarkError(
      "TABLE_INVALID",
      "the score tells 0 and 1 apart without an error: no finite slope fits best",
    );
  }
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += weight[i]! * (x[i]! - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / total) };
}

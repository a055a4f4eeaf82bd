/**
 * Columns brought to mean 0 and standard deviation 1 before a linear fit, an intercept put before
 * them, and the fitted coefficients brought back. Fits are well conditioned whatever the units, and a
 * constant column is known for what it is. O(n·d), and O(d³) for the covariance.
 */
import { checkMatrix, type Matrix } from "../matrix.ts";

export interface Standardised {
  /** Column of ones, where there is an intercept, then the columns; constant ones are all 0. */
  readonly design: Matrix;
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  readonly hasIntercept: boolean;
}

/** A spread below this share of the column's largest value is rounding. */
const ROUNDING = 1e-12;

export function standardise(x: Matrix, weight: Float64Array, hasIntercept: boolean): Standardised {
  checkMatrix(x);
  const { rows, columns } = x;
  const centre = new Float64Array(columns);
  const scale = new Float64Array(columns).fill(1);
  const first = hasIntercept ? 1 : 0;
  const width = columns + first;
  const values = new Float64Array(rows * width);
  let total = 0;
  for (let i = 0; i < rows; i++) total += weight[i]!;
  for (let j = 0; j < columns; j++) {
    let mean = 0;
    let largest = 0;
    for (let i = 0; i < rows; i++) {
      const value = x.values[i * columns + j]!;
      mean += (weight[i]! / total) * value;
      if (weight[i]! > 0) largest = Math.max(largest, Math.abs(value));
    }
    if (!hasIntercept) mean = 0;
    // Scaled by the largest, so that squares of 1e300 do not overflow.
    let squares = 0;
    for (let i = 0; i < rows; i++) {
      const deviation = (x.values[i * columns + j]! - mean) / (largest || 1);
      squares += (weight[i]! / total) * deviation * deviation;
    }
    const spread = Math.sqrt(squares);
    centre[j] = mean;
    if (!(spread > ROUNDING)) continue;
    scale[j] = spread * largest;
    for (let i = 0; i < rows; i++) {
      values[i * width + first + j] = (x.values[i * columns + j]! - mean) / scale[j]!;
    }
  }
  if (hasIntercept) for (let i = 0; i < rows; i++) values[i * width] = 1;
  const names = hasIntercept && x.names ? ["intercept", ...x.names] : x.names;
  return { design: { rows, columns: width, values, names }, centre, scale, hasIntercept };
}

/** Penalty of each column of the design: on its standard deviation, or on its own unit. */
export function penaltyOf(
  { design, scale, hasIntercept }: Standardised,
  l2: number,
  isOnDeviation: boolean,
): Float64Array {
  const penalty = new Float64Array(design.columns).fill(l2);
  if (hasIntercept) penalty[0] = 0;
  if (isOnDeviation) return penalty;
  const first = hasIntercept ? 1 : 0;
  for (let j = 0; j < scale.length; j++) penalty[first + j] = l2 / (scale[j]! * scale[j]!);
  return penalty;
}

export interface Coefficients {
  readonly intercept: number;
  readonly coefficient: Float64Array;
}

/** Coefficients of the design as coefficients of the columns in their own units. */
export function inOwnUnits(
  { centre, scale, hasIntercept }: Standardised,
  beta: Float64Array,
): Coefficients {
  const first = hasIntercept ? 1 : 0;
  const coefficient = Float64Array.from(scale, (s, j) => beta[first + j]! / s);
  let intercept = hasIntercept ? beta[0]! : 0;
  if (hasIntercept)
    for (let j = 0; j < scale.length; j++) intercept -= coefficient[j]! * centre[j]!;
  return { intercept, coefficient };
}

/**
 * The covariance of (intercept, columns) in their own units from that of the design; without an
 * intercept its row and column are 0.
 *
 * @returns Float64Array ((columns + 1)²), row-major
 */
export function covarianceInOwnUnits(
  { centre, scale, hasIntercept }: Standardised,
  covariance: Float64Array,
): Float64Array {
  const d = scale.length + 1;
  const first = hasIntercept ? 1 : 0;
  const width = scale.length + first;
  const result = new Float64Array(d * d);
  for (let j = 0; j < scale.length; j++) {
    for (let k = 0; k < scale.length; k++) {
      result[(j + 1) * d + k + 1] =
        covariance[(first + j) * width + first + k]! / (scale[j]! * scale[k]!);
    }
  }
  if (!hasIntercept) return result;
  // The intercept in own units is a − Σ b m.
  for (let k = 0; k < scale.length; k++) {
    let sum = covariance[k + 1]! / scale[k]!;
    for (let j = 0; j < scale.length; j++) sum -= centre[j]! * result[(j + 1) * d + k + 1]!;
    result[k + 1] = sum;
    result[(k + 1) * d] = sum;
  }
  let variance = covariance[0]!;
  for (let j = 0; j < scale.length; j++) {
    variance -= (2 * centre[j]! * covariance[j + 1]!) / scale[j]!;
    for (let k = 0; k < scale.length; k++) {
      variance += centre[j]! * centre[k]! * result[(j + 1) * d + k + 1]!;
    }
  }
  result[0] = Math.max(0, variance);
  return result;
}

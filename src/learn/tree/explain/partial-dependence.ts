/**
 * How predictions go with one feature, all others left as they are (Friedman 2001): the mean prediction
 * with the feature set to each value of a grid. Where features go together, the grid asks about rows
 * that do not occur. O(grid · rows) predictions.
 */
import type { Matrix } from "../../matrix.ts";

export interface PartialDependence {
  /** Values of the feature, ascending. */
  readonly grid: Float64Array;
  /** The mean prediction at each. */
  readonly mean: Float64Array;
}

/** @param predict Float64Array (rows) of a matrix @param grid values to ask about; up to 20 quantiles unless given */
export function partialDependence(
  predict: (x: Matrix) => Float64Array,
  x: Matrix,
  column: number,
  grid: Float64Array = quantileGrid(x, column, 20),
): PartialDependence {
  const values = x.values.slice();
  const mean = Float64Array.from(grid, (value) => {
    for (let i = 0; i < x.rows; i++) values[i * x.columns + column] = value;
    const predictions = predict({ ...x, values });
    let sum = 0;
    for (const prediction of predictions) sum += prediction;
    return sum / predictions.length;
  });
  return { grid, mean };
}

/** Distinct values at evenly spaced ranks; missing ones are left out. */
export function quantileGrid(x: Matrix, column: number, count: number): Float64Array {
  const present: number[] = [];
  for (let i = 0; i < x.rows; i++) {
    const value = x.values[i * x.columns + column]!;
    if (!Number.isNaN(value)) present.push(value);
  }
  const sorted = Float64Array.from(present).sort();
  if (sorted.length === 0) return sorted;
  const ranks = Array.from({ length: count }, (_, k) =>
    Math.round((k * (sorted.length - 1)) / Math.max(1, count - 1)),
  );
  return Float64Array.from(new Set(ranks.map((rank) => sorted[rank]!)));
}

/**
 * The sandwich covariance (Huber 1967; White 1980) for rows whose noise differs, or that come in
 * clusters (Liang & Zeger 1986): H⁻¹ (Σ u uᵀ) H⁻¹ with u the score of a row or the sum over a
 * cluster. Small samples are allowed for by n/(n−d), with clusters by G/(G−1) · (n−1)/(n−d).
 * O(n·d² + d³).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkLength } from "../check.ts";
import type { Matrix } from "../matrix.ts";

/**
 * @param residual weight · (y − mean), one a row
 * @param weight rows of weight 0 do not count
 * @param bread H⁻¹, Float64Array (columns × columns), row-major
 * @param parameters d, the coefficients that are free
 */
export function sandwich(
  x: Matrix,
  residual: Float64Array,
  weight: Float64Array,
  bread: Float64Array,
  parameters: number,
  cluster: Int32Array | undefined,
): Float64Array {
  const { rows, columns: d, values } = x;
  const meat = new Float64Array(d * d);
  // Rows without weight have a residual of 0 and are nobody's.
  let counted = 0;
  for (let i = 0; i < rows; i++) if (weight[i]! > 0) counted++;
  let units = counted;
  if (cluster) {
    checkLength("cluster", cluster, rows);
    const sums = new Map<number, Float64Array>();
    for (let i = 0; i < rows; i++) {
      if (weight[i] === 0) continue;
      let sum = sums.get(cluster[i]!);
      if (!sum) {
        sum = new Float64Array(d);
        sums.set(cluster[i]!, sum);
      }
      for (let j = 0; j < d; j++) sum[j]! += residual[i]! * values[i * d + j]!;
    }
    for (const sum of sums.values()) addOuter(meat, sum, d);
    units = sums.size;
  } else {
    const score = new Float64Array(d);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < d; j++) score[j] = residual[i]! * values[i * d + j]!;
      addOuter(meat, score, d);
    }
  }
  if (units < 2 || counted <= parameters) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `sandwich errors need 2 clusters and more rows than coefficients; there are ${units} and ${counted} rows for ${parameters}`,
    );
  }
  const correction = cluster
    ? ((units / (units - 1)) * (counted - 1)) / (counted - parameters)
    : counted / (counted - parameters);
  const result = multiply(multiply(bread, meat, d), bread, d);
  return result.map((value) => correction * value);
}

function addOuter(matrix: Float64Array, v: Float64Array, d: number): void {
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < d; k++) matrix[j * d + k]! += v[j]! * v[k]!;
  }
}

function multiply(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const result = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < d; k++) {
      const value = a[i * d + k]!;
      if (value === 0) continue;
      for (let j = 0; j < d; j++) result[i * d + j]! += value * b[k * d + j]!;
    }
  }
  return result;
}

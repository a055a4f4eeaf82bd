/**
 * Cholesky factors of symmetric positive definite matrices, row-major: factor, solve, invert, and the
 * update by a rank-one term in O(n²) (Gill, Golub, Murray & Saunders 1974). A column that is, to
 * rounding, a sum of earlier ones is marked and left out rather than divided by. O(n³/3) to factor.
 */

export interface Cholesky {
  readonly size: number;
  /** Float64Array (size × size), row-major; the lower triangle holds L with A = L Lᵀ. */
  readonly lower: Float64Array;
  /** 1 where a column adds nothing to those before it; its row and column of L are 0. */
  readonly isAliased: Uint8Array;
}

/** Share of a column's own square that must remain after the earlier ones are taken out. */
const TOLERANCE = 1e-11;

/** @param a Float64Array (size × size), row-major; only the lower triangle is read */
export function cholesky(a: Float64Array, size: number): Cholesky {
  const lower = new Float64Array(size * size);
  const isAliased = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * size + k]! * lower[j * size + k]!;
      if (j < i) lower[i * size + j] = isAliased[j] ? 0 : sum / lower[j * size + j]!;
      else if (sum > TOLERANCE * a[i * size + i]!) lower[i * size + i] = Math.sqrt(sum);
      else {
        isAliased[i] = 1;
        lower.fill(0, i * size, i * size + i + 1);
      }
    }
  }
  return { size, lower, isAliased };
}

/** The x with A x = b; 0 where a column is aliased. */
export function solve(factor: Cholesky, b: Float64Array): Float64Array {
  return solveUpper(factor, solveLower(factor, b));
}

/** The x with L x = b. */
export function solveLower({ size, lower, isAliased }: Cholesky, b: Float64Array): Float64Array {
  const x = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    if (isAliased[i]) continue;
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i * size + k]! * x[k]!;
    x[i] = sum / lower[i * size + i]!;
  }
  return x;
}

/** The x with Lᵀ x = b. */
export function solveUpper({ size, lower, isAliased }: Cholesky, b: Float64Array): Float64Array {
  const x = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    if (isAliased[i]) continue;
    let sum = b[i]!;
    for (let k = i + 1; k < size; k++) sum -= lower[k * size + i]! * x[k]!;
    x[i] = sum / lower[i * size + i]!;
  }
  return x;
}

/** A⁻¹, Float64Array (size × size); rows and columns of aliased columns are 0. O(n³). */
export function inverse(factor: Cholesky): Float64Array {
  const { size } = factor;
  const result = new Float64Array(size * size);
  const unit = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    unit.fill(0);
    unit[j] = factor.isAliased[j] ? 0 : 1;
    const column = solve(factor, unit);
    for (let i = 0; i < size; i++) result[i * size + j] = column[i]!;
  }
  return result;
}

/** Changes L in place so that it factors A + x xᵀ. `x` is overwritten. O(n²). */
export function addRankOne(lower: Float64Array, size: number, x: Float64Array): void {
  for (let k = 0; k < size; k++) {
    const diagonal = lower[k * size + k]!;
    const xk = x[k]!;
    if (xk === 0) continue;
    const r = Math.sqrt(diagonal * diagonal + xk * xk);
    const c = r / diagonal;
    const s = xk / diagonal;
    lower[k * size + k] = r;
    for (let i = k + 1; i < size; i++) {
      const li = (lower[i * size + k]! + s * x[i]!) / c;
      x[i] = c * x[i]! - s * li;
      lower[i * size + k] = li;
    }
  }
}

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955): the monotone step function
 * nearest to y, here read with straight lines between its steps. Calibrates scores of any curve when
 * there are thousands of rows; with few it overfits and `fitPlatt` is better. O(n log n).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkFinite, weightsOf } from "../check.ts";
import type { JsonObject } from "../learner.ts";
import { needFinite } from "../metric/estimate.ts";
import { orderOf } from "../order.ts";
import type { Calibrator } from "./platt.ts";

export interface IsotonicOptions {
  readonly weight?: Float64Array | undefined;
  readonly isIncreasing?: boolean;
}

export class IsotonicCalibrator implements Calibrator {
  /** Rising scores at which the curve bends. */
  readonly x: Float64Array;
  /** The fitted mean at each. */
  readonly y: Float64Array;

  constructor(x: Float64Array, y: Float64Array) {
    this.x = x;
    this.y = y;
  }

  /** Between bends by a straight line; beyond the outermost their value. */
  apply(score: ArrayLike<number>): Float64Array {
    checkFinite("score", score, score.length);
    return Float64Array.from(score, (s) => interpolate(this.x, this.y, s));
  }

  toJSON(): JsonObject {
    return { kind: "isotonic", x: [...this.x], y: [...this.y] };
  }
}

/**
 * @param y any finite numbers; 0 and 1 for probabilities
 * @throws WaymarkError TABLE_INVALID on no rows, or numbers that are not finite
 */
export function fitIsotonic(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  { weight, isIncreasing = true }: IsotonicOptions = {},
): IsotonicCalibrator {
  const n = y.length;
  checkFinite("y", y, n);
  checkFinite("score", score, n);
  const w = weightsOf(weight, n);
  if (n === 0) throw new WaymarkError("TABLE_INVALID", "no rows; at least 1 is needed");
  const { at, mean, mass } = merged(y, score, w);
  for (const m of mean) needFinite(m);
  const sign = isIncreasing ? 1 : -1;
  const fitted = poolAdjacentViolators(
    mean.map((m) => sign * m),
    mass,
  ).map((m) => sign * m);
  // Inside a level only its two ends matter.
  const keep = at.map(
    (_, i) =>
      i === 0 || i === at.length - 1 || fitted[i] !== fitted[i - 1] || fitted[i] !== fitted[i + 1],
  );
  return new IsotonicCalibrator(
    Float64Array.from(at.filter((_, i) => keep[i])),
    Float64Array.from(fitted.filter((_, i) => keep[i])),
  );
}

export function isotonicFromJson(json: JsonObject): IsotonicCalibrator {
  const { kind, x, y } = json;
  if (kind !== "isotonic" || !Array.isArray(x) || !Array.isArray(y) || x.length !== y.length) {
    throw new WaymarkError("TABLE_INVALID", "this is not a written isotonic calibrator");
  }
  checkFinite("x", x, x.length);
  checkFinite("y", y, x.length);
  return new IsotonicCalibrator(Float64Array.from(x), Float64Array.from(y));
}

/** The non-decreasing sequence nearest to `values` in weighted squares. O(n). */
export function poolAdjacentViolators(
  values: ArrayLike<number>,
  weight: ArrayLike<number>,
): number[] {
  const mean: number[] = [];
  const mass: number[] = [];
  const size: number[] = [];
  for (let i = 0; i < values.length; i++) {
    let m = values[i]!;
    let w = weight[i]!;
    let s = 1;
    while (mean.length > 0 && mean.at(-1)! >= m) {
      const before = mass.pop()!;
      m = (m * w + mean.pop()! * before) / (w + before);
      w += before;
      s += size.pop()!;
    }
    mean.push(m);
    mass.push(w);
    size.push(s);
  }
  return mean.flatMap((m, block) => new Array<number>(size[block]!).fill(m));
}

/** Rows of equal score as one, by rising score; rows without weight are left out. */
function merged(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  weight: Float64Array,
): { readonly at: number[]; readonly mean: number[]; readonly mass: number[] } {
  const at: number[] = [];
  const sum: number[] = [];
  const mass: number[] = [];
  for (const i of orderOf(score)) {
    const w = weight[i]!;
    if (w === 0) continue;
    if (at.length === 0 || at.at(-1) !== score[i]!) {
      at.push(score[i]!);
      sum.push(0);
      mass.push(0);
    }
    sum[sum.length - 1]! += w * y[i]!;
    mass[mass.length - 1]! += w;
  }
  return { at, mean: sum.map((s, k) => s / mass[k]!), mass };
}

/** Piecewise linear through (x, y), constant beyond; x rising. */
export function interpolate(x: Float64Array, y: Float64Array, at: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return y[0]!;
  if (low === x.length) return y[low - 1]!;
  const share = (at - x[low - 1]!) / (x[low]! - x[low - 1]!);
  return y[low - 1]! + share * (y[low]! - y[low - 1]!);
}

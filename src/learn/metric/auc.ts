/**
 * Area under the ROC curve: the chance that a row of 1 scores above a row of 0, ties counting half
 * (Mann & Whitney 1947), with DeLong's variance (1988) computed from ranks (Sun & Xu 2014). Rows may
 * have weights and come in clusters. O(n log n).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkBinary, checkFinite, weightsOf } from "../check.ts";
import { orderOf } from "../order.ts";
import {
  type BoundMetric,
  defaults,
  type Estimate,
  type MeanOptions,
  sumOfSquares,
  zOf,
} from "./estimate.ts";

/**
 * @param y 0 or 1 a row, both present
 * @param score any finite numbers; only their order counts
 * @throws WaymarkError TABLE_INVALID when one class has no weight
 */
export function auc(y: ArrayLike<number>, score: ArrayLike<number>, weight?: Float64Array): number {
  return bindAuc(y, score)(weightsOf(weight, y.length));
}

/** Sorts once; each weighting then costs O(n). */
export function bindAuc(y: ArrayLike<number>, score: ArrayLike<number>): BoundMetric {
  const n = y.length;
  checkBinary("y", y, n);
  checkFinite("score", score, n);
  const order = orderOf(score);
  return (weight) => {
    let below = 0;
    let ones = 0;
    let won = 0;
    for (let start = 0; start < n; ) {
      const value = score[order[start]!]!;
      let zeros = 0;
      let tied = 0;
      let end = start;
      for (; end < n && score[order[end]!] === value; end++) {
        const i = order[end]!;
        if (y[i] === 1) tied += weight[i]!;
        else zeros += weight[i]!;
      }
      won += tied * (below + zeros / 2);
      ones += tied;
      below += zeros;
      start = end;
    }
    needBoth(ones, below);
    return won / (ones * below);
  };
}

/**
 * AUC with DeLong's standard error and an interval on the logit scale, which stays within 0 and 1.
 * A perfect order has no spread to estimate; its bound is then that of the smaller class, all of
 * whose n rows were in place: (α/2)^(1/n).
 */
export function aucEstimate(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  options: MeanOptions = {},
): Estimate {
  const value = auc(y, score, options.weight);
  const n = y.length;
  const weight = weightsOf(options.weight, n);
  const { placement, ones, zeros, counts } = placements(y, score, weight);
  const term = (i: number): number =>
    y[i] === 1
      ? (weight[i]! * (placement[i]! - value)) / ones
      : (weight[i]! * (placement[i]! - value)) / zeros;
  const level = options.level ?? defaults.level;
  const z = zOf(level);
  const variance = options.cluster
    ? sumOfSquares(term, weight, options.cluster)
    : [0, 1].reduce((sum, label) => {
        let squares = 0;
        for (let i = 0; i < n; i++) if (y[i] === label) squares += term(i) ** 2;
        const count = counts[label]!;
        return sum + (squares * count) / Math.max(1, count - 1);
      }, 0);
  const standardError = Math.sqrt(variance);
  if (value === 0 || value === 1) {
    const bound = ((1 - level) / 2) ** (1 / Math.min(counts[0]!, counts[1]!));
    return value === 1
      ? { value, standardError, lower: bound, upper: 1 }
      : { value, standardError, lower: 0, upper: 1 - bound };
  }
  const logit = Math.log(value / (1 - value));
  const half = (z * standardError) / (value * (1 - value));
  return {
    value,
    standardError,
    lower: 1 / (1 + Math.exp(half - logit)),
    upper: 1 / (1 + Math.exp(-half - logit)),
  };
}

/**
 * Difference of two scores' AUC on the same rows (DeLong's paired test): positive when `a` is better.
 */
export function aucDifference(
  y: ArrayLike<number>,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: MeanOptions = {},
): Estimate {
  const n = y.length;
  const weight = weightsOf(options.weight, n);
  const aucA = auc(y, a, weight);
  const aucB = auc(y, b, weight);
  const first = placements(y, a, weight);
  const second = placements(y, b, weight);
  const term = (i: number): number =>
    (weight[i]! * (first.placement[i]! - aucA - second.placement[i]! + aucB)) /
    (y[i] === 1 ? first.ones : first.zeros);
  let variance = 0;
  if (options.cluster) variance = sumOfSquares(term, weight, options.cluster);
  else {
    for (let i = 0; i < n; i++) {
      const count = first.counts[y[i]!]!;
      variance += (term(i) ** 2 * count) / Math.max(1, count - 1);
    }
  }
  const value = aucA - aucB;
  const standardError = Math.sqrt(variance);
  const half = zOf(options.level ?? defaults.level) * standardError;
  return { value, standardError, lower: value - half, upper: value + half };
}

interface Placements {
  /** Of a 1: the weighted share of zeros below it; of a 0: the share of ones above it. */
  readonly placement: Float64Array;
  readonly ones: number;
  readonly zeros: number;
  /** Rows with weight, of label 0 and of label 1. */
  readonly counts: readonly [number, number];
}

function placements(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  weight: Float64Array,
): Placements {
  const n = y.length;
  const order = orderOf(score);
  const placement = new Float64Array(n);
  const total = [0, 0];
  const counts: [number, number] = [0, 0];
  for (let i = 0; i < n; i++) {
    total[y[i]!]! += weight[i]!;
    if (weight[i]! > 0) counts[y[i]!]!++;
  }
  const seen = [0, 0];
  for (let start = 0; start < n; ) {
    const value = score[order[start]!]!;
    const tied = [0, 0];
    let end = start;
    for (; end < n && score[order[end]!] === value; end++) {
      const i = order[end]!;
      tied[y[i]!]! += weight[i]!;
    }
    for (let at = start; at < end; at++) {
      const i = order[at]!;
      placement[i] =
        y[i] === 1
          ? (seen[0]! + tied[0]! / 2) / total[0]!
          : (total[1]! - seen[1]! - tied[1]! / 2) / total[1]!;
    }
    seen[0]! += tied[0]!;
    seen[1]! += tied[1]!;
    start = end;
  }
  return { placement, ones: total[1]!, zeros: total[0]!, counts };
}

export function needBoth(ones: number, zeros: number): void {
  if (ones > 0 && zeros > 0) return;
  throw new WaymarkError(
    "TABLE_INVALID",
    `y has no row of ${ones > 0 ? 0 : 1} with weight: both 0 and 1 are needed`,
  );
}

/**
 * The precision–recall curve and the area under it as average precision: precision at every
 * threshold, weighted by the gain in recall, without interpolation (Davis & Goadrich 2006 say why
 * not). Equal scores are one threshold. O(n log n).
 */
import { checkBinary, checkFinite, weightsOf } from "../check.ts";
import { orderOf } from "../order.ts";
import { needBoth } from "./auc.ts";
import {
  type BootstrapOptions,
  type BoundMetric,
  bootstrapEstimate,
  type Estimate,
} from "./estimate.ts";

/**
 * @param y 0 or 1 a row, both present
 * @returns 0 … 1; a score without skill gets the share of ones
 */
export function averagePrecision(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  weight?: Float64Array,
): number {
  return bindAveragePrecision(y, score)(weightsOf(weight, y.length));
}

export function bindAveragePrecision(y: ArrayLike<number>, score: ArrayLike<number>): BoundMetric {
  checkBinary("y", y, y.length);
  checkFinite("score", score, y.length);
  const order = orderOf(score);
  return (weight) => {
    let sum = 0;
    let before = 0;
    let all = 0;
    sweep(y, score, order, weight, (_, ones, total) => {
      if (total > 0) sum += (ones - before) * (ones / total);
      before = ones;
      all = total;
    });
    needBoth(before, all - before);
    return sum / before;
  };
}

export function averagePrecisionEstimate(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  options: BootstrapOptions = {},
): Estimate {
  return bootstrapEstimate(bindAveragePrecision(y, score), y.length, options);
}

export interface PrecisionRecall {
  /** Falling scores; a row counts as found when its score is at least the threshold. */
  readonly threshold: Float64Array;
  readonly precision: Float64Array;
  readonly recall: Float64Array;
}

/** One point per distinct score that has weight, from the highest down. */
export function precisionRecallCurve(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  weight?: Float64Array,
): PrecisionRecall {
  checkBinary("y", y, y.length);
  checkFinite("score", score, y.length);
  const threshold: number[] = [];
  const precision: number[] = [];
  const found: number[] = [];
  let all = 0;
  sweep(y, score, orderOf(score), weightsOf(weight, y.length), (value, ones, total) => {
    if (total === all) return;
    all = total;
    threshold.push(value);
    precision.push(ones / total);
    found.push(ones);
  });
  const ones = found.at(-1) ?? 0;
  needBoth(ones, all - ones);
  return {
    threshold: Float64Array.from(threshold),
    precision: Float64Array.from(precision),
    recall: Float64Array.from(found, (f) => f / ones),
  };
}

/** Visits distinct scores from high to low with the weight of ones and of all rows found so far. */
function sweep(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  order: Uint32Array,
  weight: Float64Array,
  visit: (score: number, ones: number, total: number) => void,
): void {
  let ones = 0;
  let total = 0;
  for (let end = order.length - 1; end >= 0; ) {
    const value = score[order[end]!]!;
    for (; end >= 0 && score[order[end]!] === value; end--) {
      const i = order[end]!;
      total += weight[i]!;
      if (y[i] === 1) ones += weight[i]!;
    }
    visit(value, ones, total);
  }
}

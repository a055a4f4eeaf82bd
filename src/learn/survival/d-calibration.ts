/**
 * D-calibration (Haider et al., JMLR 2020): if predicted survival curves are right, each member's
 * survival at their own event is uniform on 0 … 1. Censored members spread over all that is still
 * possible for them, and an event within a period over that period's drop, so discrete curves are
 * judged fairly. A chi-squared test over equal bins; it sees whole-curve bias, not ranking. O(n·bins).
 */
import { WaymarkError } from "../../base/error.ts";
import { chiSquaredSurvival } from "../../stats/distribution/gamma.ts";
import { checkCount, checkProbability } from "../check.ts";
import { checkEventTimes, type EventTimes } from "./event-times.ts";

export interface DCalibration {
  /** Share of members in each bin of survival, from 0 up; 1/bins each is perfect. */
  readonly share: Float64Array;
  readonly statistic: number;
  /** Small when the curves are not calibrated. Conservative when many are censored. */
  readonly pValue: number;
}

/**
 * @param survival Float64Array (rows), predicted P(T > t) at each row's own time
 * @param survivalBefore at the end of the period before; the same as `survival` for smooth curves
 */
export function dCalibration(
  times: EventTimes,
  survival: ArrayLike<number>,
  survivalBefore: ArrayLike<number> = survival,
  { bins = 10 }: { readonly bins?: number } = {},
): DCalibration {
  checkCount("bins", bins, 2, 1000);
  const { weight } = checkEventTimes(times);
  const n = times.time.length;
  checkProbability("survival", survival, n);
  checkProbability("survivalBefore", survivalBefore, n);
  const count = new Float64Array(bins);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const after = survival[i]!;
    const before = survivalBefore[i]!;
    if (before < after) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `survivalBefore, row ${i} is ${before}: must not be below the survival ${after} after it`,
      );
    }
    total += weight[i]!;
    if (times.cause[i]! > 0) spread(count, after, before, weight[i]!);
    else spread(count, 0, after, weight[i]!);
  }
  const expected = total / bins;
  let statistic = 0;
  for (const c of count) statistic += (c - expected) ** 2 / expected;
  return {
    share: count.map((c) => c / total),
    statistic,
    pValue: chiSquaredSurvival(statistic, bins - 1),
  };
}

/** A weight spread evenly from `low` to `high`; all of it in one bin when they are equal. */
function spread(count: Float64Array, low: number, high: number, weight: number): void {
  const bins = count.length;
  if (!(high > low)) {
    count[Math.min(bins - 1, Math.floor(high * bins))]! += weight;
    return;
  }
  for (let k = 0; k < bins; k++) {
    const overlap = Math.min(high, (k + 1) / bins) - Math.max(low, k / bins);
    if (overlap > 0) count[k]! += (weight * overlap) / (high - low);
  }
}

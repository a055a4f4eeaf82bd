/**
 * How good predicted chances of an event by a time are, with censoring undone by weights: the Brier
 * score (Graf et al. 1999; Gerds & Schumacher 2006), its mean over time, and the cumulative/dynamic
 * AUC (Uno et al. 2007; Blanche et al. 2013, definition 2: who had another cause by then counts as
 * not having this one). The Brier score's intervals allow for a censoring curve that comes from the
 * same rows; one that is given is taken as known. The AUC's take any as known: what that moves is below
 * what they scatter by. O(n log n) a horizon.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkLength, checkProbability } from "../check.ts";
import { aucEstimate } from "../metric/auc.ts";
import { type Estimate, type MeanOptions, meanEstimate } from "../metric/estimate.ts";
import { atHorizon, censoringShare, type HorizonOptions } from "./censoring.ts";
import type { EventTimes } from "./event-times.ts";

export type ScoreOptions = HorizonOptions & Omit<MeanOptions, "weight">;

/**
 * Mean weighted square of what came less what was predicted; ¼ for ½ everywhere.
 *
 * @param incidence Float64Array (rows), predicted chance of the cause by `horizon`
 */
export function ipcwBrier(
  times: EventTimes,
  incidence: ArrayLike<number>,
  horizon: number,
  options: ScoreOptions = {},
): Estimate {
  return meanEstimate(brierTerms(times, incidence, horizon, options), {
    ...options,
    weight: times.weight,
  });
}

/**
 * The Brier score's mean over the horizons' range, by the trapezoidal rule; at one horizon the score
 * there.
 *
 * @param incidence Float64Array (rows × horizons), row-major
 * @param horizons rising
 */
export function integratedBrier(
  times: EventTimes,
  incidence: Float64Array,
  horizons: ArrayLike<number>,
  options: ScoreOptions = {},
): Estimate {
  const n = times.time.length;
  const k = horizons.length;
  checkLength("incidence", incidence, n * k);
  if (k === 0) throw new WaymarkError("TABLE_INVALID", "no horizons; at least 1 is needed");
  const mean = new Float64Array(n);
  const column = new Float64Array(n);
  const range = horizons[k - 1]! - horizons[0]!;
  for (let h = 0; h < k; h++) {
    if (h > 0 && !(horizons[h]! > horizons[h - 1]!)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `horizons, row ${h} is ${horizons[h]} after ${horizons[h - 1]}: must rise`,
      );
    }
    for (let i = 0; i < n; i++) column[i] = incidence[i * k + h]!;
    const terms = brierTerms(times, column, horizons[h]!, options);
    const before = h > 0 ? horizons[h]! - horizons[h - 1]! : 0;
    const after = h < k - 1 ? horizons[h + 1]! - horizons[h]! : 0;
    const share = k === 1 ? 1 : (before + after) / 2 / range;
    for (let i = 0; i < n; i++) mean[i]! += share * terms[i]!;
  }
  return meanEstimate(mean, { ...options, weight: times.weight });
}

/**
 * The chance that of two rows the one with the event by the horizon had the higher risk.
 *
 * @param risk Float64Array (rows), higher for sooner; only the order counts
 */
export function timeDependentAuc(
  times: EventTimes,
  risk: ArrayLike<number>,
  horizon: number,
  options: ScoreOptions = {},
): Estimate {
  const { label, weight } = atHorizon(times, horizon, options);
  const { weight: own } = times;
  return aucEstimate(label, risk, {
    ...options,
    weight: own ? weight.map((w, i) => w * own[i]!) : weight,
  });
}

function brierTerms(
  times: EventTimes,
  incidence: ArrayLike<number>,
  horizon: number,
  options: HorizonOptions,
): Float64Array {
  checkProbability("incidence", incidence, times.time.length);
  const { label, weight } = atHorizon(times, horizon, options);
  const term = weight.map((w, i) => w * (label[i]! - incidence[i]!) ** 2);
  if (options.censoring) return term;
  const share = censoringShare(times, horizon, term);
  return term.map((value, i) => value + share[i]!);
}

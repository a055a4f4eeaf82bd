/**
 * Weights that undo censoring (Robins & Rotnitzky 1992; Graf et al. 1999): who is still informative at
 * a horizon stands for those who were lost on the way, by 1 over the chance of still being watched.
 * That chance is Kaplan–Meier of the censoring, events taken to come before censorings of the same
 * time. Supposes that censoring depends on nothing that predicts the event. O(n log n).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCount, checkOption } from "../check.ts";
import {
  checkEventTimes,
  countBefore,
  countUpTo,
  type EventTimes,
  riskTable,
  type StepFunction,
  stepAt,
  stepBefore,
} from "./event-times.ts";

/** P(still watched after t), from rows of training or of test. */
export function censoringCurve(times: EventTimes): StepFunction {
  const { time, atRisk, leaving, causes } = riskTable(times);
  const value = new Float64Array(time.length);
  let g = 1;
  for (let k = 0; k < time.length; k++) {
    let n = atRisk[k]!;
    for (let c = 1; c <= causes; c++) n -= leaving[k * (causes + 1) + c]!;
    const lost = leaving[k * (causes + 1)]!;
    if (lost > 0) g = lost >= n * (1 - 1e-12) ? 0 : g * (1 - lost / n);
    value[k] = g;
  }
  return { time, value, start: 1 };
}

export interface HorizonOptions {
  /** The cause whose coming by the horizon is predicted; 1 unless given. */
  readonly cause?: number;
  /** P(still watched), unless given from these rows themselves. */
  readonly censoring?: StepFunction;
}

/** Each row as seen at a horizon. */
export interface AtHorizon {
  /** 1: the cause came by then; 0: it did not, for it came later or another came first. */
  readonly label: Uint8Array;
  /** 0 for rows censored before the horizon; else 1 over the chance of still being watched. */
  readonly weight: Float64Array;
}

/**
 * @throws WaymarkError TABLE_INVALID when nobody is watched until the horizon, so that no weight undoes
 *   the censoring
 */
export function atHorizon(
  times: EventTimes,
  horizon: number,
  { cause = 1, censoring }: HorizonOptions = {},
): AtHorizon {
  checkEventTimes(times);
  checkOption("horizon", horizon, 0, Number.MAX_VALUE);
  checkCount("cause", cause, 1, 255);
  const g = censoring ?? censoringCurve(times);
  const n = times.time.length;
  const label = new Uint8Array(n);
  const weight = new Float64Array(n);
  const gAtHorizon = stepAt(g, horizon);
  for (let i = 0; i < n; i++) {
    const t = times.time[i]!;
    const c = times.cause[i]!;
    if (t <= horizon && c === 0) continue;
    const watched = t <= horizon ? stepBefore(g, t) : gAtHorizon;
    if (!(watched > 0)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `everybody is censored before ${Math.min(t, horizon)}: choose a horizon below ${horizon}`,
      );
    }
    label[i] = t <= horizon && c === cause ? 1 : 0;
    weight[i] = 1 / watched;
  }
  return { label, weight };
}

/**
 * What estimating the curve from the same rows does to a weighted mean: beside its own term a row
 * moves the mean by moving the curve under all who were watched longer (van der Laan & Robins 2003,
 * §3; Blanche et al. 2013). The shares sum to 0, and a term with its share has the right variance,
 * which is smaller than that of the term alone. O(n log n).
 *
 * @param term Float64Array (rows), weighted by `atHorizon`
 * @returns Float64Array (rows)
 */
export function censoringShare(
  times: EventTimes,
  horizon: number,
  term: Float64Array,
): Float64Array {
  const { weight } = checkEventTimes(times);
  const { time, atRisk, leaving, causes } = riskTable(times);
  const n = countUpTo(time, horizon);
  // Terms of whoever was watched beyond each time, per weight at risk of being censored then.
  const beyond = new Float64Array(time.length + 1);
  for (let i = 0; i < term.length; i++) {
    beyond[countBefore(time, times.time[i]!)]! += weight[i]! * term[i]!;
  }
  for (let k = time.length - 1; k >= 0; k--) beyond[k]! += beyond[k + 1]!;
  const moved = new Float64Array(n);
  const sum = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) {
    let left = atRisk[k]!;
    for (let c = 1; c <= causes; c++) left -= leaving[k * (causes + 1) + c]!;
    const lost = leaving[k * (causes + 1)]!;
    if (lost > 0) moved[k] = beyond[k + 1]! / left;
    sum[k + 1] = sum[k]! + (lost > 0 ? (moved[k]! * lost) / left : 0);
  }
  return term.map((_, i) => {
    const t = times.time[i]!;
    const isLost = times.cause[i] === 0 && weight[i]! > 0 && t <= horizon;
    // Events come before censorings of the same time, so at their own they are no longer at risk.
    const until = Math.min(n, times.cause[i] === 0 ? countUpTo(time, t) : countBefore(time, t));
    const from = times.entry ? Math.min(until, countUpTo(time, times.entry[i]!)) : 0;
    return (isLost ? moved[until - 1]! : 0) - (sum[until]! - sum[from]!);
  });
}

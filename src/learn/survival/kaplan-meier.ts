/**
 * The product-limit estimate of survival (Kaplan & Meier 1958), with Greenwood's error and intervals
 * on the log(−log) scale (Kalbfleisch & Prentice 1980), which stay within 0 and 1. Supposes that
 * censoring tells nothing of the event, and one kind of event; with several use `aalenJohansen`,
 * for 1 − Kaplan–Meier of one cause overstates it. O(n log n).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkOption } from "../check.ts";
import { zOf } from "../metric/estimate.ts";
import { type EventTimes, riskTable, type StepFunction, stepAt } from "./event-times.ts";

export interface SurvivalCurve {
  /** Rising times at which somebody left, by event or censored. */
  readonly time: Float64Array;
  /** P(T > time). */
  readonly survival: Float64Array;
  /** Greenwood's; 0 where survival is 1 or 0, where the formula has no answer. */
  readonly standardError: Float64Array;
  /** Pointwise interval. Where survival is 0, from 0 to the upper bound of the step before. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Weight under watch just before each time. */
  readonly atRisk: Float64Array;
  readonly events: Float64Array;
}

/** Any cause above 0 is the event. Weights count members: twice the weight is twice the members. */
export function kaplanMeier(
  times: EventTimes,
  { level = 0.95 }: { readonly level?: number } = {},
): SurvivalCurve {
  const z = zOf(level);
  const { time, atRisk, leaving, causes } = riskTable(times);
  const n = time.length;
  const survival = new Float64Array(n);
  const standardError = new Float64Array(n);
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  const events = new Float64Array(n);
  let s = 1;
  let greenwood = 0;
  for (let k = 0; k < n; k++) {
    let d = 0;
    for (let c = 1; c <= causes; c++) d += leaving[k * (causes + 1) + c]!;
    events[k] = d;
    const left = atRisk[k]! - d;
    const isEnd = left <= 1e-12 * atRisk[k]!;
    if (d > 0) {
      s = isEnd ? 0 : s * (left / atRisk[k]!);
      if (!isEnd) greenwood += d / (atRisk[k]! * left);
    }
    survival[k] = s;
    if (s === 0) {
      lower[k] = 0;
      upper[k] = k > 0 ? upper[k - 1]! : 1;
    } else if (s === 1) {
      lower[k] = 1;
      upper[k] = 1;
    } else {
      standardError[k] = s * Math.sqrt(greenwood);
      const half = (z * Math.sqrt(greenwood)) / Math.abs(Math.log(s));
      lower[k] = s ** Math.exp(half);
      upper[k] = s ** Math.exp(-half);
    }
  }
  return { time, survival, standardError, lower, upper, atRisk, events };
}

/** P(T > t). @throws WaymarkError OPTION_INVALID before 0 or beyond the last time anybody was watched */
export function survivalAt(curve: SurvivalCurve, t: number): number {
  checkOption("t", t, 0);
  const last = curve.time.at(-1)!;
  if (t > last && curve.survival.at(-1)! > 0) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `nobody was watched until ${t}; the last until ${last}`,
    );
  }
  return stepAt(stepsOf(curve), t);
}

/** The first time at which survival is at most 1 − p; undefined where it never falls so far. */
export function survivalQuantile(curve: SurvivalCurve, p: number): number | undefined {
  checkOption("p", p, 0, 1);
  const k = curve.survival.findIndex((s) => s <= 1 - p);
  return k < 0 ? undefined : curve.time[k]!;
}

/** Mean of min(T, horizon): the area under the curve. */
export function restrictedMean(curve: SurvivalCurve, horizon: number): number {
  checkOption("horizon", horizon, 0, Number.MAX_VALUE);
  survivalAt(curve, horizon);
  let area = 0;
  let s = 1;
  let from = 0;
  for (let k = 0; k < curve.time.length && curve.time[k]! < horizon; k++) {
    area += s * (curve.time[k]! - from);
    from = curve.time[k]!;
    s = curve.survival[k]!;
  }
  return area + s * (horizon - from);
}

export function stepsOf(curve: SurvivalCurve): StepFunction {
  return { time: curve.time, value: curve.survival, start: 1 };
}

/**
 * How long first paid spells last: Kaplan–Meier and Aalen–Johansen of learn/survival, by the month in
 * which they began, and the classic table (of those who began k · 30 days ago, how many pay today). A
 * spell that still lasts is censored; one that we learned of late enters when we did. O(n log n).
 */
import {
  aalenJohansen,
  type EventTimes,
  kaplanMeier,
  survivalQuantile,
} from "../../learn/survival/index.ts";
import { CHURN_CAUSES, type RetentionCurve, type RetentionReport } from "../../schema/retention.ts";
import { DAY_MS, type DayRange, endMs as endOf, monthName, monthOf } from "./calendar.ts";
import type { PaidSpells } from "./paid-spell.ts";
import { shareOf } from "./proportion.ts";

export const curveDefaults = {
  /** Days of the longest curve: a year, and the day on which a yearly plan renews. */
  longestDays: 372,
  /** Days between two points of the survival curve, and of a cohort's: both meet monthly renewals. */
  stepDays: 6,
  cohortStepDays: 12,
  /** Days of a period of the classic table, and how many. */
  periodDays: 30,
  periods: 12,
  /** Days by which a beginning may be known late before it counts as seen late. */
  lateDays: 1,
} as const;

/** Of these members' first paid spells, those that were under watch at all. */
export interface SpellTimes extends EventTimes {
  readonly entry: Float64Array;
  /** Row of each spell. */
  readonly spell: Int32Array;
}

/** Times in days; what began after the range is not in it. */
export function firstSpellTimes(
  { firstSpell, startMs, startKnownMs, endMs, cause }: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): SpellTimes {
  const until = endOf(range);
  const spell: number[] = [];
  const time: number[] = [];
  const causes: number[] = [];
  const entry: number[] = [];
  for (let i = 0; i < members.length; i++) {
    const own = firstSpell[members[i]!]!;
    if (own === firstSpell[members[i]! + 1] || startMs[own]! >= until) continue;
    const isOpen = endMs[own]! >= until;
    const lasted = (Math.min(endMs[own]!, until) - startMs[own]!) / DAY_MS;
    const lateDays = (startKnownMs[own]! - startMs[own]!) / DAY_MS;
    const entered = lateDays > curveDefaults.lateDays ? lateDays : 0;
    // Over before we knew of it: nobody who ended otherwise could have been seen.
    if (entered > 0 && entered >= lasted) continue;
    spell.push(own);
    time.push(lasted);
    causes.push(isOpen ? 0 : cause[own]!);
    entry.push(lasted > 0 ? entered : -1);
  }
  return {
    spell: Int32Array.from(spell),
    time: Float64Array.from(time),
    cause: Uint8Array.from(causes),
    entry: Float64Array.from(entry),
  };
}

export function survivalOf(times: SpellTimes): RetentionReport["survival"] {
  const members = times.spell.length;
  if (members === 0) {
    const causes = CHURN_CAUSES.map((cause) => ({ cause, curve: NO_CURVE }));
    return { members, curve: NO_CURVE, medianDays: null, causes };
  }
  const curve = kaplanMeier(times);
  const days = pointsUntil(longest(times), curveDefaults.stepDays);
  const atRisk = days.map((day) => atRiskAt(curve, day));
  const incidences = aalenJohansen(times, { causes: CHURN_CAUSES.length });
  return {
    members,
    curve: readCurve(curve.time, curve.survival, curve.lower, curve.upper, 1, days, atRisk),
    medianDays: survivalQuantile(curve, 0.5) ?? null,
    causes: CHURN_CAUSES.map((cause, k) => {
      const { time, incidence, lower, upper } = incidences.causes[k]!;
      return { cause, curve: readCurve(time, incidence, lower, upper, 0, days, atRisk) };
    }),
  };
}

/** By the month in which the first spell began, for months that the range touches. */
export function cohortsOf(
  spells: PaidSpells,
  times: SpellTimes,
  members: ArrayLike<number>,
  range: DayRange,
): RetentionReport["cohorts"] {
  const rows = new Map<number, number[]>();
  for (let i = 0; i < times.spell.length; i++) {
    const startMs = spells.startMs[times.spell[i]!]!;
    if (startMs < range.fromDay * DAY_MS) continue;
    const month = monthOf(startMs);
    const own = rows.get(month);
    if (own) own.push(i);
    else rows.set(month, [i]);
  }
  const periods = classicPeriods(spells, members, range);
  return [...rows.keys()]
    .sort((a, b) => a - b)
    .map((month) => {
      const own = takeTimes(times, rows.get(month)!);
      const curve = kaplanMeier(own);
      const days = pointsUntil(longest(own), curveDefaults.cohortStepDays);
      const atRisk = days.map((day) => atRiskAt(curve, day));
      return {
        month: monthName(month),
        members: own.spell.length,
        curve: readCurve(curve.time, curve.survival, curve.lower, curve.upper, 1, days, atRisk),
        periods: periods.get(month) ?? [],
      };
    });
}

/** Of members whose first spell began in a month, who pay on day 30 · k after it: in any spell. */
function classicPeriods(
  { firstSpell, startMs, endMs }: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): Map<number, RetentionReport["cohorts"][number]["periods"]> {
  const { periodDays, periods } = curveDefaults;
  const until = endOf(range);
  const counts = new Map<number, { readonly kept: Int32Array; readonly of: Int32Array }>();
  for (let i = 0; i < members.length; i++) {
    const first = firstSpell[members[i]!]!;
    const end = firstSpell[members[i]! + 1]!;
    if (first === end || startMs[first]! >= until) continue;
    const month = monthOf(startMs[first]!);
    let own = counts.get(month);
    if (!own) {
      own = { kept: new Int32Array(periods + 1), of: new Int32Array(periods + 1) };
      counts.set(month, own);
    }
    for (let k = 1, spell = first; k <= periods; k++) {
      const at = startMs[first]! + k * periodDays * DAY_MS;
      if (at >= until) break;
      while (spell < end && endMs[spell]! <= at) spell++;
      own.of[k]!++;
      if (spell < end && startMs[spell]! <= at) own.kept[k]!++;
    }
  }
  return new Map(
    [...counts].map(([month, { kept, of }]) => {
      const seen = Array.from({ length: periods }, (_, i) => i + 1).filter((k) => of[k]! > 0);
      return [
        month,
        seen.map((period) => ({ period, share: shareOf(kept[period]!, of[period]!) })),
      ];
    }),
  );
}

const NO_CURVE: RetentionCurve = { days: [], value: [], low: [], high: [], atRisk: [] };

function takeTimes(times: SpellTimes, rows: readonly number[]): SpellTimes {
  const take = (values: ArrayLike<number>) => Float64Array.from(rows, (i) => values[i]!);
  return {
    time: take(times.time),
    cause: take(times.cause),
    entry: take(times.entry),
    spell: Int32Array.from(rows, (i) => times.spell[i]!),
  };
}

function longest({ time }: EventTimes): number {
  return time.reduce((a, b) => Math.max(a, b), 0);
}

/** Day 0 and every step until the last day that anybody was watched. */
function pointsUntil(last: number, step: number): number[] {
  const until = Math.min(last, curveDefaults.longestDays);
  return Array.from({ length: Math.floor(until / step) + 1 }, (_, k) => k * step);
}

interface AtRisk {
  readonly time: Float64Array;
  readonly atRisk: Float64Array;
}

/** Of the first time that is not before the day. */
function atRiskAt({ time, atRisk }: AtRisk, day: number): number {
  const k = firstNotBefore(time, day);
  return k < time.length ? atRisk[k]! : 0;
}

function readCurve(
  time: Float64Array,
  value: Float64Array,
  low: Float64Array,
  high: Float64Array,
  start: number,
  days: readonly number[],
  atRisk: readonly number[],
): RetentionCurve {
  const read = (steps: Float64Array) =>
    days.map((day) => {
      let k = firstNotBefore(time, day);
      if (k < time.length && time[k] === day) k++;
      return rounded(k === 0 ? start : steps[k - 1]!);
    });
  return {
    days: [...days],
    value: read(value),
    low: read(low),
    high: read(high),
    atRisk: [...atRisk],
  };
}

function firstNotBefore(time: Float64Array, day: number): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle]! < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A report is read by people. */
function rounded(share: number): number {
  return Math.round(share * 1e5) / 1e5;
}

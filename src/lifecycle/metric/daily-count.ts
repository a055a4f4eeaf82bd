/**
 * Counts that have one value a day: subscribers, active members, churn of the last 30 days. Each member
 * adds to the days between two steps, so a count is a running sum over steps. O(changes + active days +
 * days).
 */
import type { MemberLives } from "../../schema/membership.ts";
import { type DayRange, dayCount, dayOf } from "./calendar.ts";
import { INVOLUNTARY, type PaidSpells, VOLUNTARY } from "./paid-spell.ts";

/** Adds over a range of days, then reads the sums day by day. */
export class DayCounter {
  private readonly range: DayRange;
  private readonly step: Float64Array;

  constructor(range: DayRange) {
    this.range = range;
    this.step = new Float64Array(dayCount(range) + 1);
  }

  /** Days outside of the range are left out; `toDay` is included, Infinity goes on. */
  add(fromDay: number, toDay: number, amount = 1): void {
    const { range, step } = this;
    const from = Math.max(fromDay, range.fromDay) - range.fromDay;
    const to = Math.min(toDay, range.toDay) - range.fromDay;
    if (from > to) return;
    step[from]! += amount;
    step[to + 1]! -= amount;
  }

  /** Float64Array (days). */
  sums(): Float64Array {
    const sums = this.step.slice(0, -1);
    for (let i = 1; i < sums.length; i++) sums[i]! += sums[i - 1]!;
    return sums;
  }
}

/** SUBS: subscribers at the end of each day. */
export function subscribers(
  { changes }: Pick<MemberLives, "changes">,
  { isCounted }: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): Float64Array {
  const counter = new DayCounter(range);
  const { firstChange, atMs } = changes;
  for (let i = 0; i < members.length; i++) {
    const end = firstChange[members[i]! + 1]!;
    for (let row = firstChange[members[i]!]!; row < end; row++) {
      if (isCounted[row] === 0) continue;
      const untilDay = row + 1 < end ? dayOf(atMs[row + 1]!) - 1 : Number.POSITIVE_INFINITY;
      counter.add(dayOf(atMs[row]!), untilDay);
    }
  }
  return counter.sums();
}

/** Members active on any of the `width` days that end with each day: DAU 1, WAU 7, MAU 28. */
export function activeMembers(
  { firstActive, activeDay }: Pick<MemberLives, "firstActive" | "activeDay">,
  members: ArrayLike<number>,
  range: DayRange,
  width: number,
): Float64Array {
  const counter = new DayCounter(range);
  for (let i = 0; i < members.length; i++) {
    let from = firstActive[members[i]!]!;
    const end = firstActive[members[i]! + 1]!;
    while (from < end) {
      // Days whose windows meet are one stretch.
      let to = from;
      while (to + 1 < end && activeDay[to + 1]! - activeDay[to]! <= width) to++;
      counter.add(activeDay[from]!, activeDay[to]! + width - 1);
      from = to + 1;
    }
  }
  return counter.sums();
}

/** Days of which churn is the share that ended. */
export const CHURN_DAYS = 30;

/** Per day, of the CHURN_DAYS that end with it. */
export interface ChurnCounts {
  /** Members in a paid spell at the end of the day before the window. */
  readonly atRisk: Float64Array;
  /** Of these, whose spell ended within it, by cause. */
  readonly voluntary: Float64Array;
  readonly involuntary: Float64Array;
}

export function churnCounts(
  spells: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): ChurnCounts {
  const atRisk = new DayCounter(range);
  const ended = { [VOLUNTARY]: new DayCounter(range), [INVOLUNTARY]: new DayCounter(range) };
  const { firstSpell, startMs, endMs, cause } = spells;
  for (let i = 0; i < members.length; i++) {
    for (let k = firstSpell[members[i]!]!; k < firstSpell[members[i]! + 1]!; k++) {
      const start = dayOf(startMs[k]!);
      const end = dayOf(endMs[k]!);
      atRisk.add(start + CHURN_DAYS, end - 1 + CHURN_DAYS);
      const by = cause[k];
      if (by !== VOLUNTARY && by !== INVOLUNTARY) continue;
      ended[by].add(Math.max(end, start + CHURN_DAYS), end - 1 + CHURN_DAYS);
    }
  }
  return {
    atRisk: atRisk.sums(),
    voluntary: ended[VOLUNTARY].sums(),
    involuntary: ended[INVOLUNTARY].sums(),
  };
}

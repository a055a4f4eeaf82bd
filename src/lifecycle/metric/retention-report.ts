/**
 * Everything that the Retention page shows of some members, out of their lives: each figure is one of the
 * files beside this one. About 10 ms for 2,000 members and a year.
 */
import { MEMBERSHIP_STATES } from "../../schema/billing.ts";
import type { MemberLives } from "../../schema/membership.ts";
import type { RetentionReport, Share } from "../../schema/retention.ts";
import { DAY_MS, type DayRange, dayCount, dayOf, endMs, monthName } from "./calendar.ts";
import { activation, freeToPaid, trialToPaid } from "./conversion.ts";
import { activeMembers, CHURN_DAYS, churnCounts, subscribers } from "./daily-count.ts";
import { type PaidSpells, paidSpells, stateCode } from "./paid-spell.ts";
import { involuntaryShare, recovery } from "./payment-failure.ts";
import { shareOf } from "./proportion.ts";
import {
  type RateTable,
  type RevenueColumns,
  revenue,
  revenueColumns,
  revenueMovements,
} from "./recurring-revenue.ts";
import { cohortsOf, firstSpellTimes, survivalOf } from "./retention-curve.ts";

export const reportDefaults = {
  /** Days of every series. */
  seriesDays: 365,
  /** Days between a figure and what it is compared with: four whole weeks. */
  beforeDays: 28,
} as const;

/** Lives with what every report needs of them, computed once. */
export interface PreparedLives {
  readonly lives: MemberLives;
  readonly spells: PaidSpells;
  readonly revenue: RevenueColumns;
  readonly range: DayRange;
}

/** @param now figures are of the last whole day (UTC) before it. @throws WaymarkError OPTION_INVALID */
export function prepareLives(lives: MemberLives, now: number, rates?: RateTable): PreparedLives {
  const spells = paidSpells(lives.changes);
  const toDay = dayOf(now) - 1;
  let firstMs = Number.POSITIVE_INFINITY;
  for (const ms of lives.joinedMs) firstMs = Math.min(firstMs, ms);
  for (const ms of spells.startMs) firstMs = Math.min(firstMs, ms);
  const earliest = Math.min(toDay, dayOf(Math.min(firstMs, now)));
  const fromDay = Math.max(earliest, toDay - reportDefaults.seriesDays + 1);
  const columns = revenueColumns(lives.changes, spells, rates);
  return { lives, spells, revenue: columns, range: { fromDay, toDay } };
}

/** @param members rows of the lives */
export function retentionReport(
  { lives, spells, revenue: columns, range }: PreparedLives,
  members: ArrayLike<number>,
): RetentionReport {
  const fromMs = range.fromDay * DAY_MS;
  const toMs = endMs(range);
  const times = firstSpellTimes(spells, members, range);
  const money = revenue(lives, spells, columns, members, range);
  const moved = revenueMovements(lives, spells, columns, members, range);
  return {
    members: joined(lives, members, toMs),
    days: { fromMs, toMs, count: dayCount(range) },
    subs: countOf(subscribers(lives, spells, members, range)),
    mau: countOf(activeMembers(lives, members, range, 28)),
    wau: countOf(activeMembers(lives, members, range, 7)),
    dau: countOf(activeMembers(lives, members, range, 1)),
    churn: churnOf(spells, members, range),
    mrr: money.map(({ currency, series, unpriced }) => ({
      currency,
      unpriced,
      ...countOf(series),
    })),
    states: statesOf(lives, members, toMs),
    activation: activation(lives, members, range),
    conversion: {
      trialToPaid: trialToPaid(lives, spells, members, range),
      freeToPaid: freeToPaid(lives, spells, members, range),
    },
    cohorts: cohortsOf(spells, times, members, range),
    survival: survivalOf(times),
    movements: money.flatMap(({ currency, series, before }) => {
      const months = moved[columns.currencies.indexOf(currency)]!;
      const levelAt = (ms: number) =>
        ms === fromMs ? before : series[(ms - fromMs) / DAY_MS - 1]!;
      return months.map((month) => ({
        month: monthName(month.month),
        window: { fromMs: month.fromMs, toMs: month.toMs },
        isPartial: month.isPartial,
        currency,
        startMinor: levelAt(month.fromMs),
        endMinor: levelAt(month.toMs),
        moved: month.moved,
      }));
    }),
    involuntary: involuntaryShare(spells, members, range),
    recovery: recovery(lives, spells, members, range),
  };
}

function countOf(series: Float64Array): RetentionReport["subs"] {
  const before = series[series.length - 1 - reportDefaults.beforeDays];
  return { value: series.at(-1)!, before: before ?? null, series: Array.from(series) };
}

function churnOf(
  spells: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): RetentionReport["churn"] {
  const { atRisk, voluntary, involuntary } = churnCounts(spells, members, range);
  const toMs = endMs(range);
  const n = atRisk.at(-1)!;
  const share = (count: number): Share => shareOf(count, n);
  const series = (ended: Float64Array) =>
    Array.from(ended, (count, i) =>
      atRisk[i] === 0 ? null : Math.round((count / atRisk[i]!) * 1e5) / 1e5,
    );
  return {
    window: { fromMs: toMs - CHURN_DAYS * DAY_MS, toMs },
    all: share(voluntary.at(-1)! + involuntary.at(-1)!),
    voluntary: share(voluntary.at(-1)!),
    involuntary: share(involuntary.at(-1)!),
    series: { voluntary: series(voluntary), involuntary: series(involuntary) },
  };
}

function joined({ joinedMs }: MemberLives, members: ArrayLike<number>, toMs: number): number {
  let count = 0;
  for (let i = 0; i < members.length; i++) if (joinedMs[members[i]!]! < toMs) count++;
  return count;
}

/** Every member who has joined is in one: free before any change. */
function statesOf(
  { changes, joinedMs }: MemberLives,
  members: ArrayLike<number>,
  toMs: number,
): RetentionReport["states"] {
  const counts = new Float64Array(MEMBERSHIP_STATES.length);
  const { firstChange, state, atMs } = changes;
  for (let i = 0; i < members.length; i++) {
    if (joinedMs[members[i]!]! >= toMs) continue;
    let code = stateCode("free");
    const end = firstChange[members[i]! + 1]!;
    for (let row = firstChange[members[i]!]!; row < end && atMs[row]! < toMs; row++) {
      code = state[row]!;
    }
    counts[code]!++;
  }
  return MEMBERSHIP_STATES.map((state, code) => ({ state, count: counts[code]! }));
}

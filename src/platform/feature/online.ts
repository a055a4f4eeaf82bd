/**
 * The values of a member's features from the state alone. They equal, bit for bit, what the offline SQL
 * gives for the same moment and the same log: counts and sums are whole numbers, quotients are of the
 * same two doubles, and windows are whole days. O(features and the days they reach back).
 */
import {
  DAY_MS,
  dayOf,
  type HalfLifeDays,
  RECENT_DAYS,
  type Reading,
  recentWeights,
  TREND_DAYS,
  type WindowDays,
} from "./definition.ts";
import type { FeatureSet, Step } from "./feature-set.ts";
import type { LatestEvent, MemberState, Tally } from "./state.ts";

/**
 * When a question that comes at `nowMs` is asked: never before what is known, because the state has
 * no past. A clock that was put back, or an event from a server with another one, moves it.
 */
export function askedAt(state: MemberState, nowMs: number): number {
  return Math.max(nowMs, state.knownMs);
}

/**
 * @param state `emptyState(set)` for a member of whom nothing is known
 * @param nowMs epoch milliseconds; `askedAt` of it is the moment of which the values are
 * @returns one a feature, in the order of the set: numbers, codes, 0 and 1; NaN is missing
 */
export function onlineValues(set: FeatureSet, state: MemberState, nowMs: number): Float64Array {
  const atMs = askedAt(state, nowMs);
  const today = dayOf(atMs);
  const newest = state.latests.map(newestOf);
  return Float64Array.from(set.plan.steps, (step) => answer(step, state, newest, atMs, today));
}

function answer(
  step: Step,
  state: MemberState,
  newest: readonly (LatestEvent | undefined)[],
  atMs: number,
  today: number,
): number {
  switch (step.kind) {
    case "count":
      return countIn(state.tallies[step.tally]!, today - step.window, today);
    case "sum":
      return sumIn(state.tallies[step.tally]!, step.quantity, today, step.window);
    case "days":
      return daysIn(state.tallies[step.tally]!, today, step.window);
    case "recent":
      return recentShare(state.tallies[step.tally]!, today, step.halfLifeDays);
    case "lifetimeCount":
      return state.tallies[step.tally]!.count;
    case "lifetimeSum":
      return state.tallies[step.tally]!.sums[step.quantity]!;
    case "sinceFirst":
    case "sinceLast": {
      const { count, firstMs, lastMs } = state.tallies[step.tally]!;
      if (count === 0) return Number.NaN;
      return (atMs - (step.kind === "sinceFirst" ? firstMs : lastMs)) / DAY_MS;
    }
    case "trend": {
      const tally = state.tallies[step.tally]!;
      const late = countIn(tally, today - TREND_DAYS, today);
      const early = countIn(tally, today - 2 * TREND_DAYS, today - TREND_DAYS);
      return late + early === 0 ? 0 : (late - early) / (late + early);
    }
    case "ratio": {
      const to = countIn(state.tallies[step.to]!, today - step.window, today);
      const count = countIn(state.tallies[step.tally]!, today - step.window, today);
      return to === 0 ? Number.NaN : count / to;
    }
    case "distinct": {
      let count = 0;
      for (const day of state.distincts[step.distinct]!.values()) {
        if (day > today - step.window) count++;
      }
      return count;
    }
    default: {
      const value = newest[step.latest]?.captured[step.reading] ?? Number.NaN;
      return readAt(step.as, value, atMs);
    }
  }
}

/** Of what was captured of the event, at the moment of the question. */
function readAt(as: Reading["kind"], value: number, atMs: number): number {
  switch (as) {
    case "daysUntil":
      return (value - atMs) / DAY_MS;
    case "daysSince":
      return (atMs - value) / DAY_MS;
    case "dayOfMonth":
      return new Date(value).getUTCDate();
    case "monthsUntil": {
      const at = new Date(atMs);
      return value - (12 * at.getUTCFullYear() + at.getUTCMonth() + 1);
    }
    default:
      return value;
  }
}

/** Events on days after `from`, up to and with `to`. */
function countIn({ buckets }: Tally, from: number, to: number): number {
  let count = 0;
  for (let i = buckets.length - 1; i >= 0 && buckets[i]!.day > from; i--) {
    if (buckets[i]!.day <= to) count += buckets[i]!.count;
  }
  return count;
}

function daysIn({ buckets }: Tally, today: number, window: WindowDays): number {
  let days = 0;
  for (let i = buckets.length - 1; i >= 0 && buckets[i]!.day > today - window; i--) days++;
  return days;
}

const weights = { 7: recentWeights(7), 28: recentWeights(28) } as const;

function recentShare(
  { count, firstMs, buckets }: Tally,
  today: number,
  halfLifeDays: HalfLifeDays,
): number {
  if (count === 0) return Number.NaN;
  const { weight, total } = weights[halfLifeDays];
  let sum = 0;
  for (let i = buckets.length - 1; i >= 0; i--) {
    const age = today - buckets[i]!.day;
    if (age >= RECENT_DAYS) break;
    sum += weight[age]!;
  }
  return sum / total[Math.min(RECENT_DAYS, today - dayOf(firstMs) + 1)]!;
}

function sumIn({ buckets }: Tally, quantity: number, today: number, window: WindowDays): number {
  let sum = 0;
  for (let i = buckets.length - 1; i >= 0 && buckets[i]!.day > today - window; i--) {
    sum += buckets[i]!.sums[quantity]!;
  }
  return sum;
}

/** The live ones first, then the latest by the total order. */
function newestOf(latest: ReadonlyMap<string, LatestEvent>): LatestEvent | undefined {
  let newest: LatestEvent | undefined;
  for (const event of latest.values()) {
    if (newest === undefined || isAhead(event, newest)) newest = event;
  }
  return newest;
}

function isAhead(a: LatestEvent, b: LatestEvent): boolean {
  if (a.isLive !== b.isLive) return a.isLive;
  return (a.eventMs - b.eventMs || a.createdMs - b.createdMs || a.seq - b.seq) > 0;
}

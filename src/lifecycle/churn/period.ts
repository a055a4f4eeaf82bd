/**
 * The periods in which churn is foretold: days after a snapshot and the gap that follows it, which is
 * as long as it takes to act. Short periods first, where most is known and most can be done; the
 * chance within 7, 30 or 90 days is read off one curve.
 */
const DAY_MS = 86_400_000;

/** Whole periods end this many days after the gap. */
export const BOUNDS_DAYS = [7, 14, 21, 30, 45, 60, 75, 90] as const;
export const PERIODS: number = BOUNDS_DAYS.length;

/** Horizons that a score names, each one of the bounds. */
export const HORIZONS_DAYS = [7, 30, 90] as const;

export const churnDefaults = {
  /** Days between a snapshot and the first day on which leaving counts: whoever leaves sooner could
   * not have been helped, and a model that foretells only them would look good and be useless. */
  gapDays: 3,
  /** Days between the snapshots of a member: weekly ones hold little that fortnightly ones do not. */
  stepDays: 14,
} as const;

/** The causes, by their code: 0 is none. */
export const CAUSES = ["voluntary", "involuntary"] as const;
export type Cause = (typeof CAUSES)[number];

export function daysOf(ms: number): number {
  return ms / DAY_MS;
}

export function msOfDays(days: number): number {
  return days * DAY_MS;
}

/** The period 1 … PERIODS that holds a time, days after the gap; PERIODS + 1 beyond the last. */
export function periodOf(days: number): number {
  const k = BOUNDS_DAYS.findIndex((bound) => days <= bound);
  return k < 0 ? PERIODS + 1 : k + 1;
}

/** Periods that lie wholly within the time. */
export function wholePeriods(days: number): number {
  return BOUNDS_DAYS.filter((bound) => bound <= days).length;
}

/** The number of the period that ends at a horizon. */
export function horizonPeriod(days: (typeof HORIZONS_DAYS)[number]): number {
  return periodOf(days);
}

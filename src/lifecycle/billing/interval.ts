/**
 * How long one billing interval is, in our three units. Processors say it in days (Stripe) or not at all
 * (the stores give two dates, or a product's name).
 */
import type { BillingInterval } from "../../schema/billing.ts";

export interface Interval {
  readonly interval: BillingInterval;
  readonly intervalCount: number;
}

const DAY_MS = 86_400_000;
const DAYS = { week: 7, month: 30.44, year: 365.25 } as const;

/** Days become weeks, months or years where they are some, and a fraction of a week where not. */
export function intervalOfDays(days: number): Interval {
  // From the longest: 364 days are a year to everybody but a calendar.
  for (const interval of ["year", "month", "week"] as const) {
    const count = Math.round(days / DAYS[interval]);
    // Months have 28 to 31 days, and a leap day comes once in four years.
    const slack = interval === "week" ? 0.5 : interval === "month" ? 2.5 * count : 3 * count;
    if (count >= 1 && Math.abs(days - count * DAYS[interval]) <= Math.min(slack, 6)) {
      return { interval, intervalCount: count };
    }
  }
  return { interval: "week", intervalCount: days / DAYS.week };
}

/** Of a paid period; a month where there is none to look at, as most subscriptions are. */
export function intervalBetween(startMs: number | null, endMs: number | null): Interval {
  const days = startMs === null || endMs === null ? 0 : (endMs - startMs) / DAY_MS;
  return days > 0 ? intervalOfDays(days) : { interval: "month", intervalCount: 1 };
}

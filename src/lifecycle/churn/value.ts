/**
 * Value at risk: what is lost on average when nothing is done. The chance to leave within 90 days, times
 * what a member brings in a month after costs, times the months that such a member is expected to stay
 * (shifted-beta-geometric by tenure, two years ahead, discounted). It ranks whom to look at first; it is
 * not what an action would earn, which depends on whom the action changes. Minor units of the
 * membership's own currency: amounts of different currencies are not compared by worth.
 */
import type { BillingInterval } from "../../schema/billing.ts";
import type { TenureBaseline } from "./baseline.ts";

export const valueDefaults = {
  /** Of the price, after payment fees and service: a project sets its own. */
  marginShare: 0.8,
  /** Months ahead that count. */
  horizonMonths: 24,
  /** A month; about 10 % a year. */
  discount: 0.008,
} as const;

const MONTHS: Readonly<Record<BillingInterval, number>> = { week: 7 / 30, month: 1, year: 12 };

/** Minor units a 30-day month; null where the price is not known. */
export function monthlyPriceMinor(
  priceMinor: number | null,
  interval: BillingInterval | null,
  intervalCount: number | null,
): number | null {
  if (priceMinor === null || interval === null) return null;
  return priceMinor / (MONTHS[interval] * Math.max(1, intervalCount ?? 1));
}

/** @param chance of leaving within 90 days, of any cause @returns whole minor units, 0 without a price */
export function valueAtRiskMinor(
  chance: number,
  monthlyMinor: number | null,
  tenure: { readonly interval: BillingInterval | null; readonly days: number },
  baseline: TenureBaseline,
): number {
  if (monthlyMinor === null) return 0;
  const { marginShare, horizonMonths, discount } = valueDefaults;
  const months = baseline.expectedMonths(tenure.interval, tenure.days, horizonMonths, discount);
  return Math.max(0, Math.round(chance * monthlyMinor * marginShare * months));
}

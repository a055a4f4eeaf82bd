/** The console's numbers and states in words for people. */
import type { MembershipState } from "../../../src/schema/billing.ts";
import type { Chance, Money } from "../../../src/schema/console/member.ts";

const STATES: Record<MembershipState, string> = {
  free: "Free",
  trialing: "Trial",
  active: "Active",
  auto_renew_off: "Renewal off",
  grace: "In grace",
  hold: "On hold",
  paused: "Paused",
  expired_voluntary: "Left",
  expired_involuntary: "Lapsed unpaid",
  won_back: "Won back",
};

export function stateName(state: MembershipState): string {
  return STATES[state];
}

/** good: pays and renews; bad: leaving, failing or gone; plain: the rest. */
export function stateTone(state: MembershipState): "good" | "bad" | "plain" {
  if (state === "active" || state === "won_back") return "good";
  if (state === "free" || state === "trialing" || state === "paused") return "plain";
  return "bad";
}

const formats = new Map<string, Intl.NumberFormat>();

/** "€41", "€9.99": whole units without a fraction where there is none. */
export function money({ minor, currency }: Money): string {
  const format = formats.get(currency) ?? newFormat(currency);
  formats.set(currency, format);
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

function newFormat(currency: string): Intl.NumberFormat {
  const options = { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" } as const;
  try {
    return new Intl.NumberFormat(undefined, options);
  } catch {
    // Not a currency that the browser knows: the plain code.
    return new Intl.NumberFormat(undefined, { minimumFractionDigits: 2 });
  }
}

/** "18 %", "<1 %", "0.4 %" where a digit is asked for. */
export function share(p: number, digits = 0): string {
  const percent = p * 100;
  if (percent > 0 && percent < 0.5 && digits === 0) return "<1\u202f%";
  return `${percent.toFixed(digits)}\u202f%`;
}

/** "14–23", "2.6–3.4", without the unit that stands before it; empty where the error is not known. */
export function interval({ low, high }: Chance): string {
  if (low === null || high === null) return "";
  const digits = high - low < 0.02 ? 1 : 0;
  return `${(100 * low).toFixed(digits)}–${(100 * high).toFixed(digits)}`;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  stripe: "Web",
  web: "Web",
  ios: "iOS",
  app_store: "App Store",
  android: "Android",
  google_play: "Google Play",
  play: "Google Play",
};

export function platformName(platform: string): string {
  return PLATFORMS[platform] ?? platform;
}

export const CAUSE_NAMES = { voluntary: "leaves by choice", involuntary: "payment fails" } as const;

/** "19 Nov 2026" of a day in UTC: reports count whole days there. */
export function dayIn(ms: number): string {
  return DAY.format(ms);
}

const DAY = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

/** "Mar 26" of "2026-03". */
export function shortMonth(month: string): string {
  return MONTH.format(Date.parse(`${month}-01T00:00:00Z`));
}

const MONTH = new Intl.DateTimeFormat(undefined, {
  month: "short",
  year: "2-digit",
  timeZone: "UTC",
});

/**
 * Times in the person's own zone and words: "yesterday 18:40", "Tue 19:05", "14 Nov 07:12". The
 * moment "now" is an argument, so that a test can stand anywhere in time.
 */

const DAY_MS = 86_400_000;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });

/** Local midnight of the day that holds a moment. */
function dayOf(ms: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

export function when(ms: number, now: number): string {
  const time = clock.format(ms);
  // A day may have 23 or 25 hours: round.
  const days = Math.round((dayOf(now) - dayOf(ms)) / DAY_MS);
  if (days === 0) return `today ${time}`;
  if (days === 1) return `yesterday ${time}`;
  if (days > 1 && days < 7) return `${weekday.format(ms)} ${time}`;
  const isThisYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return `${(isThisYear ? dayMonth : dayMonthYear).format(ms)} ${time}`;
}

/** "Saturday, 14 November 2026 at 07:12". */
export function fullWhen(ms: number): string {
  return full.format(ms);
}

/** "2026-11" → "November 2026". */
export function monthName(month: string): string {
  const [year, number] = month.split("-").map(Number);
  return new Date(year!, number! - 1, 15).toLocaleDateString("en-GB", {
    month: "long",
    year: "numeric",
  });
}

/** "2026-11" of a moment in the person's zone. */
export function monthOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
}

/** The person's IANA time zone. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Local midnight that begins a day "2026-11-21", or so many days later; NaN when it is none. */
export function dayStart(day: string, daysLater = 0): number {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year!, month! - 1, date! + daysLater).getTime();
}

/** "2026-11-21" of a moment in the person's zone. */
export function dayName(ms: number): string {
  return `${monthOf(ms)}-${String(new Date(ms).getDate()).padStart(2, "0")}`;
}

/** "21 Nov" or "21 Nov 2025" of a day "2026-11-21". */
export function shortDay(day: string, now: number): string {
  const ms = dayStart(day);
  const isThisYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? dayMonth : dayMonthYear).format(ms);
}

/** "in 6 days", "3 hours ago", in the largest unit that fits. */
export function fromNow(ms: number, now: number): string {
  const seconds = Math.round((ms - now) / 1000);
  if (Math.abs(seconds) < 60) return seconds > 0 ? "in a moment" : "just now";
  const [unit, size] = RELATIVE.find(([, size]) => Math.abs(seconds) >= size)!;
  return relative.format(Math.round(seconds / size), unit);
}

const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const RELATIVE = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** Days and months of UTC, by which all figures are counted: a day is its number since 1 January 1970. */

export const DAY_MS = 86_400_000;

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Months since January 1970. */
export function monthOf(ms: number): number {
  const date = new Date(ms);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The first moment of a month; months count on past December. */
export function monthStartMs(month: number): number {
  return Date.UTC(1970, month, 1);
}

/** "2026-03". */
export function monthName(month: number): string {
  return new Date(monthStartMs(month)).toISOString().slice(0, 7);
}

/** Whole days that figures are given for, both included. */
export interface DayRange {
  readonly fromDay: number;
  readonly toDay: number;
}

export function dayCount({ fromDay, toDay }: DayRange): number {
  return toDay - fromDay + 1;
}

/** The moment after its last day, up to which everything counts. */
export function endMs({ toDay }: DayRange): number {
  return (toDay + 1) * DAY_MS;
}

/** The months that the range touches, each clipped to it. */
export function monthsOf(range: DayRange): readonly ClippedMonth[] {
  const months: ClippedMonth[] = [];
  const startMs = range.fromDay * DAY_MS;
  const last = monthOf(endMs(range) - 1);
  for (let month = monthOf(startMs); month <= last; month++) {
    const fromMs = Math.max(startMs, monthStartMs(month));
    const toMs = Math.min(endMs(range), monthStartMs(month + 1));
    const isPartial = fromMs > monthStartMs(month) || toMs < monthStartMs(month + 1);
    months.push({ month, fromMs, toMs, isPartial });
  }
  return months;
}

export interface ClippedMonth {
  readonly month: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isPartial: boolean;
}

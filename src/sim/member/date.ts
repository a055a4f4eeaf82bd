/**
 * Calendar dates as days since 1970 (UTC), without Date objects: renewals fall on days of the month.
 * Civil-from-days after Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.
 */
export const DAY_MS = 86_400_000;

export interface CivilDate {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  /** 1–31. */
  readonly date: number;
}

export function civilOf(day: number): CivilDate {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return {
    year: yoe + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: doy - Math.floor((153 * mp + 2) / 5) + 1,
  };
}

export function dayOf(year: number, month: number, date: number): number {
  return Math.round(Date.UTC(year, month - 1, date) / DAY_MS);
}

/** Months since year 0: a card is good to the end of its month. */
export function monthIndexOf(day: number): number {
  const { year, month } = civilOf(day);
  return year * 12 + month - 1;
}

/** The day `months` after an anchor, on the anchor's day of the month or the month's last. */
export function addMonths(anchor: number, months: number): number {
  const { year, month, date } = civilOf(anchor);
  const index = year * 12 + month - 1 + months;
  const first = dayOf(Math.floor(index / 12), (index % 12) + 1, 1);
  const next = dayOf(Math.floor((index + 1) / 12), ((index + 1) % 12) + 1, 1);
  return Math.min(first + date - 1, next - 1);
}

/** The last day of a month. */
export function lastDayOf(monthIndex: number): number {
  return dayOf(Math.floor((monthIndex + 1) / 12), ((monthIndex + 1) % 12) + 1, 1) - 1;
}

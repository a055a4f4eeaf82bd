/**
 * What a field of a columnar file becomes: a kind of column, and how one present value of the file is
 * turned into what that column holds. The rules that both formats share are here; which type has
 * which rule is in `parquet-field.ts` and `arrow-field.ts`.
 */
import { type ColumnKind, WaymarkError } from "../../base/index.ts";

/** A present value as the formats' readers give it. */
export type Raw = number | bigint | boolean | string | Uint8Array;

/** Ends the reading with an error that names the file, the column, the row and this rule. */
export type Refuse = (rule: string) => never;

export interface Field {
  readonly name: string;
  readonly kind: ColumnKind;
  /** A text for a categorical column; a number for the others, 0 or 1 for a boolean one. */
  convert(value: Raw, refuse: Refuse): number | string;
  /** The value as a level, where the kind may be given as "categorical". */
  text?(value: Raw): string;
}

export type Kinds = Readonly<Record<string, ColumnKind>>;

export interface ColumnarOptions {
  /** The columns to read, in this order; all of the file unless given. */
  readonly columns?: readonly string[];
  /** Kinds other than the file's: numbers or booleans as "categorical", 0 and 1 as "boolean" … */
  readonly kinds?: Kinds;
}

/**
 * The field as a column of another kind: whole numbers and booleans as categories, booleans and times
 * as numbers, numbers as times (epoch milliseconds), numbers that are 0 or 1 as booleans.
 *
 * @throws WaymarkError TABLE_INVALID for any other change
 */
export function fieldAs(field: Field, kind: ColumnKind | undefined, path: string): Field {
  if (kind === undefined || kind === field.kind) return field;
  const { name, convert, text } = field;
  const change = `${field.kind} to ${kind}`;
  if (kind === "categorical" && text !== undefined) return { name, kind, convert: text };
  switch (change) {
    case "boolean to numeric":
    case "timestamp to numeric":
    case "numeric to timestamp":
      return { name, kind, convert };
    case "numeric to boolean":
      return {
        name,
        kind,
        convert(value, refuse) {
          const number = convert(value, refuse);
          return number === 0 || number === 1 ? number : refuse("must be 0 or 1");
        },
      };
    default:
      throw new WaymarkError(
        "TABLE_INVALID",
        `column '${name}' of ${path} is ${field.kind} and cannot be read as ${kind}`,
      );
  }
}

/** Exact, or refused. */
export function wholeNumber(value: Raw, refuse: Refuse): number {
  const number = Number(value);
  return Number.isSafeInteger(number)
    ? number
    : refuse("must lie within ±(2^53 − 1), or be read as categorical");
}

export function finiteNumber(value: Raw, refuse: Refuse): number {
  const number = value as number;
  // NaN is missing.
  return number - number === 0 || Number.isNaN(number) ? number : refuse("must be finite");
}

/** The double nearest to unscaled · 10^−scale. */
export function decimalNumber(unscaled: number | bigint, scale: number): number {
  const number = Number(unscaled);
  // Both exact, so that the division rounds once.
  if (Number.isSafeInteger(number) && scale >= 0 && scale <= 22) return number / 10 ** scale;
  return Number(`${unscaled}e${-scale}`);
}

export type TimeUnit = "s" | "ms" | "µs" | "ns";

const PER_MS = { µs: 1000n, ns: 1_000_000n } as const;

/** Milliseconds, with a fraction where the unit is finer. */
export function milliseconds(value: number | bigint, unit: TimeUnit): number {
  if (unit === "s") return 1000 * Number(value);
  if (unit === "ms") return Number(value);
  const perMs = PER_MS[unit];
  const whole = BigInt(value);
  return Number(whole / perMs) + Number(whole % perMs) / Number(perMs);
}

/** As far as a Date reaches: beyond it, the unit is wrong. */
const LAST_TIME_MS = 8.64e15;

export function epochMs(value: number | bigint, unit: TimeUnit, refuse: Refuse): number {
  const ms = milliseconds(value, unit);
  return Math.abs(ms) <= LAST_TIME_MS ? ms : refuse("must be a time within 275,000 years of 1970");
}

/** @throws WaymarkError TABLE_INVALID when a chosen column is absent, or its type is not read */
export function chosenFields(
  path: string,
  fields: ReadonlyMap<string, Field | string>,
  options: ColumnarOptions,
): Field[] {
  const readable = [...fields].filter(([, field]) => typeof field !== "string");
  const choices = readable.map(([name]) => name);
  const { columns = [...fields.keys()], kinds = {} } = options;
  for (const name of Object.keys(kinds)) {
    if (!fields.has(name)) throw absent(path, name, choices);
  }
  return columns.map((name) => {
    const field = fields.get(name);
    if (field === undefined) throw absent(path, name, choices);
    if (typeof field !== "string") return fieldAs(field, kinds[name], path);
    throw new WaymarkError(
      "TABLE_INVALID",
      `column '${name}' of ${path} is ${field}, which is not read; choose columns of ${choices.join(", ")}`,
      { choices },
    );
  });
}

function absent(path: string, name: string, choices: readonly string[]): WaymarkError {
  return new WaymarkError(
    "TABLE_INVALID",
    `column '${name}' is not in ${path}; choose one of ${choices.join(", ")}`,
    { choices },
  );
}

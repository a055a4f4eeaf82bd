/**
 * How an event is read, in TypeScript and in DuckDB's SQL: which events a selection takes, and which
 * number a field gives. The two stand side by side because they must say the same of every payload,
 * of another type or missing, too: a field of the wrong type is a field that is not there.
 */
import { createHash } from "node:crypto";
import type { MemberEvent } from "../../schema/member-event.ts";
import type {
  Condition,
  FieldPath,
  Instant,
  Levels,
  Quantity,
  Reading,
  Selection,
} from "./definition.ts";

/** What is read of an event. */
export type ReadEvent = Pick<MemberEvent, "kind" | "eventMs" | "value" | "payload">;

/** Metres and minor units beyond this are cut: sums stay whole numbers that a double holds. */
const QUANTITY_MAX = 1e12;

export function selectsKind(
  { kinds, prefixes = [], except = [] }: Selection,
  kind: string,
): boolean {
  if (kinds.includes(kind)) return true;
  return prefixes.some((prefix) => kind.startsWith(prefix)) && !except.includes(kind);
}

export function selectsKindSql({ kinds, prefixes = [], except = [] }: Selection): string {
  const named = kinds.length === 0 ? [] : [`kind in (${kinds.map(text).join(", ")})`];
  const begun = prefixes.map((prefix) => `starts_with(kind, ${text(prefix)})`);
  const wide =
    begun.length === 0
      ? []
      : except.length === 0
        ? [`(${begun.join(" or ")})`]
        : [`((${begun.join(" or ")}) and kind not in (${except.map(text).join(", ")}))`];
  return `(${[...named, ...wide].join(" or ")})`;
}

export function holds(condition: Condition, payload: unknown): boolean {
  const value = fieldOf(payload, condition.field);
  return "isOneOf" in condition
    ? condition.isOneOf.some((wanted) => wanted === value)
    : condition.isNoneOf.every((unwanted) => unwanted !== value);
}

export function holdsSql(condition: Condition): string {
  if ("isNoneOf" in condition) {
    return `not ${holdsSql({ field: condition.field, isOneOf: condition.isNoneOf })}`;
  }
  const { field, isOneOf } = condition;
  const parts: string[] = [];
  const texts = isOneOf.filter((value) => typeof value === "string");
  const flags = isOneOf.filter((value) => typeof value === "boolean");
  if (texts.length > 0) parts.push(`${textSql(field)} in (${texts.map(text).join(", ")})`);
  if (flags.length > 0) parts.push(`${flagSql(field)} in (${flags.map(Number).join(", ")})`);
  return `coalesce(${parts.join(" or ")}, false)`;
}

/** Of kind and conditions. */
export function selects(selection: Selection, event: ReadEvent): boolean {
  return selectsKind(selection, event.kind) && meets(selection, event.payload);
}

/** Of an event whose kind is selected. */
export function meets({ where }: Selection, payload: unknown): boolean {
  return where === undefined || where.every((condition) => holds(condition, payload));
}

export function selectsSql(selection: Selection): string {
  const { where = [] } = selection;
  return [selectsKindSql(selection), ...where.map(holdsSql)].join(" and ");
}

/** 0 where the field is no number. */
export function quantityOf(quantity: Quantity, event: ReadEvent): number {
  const value = quantity.of === "value" ? event.value : fieldOf(event.payload, quantity.field);
  if (typeof value !== "number" || !Number.isFinite(value)) return 0;
  return Math.min(Math.max(Math.floor(value + 0.5), -QUANTITY_MAX), QUANTITY_MAX);
}

export function quantitySql(quantity: Quantity): string {
  const value = quantity.of === "value" ? "value" : numberSql(quantity.field);
  const whole = `least(greatest(floor(${value} + 0.5), -1e12), 1e12)::bigint`;
  return `coalesce(case when isfinite(${value}) then ${whole} end, 0)`;
}

/**
 * A number from which the feature is told when it is asked: a code, an instant, a month since the year
 * 0, or the value itself. NaN where the payload does not say.
 */
export function captured(read: Reading, event: ReadEvent): number {
  const number = (path: FieldPath): number => {
    const value = fieldOf(event.payload, path);
    return typeof value === "number" ? value : Number.NaN;
  };
  switch (read.kind) {
    case "number":
      return number(read.field);
    case "boolean": {
      const value = fieldOf(event.payload, read.field);
      return typeof value === "boolean" ? Number(value) : Number.NaN;
    }
    case "category": {
      for (const path of read.fields) {
        const value = fieldOf(event.payload, path);
        if (typeof value === "string") return codeOf(read.levels, value);
      }
      return Number.NaN;
    }
    case "daysUntil":
    case "daysSince":
    case "dayOfMonth":
      return read.instant.of === "event" ? event.eventMs : number(read.instant.field);
    default:
      return 12 * number(read.year) + number(read.month);
  }
}

/** A double; null where `captured` is NaN. */
export function capturedSql(read: Reading): string {
  switch (read.kind) {
    case "number":
      return numberSql(read.field);
    case "boolean":
      return `${flagSql(read.field)}::double`;
    case "category":
      return codeSql(read.levels, `coalesce(${read.fields.map(textSql).join(", ")})`);
    case "daysUntil":
    case "daysSince":
    case "dayOfMonth":
      return instantSql(read.instant);
    default:
      return `(12::double * ${numberSql(read.year)} + ${numberSql(read.month)})`;
  }
}

/** "" where the field is no text. */
export function keyOf(path: FieldPath | undefined, payload: unknown): string {
  return path === undefined ? "" : (textOf(path, payload) ?? "");
}

export function keySql(path: FieldPath | undefined): string {
  return path === undefined ? "''" : `coalesce(${textSql(path)}, '')`;
}

export function textOf(path: FieldPath, payload: unknown): string | undefined {
  const value = fieldOf(payload, path);
  return typeof value === "string" ? value : undefined;
}

export function textSql(path: FieldPath): string {
  return `case when json_type(payload, ${pathSql(path)}) = 'VARCHAR' then json_extract_string(payload, ${pathSql(path)}) end`;
}

function fieldOf(payload: unknown, path: FieldPath): unknown {
  let value = payload;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function numberSql(path: FieldPath): string {
  return `case when json_type(payload, ${pathSql(path)}) in ('DOUBLE', 'BIGINT', 'UBIGINT', 'HUGEINT') then json_extract_string(payload, ${pathSql(path)})::double end`;
}

/** 1, 0 or null. */
function flagSql(path: FieldPath): string {
  return `case when json_type(payload, ${pathSql(path)}) = 'BOOLEAN' then (json_extract_string(payload, ${pathSql(path)}) = 'true')::int end`;
}

function instantSql(instant: Instant): string {
  return instant.of === "event" ? "event_ms::double" : numberSql(instant.field);
}

function codeOf(levels: Levels, value: string): number {
  if (levels.kind === "hashed") {
    return createHash("md5").update(value).digest()[0]! % levels.buckets;
  }
  const i = levels.levels.findIndex((level) =>
    typeof level === "string" ? level === value : level.includes(value),
  );
  return i < 0 ? levels.levels.length : i;
}

function codeSql(levels: Levels, value: string): string {
  if (levels.kind === "hashed") {
    const digit = (i: number): string =>
      `(strpos('0123456789abcdef', substr(md5(${value}), ${i}, 1)) - 1)`;
    const code = `((16 * ${digit(1)} + ${digit(2)}) % ${levels.buckets})::double`;
    return `case when ${value} is not null then ${code} end`;
  }
  const cases = levels.levels.map(
    (level, i) => `when ${value} in (${[level].flat().map(text).join(", ")}) then ${i}::double`,
  );
  return `case when ${value} is null then null ${cases.join(" ")} else ${levels.levels.length}::double end`;
}

/** Every name in quotes, so that "$context" is one. */
function pathSql(path: FieldPath): string {
  return `'$.${path
    .split(".")
    .map((name) => `"${name}"`)
    .join(".")}'`;
}

/** A literal of SQL. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

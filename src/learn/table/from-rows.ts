/**
 * A table from rows of named values, the kinds of the columns found or given. Categories get their
 * codes in code-unit order of their names, so that the order of rows does not matter.
 */
import { WaymarkError } from "../../base/error.ts";
import { type Column, type ColumnKind, type Table, tableOf } from "./table.ts";

export type Kinds = Readonly<Record<string, ColumnKind>>;
type Value = string | number | boolean | Date | null | undefined;

/**
 * Columns are the keys of all rows, in the order in which they come first. null, undefined and "" are
 * missing. A column whose kind is not given is boolean, numeric or timestamp if every value is
 * (a timestamp is a Date or an ISO 8601 string), else categorical.
 *
 * @throws WaymarkError TABLE_INVALID when a value is not of its column's kind, or `kinds` names a column
 *   that no row has (unless there are no rows)
 */
export function tableFromRows(
  rows: readonly Readonly<Record<string, Value>>[],
  kinds: Kinds = {},
): Table {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  if (rows.length > 0) checkKindNames(kinds, [...names]);
  return tableOf(
    [...names].map((name) => {
      const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null));
      return columnOfValues(name, values, kindGiven(kinds, name) ?? kindOf(values));
    }),
  );
}

/** @throws WaymarkError TABLE_INVALID when a kind is given for a column that is not there */
export function checkKindNames(kinds: Kinds, names: readonly string[]): void {
  const absent = Object.keys(kinds).find((name) => !names.includes(name));
  if (absent === undefined) return;
  throw new WaymarkError(
    "TABLE_INVALID",
    `column '${absent}' of kinds is not in the table; choose one of ${names.join(", ")}`,
    { choices: names },
  );
}

/** The kind given for a column, which may be called "constructor". */
export function kindGiven(kinds: Kinds, name: string): ColumnKind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** The narrowest kind that holds every value; numeric where all are missing. */
export function kindOf(values: readonly Value[]): ColumnKind {
  const present = values.filter((value) => !isMissing(value));
  if (present.length === 0) return "numeric";
  if (present.every((value) => typeof value === "boolean")) return "boolean";
  if (present.every((value) => typeof value === "number")) return "numeric";
  if (present.every((value) => Number.isFinite(timeOf(value)))) return "timestamp";
  return "categorical";
}

const KINDS = ["numeric", "categorical", "boolean", "timestamp"] as const;

/** @throws WaymarkError TABLE_INVALID when a value is not of the kind; OPTION_INVALID for the kind */
export function columnOfValues(name: string, values: readonly Value[], kind: ColumnKind): Column {
  const refuse = (i: number): never => {
    throw new WaymarkError(
      "TABLE_INVALID",
      `column '${name}', row ${i} is ${JSON.stringify(values[i])}: must be ${kind}`,
    );
  };
  switch (kind) {
    case "numeric": {
      const numbers = Float64Array.from(values, (value, i) => {
        if (isMissing(value)) return Number.NaN;
        return typeof value === "number" && Number.isFinite(value) ? value : refuse(i);
      });
      return { kind, name, values: numbers };
    }
    case "boolean": {
      const flags = Uint8Array.from(values, (value, i) => {
        if (isMissing(value)) return 2;
        return typeof value === "boolean" ? Number(value) : refuse(i);
      });
      return { kind, name, values: flags };
    }
    case "timestamp": {
      const times = Float64Array.from(values, (value, i) => {
        if (isMissing(value)) return Number.NaN;
        const time = typeof value === "number" ? value : timeOf(value);
        return Number.isFinite(time) ? time : refuse(i);
      });
      return { kind, name, values: times };
    }
    case "categorical": {
      const texts = values.map((value) => (isMissing(value) ? undefined : String(value)));
      const levels = [...new Set(texts.filter((text) => text !== undefined))].sort();
      const codeOf = new Map(levels.map((level, code) => [level, code]));
      const codes = Int32Array.from(texts, (text) => (text === undefined ? -1 : codeOf.get(text)!));
      return { kind, name, codes, levels };
    }
    default:
      throw new WaymarkError(
        "OPTION_INVALID",
        `kind '${kind as string}' of column '${name}' is unknown; choose one of ${KINDS.join(", ")}`,
        { choices: KINDS },
      );
  }
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** Epoch milliseconds; a time without a zone is UTC. NaN when the value is no time. */
function timeOf(value: Value): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "string" || !ISO_TIME.test(value)) return Number.NaN;
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(value) && value.length > 10;
  const text = value.replace(" ", "T");
  return Date.parse(text.length > 10 && !hasZone ? `${text}Z` : text);
}

function isMissing(value: Value): value is null | undefined | "" {
  return value === null || value === undefined || value === "" || Number.isNaN(value);
}

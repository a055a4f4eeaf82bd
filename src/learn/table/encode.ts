/**
 * From tables to the matrices that learners take. What an encoder needs to know (levels, means,
 * deviations) it learns from the training table alone and keeps; any table of the same columns can then
 * be encoded, with levels that training never saw. Encoders are plain values that survive JSON.
 */
import { WaymarkError } from "../../base/error.ts";
import type { Matrix } from "../matrix.ts";
import { type Column, type ColumnKind, columnNamed, type Table } from "./table.ts";

/** What is known of one column. */
export interface ColumnEncoding {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Of a categorical column: the training's levels, in the order of their codes. */
  readonly levels?: readonly string[];
  /** Of a standardised column: of the training's present values. */
  readonly mean?: number;
  readonly deviation?: number;
  /** Whether a further column says that the value is missing. */
  readonly hasIndicator?: boolean;
}

export interface Encoder {
  /** "tree": codes and NaN for missing. "linear": one-hot, standardised, nothing missing. */
  readonly form: "tree" | "linear";
  readonly columns: readonly ColumnEncoding[];
}

/**
 * For trees: numbers as they are, categories as codes, missing and unseen ones as NaN.
 * @param names the columns to encode, all of the table unless given
 */
export function fitTreeEncoder(train: Table, names: readonly string[] = namesOf(train)): Encoder {
  const columns = names.map((name): ColumnEncoding => {
    const column = columnNamed(train, name);
    const { kind } = column;
    return kind === "categorical" ? { name, kind, levels: column.levels } : { name, kind };
  });
  return { form: "tree", columns };
}

/**
 * For linear models: numbers standardised, missing ones at the mean with an indicator beside them where
 * training had any; a category as one column per level but the first, all 0 where missing or unseen.
 */
export function fitLinearEncoder(train: Table, names: readonly string[] = namesOf(train)): Encoder {
  const columns = names.map((name): ColumnEncoding => {
    const column = columnNamed(train, name);
    if (column.kind === "categorical") return { name, kind: column.kind, levels: column.levels };
    const values = numbersOf(column);
    let count = 0;
    let mean = 0;
    let squares = 0;
    for (const value of values) {
      if (Number.isNaN(value)) continue;
      const off = value - mean;
      mean += off / ++count;
      squares += off * (value - mean);
    }
    const deviation = count > 0 && squares > 0 ? Math.sqrt(squares / count) : 1;
    return { name, kind: column.kind, mean, deviation, hasIndicator: count < values.length };
  });
  return { form: "linear", columns };
}

/** @throws WaymarkError TABLE_INVALID when a column is missing or of another kind than in training */
export function encode(encoder: Encoder, table: Table): Matrix {
  const names: string[] = [];
  const filled: ((row: Float64Array, i: number) => void)[] = [];
  for (const encoding of encoder.columns) {
    const column = columnNamed(table, encoding.name);
    if (column.kind !== encoding.kind) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `column '${encoding.name}' is ${column.kind} and was ${encoding.kind} in training`,
      );
    }
    const at = names.length;
    if (column.kind === "categorical") {
      const codes = codesOf(column, encoding.levels!);
      if (encoder.form === "tree") {
        names.push(encoding.name);
        filled.push((row, i) => {
          row[at] = codes[i]! < 0 ? Number.NaN : codes[i]!;
        });
      } else {
        names.push(...encoding.levels!.slice(1).map((level) => `${encoding.name}=${level}`));
        filled.push((row, i) => {
          if (codes[i]! > 0) row[at + codes[i]! - 1] = 1;
        });
      }
      continue;
    }
    const values = numbersOf(column);
    names.push(encoding.name);
    if (encoder.form === "tree") {
      filled.push((row, i) => {
        row[at] = values[i]!;
      });
      continue;
    }
    if (encoding.hasIndicator) names.push(`${encoding.name} is missing`);
    filled.push((row, i) => {
      const isMissing = Number.isNaN(values[i]!);
      row[at] = isMissing ? 0 : (values[i]! - encoding.mean!) / encoding.deviation!;
      if (encoding.hasIndicator) row[at + 1] = Number(isMissing);
    });
  }
  const columns = names.length;
  const values = new Float64Array(table.length * columns);
  for (let i = 0; i < table.length; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    for (const fill of filled) fill(row, i);
  }
  return { rows: table.length, columns, values, names };
}

/** Which columns of a "tree" encoder's matrix are codes of categories. */
export function categoricalColumns(encoder: Encoder): number[] {
  return encoder.columns.flatMap(({ kind }, j) => (kind === "categorical" ? [j] : []));
}

function namesOf(table: Table): string[] {
  return table.columns.map(({ name }) => name);
}

/** Codes in the training's dictionary; −1 where missing or unseen. */
function codesOf(column: Column & { kind: "categorical" }, levels: readonly string[]): Int32Array {
  const codeOf = new Map(levels.map((level, code) => [level, code]));
  const translated = column.levels.map((level) => codeOf.get(level) ?? -1);
  return column.codes.map((code) => (code < 0 ? -1 : translated[code]!));
}

function numbersOf(column: Exclude<Column, { kind: "categorical" }>): Float64Array {
  if (column.kind !== "boolean") return column.values;
  return Float64Array.from(column.values, (value) => (value === 2 ? Number.NaN : value));
}

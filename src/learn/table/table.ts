/**
 * A table by columns over typed arrays: what data is before it becomes numbers for a learner. Four
 * kinds of column, each with its own way to say "missing". Tables are values: nothing here changes one.
 */
import type { Column } from "../../base/column.ts";
import { WaymarkError } from "../../base/error.ts";

export type {
  BooleanColumn,
  CategoricalColumn,
  Column,
  ColumnKind,
  NumericColumn,
  TimestampColumn,
} from "../../base/column.ts";

export interface Table {
  /** Rows. */
  readonly length: number;
  readonly columns: readonly Column[];
}

/** Rows of a column. */
export function columnLength(column: Column): number {
  return column.kind === "categorical" ? column.codes.length : column.values.length;
}

/** @throws WaymarkError TABLE_INVALID on columns of different length, equal names or broken values */
export function tableOf(columns: readonly Column[]): Table {
  const length = columns[0] === undefined ? 0 : columnLength(columns[0]);
  const names = new Set<string>();
  for (const column of columns) {
    const { name } = column;
    if (names.has(name)) throw invalid(`two columns have the name '${name}'`);
    names.add(name);
    if (columnLength(column) !== length) {
      throw invalid(
        `column '${name}' has ${columnLength(column)} rows where column '${columns[0]!.name}' has ${length}`,
      );
    }
    checkColumn(column);
  }
  return { length, columns };
}

/** @throws WaymarkError TABLE_INVALID naming the columns that there are */
export function columnNamed(table: Table, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const choices = table.columns.map((candidate) => candidate.name);
  throw new WaymarkError(
    "TABLE_INVALID",
    `column '${name}' is not in the table; choose one of ${choices.join(", ")}`,
    { choices },
  );
}

/** The rows at `indices`, in that order; dictionaries stay as they are. */
export function takeTableRows(table: Table, indices: ArrayLike<number>): Table {
  const columns = table.columns.map((column): Column => {
    switch (column.kind) {
      case "categorical":
        return { ...column, codes: Int32Array.from(indices, (i) => column.codes[i]!) };
      case "boolean":
        return { ...column, values: Uint8Array.from(indices, (i) => column.values[i]!) };
      default:
        return { ...column, values: Float64Array.from(indices, (i) => column.values[i]!) };
    }
  });
  return { length: indices.length, columns };
}

function checkColumn(column: Column): void {
  const broken = (row: number, value: number, rule: string): WaymarkError =>
    invalid(`column '${column.name}', row ${row} is ${value}: ${rule}`);
  switch (column.kind) {
    case "categorical": {
      const { codes, levels } = column;
      if (new Set(levels).size !== levels.length) {
        throw invalid(`column '${column.name}' has a level twice`);
      }
      codes.forEach((code, i) => {
        if (code < -1 || code >= levels.length) {
          throw broken(i, code, `must be −1 or a level 0 … ${levels.length - 1}`);
        }
      });
      return;
    }
    case "boolean":
      column.values.forEach((value, i) => {
        if (value > 2) throw broken(i, value, "must be 0, 1, or 2 for missing");
      });
      return;
    default:
      column.values.forEach((value, i) => {
        if (value === Infinity || value === -Infinity) throw broken(i, value, "must be finite");
      });
  }
}

function invalid(message: string): WaymarkError {
  return new WaymarkError("TABLE_INVALID", message);
}

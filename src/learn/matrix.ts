/**
 * A dense matrix of numbers, rows of observations by columns of features: what every learner that
 * works on numbers takes. Row-major, so a row is one stretch of memory. Whoever builds one need not
 * check it; `checkMatrix` is what learners call at their door.
 */
import { assert, WaymarkError } from "../base/error.ts";

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Float64Array (rows × columns), row-major. Finite; NaN only where a learner takes missing values. */
  readonly values: Float64Array;
  /** One name a column, for messages and for lining up columns at prediction. */
  readonly names?: readonly string[] | undefined;
}

/** @throws WaymarkError TABLE_INVALID when the rows differ in length */
export function matrixOf(rows: readonly ArrayLike<number>[], names?: readonly string[]): Matrix {
  const columns = rows[0]?.length ?? names?.length ?? 0;
  const values = new Float64Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]!.length !== columns) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `row ${i} has ${rows[i]!.length} values where row 0 has ${columns}`,
      );
    }
    values.set(rows[i]!, i * columns);
  }
  return { rows: rows.length, columns, values, names };
}

/** Columns side by side. @throws WaymarkError TABLE_INVALID when they differ in length */
export function matrixOfColumns(columns: Readonly<Record<string, ArrayLike<number>>>): Matrix {
  const names = Object.keys(columns);
  const rows = names.length === 0 ? 0 : columns[names[0]!]!.length;
  const values = new Float64Array(rows * names.length);
  names.forEach((name, j) => {
    const column = columns[name]!;
    if (column.length !== rows) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `column '${name}' has ${column.length} rows where column '${names[0]}' has ${rows}`,
      );
    }
    for (let i = 0; i < rows; i++) values[i * names.length + j] = column[i]!;
  });
  return { rows, columns: names.length, values, names };
}

/** A view of row `i`; writing to it writes to the matrix. */
export function rowOf(x: Matrix, i: number): Float64Array {
  assert(i >= 0 && i < x.rows, "a row of the matrix");
  return x.values.subarray(i * x.columns, (i + 1) * x.columns);
}

/** A copy of column `j`. */
export function columnOf(x: Matrix, j: number): Float64Array {
  assert(j >= 0 && j < x.columns, "a column of the matrix");
  const column = new Float64Array(x.rows);
  for (let i = 0; i < x.rows; i++) column[i] = x.values[i * x.columns + j]!;
  return column;
}

/** The rows at `indices`, in that order; a row may come more than once. */
export function takeRows(x: Matrix, indices: ArrayLike<number>): Matrix {
  const { columns } = x;
  const values = new Float64Array(indices.length * columns);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * columns;
    values.set(x.values.subarray(from, from + columns), i * columns);
  }
  return { ...x, rows: indices.length, values };
}

/** The columns at `indices`, in that order. */
export function takeColumns(x: Matrix, indices: ArrayLike<number>): Matrix {
  const columns = indices.length;
  const values = new Float64Array(x.rows * columns);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < columns; j++) {
      values[i * columns + j] = x.values[i * x.columns + indices[j]!]!;
    }
  }
  const names = x.names && Array.from(indices, (j) => x.names![j]!);
  return { rows: x.rows, columns, values, names };
}

/** Two matrices of as many rows, side by side; names are kept where both have them. */
export function joinColumns(left: Matrix, right: Matrix): Matrix {
  assert(left.rows === right.rows, "as many rows on both sides");
  const columns = left.columns + right.columns;
  const values = new Float64Array(left.rows * columns);
  for (let i = 0; i < left.rows; i++) {
    values.set(rowOf(left, i), i * columns);
    values.set(rowOf(right, i), i * columns + left.columns);
  }
  const names = left.names && right.names && [...left.names, ...right.names];
  return { rows: left.rows, columns, values, names };
}

/** "column 'price'", or "column 3" where columns have no names. */
export function columnLabel(x: Pick<Matrix, "names">, j: number): string {
  return x.names ? `column '${x.names[j]}'` : `column ${j}`;
}

export interface MatrixRule {
  /** Least rows; 1 unless given. */
  readonly minRows?: number;
  /** NaN stands for a missing value and is let through. Infinity never is. */
  readonly allowsMissing?: boolean;
}

/** @throws WaymarkError TABLE_INVALID naming the first column and row that break the rule */
export function checkMatrix(x: Matrix, rule: MatrixRule = {}): void {
  const { rows, columns, values, names } = x;
  const { minRows = 1, allowsMissing = false } = rule;
  if (values.length !== rows * columns) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `a matrix of ${rows} × ${columns} holds ${values.length} values instead of ${rows * columns}`,
    );
  }
  if (names && names.length !== columns) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `a matrix of ${columns} columns has ${names.length} names`,
    );
  }
  if (names && new Set(names).size !== columns) {
    const twice = names.find((name, j) => names.indexOf(name) !== j);
    throw new WaymarkError("TABLE_INVALID", `two columns of the matrix have the name '${twice}'`);
  }
  if (rows < minRows) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `the matrix has ${rows} rows; at least ${minRows} are needed`,
    );
  }
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (Number.isFinite(value) || (allowsMissing && Number.isNaN(value))) continue;
    const rule = Number.isNaN(value) ? "missing values are not allowed here" : "must be finite";
    throw new WaymarkError(
      "TABLE_INVALID",
      `${columnLabel(x, at % columns)}, row ${Math.floor(at / columns)} is ${value}: ${rule}`,
    );
  }
}

/**
 * The columns of `x` in the order in which a model was fitted: by name where both sides have names,
 * else by position.
 *
 * @throws WaymarkError TABLE_INVALID when a column is missing or their number differs
 */
export function alignColumns(
  x: Matrix,
  fitted: { readonly columns: number; readonly names?: readonly string[] | undefined },
): Matrix {
  if (!x.names || !fitted.names) {
    if (x.columns !== fitted.columns) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `the matrix has ${x.columns} columns; the model was fitted on ${fitted.columns}`,
      );
    }
    return x;
  }
  if (x.columns === fitted.columns && fitted.names.every((name, j) => x.names![j] === name)) {
    return x;
  }
  const indices = fitted.names.map((name) => {
    const j = x.names!.indexOf(name);
    if (j >= 0) return j;
    throw new WaymarkError(
      "TABLE_INVALID",
      `column '${name}', on which the model was fitted, is missing; the matrix has ${x.names!.join(", ")}`,
      { choices: x.names! },
    );
  });
  return takeColumns(x, indices);
}

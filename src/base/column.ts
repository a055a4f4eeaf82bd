/**
 * One column of a table over typed arrays: what readers of files give and learners take. Four kinds,
 * each with its own way to say "missing". Columns are values: nobody changes one.
 */

export interface NumericColumn {
  readonly kind: "numeric";
  readonly name: string;
  /** NaN is missing; never infinite. */
  readonly values: Float64Array;
}

export interface CategoricalColumn {
  readonly kind: "categorical";
  readonly name: string;
  /** Index into `levels`; −1 is missing. */
  readonly codes: Int32Array;
  /** Distinct, in code-unit order when the column was read from rows or a file. */
  readonly levels: readonly string[];
}

export interface BooleanColumn {
  readonly kind: "boolean";
  readonly name: string;
  /** 0, 1; 2 is missing. */
  readonly values: Uint8Array;
}

export interface TimestampColumn {
  readonly kind: "timestamp";
  readonly name: string;
  /** Epoch milliseconds, UTC; NaN is missing. */
  readonly values: Float64Array;
}

export type Column = NumericColumn | CategoricalColumn | BooleanColumn | TimestampColumn;
export type ColumnKind = Column["kind"];

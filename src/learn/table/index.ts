/** Tables by columns: reading, splitting, encoding for learners, and what a training records of them. */
export {
  type ColumnEncoding,
  categoricalColumns,
  type Encoder,
  encode,
  fitLinearEncoder,
  fitTreeEncoder,
} from "./encode.ts";
export { fingerprint, type TableFingerprint } from "./fingerprint.ts";
export { type CsvOptions, tableFromCsv } from "./from-csv.ts";
export { type Kinds, tableFromRows } from "./from-rows.ts";
export {
  groupFolds,
  type Split,
  splitByGroup,
  splitByTime,
  splitOfFold,
  splitStratified,
  stratifiedFolds,
} from "./split.ts";
export {
  type BooleanColumn,
  type CategoricalColumn,
  type Column,
  type ColumnKind,
  columnNamed,
  type NumericColumn,
  type Table,
  type TimestampColumn,
  tableOf,
  takeTableRows,
} from "./table.ts";

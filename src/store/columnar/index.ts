/** Files of columns, Parquet and Arrow IPC, read into columns that `learn/table` takes. */
export { arrowBatches, readArrow } from "./arrow.ts";
export type { ColumnarOptions, Kinds } from "./field.ts";
export { parquetBatches, readParquet } from "./parquet.ts";

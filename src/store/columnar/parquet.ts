/**
 * Columns of a Parquet file, a row group at a time and of it a column at a time: in memory are what was
 * asked for and the pages of one column. hyparquet reads the metadata; pages are read by `parquet-page.ts`.
 *
 * @see https://parquet.apache.org/docs/file-format/
 */
import {
  type FileMetaData,
  parquetMetadataAsync,
  type RowGroup,
  type SchemaElement,
} from "hyparquet";
import { type Column, WaymarkError } from "../../base/index.ts";
import { PARQUET_CODECS } from "./codec.ts";
import { columnOfBatch, joinBatches } from "./column-batch.ts";
import { damaged } from "./damaged.ts";
import { type ColumnarOptions, chosenFields, type Raw } from "./field.ts";
import { type FileBytes, openFileBytes } from "./file-bytes.ts";
import { parquetField } from "./parquet-field.ts";
import { readPages } from "./parquet-page.ts";

/** @throws WaymarkError FILE_READ, TABLE_FORMAT or TABLE_INVALID, as `parquetBatches` does */
export function readParquet(path: string, options: ColumnarOptions = {}): Promise<Column[]> {
  return joinBatches(parquetBatches(path, options));
}

/**
 * The columns of each row group in turn; of a file without rows once, empty. Text is categorical with
 * its levels in code-unit order, and "" is missing; so is NaN. Dates and times of any unit are epoch
 * milliseconds (a fraction where the unit is finer; a time without a zone is UTC), times of day are
 * milliseconds, decimals the nearest double.
 *
 * @throws WaymarkError FILE_READ when the file cannot be read; TABLE_FORMAT when it is not Parquet, cut
 *   short, damaged, encrypted or packed by a codec that is not read; TABLE_INVALID when a chosen column
 *   is nested or binary, or a value breaks a rule: a whole number beyond 2^53, an infinity, no text
 */
export async function* parquetBatches(
  path: string,
  options: ColumnarOptions = {},
): AsyncGenerator<Column[]> {
  const file = await openFileBytes(path);
  try {
    await checkMagic(file);
    const metadata = await damaged(path, () => parquetMetadataAsync(file, { geoparquet: false }));
    const elements = topElements(path, metadata);
    const known = new Map([...elements].map(([name, element]) => [name, parquetField(element)]));
    const fields = chosenFields(path, known, options);
    let firstRow = 0;
    for (const rowGroup of metadata.row_groups) {
      const length = Number(rowGroup.num_rows);
      if (length === 0) continue;
      const columns: Column[] = [];
      for (const field of fields) {
        const at = await chunkValues(file, elements.get(field.name)!, rowGroup);
        columns.push(columnOfBatch(field, { path, firstRow, length, at }));
      }
      yield columns;
      firstRow += length;
    }
    if (firstRow === 0) {
      const none = { path, firstRow, length: 0, at: () => null };
      yield fields.map((field) => columnOfBatch(field, none));
    }
  } finally {
    await file.close();
  }
}

const MIN_LENGTH = 12;

async function checkMagic({ path, byteLength, slice }: FileBytes): Promise<void> {
  const isLongEnough = byteLength >= MIN_LENGTH;
  const begin = isLongEnough ? latin1(await slice(0, 4)) : "";
  const end = isLongEnough ? latin1(await slice(byteLength - 4)) : "";
  if (begin === "PAR1" && end === "PAR1") return;
  const why =
    end === "PARE" || begin === "PARE"
      ? "is an encrypted Parquet file, which is not read"
      : begin === "PAR1"
        ? "begins as a Parquet file and does not end as one: it was cut short"
        : "is not a Parquet file: it would begin and end with PAR1";
  throw new WaymarkError("TABLE_FORMAT", `${path} ${why}`);
}

function latin1(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString("latin1");
}

/** The columns of the top level. */
function topElements(path: string, { schema }: FileMetaData): Map<string, SchemaElement> {
  const elements = new Map<string, SchemaElement>();
  for (let i = 1; i < schema.length; ) {
    const element = schema[i]!;
    const { name } = element;
    if (elements.has(name)) {
      throw new WaymarkError("TABLE_INVALID", `two columns of ${path} have the name '${name}'`);
    }
    elements.set(name, element);
    // Behind an element stand its children, and theirs.
    for (let open = 1; open > 0 && i < schema.length; i++)
      open += (schema[i]!.num_children ?? 0) - 1;
  }
  return elements;
}

/** The values of one column of a row group. */
async function chunkValues(
  file: FileBytes,
  element: SchemaElement,
  { columns, num_rows: rowCount }: RowGroup,
): Promise<(i: number) => Raw | undefined> {
  const { name, type, type_length: typeLength, repetition_type: repetition } = element;
  const what = `column '${name}' of ${file.path}`;
  const chunk = columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === name);
  const meta = chunk?.meta_data;
  if (meta === undefined || type === undefined) {
    throw new WaymarkError("TABLE_FORMAT", `${what} is not in every row group, or is encrypted`);
  }
  const rows = Number(rowCount);
  if (Number(meta.num_values) !== rows) {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${what} has ${meta.num_values} values where its row group has ${rows} rows: the file is damaged`,
    );
  }
  const { codec } = meta;
  if (codec !== "UNCOMPRESSED" && !(codec in PARQUET_CODECS)) {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${what} is packed by ${codec ?? "an unknown codec"}, which is not read; write it with one of ${Object.keys(PARQUET_CODECS).join(", ")}`,
    );
  }
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const bytes = await file.slice(start, start + Number(meta.total_compressed_size));
  const isOptional = repetition === "OPTIONAL";
  const values = await damaged(what, () =>
    readPages(bytes, { type, typeLength, isOptional, codec, rows }),
  );
  return (i) => values[i];
}

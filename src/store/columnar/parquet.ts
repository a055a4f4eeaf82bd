/**
 * Columns of a Parquet file, a row group at a time and of it a column at a time: in memory are what was
 * asked for and the pages of one column. hyparquet decodes the pages; types and rules are ours.
 *
 * @see https://parquet.apache.org/docs/file-format/
 */
import {
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  type RowGroup,
  type SchemaElement,
} from "hyparquet";
import { type Column, WaymarkError } from "../../base/index.ts";
import { PARQUET_CODECS } from "./codec.ts";
import { columnOfBatch, joinBatches } from "./column-batch.ts";
import { damaged } from "./damaged.ts";
import { type ColumnarOptions, chosenFields, type Field, type Raw } from "./field.ts";
import { type FileBytes, openFileBytes } from "./file-bytes.ts";
import { parquetField } from "./parquet-field.ts";

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
    const fields = chosenFields(path, topFields(path, metadata), options);
    const bare = { ...metadata, schema: metadata.schema.map(withoutLogicalType) };
    let firstRow = 0;
    for (const rowGroup of metadata.row_groups) {
      const length = Number(rowGroup.num_rows);
      if (length === 0) continue;
      const columns: Column[] = [];
      for (const field of fields) {
        const at = await chunkValues(file, { ...bare, row_groups: [rowGroup] }, field.name);
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

/** The columns of the top level; a string says what a column is that cannot be read. */
function topFields(path: string, { schema }: FileMetaData): Map<string, Field | string> {
  const fields = new Map<string, Field | string>();
  for (let i = 1; i < schema.length; ) {
    const element = schema[i]!;
    if (fields.has(element.name)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `two columns of ${path} have the name '${element.name}'`,
      );
    }
    fields.set(element.name, parquetField(element));
    // Behind an element stand its children, and theirs.
    for (let open = 1; open > 0 && i < schema.length; i++)
      open += (schema[i]!.num_children ?? 0) - 1;
  }
  return fields;
}

/** So that values come as the physical type has them. */
function withoutLogicalType({ logical_type, converted_type, ...element }: SchemaElement) {
  return element;
}

/** The values of one column of the only row group of `metadata`; rows must be asked for in order. */
async function chunkValues(
  file: FileBytes,
  metadata: FileMetaData,
  name: string,
): Promise<(i: number) => Raw | null | undefined> {
  const rowGroup = metadata.row_groups[0]!;
  const what = `column '${name}' of ${file.path}`;
  checkCodec(rowGroup, name, what);
  const chunks: DecodedArray[] = [];
  await damaged(what, () =>
    parquetRead({
      file,
      metadata,
      columns: [name],
      compressors: PARQUET_CODECS,
      utf8: false,
      parsers: { timestampFromNanoseconds: (nanos) => nanos },
      onChunk: ({ columnData }) => chunks.push(columnData),
    }),
  );
  const found = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (found !== Number(rowGroup.num_rows)) {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${what} has ${found} values where its row group has ${rowGroup.num_rows} rows: the file is damaged`,
    );
  }
  let k = 0;
  let start = 0;
  let chunk = chunks[0]!;
  return (i) => {
    while (i >= start + chunk.length) {
      start += chunk.length;
      chunk = chunks[++k]!;
    }
    return chunk[i - start] as Raw | null | undefined;
  };
}

function checkCodec({ columns }: RowGroup, name: string, what: string): void {
  const chunk = columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === name);
  const codec = chunk?.meta_data?.codec;
  if (chunk === undefined) {
    throw new WaymarkError("TABLE_FORMAT", `${what} is not in every row group, or is encrypted`);
  }
  if (codec === "UNCOMPRESSED" || (codec !== undefined && codec in PARQUET_CODECS)) return;
  throw new WaymarkError(
    "TABLE_FORMAT",
    `${what} is packed by ${codec ?? "an unknown codec"}, which is not read; write it with one of ${Object.keys(PARQUET_CODECS).join(", ")}`,
  );
}

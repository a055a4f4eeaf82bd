/**
 * A table from a file, whichever of the formats it has: its first bytes say so, and of text its ending.
 * CSV (plain or gzipped, `.tsv` by tabs) is read whole; Parquet and Arrow by row groups and batches.
 */
import { type FileHandle, open, readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { WaymarkError } from "../../base/index.ts";
import { type Kinds, type Table, tableFromCsv, tableOf } from "../../learn/table/index.ts";
import { columnNamed } from "../../learn/table/table.ts";
import { readArrow, readParquet } from "../../store/columnar/index.ts";
import { fileError } from "../../store/file-error.ts";

export interface TableFileOptions {
  /** The columns to read, in this order; all of the file unless given. */
  readonly columns?: readonly string[];
  /** Kinds of columns, where not those that the file says or shows. */
  readonly kinds?: Kinds;
}

/** A string of V8 holds no more. */
const TEXT_BYTES_MAX = 500e6;
const ARROW_ENDINGS = /\.(?:arrow|arrows|feather|ipc)$/i;
const TEXT_ENDINGS = /\.(csv|tsv|txt)(?:\.gz)?$/i;

/**
 * @throws WaymarkError FILE_READ when the file cannot be read; TABLE_FORMAT when it is none of the
 *   formats, is not what its ending says, or is damaged; TABLE_INVALID when a column or value breaks a rule
 */
export async function tableFromFile(path: string, options: TableFileOptions = {}): Promise<Table> {
  const begin = await firstBytes(path);
  const magic = begin.toString("latin1");
  if (magic.startsWith("PAR1") || magic.startsWith("PARE") || /\.parquet$/i.test(path)) {
    return inFile(path, tableOf, await readParquet(path, options));
  }
  if (magic.startsWith("ARROW1") || magic.startsWith("FEA1") || ARROW_ENDINGS.test(path)) {
    return inFile(path, tableOf, await readArrow(path, options));
  }
  const ending = TEXT_ENDINGS.exec(path)?.[1]?.toLowerCase();
  if (ending === undefined) {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${path} is neither Parquet nor Arrow, and its ending is not .csv, .tsv or .txt (or these with .gz)`,
    );
  }
  const text = await textOf(path);
  const { columns, kinds = {} } = options;
  const separator = ending === "tsv" ? "\t" : ",";
  const table = inFile(path, (csv) => tableFromCsv(csv, { separator, kinds }), text);
  if (columns === undefined) return table;
  return inFile(path, (names) => tableOf(names.map((name) => columnNamed(table, name))), columns);
}

async function firstBytes(path: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await handle?.close();
  }
}

async function textOf(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      bytes = gunzipSync(bytes, { maxOutputLength: TEXT_BYTES_MAX });
    }
  } catch (error) {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${path} cannot be unpacked: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  if (bytes.length > TEXT_BYTES_MAX) {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${path} has more than ${TEXT_BYTES_MAX / 1e6} MB of text; write it as Parquet`,
    );
  }
  return bytes.toString("utf8");
}

/** What breaks a rule, with the file's name before it. */
function inFile<T, R>(path: string, read: (input: T) => R, input: T): R {
  try {
    return read(input);
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    const { code, choices, cause } = error;
    throw new WaymarkError(code, `${path}: ${error.message}`, { choices, cause });
  }
}

/**
 * Columns of Arrow IPC, as a file (Feather version 2) or a stream, some record batches at a time: in
 * memory are what was asked for, the dictionaries and about 16 MB of batches. flechette decodes the
 * messages; what frames them, and the rules, are ours.
 */
import { type Batch, type Table, Type, tableFromIPC } from "@uwdata/flechette";
import { type Column, WaymarkError } from "../../base/index.ts";
import { AS_STORED, arrowField } from "./arrow-field.ts";
import { type ArrowMessage, arrowMessages } from "./arrow-message.ts";
import { setArrowCodecs } from "./codec.ts";
import { columnOfBatch, joinBatches } from "./column-batch.ts";
import { damaged } from "./damaged.ts";
import { type ColumnarOptions, chosenFields, type Field, type Raw } from "./field.ts";
import { openFileBytes } from "./file-bytes.ts";

/** Batches are decoded together up to this size, or that of the dictionaries, which are decoded with them. */
const TOGETHER_BYTES = 16e6;

/** @throws WaymarkError FILE_READ, TABLE_FORMAT or TABLE_INVALID, as `arrowBatches` does */
export function readArrow(path: string, options: ColumnarOptions = {}): Promise<Column[]> {
  return joinBatches(arrowBatches(path, options));
}

/**
 * The columns of each record batch in turn; without rows once, empty. Kinds and missing values are as
 * in `parquetBatches`; a dictionary is read as its values, durations as milliseconds.
 *
 * @throws WaymarkError FILE_READ when the file cannot be read; TABLE_FORMAT when it is not Arrow IPC,
 *   cut short or damaged; TABLE_INVALID when a chosen column is nested or binary, or a value breaks a
 *   rule: a whole number beyond 2^53, an infinity
 */
export async function* arrowBatches(
  path: string,
  options: ColumnarOptions = {},
): AsyncGenerator<Column[]> {
  setArrowCodecs();
  const file = await openFileBytes(path);
  try {
    let schema: ArrowMessage | undefined;
    let fields: Field[] = [];
    let dictionaries: ArrowMessage[] = [];
    let waiting: ArrowMessage[] = [];
    let firstRow = 0;
    const decode = async function* (): AsyncGenerator<Column[]> {
      const bytes = [schema!, ...dictionaries, ...waiting].map((message) => message.bytes);
      waiting = [];
      const table = await damaged(path, () => tableFromIPC(bytes, AS_STORED));
      const count = table.children[0]?.data.length ?? 0;
      for (let k = 0; k < count; k++) {
        const columns = await damaged(path, () => columnsOfBatch(path, table, k, fields, firstRow));
        firstRow += table.children[0]!.data[k]!.length;
        yield columns;
      }
    };
    const messages = arrowMessages(file);
    for (;;) {
      const { value: message, done } = await damaged(path, () => messages.next());
      if (done) break;
      if (message.kind === "schema") {
        schema ??= message;
        const table = await damaged(path, () => tableFromIPC([message.bytes], AS_STORED));
        fields = chosenFields(path, topFields(path, table), options);
      } else if (message.kind === "dictionary") {
        // Batches before it have the dictionary as it was.
        if (waiting.length > 0) yield* decode();
        const { id, isDelta } = message.dictionary!;
        if (!isDelta) dictionaries = dictionaries.filter((known) => known.dictionary!.id !== id);
        dictionaries.push(message);
      } else if (message.kind === "batch") {
        waiting.push(message);
        if (sizeOf(waiting) >= Math.max(TOGETHER_BYTES, sizeOf(dictionaries))) yield* decode();
      }
    }
    if (waiting.length > 0) yield* decode();
    if (schema === undefined) {
      throw new WaymarkError(
        "TABLE_FORMAT",
        `${path} is empty: an Arrow stream begins with its schema`,
      );
    }
    if (firstRow === 0) {
      const none = { path, firstRow, length: 0, at: () => null };
      yield fields.map((field) => columnOfBatch(field, none));
    }
  } finally {
    await file.close();
  }
}

function sizeOf(messages: readonly ArrowMessage[]): number {
  return messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function topFields(path: string, { schema }: Table): Map<string, Field | string> {
  if (schema.endianness === 1) {
    throw new WaymarkError("TABLE_FORMAT", `${path} is big-endian Arrow, which is not read`);
  }
  const fields = new Map<string, Field | string>();
  for (const field of schema.fields) {
    if (fields.has(field.name)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `two columns of ${path} have the name '${field.name}'`,
      );
    }
    fields.set(field.name, arrowField(field));
  }
  return fields;
}

function columnsOfBatch(
  path: string,
  table: Table,
  k: number,
  fields: readonly Field[],
  firstRow: number,
): Column[] {
  const { length } = table.children[0]!.data[k]!;
  return fields.map((field) => {
    const batch = table.getChild(field.name).data[k]!;
    checkBuffers(batch, length, field.name);
    const at = (i: number): Raw | null => {
      const value = batch.at(i) as Raw | null | undefined;
      if (value !== undefined) return value;
      throw new RangeError(`column '${field.name}', row ${firstRow + i} points to nothing`);
    };
    return columnOfBatch(field, { path, firstRow, length, at });
  });
}

/** flechette reads past the end of a buffer as zeros. @throws RangeError when one is too short */
function checkBuffers(batch: Batch<unknown>, length: number, name: string): void {
  const isLong = (have: { length: number } | undefined, need: number): boolean =>
    (have?.length ?? 0) >= need;
  const bits = Math.ceil(length / 8);
  const { type, values, offsets, validity, nullCount } = batch;
  let isWhole = batch.length === length;
  if (type.typeId !== Type.Null) {
    isWhole &&= nullCount === 0 || isLong(validity, bits);
    if (type.typeId === Type.Bool) isWhole &&= isLong(values, bits);
    else if (type.typeId === Type.Utf8View) isWhole &&= isLong(values, 16 * length);
    else if (type.typeId === Type.Decimal && type.bitWidth > 64) {
      isWhole &&= isLong(values, (type.bitWidth / 64) * length);
    } else if (offsets !== undefined) isWhole &&= length === 0 || isLong(offsets, length + 1);
    else isWhole &&= isLong(values, length);
  }
  if (!isWhole) throw new RangeError(`column '${name}' is shorter than its batch`);
}

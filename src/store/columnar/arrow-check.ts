/**
 * What must hold of an Arrow message before flechette decodes it: that reader takes every length for
 * granted, so that one damaged byte can ask for gigabytes. Slots are those of Schema.fbs and Message.fbs.
 */
import { Type } from "@uwdata/flechette";
import { fieldAt, int64Field, tableAt, vectorAt } from "./flatbuffer.ts";

const DIGITS_MAX = 76;
const DEPTH_MAX = 64;

/** @throws RangeError on lists beyond the message, or a decimal of more digits than there are types for */
export function checkSchema(view: DataView, schema: number): void {
  let left = view.byteLength;
  const checkField = (field: number, depth: number): void => {
    if (depth > DEPTH_MAX || --left < 0) throw new RangeError("the schema has no end");
    vectorAt(view, field, 6, 4);
    const typeId = fieldAt(view, field, 2);
    const typeAt = fieldAt(view, field, 3);
    if (typeId !== 0 && typeAt !== 0) checkType(view, view.getUint8(typeId), tableAt(view, typeAt));
    for (const child of vectorAt(view, field, 5, 4)) checkField(tableAt(view, child), depth + 1);
  };
  vectorAt(view, schema, 2, 4);
  for (const field of vectorAt(view, schema, 1, 4)) checkField(tableAt(view, field), 0);
}

function checkType(view: DataView, typeId: number, type: number): void {
  if (typeId === Type.Union) vectorAt(view, type, 1, 4);
  if (typeId !== Type.Decimal) return;
  const scaleAt = fieldAt(view, type, 1);
  const scale = scaleAt === 0 ? 0 : view.getInt32(scaleAt, true);
  if (Math.abs(scale) > DIGITS_MAX) throw new RangeError(`a decimal has ${scale} digits`);
}

/** Rows that a batch may have without a byte: all of its columns are of type null. */
const EMPTY_ROWS_MAX = 2 ** 26;

/**
 * @param batch a RecordBatch, or that of a DictionaryBatch
 * @throws RangeError on buffers beyond the body, or more rows than its bytes have bits
 */
export function checkBatch(view: DataView, batch: number, body: Uint8Array, isRows: boolean): void {
  const isPacked = fieldAt(view, batch, 3) !== 0;
  const bytes = new DataView(body.buffer, body.byteOffset, body.byteLength);
  vectorAt(view, batch, 4, 8);
  let size = 0;
  for (const buffer of vectorAt(view, batch, 2, 16)) {
    const offset = Number(view.getBigInt64(buffer, true));
    const length = Number(view.getBigInt64(buffer + 8, true));
    if (!(offset >= 0 && length >= 0 && offset + length <= body.length)) {
      throw new RangeError(`a buffer of ${length} bytes at ${offset} is beyond its message`);
    }
    // A packed buffer has its size before it; −1 says that it is not packed after all.
    const unpacked = isPacked && length >= 8 ? Number(bytes.getBigInt64(offset, true)) : length;
    size += unpacked === -1 ? length : unpacked;
  }
  const rowsMax = Math.max(8 * size, isRows ? EMPTY_ROWS_MAX : 0);
  const lengths = vectorAt(view, batch, 1, 16).map((node) => view.getBigInt64(node, true));
  for (const length of [int64Field(view, batch, 0), ...lengths]) {
    if (length < 0 || length > rowsMax) throw new RangeError(`a batch has ${length} rows`);
  }
}

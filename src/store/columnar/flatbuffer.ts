/**
 * As much of flatbuffers as framing and checking Arrow's messages needs. A place outside the buffer is
 * a RangeError of the DataView; slots count from 0 in the order of the schema file.
 *
 * @see https://flatbuffers.dev/internals/
 */

/** Where the table begins to which the offset at `at` points. */
export function tableAt(view: DataView, at: number): number {
  return at + view.getUint32(at, true);
}

/** Where a table's field lies; 0 where it is not set. */
export function fieldAt(view: DataView, table: number, slot: number): number {
  const vtable = table - view.getInt32(table, true);
  const entry = 4 + 2 * slot;
  if (entry >= view.getUint16(vtable, true)) return 0;
  const offset = view.getUint16(vtable + entry, true);
  return offset === 0 ? 0 : table + offset;
}

export function int64Field(view: DataView, table: number, slot: number): bigint {
  const at = fieldAt(view, table, slot);
  return at === 0 ? 0n : view.getBigInt64(at, true);
}

/** Where the entries of a vector lie. @throws RangeError when they reach beyond the buffer */
export function vectorAt(view: DataView, table: number, slot: number, stride: number): number[] {
  const at = fieldAt(view, table, slot);
  if (at === 0) return [];
  const vector = tableAt(view, at);
  const length = view.getUint32(vector, true);
  if (vector + 4 + length * stride > view.byteLength) {
    throw new RangeError(`a list of ${length} reaches beyond its message`);
  }
  return Array.from({ length }, (_, k) => vector + 4 + k * stride);
}

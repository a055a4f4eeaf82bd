/**
 * Lets worker threads read the same memory: a copy of plain data whose typed arrays lie in
 * SharedArrayBuffers, which a message passes without copying. Arrays that are shared already stay.
 */

type AnyArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** @param value plain objects, arrays, primitives and typed arrays, without cycles */
export function shareArrays<T>(value: T): T {
  if (ArrayBuffer.isView(value)) return shareArray(value as unknown as AnyArray) as unknown as T;
  if (Array.isArray(value)) return value.map(shareArrays) as unknown as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, shareArrays(inner)]),
  ) as T;
}

function shareArray(array: AnyArray): AnyArray {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const shared = new SharedArrayBuffer(array.byteLength);
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => AnyArray;
  const copy = new Kind(shared);
  copy.set(array as never);
  return copy;
}

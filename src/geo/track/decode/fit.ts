/**
 * The FIT protocol: a header, then definition messages that lay out the data messages which follow,
 * then a checksum; files may be chained. Written from the public protocol description. One pass over
 * the bytes, nothing is allocated per data message; a fault costs the bytes up to the next message
 * that makes sense, never the rest of the file.
 */
import type { Ledger } from "./ledger.ts";

/** The layout of one local message type, as its definition message gave it. */
export interface FitDefinition {
  /** 0 … 15: a later definition of the same local type takes this one's place. */
  readonly local: number;
  readonly globalMessage: number;
  readonly isLittleEndian: boolean;
  /** Number, byte offset inside the message, byte size and base type of each field. */
  readonly number: Uint8Array;
  readonly offset: Uint32Array;
  readonly size: Uint8Array;
  readonly baseType: Uint8Array;
  /** The same for developer fields; `developer` is the developer data index. */
  readonly devNumber: Uint8Array;
  readonly devOffset: Uint32Array;
  readonly devSize: Uint8Array;
  readonly developer: Uint8Array;
  readonly byteLength: number;
}

export interface FitHandler {
  /** A chained file begins; definitions and accumulators start anew. */
  file(): void;
  /**
   * A data message whose first field byte is at `at`.
   *
   * @param timestamp FIT seconds: its own field 253, or of the compressed header; NaN if neither
   */
  message(definition: FitDefinition, at: number, timestamp: number): void;
}

/** Seconds from the Unix epoch to the FIT epoch, 1989-12-31T00:00:00Z. */
const FIT_EPOCH_S = 631_065_600;
/** FIT seconds to epoch milliseconds UTC. */
export function fitTimeMs(timestamp: number): number {
  return (timestamp + FIT_EPOCH_S) * 1000;
}

const TIMESTAMP = 253;
const RECORD = 20;
const HEADER_BYTES_MIN = 12;
const LOCAL_TYPES = 16;
/** A resynchronised record may lie this far from the last good one. */
const RESYNC_SECONDS = 3600;
/** Incomplete tails of truncated files longer than this are searched for messages. */
const TAIL_BYTES = 512;

/** Whether a FIT header stands at `at`. */
export function isFitHeader(bytes: Uint8Array, at: number): boolean {
  return (
    at + HEADER_BYTES_MIN <= bytes.length &&
    bytes[at]! >= HEADER_BYTES_MIN &&
    bytes[at + 8] === 0x2e &&
    bytes[at + 9] === 0x46 &&
    bytes[at + 10] === 0x49 &&
    bytes[at + 11] === 0x54
  );
}

/** Reads every file of a chain; what cannot be read goes to the ledger. Never throws on its own. */
export function readFit(bytes: Uint8Array, handler: FitHandler, ledger: Ledger): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const header = findHeader(bytes, at);
    if (header < 0) {
      ledger.add("trailing-bytes", bytes.length - at);
      return;
    }
    if (header > at) {
      ledger.add("trailing-bytes", header - at);
    }
    handler.file();
    at = readOneFile(bytes, view, header, handler, ledger);
  }
}

function findHeader(bytes: Uint8Array, from: number): number {
  if (isFitHeader(bytes, from)) return from;
  for (let i = bytes.indexOf(0x2e, from + 8); i >= 0; i = bytes.indexOf(0x2e, i + 1)) {
    if (isFitHeader(bytes, i - 8)) return i - 8;
  }
  return -1;
}

/** @returns the offset behind the file and its checksum */
function readOneFile(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  handler: FitHandler,
  ledger: Ledger,
): number {
  const headerSize = bytes[start]!;
  const dataSize = view.getUint32(start + 4, true);
  const first = Math.min(start + headerSize, bytes.length);
  const stated = start + headerSize + dataSize;
  const reader = createReader(bytes, view, handler, ledger);

  if (dataSize === 0 && first + 2 < bytes.length && !isFitHeader(bytes, first + 2)) {
    ledger.add("wrong-data-size", 1);
    return reader.read(first, bytes.length, true);
  }
  if (stated + 2 > bytes.length) {
    const missing = stated + 2 - bytes.length;
    const next = chainedHeaderInside(bytes, first);
    const limit = next < 0 ? Math.min(stated, bytes.length) : next;
    const message = `The FIT file lacks its last ${missing} bytes; the records before were kept.`;
    ledger.add("truncated-file", 1, message);
    reader.read(first, limit, true);
    return next < 0 ? bytes.length : next;
  }
  const expected = view.getUint16(stated, true);
  const agrees = expected === 0 || crc16(bytes, start, stated) === expected;
  if (agrees || stated + 2 >= bytes.length || isFitHeader(bytes, stated + 2)) {
    reader.read(first, stated, false);
    if (!agrees) {
      ledger.add("bad-crc", 1);
    }
    return stated + 2;
  }
  ledger.add("wrong-data-size", 1);
  const next = chainedHeaderInside(bytes, stated);
  const limit = next < 0 ? bytes.length : next;
  return reader.read(first, limit, true);
}

/** A whole FIT header whose own stated length fits: the next file of a chain behind a broken one. */
function chainedHeaderInside(bytes: Uint8Array, from: number): number {
  const at = findHeader(bytes, from);
  return at >= 0 && (bytes[at] === 12 || bytes[at] === 14) && bytes[at + 1]! < 0x40 ? at : -1;
}

interface Reader {
  /** Reads messages in [from, limit) and returns limit. `isOpen` if the end may cut a message. */
  read(from: number, limit: number, isOpen: boolean): number;
}

function createReader(
  bytes: Uint8Array,
  view: DataView,
  handler: FitHandler,
  ledger: Ledger,
): Reader {
  const local: (FitDefinition | undefined)[] = new Array(LOCAL_TYPES).fill(undefined);
  /** Where the definition message of a local type stands until its first data message; else −1. */
  const definedAt = new Int32Array(LOCAL_TYPES).fill(-1);
  /** Where the definition message stands that `local` was made of. */
  const parsedAt = new Int32Array(LOCAL_TYPES).fill(-1);
  const timestampAt = new Int32Array(LOCAL_TYPES).fill(-1);
  let lastTimestamp = Number.NaN;

  const define = (at: number, limit: number): number => {
    const end = definitionEnd(bytes, at, limit);
    if (end >= 0) definedAt[bytes[at]! & 0x0f] = at;
    return end;
  };

  const definitionOf = (type: number): FitDefinition | undefined => {
    const at = definedAt[type]!;
    if (at < 0) return local[type];
    definedAt[type] = -1;
    const before = parsedAt[type]!;
    parsedAt[type] = at;
    // Many devices repeat a definition before every few records.
    if (before >= 0 && isSameDefinition(bytes, before, at)) return local[type];
    const definition = parseDefinition(bytes, at);
    local[type] = definition;
    const i = definition.number.lastIndexOf(TIMESTAMP);
    timestampAt[type] = i >= 0 && definition.size[i]! >= 4 ? definition.offset[i]! : -1;
    return definition;
  };

  const readTimestamp = (type: number, at: number): number => {
    const offset = timestampAt[type]!;
    if (offset < 0) return Number.NaN;
    const value = view.getUint32(at + offset, local[type]!.isLittleEndian);
    return value === 0xffffffff ? Number.NaN : value;
  };

  /** @returns the offset behind the message, or −1 when it makes no sense here */
  const step = (at: number, limit: number): number => {
    const head = bytes[at]!;
    if (head & 0x80) {
      const type = (head >> 5) & 0x03;
      const definition = definitionOf(type);
      if (definition === undefined || at + 1 + definition.byteLength > limit) return -1;
      let timestamp = readTimestamp(type, at + 1);
      if (Number.isNaN(timestamp)) {
        const offset = head & 0x1f;
        const last = lastTimestamp % 32;
        timestamp = lastTimestamp - last + offset + (offset < last ? 32 : 0);
      }
      if (!Number.isNaN(timestamp)) lastTimestamp = timestamp;
      handler.message(definition, at + 1, timestamp);
      return at + 1 + definition.byteLength;
    }
    if (head & 0x40) return define(at, limit);
    const type = head & 0x0f;
    const definition = definitionOf(type);
    if ((head & 0x30) !== 0 || definition === undefined) return -1;
    if (at + 1 + definition.byteLength > limit) return -1;
    const timestamp = readTimestamp(type, at + 1);
    if (!Number.isNaN(timestamp)) lastTimestamp = timestamp;
    handler.message(definition, at + 1, timestamp);
    return at + 1 + definition.byteLength;
  };

  /** A data message of a record, close in time to the last, followed by something that fits. */
  const isPlausibleRecord = (at: number, limit: number): boolean => {
    const type = bytes[at]! & 0x0f;
    const definition = definitionOf(type);
    if (bytes[at]! >= 0x10 || definition === undefined) return false;
    if (definition.globalMessage !== RECORD || timestampAt[type]! < 0) return false;
    const end = at + 1 + definition.byteLength;
    if (end > limit) return false;
    if (!(Math.abs(readTimestamp(type, at + 1) - lastTimestamp) <= RESYNC_SECONDS)) return false;
    if (end === limit) return true;
    const next = bytes[end]!;
    if (next & 0x80) return definitionOf((next >> 5) & 0x03) !== undefined;
    if (next & 0x40) return isPlausibleDefinition(bytes, end, limit);
    return next < 0x10 && definitionOf(next) !== undefined;
  };

  return {
    read(from, limit, isOpen) {
      let at = from;
      while (at < limit) {
        const next = step(at, limit);
        if (next > 0) {
          at = next;
          continue;
        }
        if (isOpen && limit - at < TAIL_BYTES) break;
        let resumed = at + 1;
        while (
          resumed < limit &&
          !isPlausibleRecord(resumed, limit) &&
          !isPlausibleDefinition(bytes, resumed, limit)
        ) {
          resumed++;
        }
        ledger.add("unreadable-bytes", resumed - at);
        at = resumed;
      }
      return limit;
    },
  };
}

/** @returns the offset behind the definition message, or −1 when it is cut or impossible */
function definitionEnd(bytes: Uint8Array, at: number, limit: number): number {
  if (at + 6 > limit || bytes[at + 2]! > 1) return -1;
  let end = at + 6 + bytes[at + 5]! * 3;
  if (bytes[at]! & 0x20) {
    if (end >= limit) return -1;
    end += 1 + bytes[end]! * 3;
  }
  return end <= limit ? end : -1;
}

/** Stricter than `definitionEnd`: what chance would not write. */
function isPlausibleDefinition(bytes: Uint8Array, at: number, limit: number): boolean {
  const head = bytes[at]!;
  if (head < 0x40 || head > 0x6f || (head & 0x10) !== 0 || bytes[at + 1] !== 0) return false;
  const end = definitionEnd(bytes, at, limit);
  const fields = bytes[at + 5]!;
  if (end < 0 || fields === 0) return false;
  const message =
    bytes[at + 2] === 0
      ? bytes[at + 3]! | (bytes[at + 4]! << 8)
      : (bytes[at + 3]! << 8) | bytes[at + 4]!;
  if (message > 1024 && message < 0xff00) return false;
  for (let i = 0; i < fields; i++) {
    const base = bytes[at + 6 + i * 3 + 2]!;
    if (bytes[at + 6 + i * 3 + 1] === 0 || (base & 0x1f) > 0x10 || (base & 0x60) !== 0)
      return false;
  }
  return true;
}

/** Two whole definition messages, byte by byte. */
function isSameDefinition(bytes: Uint8Array, a: number, b: number): boolean {
  const length = definitionEnd(bytes, b, bytes.length) - b;
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function parseDefinition(bytes: Uint8Array, at: number): FitDefinition {
  const isLittleEndian = bytes[at + 2] === 0;
  const globalMessage = isLittleEndian
    ? bytes[at + 3]! | (bytes[at + 4]! << 8)
    : (bytes[at + 3]! << 8) | bytes[at + 4]!;
  const n = bytes[at + 5]!;
  const number = new Uint8Array(n);
  const offset = new Uint32Array(n);
  const size = new Uint8Array(n);
  const baseType = new Uint8Array(n);
  let byteLength = 0;
  let p = at + 6;
  for (let i = 0; i < n; i++, p += 3) {
    number[i] = bytes[p]!;
    size[i] = bytes[p + 1]!;
    baseType[i] = bytes[p + 2]!;
    offset[i] = byteLength;
    byteLength += size[i]!;
  }
  const m = bytes[at]! & 0x20 ? bytes[p++]! : 0;
  const devNumber = new Uint8Array(m);
  const devOffset = new Uint32Array(m);
  const devSize = new Uint8Array(m);
  const developer = new Uint8Array(m);
  for (let i = 0; i < m; i++, p += 3) {
    devNumber[i] = bytes[p]!;
    devSize[i] = bytes[p + 1]!;
    developer[i] = bytes[p + 2]!;
    devOffset[i] = byteLength;
    byteLength += devSize[i]!;
  }
  return {
    local: bytes[at]! & 0x0f,
    globalMessage,
    isLittleEndian,
    number,
    offset,
    size,
    baseType,
    devNumber,
    devOffset,
    devSize,
    developer,
    byteLength,
  };
}

/** Byte width of one element by the low five bits of the base type; 0 for one that does not exist. */
const WIDTH = [1, 1, 1, 2, 2, 4, 4, 1, 4, 8, 1, 2, 4, 1, 8, 8, 8];

/** Byte width of one element of this base type; 0 when the type is unknown. */
export function baseTypeWidth(baseType: number): number {
  return WIDTH[baseType & 0x1f] ?? 0;
}

export const BASE_STRING = 7;
export const BASE_BYTE = 13;

/**
 * One number of the given base type (its low five bits); NaN where it holds the type's invalid
 * value, or where the type is a string or unknown. 64-bit integers beyond 2⁵³ lose their low bits.
 */
export function readNumber(
  view: DataView,
  at: number,
  baseType: number,
  isLittleEndian: boolean,
): number {
  let value: number;
  switch (baseType & 0x1f) {
    case 0: // enum
    case 2: // uint8
    case BASE_BYTE:
      value = view.getUint8(at);
      return value === 0xff ? Number.NaN : value;
    case 1: // sint8
      value = view.getInt8(at);
      return value === 0x7f ? Number.NaN : value;
    case 3: // sint16
      value = view.getInt16(at, isLittleEndian);
      return value === 0x7fff ? Number.NaN : value;
    case 4: // uint16
      value = view.getUint16(at, isLittleEndian);
      return value === 0xffff ? Number.NaN : value;
    case 5: // sint32
      value = view.getInt32(at, isLittleEndian);
      return value === 0x7fffffff ? Number.NaN : value;
    case 6: // uint32
      value = view.getUint32(at, isLittleEndian);
      return value === 0xffffffff ? Number.NaN : value;
    case 8: // float32, invalid is all ones: a NaN already
      return view.getFloat32(at, isLittleEndian);
    case 9: // float64
      return view.getFloat64(at, isLittleEndian);
    case 10: // uint8z
      value = view.getUint8(at);
      return value === 0 ? Number.NaN : value;
    case 11: // uint16z
      value = view.getUint16(at, isLittleEndian);
      return value === 0 ? Number.NaN : value;
    case 12: // uint32z
      value = view.getUint32(at, isLittleEndian);
      return value === 0 ? Number.NaN : value;
    case 14: {
      // sint64
      const wide = view.getBigInt64(at, isLittleEndian);
      return wide === 0x7fffffffffffffffn ? Number.NaN : Number(wide);
    }
    case 15: {
      // uint64
      const wide = view.getBigUint64(at, isLittleEndian);
      return wide === 0xffffffffffffffffn ? Number.NaN : Number(wide);
    }
    case 16: {
      // uint64z
      const wide = view.getBigUint64(at, isLittleEndian);
      return wide === 0n ? Number.NaN : Number(wide);
    }
    default:
      return Number.NaN;
  }
}

const textDecoder = new TextDecoder("utf-8");

/** A string field: up to its first NUL, or its whole size where the writer left none. */
export function readString(bytes: Uint8Array, at: number, size: number): string {
  let end = at;
  while (end < at + size && bytes[end] !== 0) end++;
  return textDecoder.decode(bytes.subarray(at, end)).trim();
}

const CRC_TABLE = createCrcTable();

function createCrcTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
    table[i] = crc;
  }
  return table;
}

/** CRC-16/ARC of bytes [first, last), the checksum of FIT files. */
export function crc16(bytes: Uint8Array, first: number, last: number): number {
  let crc = 0;
  for (let i = first; i < last; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return crc;
}

/**
 * FIT files for tests, byte by byte: definitions and data messages in any layout, right or wrong on
 * purpose. It shares no code with the decoder, so that one does not prove the other's mistakes.
 */

/** [field number, byte size, base type] */
export type FieldLayout = readonly [number, number, number];

export const ENUM = 0x00;
export const SINT8 = 0x01;
export const UINT8 = 0x02;
export const SINT16 = 0x83;
export const UINT16 = 0x84;
export const SINT32 = 0x85;
export const UINT32 = 0x86;
export const STRING = 0x07;
export const BYTE = 0x0d;
export const FLOAT32 = 0x88;

/** 2021-01-01T00:00:00Z in FIT seconds; epoch seconds 1,609,459,200. */
export const NEW_YEAR = 1_609_459_200 - 631_065_600;
export const NEW_YEAR_MS = 1_609_459_200_000;

export interface Definition {
  readonly local: number;
  readonly message: number;
  readonly fields: readonly FieldLayout[];
  /** [field number, byte size, developer data index] */
  readonly developer?: readonly FieldLayout[];
  readonly isBigEndian?: boolean;
}

export type Value = number | string | readonly number[];

export interface FitBytes {
  define(definition: Definition): FitBytes;
  /** Values in the order of the fields of the local type, developer fields last. */
  data(local: number, ...values: readonly Value[]): FitBytes;
  /** A data message with a compressed timestamp header; local types 0 … 3. */
  compressed(local: number, offset: number, ...values: readonly Value[]): FitBytes;
  raw(...bytes: readonly number[]): FitBytes;
  /** Bytes of the messages so far, to find places to damage. */
  readonly messageBytes: number;
  /** The file: header, messages, checksum. */
  file(options?: FileOptions): Uint8Array;
}

export interface FileOptions {
  readonly headerSize?: 12 | 14;
  readonly dataSize?: number;
  readonly crc?: number;
}

export function fitBytes(): FitBytes {
  const bytes: number[] = [];
  const definitions = new Map<number, Definition>();
  const write = (definition: Definition, values: readonly Value[]): void => {
    const layout = [...definition.fields, ...(definition.developer ?? [])];
    layout.forEach(([, size, baseType], i) => {
      const isDeveloper = i >= definition.fields.length;
      bytes.push(
        ...encode(
          values[i] ?? 0,
          size,
          isDeveloper ? 0 : baseType,
          definition.isBigEndian ?? false,
        ),
      );
    });
  };
  const builder: FitBytes = {
    define(definition) {
      const { local, message, fields, developer, isBigEndian } = definition;
      definitions.set(local, definition);
      const number = isBigEndian ? [message >> 8, message & 0xff] : [message & 0xff, message >> 8];
      bytes.push(0x40 | (developer ? 0x20 : 0) | local, 0, isBigEndian ? 1 : 0, ...number);
      bytes.push(fields.length, ...fields.flat());
      if (developer) bytes.push(developer.length, ...developer.flat());
      return builder;
    },
    data(local, ...values) {
      bytes.push(local);
      write(definitions.get(local)!, values);
      return builder;
    },
    compressed(local, offset, ...values) {
      bytes.push(0x80 | (local << 5) | offset);
      write(definitions.get(local)!, values);
      return builder;
    },
    raw(...extra) {
      bytes.push(...extra);
      return builder;
    },
    get messageBytes() {
      return bytes.length;
    },
    file: (options = {}) => wrap(bytes, options),
  };
  return builder;
}

function encode(value: Value, size: number, baseType: number, isBigEndian: boolean): number[] {
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  if (typeof value === "string") {
    out.set(new TextEncoder().encode(value).subarray(0, size));
  } else if (typeof value !== "number") {
    out.set(value.slice(0, size));
  } else if (baseType === FLOAT32) view.setFloat32(0, value, !isBigEndian);
  else if (size === 1) view.setUint8(0, value & 0xff);
  else if (size === 2) view.setUint16(0, value & 0xffff, !isBigEndian);
  else if (size === 4) view.setUint32(0, value >>> 0, !isBigEndian);
  return [...out];
}

function wrap(messages: readonly number[], options: FileOptions): Uint8Array {
  const headerSize = options.headerSize ?? 14;
  const header = new Uint8Array(headerSize);
  const view = new DataView(header.buffer);
  header[0] = headerSize;
  header[1] = 0x20;
  view.setUint16(2, 2100, true);
  view.setUint32(4, options.dataSize ?? messages.length, true);
  header.set([0x2e, 0x46, 0x49, 0x54], 8);
  if (headerSize === 14) view.setUint16(12, crc(header.subarray(0, 12)), true);
  const body = Uint8Array.from([...header, ...messages]);
  const sum = options.crc ?? crc(body);
  return Uint8Array.from([...body, sum & 0xff, sum >> 8]);
}

/** The protocol's own formulation: four bits at a time. */
const NIBBLES = [
  0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401,
  0x5000, 0x9c01, 0x8801, 0x4400,
];

function crc(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    let carry = NIBBLES[sum & 0xf]!;
    sum = (sum >> 4) ^ carry ^ NIBBLES[byte & 0xf]!;
    carry = NIBBLES[sum & 0xf]!;
    sum = (sum >> 4) ^ carry ^ NIBBLES[byte >> 4]!;
  }
  return sum;
}

/** Joins files into a chain. */
export function chain(...files: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(files.flatMap((file) => [...file]));
}

export const degrees = (value: number): number => Math.round((value * 2 ** 31) / 180);

export const FILE_ID_LAYOUT: Definition = {
  local: 0,
  message: 0,
  fields: [
    [0, 1, ENUM],
    [1, 2, UINT16],
    [2, 2, UINT16],
  ],
};

/** timestamp, lat, lon, altitude, heart rate, distance */
export const RECORD_LAYOUT: Definition = {
  local: 1,
  message: 20,
  fields: [
    [253, 4, UINT32],
    [0, 4, SINT32],
    [1, 4, SINT32],
    [2, 2, UINT16],
    [3, 1, UINT8],
    [5, 4, UINT32],
  ],
};

/** timestamp, start, sport, sub-sport, elapsed, timer, distance */
export const SESSION_LAYOUT: Definition = {
  local: 2,
  message: 18,
  fields: [
    [253, 4, UINT32],
    [2, 4, UINT32],
    [5, 1, ENUM],
    [6, 1, ENUM],
    [7, 4, UINT32],
    [8, 4, UINT32],
    [9, 4, UINT32],
  ],
};

/** An Edge 1000's ride of n seconds from `start` on, with a session. */
export function ride(n: number, start = NEW_YEAR): FitBytes {
  const fit = fitBytes().define(FILE_ID_LAYOUT).data(0, 4, 1, 1836).define(RECORD_LAYOUT);
  for (let i = 0; i < n; i++) {
    fit.data(
      1,
      start + i,
      degrees(49.4 + i * 1e-4),
      degrees(8.7),
      3000 + i,
      120 + (i % 40),
      i * 500,
    );
  }
  fit.define(SESSION_LAYOUT);
  fit.data(2, start + n, start, 2, 8, n * 1000, n * 1000, n * 500);
  return fit;
}

/**
 * Clean streams as bytes: one column after another at a fixed scale, as zigzag varints of first
 * differences (second differences for time, which ticks evenly). 14–16 bytes a row for a
 * ride with sensors, whose FIT file takes 25–50. A checksum over everything finds damage. O(rows).
 *
 * Layout: "WMST", version, rows, columns, then per column its id, the run lengths of known and
 * unknown rows, and the known values; 8 bytes of hash64 at the end. All counts are varints.
 */
import { createHash64, WaymarkError } from "../../base/index.ts";
import type { CleanStreams } from "./activity.ts";

const MAGIC = [0x57, 0x4d, 0x53, 0x54] as const;
const VERSION = 1;
const CHECKSUM_BYTES = 8;

interface ColumnFormat {
  readonly id: number;
  /** One step of the stored integer in the column's unit; values are exact to half of it. */
  readonly scale: number;
  /** How often differences are taken before storing. */
  readonly order: 1 | 2;
  readonly create: (length: number) => Float64Array | Float32Array | Uint8Array;
}

const column = (
  id: number,
  scale: number,
  create: ColumnFormat["create"],
  order: 1 | 2 = 1,
): ColumnFormat => ({ id, scale, order, create });
const float32 = (n: number) => new Float32Array(n);
const float64 = (n: number) => new Float64Array(n);

/** Columns in the order they are stored. An id is never used again for something else. */
export const STREAM_COLUMNS = {
  timeMs: column(1, 1, float64, 2),
  lon: column(2, 1e-7, float64),
  lat: column(3, 1e-7, float64),
  distanceM: column(4, 0.01, float64),
  speedMps: column(5, 0.001, float32),
  isMoving: column(6, 1, (n) => new Uint8Array(n)),
  altitudeM: column(7, 0.01, float32),
  grade: column(8, 1e-4, float32),
  heartRateBpm: column(9, 0.1, float32),
  cadenceRpm: column(10, 0.1, float32),
  powerW: column(11, 0.1, float32),
  temperatureC: column(12, 0.1, float32),
  accuracyM: column(13, 0.1, float32),
} as const satisfies Record<string, ColumnFormat>;
type ColumnName = keyof typeof STREAM_COLUMNS;
const COLUMN_NAMES = Object.keys(STREAM_COLUMNS) as ColumnName[];

/** Bytes of a row at most: 13 columns of varints of up to 10 bytes, with run lengths. */
const ROW_BYTES = 13 * 20;

/** @returns bytes that `decodeStreams` reads back at the precision of `STREAM_COLUMNS` */
export function encodeStreams(streams: CleanStreams): Uint8Array {
  const writer = createWriter(64 + streams.length * 24);
  for (const byte of MAGIC) writer.varint(byte);
  writer.varint(VERSION);
  writer.varint(streams.length);
  const present = COLUMN_NAMES.filter((name) => streams[name] !== undefined);
  writer.varint(present.length);
  for (const name of present) {
    const format = STREAM_COLUMNS[name];
    writer.varint(format.id);
    writeRuns(writer, streams[name]!, streams.length);
    writeValues(writer, streams[name]!, streams.length, format);
  }
  const body = writer.bytes();
  const out = new Uint8Array(body.length + CHECKSUM_BYTES);
  out.set(body);
  out.set(checksum(body), body.length);
  return out;
}

/**
 * @throws WaymarkError STORE_DAMAGED when the bytes are foreign, of another version, or changed
 */
export function decodeStreams(bytes: Uint8Array): CleanStreams {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < MAGIC.length + 3 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw damaged(`${bytes.length} bytes are no stored streams`);
  }
  const body = bytes.subarray(0, end);
  const expected = checksum(body);
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    if (bytes[end + i] !== expected[i]) throw damaged("the checksum of stored streams is wrong");
  }
  const reader = createReader(body, MAGIC.length);
  const version = reader.varint();
  if (version !== VERSION) {
    throw damaged(`the stored streams are of version ${version}; this Waymark reads ${VERSION}`);
  }
  const length = reader.varint();
  const columnCount = reader.varint();
  // A column of unknown rows costs a few bytes whatever its length, so only a sane bound is known (a year at 1 Hz).
  if (length > 5e7 || columnCount > COLUMN_NAMES.length) throw damaged("the counts are impossible");

  const columns: Partial<Record<ColumnName, Float64Array | Float32Array | Uint8Array>> = {};
  for (let c = 0; c < columnCount; c++) {
    const id = reader.varint();
    const name = COLUMN_NAMES.find((candidate) => STREAM_COLUMNS[candidate].id === id);
    if (name === undefined) throw damaged(`column ${id} is unknown`);
    columns[name] = readColumn(reader, length, STREAM_COLUMNS[name]);
  }
  for (const name of ["timeMs", "lon", "lat", "distanceM", "speedMps", "isMoving"] as const) {
    if (!columns[name]) throw damaged(`the column ${name} is missing`);
  }
  return { length, ...columns } as CleanStreams;
}

function damaged(why: string): WaymarkError {
  return new WaymarkError("STORE_DAMAGED", why);
}

type Column = Float64Array | Float32Array | Uint8Array;

/** Run lengths, known first, then unknown and known by turns, until the rows are used up. */
function writeRuns(writer: Writer, values: Column, length: number): void {
  let isKnown = true;
  let run = 0;
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(values[i]!) === isKnown) {
      writer.varint(run);
      run = 0;
      isKnown = !isKnown;
    }
    run++;
  }
  writer.varint(run);
}

function writeValues(writer: Writer, values: Column, length: number, format: ColumnFormat): void {
  const { scale, order } = format;
  let before = 0;
  let difference = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const step = Math.round(value / scale);
    const delta = step - before;
    writer.zigzag(order === 2 ? delta - difference : delta);
    difference = delta;
    before = step;
  }
}

function readColumn(reader: Reader, length: number, format: ColumnFormat): Column {
  const { scale, order, create } = format;
  const values = create(length);
  const perUnit = Math.round(1 / scale);
  let before = 0;
  let difference = 0;
  // Runs are read first; their known rows follow in one stretch.
  const runs: number[] = [];
  for (let rows = 0, isKnown = true; ; isKnown = !isKnown) {
    const run = reader.varint();
    rows += run;
    if (rows > length || (run === 0 && !isKnown)) throw damaged("the runs of a column are wrong");
    runs.push(run);
    if (rows === length) break;
  }
  let i = 0;
  runs.forEach((run, r) => {
    const end = i + run;
    if (r % 2 === 1) {
      values.fill(Number.NaN, i, end);
      i = end;
      return;
    }
    for (; i < end; i++) {
      const delta = reader.zigzag() + (order === 2 ? difference : 0);
      before += delta;
      difference = delta;
      // Dividing by the whole number keeps 0.1 and 1e-7 exact to the last bit.
      values[i] = before / perUnit;
    }
  });
  return values;
}

interface Writer {
  varint(value: number): void;
  zigzag(value: number): void;
  bytes(): Uint8Array;
}

function createWriter(capacity: number): Writer {
  let bytes = new Uint8Array(capacity);
  let at = 0;
  const varint = (value: number): void => {
    if (at + ROW_BYTES > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2 + ROW_BYTES);
      larger.set(bytes);
      bytes = larger;
    }
    let rest = value;
    while (rest >= 0x8000_0000) {
      bytes[at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
  };
  return {
    varint,
    zigzag: (value) => varint(value < 0 ? -2 * value - 1 : 2 * value),
    bytes: () => bytes.subarray(0, at),
  };
}

interface Reader {
  varint(): number;
  zigzag(): number;
}

function createReader(bytes: Uint8Array, start: number): Reader {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= bytes.length || factor > 2 ** 56) throw damaged("the stored streams end too soon");
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  return {
    varint,
    zigzag() {
      const value = varint();
      return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    },
  };
}

/** The 16 hex digits of hash64 as 8 bytes. */
function checksum(bytes: Uint8Array): Uint8Array {
  const hex = createHash64().update(bytes).digest();
  return Uint8Array.from({ length: CHECKSUM_BYTES }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

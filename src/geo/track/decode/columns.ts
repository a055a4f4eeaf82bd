/**
 * The rows of a recording while a decoder fills them: one growing typed array per quantity, no
 * object per record. Channels get their array when their first value comes; rows that nobody wrote
 * hold NaN. A row costs 24 bytes and 4 (distance: 8) more for each channel that occurs.
 */
import { WaymarkError } from "../../../base/index.ts";
import { CHANNELS, type Streams } from "../recording.ts";

/** Column numbers: the three that always exist, then the channels in the order of `CHANNELS`. */
export const COLUMN = {
  timeMs: 0,
  lon: 1,
  lat: 2,
  altitudeM: 3,
  distanceM: 4,
  speedMps: 5,
  heartRateBpm: 6,
  cadenceRpm: 7,
  powerW: 8,
  temperatureC: 9,
  accuracyM: 10,
} as const;
export type Column = (typeof COLUMN)[keyof typeof COLUMN];

const FIRST_CHANNEL = 3;
const COLUMN_COUNT = FIRST_CHANNEL + CHANNELS.length;
const FIRST_CAPACITY = 256;
/** 58 days at a row per second. The largest real file that we know has 100,000 rows. */
const ROWS_MAX = 5_000_000;

/** A lifetime of tracks in one GPX file has some thousands. */
const ACTIVITIES_MAX = 10_000;

/** @throws WaymarkError TRACK_TOO_LARGE when a file holds more than 10,000 activities */
export function checkActivityCount(count: number): void {
  if (count <= ACTIVITIES_MAX) return;
  throw new WaymarkError(
    "TRACK_TOO_LARGE",
    `the file holds more than ${ACTIVITIES_MAX} activities; split it into several files`,
  );
}

export interface Rows {
  length: number;
  capacity: number;
  /** By column number; undefined where the channel has not occurred. NaN where not written. */
  readonly data: (Float64Array | Float32Array | undefined)[];
}

export function createRows(): Rows {
  const data: Rows["data"] = new Array(COLUMN_COUNT).fill(undefined);
  for (let c = 0; c < FIRST_CHANNEL; c++) data[c] = emptyColumn(c, 0);
  return { length: 0, capacity: 0, data };
}

function emptyColumn(column: number, capacity: number): Float64Array | Float32Array {
  const isWide = column < FIRST_CHANNEL || column === COLUMN.distanceM;
  const array = isWide ? new Float64Array(capacity) : new Float32Array(capacity);
  return array.fill(Number.NaN);
}

/**
 * Opens a row and returns its number.
 *
 * @throws WaymarkError TRACK_TOO_LARGE beyond five million rows
 */
export function addRow(rows: Rows): number {
  if (rows.length === rows.capacity) growRows(rows);
  return rows.length++;
}

function growRows(rows: Rows): void {
  if (rows.length >= ROWS_MAX) {
    throw new WaymarkError(
      "TRACK_TOO_LARGE",
      `the file holds more than ${ROWS_MAX} records; a recording may hold that many at most`,
    );
  }
  rows.capacity = Math.min(Math.max(FIRST_CAPACITY, rows.capacity * 2), ROWS_MAX);
  for (let c = 0; c < COLUMN_COUNT; c++) {
    const old = rows.data[c];
    if (old === undefined) continue;
    const grown = emptyColumn(c, rows.capacity);
    grown.set(old);
    rows.data[c] = grown;
  }
}

/** Writes one value of an open row. */
export function setValue(rows: Rows, row: number, column: Column, value: number): void {
  let array = rows.data[column];
  if (array === undefined) {
    array = emptyColumn(column, rows.capacity);
    rows.data[column] = array;
  }
  array[row] = value;
}

export function getValue(rows: Rows, row: number, column: Column): number {
  return rows.data[column]?.[row] ?? Number.NaN;
}

/** Copies the rows [first, last) into streams; a channel without any value there is left out. */
export function sliceRows(rows: Rows, first: number, last: number): Streams {
  return toStreams(last - first, (column) => rows.data[column]?.slice(first, last));
}

/** Copies the given rows, in the given order, into streams. */
export function gatherRows(rows: Rows, index: Int32Array): Streams {
  return toStreams(index.length, (column) => {
    const source = rows.data[column];
    if (source === undefined) return undefined;
    const target = emptyColumn(column, index.length);
    for (let i = 0; i < index.length; i++) target[i] = source[index[i]!]!;
    return target;
  });
}

function toStreams(
  length: number,
  take: (column: Column) => Float64Array | Float32Array | undefined,
): Streams {
  const channels: Record<string, Float64Array | Float32Array> = {};
  for (const channel of CHANNELS) {
    const array = take(COLUMN[channel]);
    if (array !== undefined && hasValue(array)) channels[channel] = array;
  }
  return {
    length,
    timeMs: take(COLUMN.timeMs) as Float64Array,
    lon: take(COLUMN.lon) as Float64Array,
    lat: take(COLUMN.lat) as Float64Array,
    ...channels,
  };
}

function hasValue(array: Float64Array | Float32Array): boolean {
  for (let i = 0; i < array.length; i++) if (!Number.isNaN(array[i])) return true;
  return false;
}

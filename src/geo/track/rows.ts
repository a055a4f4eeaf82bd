/**
 * Rows of streams as a whole: picking some of them, and building streams from plain columns. Every
 * function returns fresh arrays, so cleaning never writes into what a decoder made. O(rows).
 */
import { CHANNELS, type Channel, type Streams } from "./recording.ts";

/** The columns of `Streams` while they are being built or repaired. */
export type MutableStreams = { -readonly [K in keyof Streams]: Streams[K] };

/** A copy that may be written. */
export function copyStreams(streams: Streams): MutableStreams {
  const copy: MutableStreams = {
    length: streams.length,
    timeMs: streams.timeMs.slice(0, streams.length),
    lon: streams.lon.slice(0, streams.length),
    lat: streams.lat.slice(0, streams.length),
  };
  for (const channel of CHANNELS) {
    const column = streams[channel];
    if (column) setChannel(copy, channel, column.slice(0, streams.length));
  }
  return copy;
}

/** The rows at these indices, in that order. */
export function selectRows(streams: Streams, rows: ArrayLike<number>): MutableStreams {
  const picked: MutableStreams = {
    length: rows.length,
    timeMs: gather(streams.timeMs, rows),
    lon: gather(streams.lon, rows),
    lat: gather(streams.lat, rows),
  };
  for (const channel of CHANNELS) {
    const column = streams[channel];
    if (column) setChannel(picked, channel, gather(column, rows));
  }
  return picked;
}

/** Stores a column under its name; only `distanceM` is 64 bits wide. */
export function setChannel(
  streams: MutableStreams,
  channel: Channel,
  column: Float32Array | Float64Array,
): void {
  if (channel === "distanceM") streams.distanceM = Float64Array.from(column);
  else streams[channel] = column instanceof Float32Array ? column : Float32Array.from(column);
}

/** Whether row `i` says anything besides its time. */
export function isEmptyRow(streams: Streams, i: number): boolean {
  if (hasFix(streams, i)) return false;
  for (const channel of CHANNELS) {
    const column = streams[channel];
    if (column && !Number.isNaN(column[i]!)) return false;
  }
  return true;
}

/** Whether row `i` has a position. */
export function hasFix(streams: Streams, i: number): boolean {
  return !Number.isNaN(streams.lon[i]!) && !Number.isNaN(streams.lat[i]!);
}

function gather<T extends Float32Array | Float64Array>(column: T, rows: ArrayLike<number>): T {
  const n = rows.length;
  const Column = column.constructor as new (length: number) => T;
  const out = new Column(n);
  for (let i = 0; i < n; i++) out[i] = column[rows[i]!]!;
  return out;
}

/**
 * Altitude before smoothing: impossible values and spikes out, short voids filled, and the source
 * chosen. A barometer knows differences to decimetres but not its own zero, so with a grid only its
 * offset is set; a GPS altitude is worse than any grid (errors of 10–20 m that wander for minutes),
 * so with a grid it is replaced. O(n).
 */
import type { ElevationGrid } from "../elevation/grid.ts";
import type { RepairLog } from "./repair.ts";
import { hasFix, type MutableStreams } from "./rows.ts";

/** Where the altitude column comes from; it decides how much it is smoothed. */
export type AltitudeSource = "barometer" | "gps" | "grid" | "none";

export const altitudeDefaults = {
  /** Below the Dead Sea's shore (−430 m), above Everest (8,849 m). */
  lowestM: -500,
  highestM: 9000,
  /** Metres per second that feet, wheels and skis climb or fall at most; free fall is not a sport here. */
  verticalMps: 15,
  /** Metres that one value may be off: a barometer in a gust, a tunnel portal. */
  slackM: 15,
  /** A level this long is believed even when it cannot be reached: the device recalibrated. */
  believedRows: 30,
  /** Voids up to this long are bridged. */
  bridgeMs: 120_000,
  /** Part of the fixes that a grid must cover to be used at all. */
  coverage: 0.9,
  /** Median second difference in metres above which an unknown source is a GPS (baro: 0–0.2 m). */
  roughnessM: 0.9,
} as const;

/**
 * Repairs `streams.altitudeM` in place, or takes it from the grid.
 *
 * @param isBarometric as the file tells, undefined when it does not: then roughness tells
 */
export function cleanAltitude(
  streams: MutableStreams,
  isBarometric: boolean | undefined,
  elevation: ElevationGrid | undefined,
  log: RepairLog,
): AltitudeSource {
  dropImpossible(streams, log);
  const source = sourceOf(streams, isBarometric);
  if (elevation !== undefined && source !== "barometer") {
    if (takeFromGrid(streams, elevation, log)) return "grid";
  }
  if (source === "none") return source;
  dropLevels(streams, log);
  bridgeVoids(streams, log);
  if (elevation !== undefined) setZero(streams, elevation, log);
  return source;
}

function sourceOf(streams: MutableStreams, isBarometric: boolean | undefined): AltitudeSource {
  if (!streams.altitudeM) return "none";
  if (isBarometric !== undefined) return isBarometric ? "barometer" : "gps";
  return roughnessM(streams.altitudeM) > altitudeDefaults.roughnessM ? "gps" : "barometer";
}

function dropImpossible(streams: MutableStreams, log: RepairLog): void {
  const altitude = streams.altitudeM;
  if (!altitude) return;
  const { lowestM, highestM } = altitudeDefaults;
  let bad = 0;
  let known = 0;
  let isZero = true;
  for (let i = 0; i < altitude.length; i++) {
    const z = altitude[i]!;
    if (Number.isNaN(z)) continue;
    if (z < lowestM || z > highestM) {
      altitude[i] = Number.NaN;
      bad++;
      continue;
    }
    known++;
    if (z !== 0) isZero = false;
  }
  log.add("altitude-out-of-range", bad);
  if (known > 0 && !(isZero && known > 1)) return;
  if (known > 0) log.add("altitude-empty", known);
  streams.altitudeM = undefined;
}

/** Median absolute second difference of the column in metres. */
function roughnessM(altitude: Float32Array): number {
  const values: number[] = [];
  const stride = Math.max(1, Math.floor(altitude.length / 4096));
  for (let i = 1; i + 1 < altitude.length; i += stride) {
    const d = altitude[i - 1]! - 2 * altitude[i]! + altitude[i + 1]!;
    if (!Number.isNaN(d)) values.push(Math.abs(d));
  }
  if (values.length === 0) return 0;
  values.sort((a, b) => a - b);
  return values[values.length >> 1]!;
}

/**
 * Drops short levels that cannot be reached from the level before: one pass with a provisional
 * level that becomes the truth after `believedRows` rows, or at once when the level before was
 * shorter still (a bad first value).
 */
function dropLevels(streams: MutableStreams, log: RepairLog): void {
  const altitude = streams.altitudeM!;
  const { timeMs } = streams;
  const { verticalMps, slackM, believedRows } = altitudeDefaults;
  const isReachable = (a: number, b: number): boolean => {
    const seconds = (timeMs[b]! - timeMs[a]!) / 1000;
    const room = slackM + verticalMps * (Number.isNaN(seconds) ? 10 : seconds);
    return Math.abs(altitude[b]! - altitude[a]!) <= room;
  };
  // Levels: stretches of rows that reach one another in turn.
  const levels: { rows: number[]; first: number; last: number }[] = [];
  let level: { rows: number[]; first: number; last: number } | undefined;
  for (let i = 0; i < altitude.length; i++) {
    if (Number.isNaN(altitude[i]!)) continue;
    if (level !== undefined && isReachable(level.last, i)) {
      level.rows.push(i);
      level.last = i;
    } else {
      level = { rows: [i], first: i, last: i };
      levels.push(level);
    }
  }
  if (levels.length < 2) return;
  let longest = 0;
  for (const { rows } of levels) longest = Math.max(longest, rows.length);
  const believed = Math.min(believedRows, longest);
  let dropped = 0;
  for (let k = 0; k < levels.length; k++) {
    const { rows } = levels[k]!;
    if (rows.length >= believed) continue;
    for (const i of rows) altitude[i] = Number.NaN;
    dropped += rows.length;
  }
  log.add("altitude-spike", dropped);
}

/** Interpolates voids between two known rows over time (over rows where there is no time). */
function bridgeVoids(streams: MutableStreams, log: RepairLog): void {
  const altitude = streams.altitudeM!;
  const { timeMs } = streams;
  let before = -1;
  let filled = 0;
  for (let i = 0; i < altitude.length; i++) {
    if (Number.isNaN(altitude[i]!)) continue;
    const gapMs = before < 0 ? 0 : timeMs[i]! - timeMs[before]!;
    if (before >= 0 && i - before > 1 && !(gapMs > altitudeDefaults.bridgeMs)) {
      for (let j = before + 1; j < i; j++) {
        const f = gapMs > 0 ? (timeMs[j]! - timeMs[before]!) / gapMs : (j - before) / (i - before);
        altitude[j] = altitude[before]! + f * (altitude[i]! - altitude[before]!);
        filled++;
      }
    }
    before = i;
  }
  log.add("altitude-filled", filled);
}

/** Takes every altitude from the grid when it covers the track; false when it does not. */
function takeFromGrid(streams: MutableStreams, grid: ElevationGrid, log: RepairLog): boolean {
  const n = streams.length;
  const altitude = new Float32Array(n).fill(Number.NaN);
  let fixes = 0;
  let covered = 0;
  for (let i = 0; i < n; i++) {
    if (!hasFix(streams, i)) continue;
    fixes++;
    const z = grid.at(streams.lon[i]!, streams.lat[i]!);
    if (Number.isNaN(z)) continue;
    altitude[i] = z;
    covered++;
  }
  if (fixes < 2 || covered < fixes * altitudeDefaults.coverage) return false;
  log.add("altitude-replaced", covered);
  streams.altitudeM = altitude;
  const silent = { add: () => {}, repairs: () => [] };
  bridgeVoids(streams, silent);
  return true;
}

/**
 * Sets a barometer's zero and takes out the drift of the weather: a straight line in time through
 * the medians of (barometer − grid) of the track's thirds. The shape stays the barometer's.
 */
function setZero(streams: MutableStreams, grid: ElevationGrid, log: RepairLog): void {
  const altitude = streams.altitudeM!;
  const { timeMs } = streams;
  const n = streams.length;
  if (n < 30 || Number.isNaN(timeMs[0]!)) return;
  const thirds: { time: number[]; offset: number[] }[] = [0, 1, 2].map(() => ({
    time: [],
    offset: [],
  }));
  let fixes = 0;
  let covered = 0;
  const stride = Math.max(1, Math.floor(n / 3000));
  for (let i = 0; i < n; i += stride) {
    if (!hasFix(streams, i) || Number.isNaN(altitude[i]!)) continue;
    fixes++;
    const z = grid.at(streams.lon[i]!, streams.lat[i]!);
    if (Number.isNaN(z)) continue;
    covered++;
    const third = thirds[Math.min(2, Math.floor((3 * i) / n))]!;
    third.time.push(timeMs[i]! - timeMs[0]!);
    third.offset.push(altitude[i]! - z);
  }
  if (covered < fixes * altitudeDefaults.coverage || thirds.some((t) => t.offset.length < 5))
    return;
  const [start, middle, end] = thirds.map((t) => ({ t: median(t.time), z: median(t.offset) }));
  const slope = (end!.z - start!.z) / (end!.t - start!.t);
  // Tukey's resistant line: slope from the outer thirds, level from all three.
  const level = (start!.z + middle!.z + end!.z - slope * (start!.t + middle!.t + end!.t)) / 3;
  let moved = 0;
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(altitude[i]!)) continue;
    const offset = level + slope * (timeMs[i]! - timeMs[0]!);
    if (Math.abs(offset) >= 1) moved++;
    altitude[i]! -= offset;
  }
  log.add("altitude-drift", moved);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

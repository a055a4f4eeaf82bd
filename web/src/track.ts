/**
 * The line of one activity, ready to draw: rows of the recording with smoothed channels, each row's
 * place on the matched line, the line cut into short coloured bits, and the numbers of any part.
 * Pure arithmetic over columns, O(rows); nothing here knows a map or a chart.
 */
import { haversine, METRES_PER_DEGREE, metresPerLon } from "../../src/geo/lonlat.ts";
import { decodePolyline } from "../../src/geo/polyline.ts";
import { simplify } from "../../src/geo/simplify.ts";
import type { ActivityDetail, ActivityStreams } from "../../src/schema/activity.ts";

/** What the line can be coloured by. */
export const METRICS = ["pace", "grade", "heart", "elevation"] as const;
export type Metric = (typeof METRICS)[number];

export interface TrackRows {
  readonly n: number;
  readonly timeS: Float64Array;
  readonly distanceM: Float64Array;
  /** NaN without position. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Channels that the recording has; NaN is unknown. */
  readonly elevationM: Float64Array | undefined;
  /** Mean over 15 s of movement, metres a second. */
  readonly speedMps: Float64Array | undefined;
  readonly heartBpm: Float64Array | undefined;
  readonly grade: Float64Array | undefined;
  readonly powerW: Float64Array | undefined;
  readonly cadenceRpm: Float64Array | undefined;
  readonly isMoving: Uint8Array;
}

export interface TrackPiece {
  readonly kind: "matched" | "off-network" | "track";
  readonly reason: "left" | "gap" | "outside" | null;
  readonly firstRow: number;
  readonly lastRow: number;
  readonly line: readonly [number, number][];
}

/** A short bit of the line with its value of each metric, 0–1 on the metric's scale or null. */
export interface LineBit {
  readonly line: readonly [number, number][];
  readonly share: Readonly<Record<Metric, number | null>>;
}

/** What 0 and 1 of a metric's scale mean, in its own unit (pace: metres a second). */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

export interface Track {
  readonly rows: TrackRows;
  readonly pieces: readonly TrackPiece[];
  readonly bits: readonly LineBit[];
  readonly scales: Readonly<Record<Metric, Scale | null>>;
  /** Where to draw each row: on the matched line where there is one. NaN without position. */
  readonly shownLon: Float64Array;
  readonly shownLat: Float64Array;
}

const SMOOTH_S = 15;
/** Metres by which stretches off the network may be straightened: a recorder's own noise. */
const OFF_TOLERANCE_M = 4;
/** The line is cut into at most about so many bits, none shorter than this. */
const MAX_BITS = 1500;
const MIN_BIT_M = 12;

export function buildTrack(detail: ActivityDetail, streams: ActivityStreams): Track {
  const rows = readRows(streams);
  const pieces = readPieces(detail, rows);
  const shownLon = rows.lon.slice();
  const shownLat = rows.lat.slice();
  const scales = {
    pace: scaleOf(rows.speedMps, 0.05, 0.95, rows.isMoving),
    grade: gradeScale(rows.grade),
    heart: scaleOf(rows.heartBpm, 0.02, 0.98),
    elevation: scaleOf(rows.elevationM, 0, 1),
  };
  const bits: LineBit[] = [];
  const bitM = Math.max(MIN_BIT_M, detail.distanceM / MAX_BITS);
  for (const piece of pieces) {
    if (piece.kind === "off-network" || piece.line.length < 2) continue;
    const line = measure(piece.line);
    const along = placeRows(rows, piece, line);
    for (let row = piece.firstRow; row <= piece.lastRow; row++) {
      const s = along[row - piece.firstRow]!;
      if (Number.isNaN(s)) continue;
      const [lon, lat] = line.at(s);
      shownLon[row] = lon;
      shownLat[row] = lat;
    }
    cutBits(rows, scales, piece, line, along, bitM, bits);
  }
  return { rows, pieces, bits, scales, shownLon, shownLat };
}

function readRows(streams: ActivityStreams): TrackRows {
  const n = streams.timeS.length;
  const column = (values: readonly (number | null)[] | undefined): Float64Array | undefined => {
    if (!values?.some((value) => value !== null)) return undefined;
    return Float64Array.from(values, (value) => value ?? Number.NaN);
  };
  const timeS = Float64Array.from(streams.timeS);
  const isMoving = Uint8Array.from(streams.isMoving);
  const speed = column(streams.speedMps);
  return {
    n,
    timeS,
    distanceM: Float64Array.from(streams.distanceM),
    lon: column(streams.lon) ?? new Float64Array(n).fill(Number.NaN),
    lat: column(streams.lat) ?? new Float64Array(n).fill(Number.NaN),
    elevationM: column(streams.altitudeM),
    speedMps: speed && smoothOver(timeS, speed, SMOOTH_S),
    heartBpm: column(streams.heartRateBpm),
    grade: column(streams.grade),
    powerW: column(streams.powerW) && smoothOver(timeS, column(streams.powerW)!, SMOOTH_S),
    cadenceRpm: column(streams.cadenceRpm),
    isMoving,
  };
}

/** Mean of the known values within half the window on either side. O(n). */
export function smoothOver(
  timeS: Float64Array,
  values: Float64Array,
  windowS: number,
): Float64Array {
  const n = values.length;
  const out = new Float64Array(n);
  let first = 0;
  let after = 0;
  let sum = 0;
  let count = 0;
  const add = (i: number, sign: number): void => {
    if (Number.isNaN(values[i]!)) return;
    sum += sign * values[i]!;
    count += sign;
  };
  for (let i = 0; i < n; i++) {
    while (after < n && timeS[after]! <= timeS[i]! + windowS / 2) add(after++, 1);
    while (timeS[first]! < timeS[i]! - windowS / 2) add(first++, -1);
    out[i] = count > 0 ? sum / count : Number.NaN;
  }
  return out;
}

function readPieces(detail: ActivityDetail, rows: TrackRows): TrackPiece[] {
  const raw = (first: number, last: number): [number, number][] => {
    const line: [number, number][] = [];
    for (let i = first; i <= last; i++) {
      if (!Number.isNaN(rows.lon[i]!)) line.push([rows.lon[i]!, rows.lat[i]!]);
    }
    return line;
  };
  if (!detail.hasPosition) return [];
  if (!detail.match || detail.match.pieces.length === 0) {
    return [
      { kind: "track", reason: null, firstRow: 0, lastRow: rows.n - 1, line: raw(0, rows.n - 1) },
    ];
  }
  return detail.match.pieces.map((piece) => {
    const { lon, lat } = decodePolyline(piece.line, 6);
    // Dashes along the jitter of a recorder would run together: draw its course.
    const kept = piece.kind === "matched" ? undefined : simplify(lon, lat, OFF_TOLERANCE_M);
    const firstRow = Math.max(0, Math.min(rows.n - 1, piece.firstPoint));
    const lastRow = Math.max(firstRow, Math.min(rows.n - 1, piece.lastPoint));
    return {
      kind: piece.kind,
      reason: piece.reason,
      firstRow,
      lastRow,
      line:
        lon.length >= 2
          ? Array.from(kept ?? lon.keys(), (i): [number, number] => [lon[i]!, lat[i]!])
          : raw(firstRow, lastRow),
    };
  });
}

interface MeasuredLine {
  readonly lengthM: number;
  /** Metres from the start at each vertex. */
  readonly along: Float64Array;
  at(s: number): [number, number];
  /** The line between two places, ends included. */
  slice(from: number, to: number): [number, number][];
  /** Place in [from, to] that is nearest to a point when being far from `expected` costs a little. */
  nearest(lon: number, lat: number, from: number, to: number, expected: number): number;
}

function measure(line: readonly [number, number][]): MeasuredLine {
  const n = line.length;
  const along = new Float64Array(n);
  for (let i = 1; i < n; i++) {
    along[i] = along[i - 1]! + haversine(...line[i - 1]!, ...line[i]!);
  }
  const lengthM = along[n - 1]!;
  /** Last vertex at or before a place. */
  const vertexAt = (s: number): number => {
    let low = 0;
    let high = n - 2;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (along[mid]! <= s) low = mid;
      else high = mid - 1;
    }
    return low;
  };
  const at = (s: number): [number, number] => {
    const i = vertexAt(s);
    const step = along[i + 1]! - along[i]!;
    const t = step > 0 ? Math.max(0, Math.min(1, (s - along[i]!) / step)) : 0;
    const [ax, ay] = line[i]!;
    const [bx, by] = line[i + 1]!;
    return [ax + (bx - ax) * t, ay + (by - ay) * t];
  };
  return {
    lengthM,
    along,
    at,
    slice(from, to) {
      const part = [at(from)];
      for (let i = vertexAt(from) + 1; i < n && along[i]! < to; i++) {
        if (along[i]! > from) part.push([line[i]![0], line[i]![1]]);
      }
      part.push(at(to));
      return part;
    },
    nearest(lon, lat, from, to, expected) {
      const kx = metresPerLon(lat);
      let best = from;
      let bestCost = Infinity;
      for (let i = vertexAt(from); i < n - 1 && along[i]! <= to; i++) {
        const ax = (line[i]![0] - lon) * kx;
        const ay = (line[i]![1] - lat) * METRES_PER_DEGREE;
        const dx = (line[i + 1]![0] - line[i]![0]) * kx;
        const dy = (line[i + 1]![1] - line[i]![1]) * METRES_PER_DEGREE;
        const length2 = dx * dx + dy * dy;
        const free = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0;
        const t = Math.max(0, Math.min(1, free));
        const s = Math.max(from, Math.min(to, along[i]! + t * (along[i + 1]! - along[i]!)));
        const ex = ax + t * dx;
        const ey = ay + t * dy;
        const drift = (s - expected) * DRIFT_WEIGHT;
        const cost = ex * ex + ey * ey + drift * drift;
        if (cost < bestCost) {
          bestCost = cost;
          best = s;
        }
      }
      return best;
    },
  };
}

/** A metre of drift along the line counts as this many metres beside it: loops stay in order. */
const DRIFT_WEIGHT = 0.08;

/**
 * Place of each row of the piece on its line, never going back: near where the share of the distance
 * would put it, and as near as it can be to the recorded position.
 */
function placeRows(rows: TrackRows, piece: TrackPiece, line: MeasuredLine): Float64Array {
  const { firstRow, lastRow } = piece;
  const out = new Float64Array(lastRow - firstRow + 1).fill(Number.NaN);
  const startM = rows.distanceM[firstRow]!;
  const spanM = rows.distanceM[lastRow]! - startM;
  let last = 0;
  for (let row = firstRow; row <= lastRow; row++) {
    const share = spanM > 0 ? (rows.distanceM[row]! - startM) / spanM : 0;
    const expected = share * line.lengthM;
    if (Number.isNaN(rows.lon[row]!)) {
      last = Math.max(last, expected);
    } else {
      const reach = Math.max(60, line.lengthM * 0.03);
      const to = Math.min(line.lengthM, Math.max(last, expected) + reach);
      const from = Math.min(to, last);
      last = line.nearest(rows.lon[row]!, rows.lat[row]!, from, to, expected);
    }
    out[row - firstRow] = last;
  }
  return out;
}

function cutBits(
  rows: TrackRows,
  scales: Track["scales"],
  piece: TrackPiece,
  line: MeasuredLine,
  along: Float64Array,
  bitM: number,
  bits: LineBit[],
): void {
  let fromRow = piece.firstRow;
  let from = 0;
  for (let row = piece.firstRow + 1; row <= piece.lastRow; row++) {
    const isLast = row === piece.lastRow;
    const to = isLast ? line.lengthM : along[row - piece.firstRow]!;
    if (to - from < bitM && !isLast) continue;
    if (to <= from) continue;
    bits.push({
      line: line.slice(from, to),
      share: {
        pace: shareOf(rows.speedMps, scales.pace, fromRow, row),
        grade: shareOf(rows.grade, scales.grade, fromRow, row),
        heart: shareOf(rows.heartBpm, scales.heart, fromRow, row),
        elevation: shareOf(rows.elevationM, scales.elevation, fromRow, row),
      },
    });
    from = to;
    fromRow = row;
  }
}

function shareOf(
  values: Float64Array | undefined,
  scale: Scale | null,
  first: number,
  last: number,
): number | null {
  if (!values || !scale) return null;
  const mean = meanOf(values, first, last);
  if (Number.isNaN(mean)) return null;
  const share = (mean - scale.low) / (scale.high - scale.low);
  return Math.round(Math.max(0, Math.min(1, share)) * 1000) / 1000;
}

function meanOf(values: Float64Array, first: number, last: number): number {
  let sum = 0;
  let count = 0;
  for (let i = first; i <= last; i++) {
    if (Number.isNaN(values[i]!)) continue;
    sum += values[i]!;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

function scaleOf(
  values: Float64Array | undefined,
  low: number,
  high: number,
  where?: Uint8Array,
): Scale | null {
  if (!values) return null;
  const known = values
    .filter((value, i) => !Number.isNaN(value) && (!where || where[i] === 1))
    .sort();
  if (known.length < 2) return null;
  const at = (share: number): number => known[Math.round(share * (known.length - 1))]!;
  const span = { low: at(low), high: at(high) };
  return span.high > span.low ? span : null;
}

/** Level is in the middle; the ends are where nine tenths of the climbing is flatter. */
function gradeScale(grade: Float64Array | undefined): Scale | null {
  if (!grade) return null;
  const steep = grade
    .map(Math.abs)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (steep.length < 2) return null;
  const end = Math.max(0.04, steep[Math.round(0.95 * (steep.length - 1))]!);
  return { low: -end, high: end };
}

/** The numbers of rows first … last. */
export interface PartNumbers {
  readonly distanceM: number;
  readonly elapsedS: number;
  readonly movingS: number;
  /** NaN without the channel. */
  readonly gainM: number;
  readonly lossM: number;
  readonly heartBpm: number;
  readonly powerW: number;
}

export function partNumbers(rows: TrackRows, first: number, last: number): PartNumbers {
  let movingS = 0;
  let gainM = rows.elevationM ? 0 : Number.NaN;
  let lossM = gainM;
  for (let i = first + 1; i <= last; i++) {
    if (rows.isMoving[i]) movingS += rows.timeS[i]! - rows.timeS[i - 1]!;
    const rise = (rows.elevationM?.[i] ?? Number.NaN) - (rows.elevationM?.[i - 1] ?? Number.NaN);
    if (rise > 0) gainM += rise;
    else if (rise < 0) lossM -= rise;
  }
  return {
    distanceM: rows.distanceM[last]! - rows.distanceM[first]!,
    elapsedS: rows.timeS[last]! - rows.timeS[first]!,
    movingS,
    gainM,
    lossM,
    heartBpm: rows.heartBpm ? meanOf(rows.heartBpm, first, last) : Number.NaN,
    powerW: rows.powerW ? meanOf(rows.powerW, first, last) : Number.NaN,
  };
}

export interface Split extends PartNumbers {
  readonly firstRow: number;
  readonly lastRow: number;
}

/** The activity in parts of so many metres, the last one shorter. */
export function splitsOf(rows: TrackRows, lengthM: number): Split[] {
  const splits: Split[] = [];
  const totalM = rows.distanceM[rows.n - 1] ?? 0;
  let firstRow = 0;
  for (let endM = lengthM; firstRow < rows.n - 1; endM += lengthM) {
    const lastRow = rowAtDistance(rows, Math.min(endM, totalM));
    if (lastRow <= firstRow) break;
    splits.push({ ...partNumbers(rows, firstRow, lastRow), firstRow, lastRow });
    firstRow = lastRow;
    if (endM >= totalM) break;
  }
  return splits;
}

/** First row at or past a distance, the last row when it is beyond the end. O(log n). */
export function rowAtDistance(rows: TrackRows, metres: number): number {
  let low = 0;
  let high = rows.n - 1;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (rows.distanceM[mid]! < metres) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** The row shown nearest to a place, −1 when none lies within the reach. O(n). */
export function nearestRow(track: Track, lon: number, lat: number, reachM: number): number {
  const kx = metresPerLon(lat);
  let best = -1;
  let best2 = reachM * reachM;
  for (let i = 0; i < track.rows.n; i++) {
    const dx = (track.shownLon[i]! - lon) * kx;
    const dy = (track.shownLat[i]! - lat) * METRES_PER_DEGREE;
    const d2 = dx * dx + dy * dy;
    if (d2 < best2) {
      best2 = d2;
      best = i;
    }
  }
  return best;
}

/** The recorded positions as one line, rows without position passed over. */
export function rawLine(rows: TrackRows): [number, number][] {
  const line: [number, number][] = [];
  for (let i = 0; i < rows.n; i++) {
    if (!Number.isNaN(rows.lon[i]!)) line.push([rows.lon[i]!, rows.lat[i]!]);
  }
  return line;
}

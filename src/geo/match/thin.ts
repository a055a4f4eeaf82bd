/**
 * From rows to steps: rows without a possible position are passed over, rows closer than a step add
 * no evidence, and a pause becomes one step at its middle, so that a parked cloud of fixes draws no
 * spurs. Sparse tracks keep every row. O(rows), a few ns each.
 */
import { METRES_PER_UNIT, UNITS_PER_DEGREE } from "../lonlat.ts";
import { type CandidateIndex, cosine, relativeLon } from "./candidate.ts";
import type { TrackPoints } from "./match.ts";
import type { MatchOptions } from "./options.ts";

/** Devices state the radius that holds 68 % of fixes; this is σ per axis of it (Rayleigh). */
const PER_AXIS = 0.66;

/** Rows that a pause has at least: two places a minute and a half apart are a way there and back. */
const PAUSE_ROWS = 4;

/** The rows that have a position, in the index's relative units. Scratch, reused. */
export class Rows {
  count = 0;
  /** Row of the track. */
  row = new Int32Array(0);
  x = new Float64Array(0);
  y = new Float64Array(0);
  /** NaN without times. */
  timeMs = new Float64Array(0);

  read(points: TrackPoints, index: CandidateIndex): void {
    const { lon, lat, timeMs } = points;
    const n = Math.min(lon.length, lat.length);
    if (this.row.length < n) {
      const room = 2 ** Math.ceil(Math.log2(n));
      this.row = new Int32Array(room);
      this.x = new Float64Array(room);
      this.y = new Float64Array(room);
      this.timeMs = new Float64Array(room);
    }
    const { row, x, y, timeMs: time } = this;
    const { originLon, originLat } = index;
    let count = 0;
    for (let i = 0; i < n; i++) {
      const rowLon = lon[i]!;
      const rowLat = lat[i]!;
      // Also false for NaN.
      if (!(rowLon >= -180 && rowLon <= 180 && rowLat >= -90 && rowLat <= 90)) continue;
      row[count] = i;
      x[count] = relativeLon(rowLon * UNITS_PER_DEGREE, originLon);
      y[count] = rowLat * UNITS_PER_DEGREE - originLat;
      time[count] = timeMs === undefined ? Number.NaN : timeMs[i]!;
      count++;
    }
    this.count = count;
  }
}

/** The rows that count, one per field. Scratch, reused. */
export class Steps {
  count = 0;
  /** First and last of the rows (of `Rows`) that the step stands for: two only in a pause. */
  first = new Int32Array(0);
  last = new Int32Array(0);
  x = new Float64Array(0);
  y = new Float64Array(0);
  /** Arrival and departure. */
  timeMs = new Float64Array(0);
  leaveMs = new Float64Array(0);
  /** σ in metres by the recorder's own estimate, 0 where it gives none. */
  accuracyM = new Float32Array(0);

  /** @param stepM metres moved before a row becomes a step */
  choose(
    rows: Rows,
    points: TrackPoints,
    index: CandidateIndex,
    stepM: number,
    options: MatchOptions,
  ): void {
    const n = rows.count;
    if (this.first.length < n) {
      const room = rows.row.length;
      this.first = new Int32Array(room);
      this.last = new Int32Array(room);
      this.x = new Float64Array(room);
      this.y = new Float64Array(room);
      this.timeMs = new Float64Array(room);
      this.leaveMs = new Float64Array(room);
      this.accuracyM = new Float32Array(room);
    }
    this.count = 0;
    const { x, y, timeMs } = rows;
    const { pauseM, pauseS } = options;
    const squared = stepM * stepM;
    const accuracy = points.accuracyM;
    let metresPerX = 0;
    let latitude = Number.NaN;
    for (let i = 0; i < n; ) {
      if (!(Math.abs(y[i]! - latitude) < 180_000)) {
        latitude = y[i]!;
        metresPerX = METRES_PER_UNIT * cosine(latitude + index.originLat);
      }
      const s = this.count++;
      const end = pauseEnd(rows, i, metresPerX, pauseM, pauseS);
      this.first[s] = i;
      this.last[s] = end;
      this.timeMs[s] = timeMs[i]!;
      this.leaveMs[s] = timeMs[end]!;
      const error = accuracy === undefined ? 0 : accuracy[rows.row[i]!]!;
      this.accuracyM[s] = error > 0 ? error * PER_AXIS : 0;
      if (end === i) {
        this.x[s] = x[i]!;
        this.y[s] = y[i]!;
      } else {
        let sumX = 0;
        let sumY = 0;
        for (let j = i; j <= end; j++) {
          sumX += x[j]!;
          sumY += y[j]!;
        }
        this.x[s] = sumX / (end - i + 1);
        this.y[s] = sumY / (end - i + 1);
      }
      if (end === n - 1) break;
      // The last row is always a step: the path ends where the recording does.
      const fromX = this.x[s]!;
      const fromY = this.y[s]!;
      let j = end + 1;
      for (; j < n - 1; j++) {
        const dx = (x[j]! - fromX) * metresPerX;
        const dy = (y[j]! - fromY) * METRES_PER_UNIT;
        if (dx * dx + dy * dy >= squared) break;
      }
      i = j;
    }
  }
}

/**
 * The last row of a pause that begins at row i, or i itself. A pause is a stay of at least `pauseS`
 * within `pauseM` of the mean of its rows; two rows outside in a row end it. Whose later half is
 * elsewhere than the earlier one walks slowly: uphill at half a metre a second, 40 s fit into it too.
 */
function pauseEnd(
  rows: Rows,
  i: number,
  metresPerX: number,
  pauseM: number,
  pauseS: number,
): number {
  const { x, y, timeMs, count } = rows;
  const begin = timeMs[i]!;
  // Most rows are of someone who moves: away by twice the pause's size when it would be over.
  const usualMs = i + 1 < count ? timeMs[i + 1]! - begin : Number.NaN;
  if (!(usualMs > 0)) return i;
  const probe = i + Math.ceil((1000 * pauseS) / usualMs);
  if (probe < count && timeMs[probe]! - begin <= 2000 * pauseS) {
    const dx = (x[probe]! - x[i]!) * metresPerX;
    const dy = (y[probe]! - y[i]!) * METRES_PER_UNIT;
    if (dx * dx + dy * dy > 4 * pauseM * pauseM) return i;
  }
  let sumX = x[i]!;
  let sumY = y[i]!;
  let n = 1;
  let end = i;
  let outside = 0;
  for (let j = i + 1; j < count && timeMs[j]! >= begin; j++) {
    const dx = (x[j]! - sumX / n) * metresPerX;
    const dy = (y[j]! - sumY / n) * METRES_PER_UNIT;
    if (dx * dx + dy * dy > pauseM * pauseM) {
      outside++;
      if (outside === 2 || timeMs[j]! - begin < 1000 * pauseS) break;
      continue;
    }
    outside = 0;
    sumX += x[j]!;
    sumY += y[j]!;
    n++;
    end = j;
  }
  if (end - i + 1 < PAUSE_ROWS || timeMs[end]! - begin < 1000 * pauseS) return i;
  return isInOnePlace(rows, i, end, metresPerX, pauseM / 2) ? end : i;
}

/** Whether the mean of the later half of the rows is within a distance of that of the earlier half. */
function isInOnePlace(
  { x, y }: Rows,
  first: number,
  last: number,
  metresPerX: number,
  withinM: number,
): boolean {
  const half = (last - first + 1) >> 1;
  let sumX = 0;
  let sumY = 0;
  for (let j = 0; j < half; j++) {
    sumX += x[last - j]! - x[first + j]!;
    sumY += y[last - j]! - y[first + j]!;
  }
  const dx = (sumX * metresPerX) / half;
  const dy = (sumY * METRES_PER_UNIT) / half;
  return dx * dx + dy * dy <= withinM * withinM;
}

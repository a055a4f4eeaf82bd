/**
 * Standing still with a wandering receiver: stay points (Li et al., ACM GIS 2008) found by sliding
 * windows over time whose bounding box stays small. Monotone queues keep each window's bounds. O(n).
 */
import { METRES_PER_DEGREE, metresPerLon } from "../lonlat.ts";
import type { Streams } from "./recording.ts";
import { hasFix } from "./rows.ts";

export const parkedDefaults = {
  /**
   * Staying inside a box of this diagonal for this long is standing: 0.25 and 0.1 m/s, slower than
   * any stroll. The small box finds traffic lights, the large one the drift at a café table.
   */
  windows: [
    { seconds: 40, diagonalM: 10 },
    { seconds: 300, diagonalM: 30 },
  ],
  /**
   * A long stop's box also holds the last metres before it and the first after it: ends that go
   * straight this fast over this long are cut off again. Drift does not keep a pace.
   */
  trimMs: 6_000,
  trimMps: 0.8,
} as const;

/**
 * 1 for each row that stands still together with the row before it; rows without a fix take no part.
 * A row where the device itself measures movement (speed, or steps and strokes) never parks.
 *
 * @param stillMps metres per second below which the device's own speed counts as standing
 */
export function findParked(streams: Streams, stillMps: number): Uint8Array {
  const parked = new Uint8Array(streams.length);
  if (streams.length < 2 || Number.isNaN(streams.timeMs[0]!)) return parked;
  const rows: number[] = [];
  for (let i = 0; i < streams.length; i++) if (hasFix(streams, i)) rows.push(i);
  if (rows.length < 2) return parked;

  const m = rows.length;
  const x = new Float64Array(m);
  const y = new Float64Array(m);
  const t = new Float64Array(m);
  const lon0 = streams.lon[rows[0]!]!;
  let scaleLat = Number.NaN;
  let perLon = 0;
  for (let k = 0; k < m; k++) {
    const i = rows[k]!;
    let dLon = streams.lon[i]! - lon0;
    if (dLon > 180) dLon -= 360;
    else if (dLon < -180) dLon += 360;
    // A kilometre of latitude changes the scale by less than 0.1 per cent.
    if (!(Math.abs(streams.lat[i]! - scaleLat) < 0.01)) {
      scaleLat = streams.lat[i]!;
      perLon = metresPerLon(scaleLat);
    }
    x[k] = dLon * perLon;
    y[k] = streams.lat[i]! * METRES_PER_DEGREE;
    t[k] = streams.timeMs[i]!;
  }
  const isInside = new Uint8Array(m);
  for (const { seconds, diagonalM } of parkedDefaults.windows) {
    markWindows(x, y, t, seconds * 1000, diagonalM, isInside);
  }
  trimEnds(x, y, t, isInside);
  for (let k = 1; k < m; k++) {
    if (!isInside[k]) continue;
    for (let i = rows[k - 1]! + 1; i <= rows[k]!; i++) {
      if (!measuresMovement(streams, i, stillMps)) parked[i] = 1;
    }
  }
  return parked;
}

function measuresMovement(streams: Streams, i: number, stillMps: number): boolean {
  const speed = streams.speedMps?.[i];
  return speed !== undefined && speed >= Math.max(0.5, stillMps);
}

/** Sets 1 for each step k − 1 → k inside a window that is long and small enough. */
function markWindows(
  x: Float64Array,
  y: Float64Array,
  t: Float64Array,
  windowMs: number,
  diagonalM: number,
  isInside: Uint8Array,
): void {
  const m = x.length;
  const west = new WindowMinimum(x, 1);
  const east = new WindowMinimum(x, -1);
  const south = new WindowMinimum(y, 1);
  const north = new WindowMinimum(y, -1);
  let start = 0;
  let marked = 0;
  for (let k = 0; k < m; k++) {
    west.push(k);
    east.push(k);
    south.push(k);
    north.push(k);
    // The window is the shortest that still spans `windowMs`.
    while (start + 1 < k && t[k]! - t[start + 1]! >= windowMs) start++;
    if (t[k]! - t[start]! < windowMs) continue;
    const dx = -east.from(start) - west.from(start);
    const dy = -north.from(start) - south.from(start);
    if (dx * dx + dy * dy > diagonalM * diagonalM) continue;
    isInside.fill(1, Math.max(marked + 1, start + 1), k + 1);
    marked = k;
  }
}

/** Clears the moving ends of each stretch of steps. */
function trimEnds(x: Float64Array, y: Float64Array, t: Float64Array, isInside: Uint8Array): void {
  const { trimMs, trimMps } = parkedDefaults;
  const keepsPace = (a: number, b: number): boolean => {
    const seconds = Math.abs(t[b]! - t[a]!) / 1000;
    return Math.hypot(x[b]! - x[a]!, y[b]! - y[a]!) >= trimMps * seconds;
  };
  const m = x.length;
  for (let first = 1; first < m; first++) {
    if (!isInside[first]) continue;
    let last = first;
    while (last + 1 < m && isInside[last + 1]) last++;
    const end = last;
    for (let j = first; first <= last; first++) {
      while (j < last && t[j]! - t[first - 1]! < trimMs) j++;
      if (!keepsPace(first - 1, j)) break;
      isInside[first] = 0;
    }
    for (let j = last; last >= first; last--) {
      while (j > first && t[last]! - t[j]! < trimMs) j--;
      if (!keepsPace(last, j)) break;
      isInside[last] = 0;
    }
    first = end;
  }
}

/** The least of sign × value over a window that only moves forward (a monotone queue). */
class WindowMinimum {
  private readonly value: Float64Array;
  private readonly sign: 1 | -1;
  /** Rows whose values ascend; the first is the minimum. */
  private readonly queue: Int32Array;
  private head = 0;
  private tail = 0;

  constructor(value: Float64Array, sign: 1 | -1) {
    this.value = value;
    this.sign = sign;
    this.queue = new Int32Array(value.length);
  }

  push(k: number): void {
    const { value, sign, queue, head } = this;
    const v = sign * value[k]!;
    let tail = this.tail;
    while (tail > head && sign * value[queue[tail - 1]!]! >= v) tail--;
    queue[tail] = k;
    this.tail = tail + 1;
  }

  /** The minimum of the pushed rows from `start` on; `start` never goes back. */
  from(start: number): number {
    const { queue } = this;
    while (queue[this.head]! < start) this.head++;
    return this.sign * this.value[queue[this.head]!]!;
  }
}

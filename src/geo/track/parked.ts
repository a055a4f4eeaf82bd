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
  for (let k = 0; k < m; k++) {
    const i = rows[k]!;
    let dLon = streams.lon[i]! - lon0;
    if (dLon > 180) dLon -= 360;
    else if (dLon < -180) dLon += 360;
    x[k] = dLon * metresPerLon(streams.lat[i]!);
    y[k] = streams.lat[i]! * METRES_PER_DEGREE;
    t[k] = streams.timeMs[i]!;
  }
  for (const { seconds, diagonalM } of parkedDefaults.windows) {
    markWindows(x, y, t, seconds * 1000, diagonalM, (k) => {
      for (let i = rows[k - 1]! + 1; i <= rows[k]!; i++) {
        if (!measuresMovement(streams, i, stillMps)) parked[i] = 1;
      }
    });
  }
  return parked;
}

function measuresMovement(streams: Streams, i: number, stillMps: number): boolean {
  const speed = streams.speedMps?.[i];
  return speed !== undefined && speed >= Math.max(0.5, stillMps);
}

/** Calls `mark(k)` once for each step k − 1 → k inside a window that is long and small enough. */
function markWindows(
  x: Float64Array,
  y: Float64Array,
  t: Float64Array,
  windowMs: number,
  diagonalM: number,
  mark: (k: number) => void,
): void {
  const m = x.length;
  const queues = [x, x, y, y].map((value, q) => createQueue(value, q % 2 === 0));
  let start = 0;
  let marked = 0;
  for (let k = 0; k < m; k++) {
    for (const queue of queues) queue.push(k);
    // The window is the shortest that still spans `windowMs`.
    while (start + 1 < k && t[k]! - t[start + 1]! >= windowMs) start++;
    if (t[k]! - t[start]! < windowMs) continue;
    for (const queue of queues) queue.dropBefore(start);
    const dx = queues[1]!.best() - queues[0]!.best();
    const dy = queues[3]!.best() - queues[2]!.best();
    if (dx * dx + dy * dy > diagonalM * diagonalM) continue;
    for (let j = Math.max(marked + 1, start + 1); j <= k; j++) mark(j);
    marked = k;
  }
}

/** The minimum (or maximum) of a window over `value` that only moves forward. */
function createQueue(value: Float64Array, isMinimum: boolean) {
  const index = new Int32Array(value.length);
  let head = 0;
  let tail = 0;
  return {
    push(k: number): void {
      const v = value[k]!;
      while (tail > head) {
        const w = value[index[tail - 1]!]!;
        if (isMinimum ? w < v : w > v) break;
        tail--;
      }
      index[tail++] = k;
    },
    dropBefore(k: number): void {
      while (head < tail && index[head]! < k) head++;
    },
    best: (): number => value[index[head]!]!,
  };
}

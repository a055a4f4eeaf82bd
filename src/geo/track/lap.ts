/**
 * Laps as the device closed them, kept where they can be: inside the recording, ending after they
 * begin, in the order of their starts. A lap's distance is ours where the device gave none. O(laps log rows).
 */
import type { Lap } from "./recording.ts";
import type { RepairLog } from "./repair.ts";

export function cleanLaps(
  laps: readonly Lap[],
  timeMs: Float64Array,
  distanceM: Float64Array,
  log: RepairLog,
): Lap[] {
  const n = timeMs.length;
  if (n === 0 || Number.isNaN(timeMs[0]!)) return [...laps];
  const firstMs = timeMs[0]!;
  const lastMs = timeMs[n - 1]!;
  const kept: Lap[] = [];
  for (const lap of laps) {
    const startMs = Math.max(lap.startMs, firstMs);
    const endMs = Math.min(lap.endMs, lastMs);
    if (!(endMs > startMs)) continue;
    const metres = distanceAt(timeMs, distanceM, endMs) - distanceAt(timeMs, distanceM, startMs);
    kept.push({ ...lap, startMs, endMs, distanceM: lap.distanceM ?? metres });
  }
  log.add("lap-impossible", laps.length - kept.length);
  return kept.sort((a, b) => a.startMs - b.startMs);
}

/** Metres at a moment, interpolated; clamped to the ends. */
export function distanceAt(timeMs: Float64Array, distanceM: Float64Array, atMs: number): number {
  let low = 0;
  let high = timeMs.length - 1;
  if (atMs <= timeMs[low]!) return distanceM[low]!;
  if (atMs >= timeMs[high]!) return distanceM[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (timeMs[middle]! <= atMs) low = middle;
    else high = middle;
  }
  const part = (atMs - timeMs[low]!) / (timeMs[high]! - timeMs[low]!);
  return distanceM[low]! + part * (distanceM[high]! - distanceM[low]!);
}

/**
 * Speed per row: the device's own where it has one (Doppler or wheel) and it agrees with the
 * distance, else the slope of distance over a few seconds. Never beyond the sport's bound. O(n).
 */
import type { Sport, Streams } from "./recording.ts";
import type { RepairLog } from "./repair.ts";
import { SPORT_BOUNDS } from "./sport.ts";

export const speedDefaults = {
  /** Half the window of the difference: 3 s bring a fix error of 2 m to 0.5 m/s. */
  halfMs: 3_000,
  /** Device speed × time over distance outside this range is a column of another unit. */
  ratioLow: 0.5,
  ratioHigh: 2,
} as const;

/** Metres per second at each row, NaN where no time tells. */
export function cleanSpeed(
  streams: Streams,
  sport: Sport,
  distanceM: Float64Array,
  log: RepairLog,
): Float32Array {
  const n = streams.length;
  const topMps = SPORT_BOUNDS[sport].topMps;
  const derived = slopeOfDistance(streams.timeMs, distanceM, topMps);
  const stated = streams.speedMps;
  if (!stated || !agrees(streams, stated, distanceM)) return derived;
  const speed = new Float32Array(n);
  let bad = 0;
  for (let i = 0; i < n; i++) {
    const v = stated[i]!;
    if (v >= 0 && v <= topMps) speed[i] = v;
    else {
      if (!Number.isNaN(v)) bad++;
      speed[i] = derived[i]!;
    }
  }
  log.add("speed-impossible", bad);
  return speed;
}

function agrees(streams: Streams, stated: Float32Array, distanceM: Float64Array): boolean {
  let byDevice = 0;
  let byDistance = 0;
  for (let i = 1; i < streams.length; i++) {
    const seconds = (streams.timeMs[i]! - streams.timeMs[i - 1]!) / 1000;
    if (!(stated[i]! >= 0) || !(seconds <= 10)) continue;
    byDevice += stated[i]! * seconds;
    byDistance += distanceM[i]! - distanceM[i - 1]!;
  }
  const ratio = byDevice / byDistance;
  return ratio >= speedDefaults.ratioLow && ratio <= speedDefaults.ratioHigh;
}

function slopeOfDistance(
  timeMs: Float64Array,
  distanceM: Float64Array,
  topMps: number,
): Float32Array {
  const n = timeMs.length;
  const speed = new Float32Array(n);
  if (n < 2 || Number.isNaN(timeMs[0]!)) return speed.fill(Number.NaN);
  let a = 0;
  let b = 0;
  for (let i = 0; i < n; i++) {
    while (timeMs[i]! - timeMs[a]! > speedDefaults.halfMs) a++;
    while (b + 1 < n && timeMs[b + 1]! - timeMs[i]! <= speedDefaults.halfMs) b++;
    // A row alone in its window takes the steps on either side.
    const from = a === i && i > 0 ? i - 1 : a;
    const to = b === i && i + 1 < n ? i + 1 : b;
    const mps = ((distanceM[to]! - distanceM[from]!) * 1000) / (timeMs[to]! - timeMs[from]!);
    speed[i] = Math.min(mps, topMps);
  }
  return speed;
}

/**
 * Where the person did not move: the timer was stopped (the file says so), the device recorded
 * nothing, or the person stood (slower than the sport's still speed, or parked under a wandering
 * receiver). Each row's step is moving or not; pauses are the stretches of the same kind. O(n).
 */
import type { Pause } from "./activity.ts";
import { typicalTickMs } from "./order.ts";
import type { Sport, Streams, TimerPause } from "./recording.ts";
import type { RepairLog } from "./repair.ts";
import { SPORT_BOUNDS } from "./sport.ts";

export const pauseDefaults = {
  /** Standing shorter than this is a step of the dance, not a pause. */
  shortestAutoMs: 5_000,
  /** Silence longer than this, and than `gapTicks` usual steps, is a gap. */
  shortestGapMs: 30_000,
  gapTicks: 6,
  /** Half the window over which speed is judged: two fixes of a 1 Hz receiver on either side. */
  speedHalfMs: 2_500,
} as const;

/** Timer pauses inside the recording, ascending and disjoint. */
export function cleanTimerPauses(
  pauses: readonly TimerPause[],
  streams: Streams,
  log: RepairLog,
): TimerPause[] {
  const n = streams.length;
  if (n < 2 || Number.isNaN(streams.timeMs[0]!)) return [];
  const firstMs = streams.timeMs[0]!;
  const lastMs = streams.timeMs[n - 1]!;
  const clipped: { startMs: number; endMs: number }[] = [];
  let bad = 0;
  for (const { startMs, endMs } of pauses) {
    const start = Math.max(startMs, firstMs);
    const end = Math.min(endMs, lastMs);
    if (end > start) clipped.push({ startMs: start, endMs: end });
    else if (!(endMs >= startMs) || endMs < firstMs || startMs > lastMs) bad++;
  }
  log.add("pause-impossible", bad);
  clipped.sort((a, b) => a.startMs - b.startMs);
  const merged: { startMs: number; endMs: number }[] = [];
  for (const pause of clipped) {
    const last = merged[merged.length - 1];
    if (last && pause.startMs <= last.endMs) last.endMs = Math.max(last.endMs, pause.endMs);
    else merged.push(pause);
  }
  return merged;
}

/** 1 where the timer stood for more than half of the step to this row. */
export function stoppedRows(streams: Streams, pauses: readonly TimerPause[]): Uint8Array {
  const { timeMs, length } = streams;
  const isStopped = new Uint8Array(length);
  let p = 0;
  for (let i = 1; i < length && p < pauses.length; i++) {
    const a = timeMs[i - 1]!;
    const b = timeMs[i]!;
    while (p < pauses.length && pauses[p]!.endMs <= a) p++;
    let stoppedMs = 0;
    for (let q = p; q < pauses.length && pauses[q]!.startMs < b; q++) {
      stoppedMs += Math.min(b, pauses[q]!.endMs) - Math.max(a, pauses[q]!.startMs);
    }
    if (stoppedMs * 2 > b - a) isStopped[i] = 1;
  }
  return isStopped;
}

export interface Movement {
  readonly isMoving: Uint8Array;
  readonly pauses: Pause[];
}

/**
 * @param distanceM clean cumulative distance
 * @param isStopped per row, from the timer
 * @param isParked per row, from the places
 */
export function findMovement(
  streams: Streams,
  sport: Sport,
  distanceM: Float64Array,
  isStopped: Uint8Array,
  isParked: Uint8Array,
  timerPauses: readonly TimerPause[],
): Movement {
  const n = streams.length;
  const isMoving = new Uint8Array(n);
  if (n < 2) return { isMoving, pauses: [] };
  const { timeMs } = streams;
  if (Number.isNaN(timeMs[0]!)) {
    for (let i = 1; i < n; i++) isMoving[i] = distanceM[i]! > distanceM[i - 1]! ? 1 : 0;
    return { isMoving, pauses: [] };
  }
  // Without any distance or place (strength training) only the timer can tell.
  const hasDistance = distanceM[n - 1]! > 0 || streams.lon.some((lon) => !Number.isNaN(lon));
  const stillMps = SPORT_BOUNDS[sport].stillMps;
  const speed = hasDistance ? judgedSpeed(streams, distanceM) : undefined;
  const gapMs = Math.max(
    pauseDefaults.shortestGapMs,
    pauseDefaults.gapTicks * typicalTickMs(timeMs),
  );

  const GAP = 2;
  const AUTO = 1;
  const kind = new Uint8Array(n);
  for (let i = 1; i < n; i++) {
    if (isStopped[i]) continue;
    const stepMs = timeMs[i]! - timeMs[i - 1]!;
    const isStill = speed !== undefined && (speed[i]! < stillMps || isParked[i] === 1);
    if (stepMs > gapMs) kind[i] = GAP;
    else if (isStill) kind[i] = AUTO;
    isMoving[i] = isStill ? 0 : 1;
  }

  const pauses: Pause[] = timerPauses.map((p) => ({ ...p, kind: "timer" as const }));
  for (let i = 1; i < n; i++) {
    if (kind[i] === 0) continue;
    const first = i;
    while (i + 1 < n && kind[i + 1] === kind[first]) i++;
    const startMs = timeMs[first - 1]!;
    const endMs = timeMs[i]!;
    if (kind[first] === AUTO && endMs - startMs < pauseDefaults.shortestAutoMs) {
      for (let j = first; j <= i; j++) isMoving[j] = 1;
    } else {
      pauses.push({ startMs, endMs, kind: kind[first] === GAP ? "gap" : "auto" });
    }
  }
  pauses.sort((a, b) => a.startMs - b.startMs);
  return { isMoving, pauses };
}

/** Metres per second around the step to each row: a centred difference of distance over 5 s. */
function judgedSpeed(streams: Streams, distanceM: Float64Array): Float64Array {
  const { timeMs, length } = streams;
  const speed = new Float64Array(length);
  let a = 0;
  let b = 0;
  for (let i = 1; i < length; i++) {
    const middle = (timeMs[i - 1]! + timeMs[i]!) / 2;
    while (timeMs[a + 1]! <= middle - pauseDefaults.speedHalfMs && a + 1 < i) a++;
    while (b + 1 < length && (b < i || timeMs[b]! < middle + pauseDefaults.speedHalfMs)) b++;
    speed[i] = ((distanceM[b]! - distanceM[a]!) * 1000) / (timeMs[b]! - timeMs[a]!);
  }
  return speed;
}

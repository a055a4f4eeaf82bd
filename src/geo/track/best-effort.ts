/**
 * Best efforts: the shortest time in which a distance was covered, start and end anywhere. A best
 * window has at least one end on a row, so two sweeps (start on a row, end interpolated; end on a
 * row, start interpolated) find the true minimum of the piecewise linear distance. O(n) a distance.
 */
import type { BestEffort } from "./activity.ts";
import type { Sport } from "./recording.ts";
import { isOnFoot } from "./sport.ts";

/** Metres by name. Miles are international; marathons as World Athletics measures them. */
const FOOT: readonly (readonly [string, number])[] = [
  ["400 m", 400],
  ["800 m", 800],
  ["1 km", 1000],
  ["1 mile", 1609.344],
  ["2 miles", 3218.688],
  ["5 km", 5000],
  ["10 km", 10_000],
  ["15 km", 15_000],
  ["10 miles", 16_093.44],
  ["20 km", 20_000],
  ["Half marathon", 21_097.5],
  ["30 km", 30_000],
  ["Marathon", 42_195],
  ["50 km", 50_000],
];
const WHEEL: readonly (readonly [string, number])[] = [
  ["5 km", 5000],
  ["10 km", 10_000],
  ["20 km", 20_000],
  ["30 km", 30_000],
  ["40 km", 40_000],
  ["50 km", 50_000],
  ["80 km", 80_000],
  ["100 km", 100_000],
  ["100 miles", 160_934.4],
  ["180 km", 180_000],
];
const WATER: readonly (readonly [string, number])[] = [
  ["400 m", 400],
  ["1 km", 1000],
  ["1.5 km", 1500],
  ["2 km", 2000],
  ["1900 m", 1900],
  ["3.8 km", 3800],
  ["5 km", 5000],
];

/** The distances whose best effort means something in this sport. */
export function effortDistances(sport: Sport): readonly (readonly [string, number])[] {
  if (isOnFoot(sport) || sport === "nordic-ski" || sport === "skate") return FOOT;
  if (sport === "swim" || sport === "open-water-swim" || sport === "row" || sport === "paddle") {
    return WATER;
  }
  const isRide =
    sport === "ride" ||
    sport === "gravel-ride" ||
    sport === "mountain-bike" ||
    sport === "e-bike" ||
    sport === "indoor-ride";
  return isRide ? WHEEL : [];
}

/** One best effort for each distance that the activity covers, in ascending distance. */
export function bestEffortsOf(
  timeMs: Float64Array,
  distanceM: Float64Array,
  sport: Sport,
): BestEffort[] {
  const n = timeMs.length;
  if (n < 2 || Number.isNaN(timeMs[0]!)) return [];
  const efforts: BestEffort[] = [];
  for (const [name, metres] of effortDistances(sport)) {
    const best = bestWindow(timeMs, distanceM, metres);
    if (best) efforts.push({ name, distanceM: metres, ...best });
  }
  return efforts.sort((a, b) => a.distanceM - b.distanceM);
}

/**
 * The fastest stretch of exactly `metres`.
 *
 * @param distanceM cumulative, not falling
 * @returns undefined when the whole is shorter
 */
export function bestWindow(
  timeMs: Float64Array,
  distanceM: Float64Array,
  metres: number,
): { elapsedS: number; startMs: number } | undefined {
  const n = timeMs.length;
  if (!(distanceM[n - 1]! - distanceM[0]! >= metres)) return undefined;
  let bestMs = Number.POSITIVE_INFINITY;
  let startMs = 0;

  // Start on row i; the end is the first moment at distance + metres.
  for (let i = 0, j = 1; i < n; i++) {
    const goal = distanceM[i]! + metres;
    while (j < n && distanceM[j]! < goal) j++;
    if (j >= n) break;
    const end = crossing(timeMs, distanceM, j, goal);
    if (end - timeMs[i]! < bestMs) {
      bestMs = end - timeMs[i]!;
      startMs = timeMs[i]!;
    }
  }
  // End on row j; the start is the last moment at distance − metres.
  for (let j = n - 1, i = n - 1; j >= 0; j--) {
    const goal = distanceM[j]! - metres;
    while (i >= 0 && distanceM[i]! > goal) i--;
    if (i < 0) break;
    const start =
      i + 1 < n && distanceM[i]! < goal ? crossing(timeMs, distanceM, i + 1, goal) : timeMs[i]!;
    if (timeMs[j]! - start < bestMs) {
      bestMs = timeMs[j]! - start;
      startMs = start;
    }
  }
  return { elapsedS: bestMs / 1000, startMs };
}

/** The moment in the step to row `j` at which the distance is `goal`. */
function crossing(timeMs: Float64Array, distanceM: Float64Array, j: number, goal: number): number {
  const from = distanceM[j - 1]!;
  const metres = distanceM[j]! - from;
  const part = metres > 0 ? (goal - from) / metres : 1;
  return timeMs[j - 1]! + part * (timeMs[j]! - timeMs[j - 1]!);
}

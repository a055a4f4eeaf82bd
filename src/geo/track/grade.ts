/**
 * Smoothed altitude and grade in one pass: at each row the straight line of least squares through the
 * altitudes within some metres along the way; its value is the altitude, its slope the grade (a
 * Savitzky–Golay filter of order one over distance; Savitzky & Golay 1964). Distance rather than time
 * is the window's measure because hills stand still: a climb looks the same at any speed. O(n).
 */
import type { AltitudeSource } from "./altitude.ts";

export const gradeDefaults = {
  /**
   * Half window in metres by source. Barometer: ±15 m averages its 0.2 m steps to under one per cent
   * of grade and keeps a 30 m ramp. GPS: its error wanders by metres within seconds. Grid: samples of
   * 30–90 m are bilinear in between, so anything shorter is the grid's and not the hill's.
   */
  halfM: { barometer: 15, gps: 30, grid: 45, none: 15 } as Readonly<Record<AltitudeSource, number>>,
  /** Metres of way below which a slope is noise. */
  shortestM: 4,
  /** Steeper is a cliff or an error; paths and ski runs stay below. */
  steepest: 1,
  /** Rows between fresh starts of the running sums, so that rounding cannot pile up. */
  restart: 4096,
} as const;

export interface Profile {
  readonly altitudeM: Float32Array;
  readonly grade: Float32Array;
}

/**
 * @param distanceM cumulative, not falling
 * @param altitudeM NaN where unknown; unknown stays unknown
 */
export function smoothProfile(
  distanceM: Float64Array,
  altitudeM: Float32Array,
  source: AltitudeSource,
): Profile {
  const n = distanceM.length;
  const half = gradeDefaults.halfM[source];
  const smoothed = new Float32Array(n).fill(Number.NaN);
  const grade = new Float32Array(n).fill(Number.NaN);
  const { shortestM, steepest, restart } = gradeDefaults;

  let a = 0;
  let b = 0; // The window is the known rows of [a, b).
  let origin = 0;
  let count = 0;
  let sx = 0;
  let sz = 0;
  let sxx = 0;
  let sxz = 0;
  const add = (j: number, sign: 1 | -1): void => {
    const z = altitudeM[j]!;
    if (Number.isNaN(z)) return;
    const x = distanceM[j]! - origin;
    count += sign;
    sx += sign * x;
    sz += sign * z;
    sxx += sign * x * x;
    sxz += sign * x * z;
  };
  for (let i = 0; i < n; i++) {
    const d = distanceM[i]!;
    if (i % restart === 0) {
      origin = d;
      count = sx = sz = sxx = sxz = 0;
      for (let j = a; j < b; j++) add(j, 1);
    }
    while (b < n && distanceM[b]! - d <= half) add(b++, 1);
    while (d - distanceM[a]! > half) add(a++, -1);
    if (count === 0 || Number.isNaN(altitudeM[i]!)) continue;
    const meanX = sx / count;
    const meanZ = sz / count;
    const spread = sxx - count * meanX * meanX;
    // The row's own neighbours serve where sampling is coarser than the window.
    const slope =
      spread > (count * shortestM * shortestM) / 12
        ? (sxz - count * meanX * meanZ) / spread
        : slopeBetween(distanceM, altitudeM, i, shortestM);
    smoothed[i] = Number.isNaN(slope) ? meanZ : meanZ + slope * (d - origin - meanX);
    grade[i] = Number.isNaN(slope) ? 0 : Math.max(-steepest, Math.min(steepest, slope));
  }
  return { altitudeM: smoothed, grade };
}

/** Rise over run between the nearest known rows on either side; NaN when they stand in one place. */
function slopeBetween(
  distanceM: Float64Array,
  altitudeM: Float32Array,
  i: number,
  shortestM: number,
): number {
  const before = i > 0 && !Number.isNaN(altitudeM[i - 1]!) ? i - 1 : i;
  const after = i + 1 < altitudeM.length && !Number.isNaN(altitudeM[i + 1]!) ? i + 1 : i;
  const run = distanceM[after]! - distanceM[before]!;
  return run >= shortestM ? (altitudeM[after]! - altitudeM[before]!) / run : Number.NaN;
}

/**
 * Smoothed altitude and grade: at each row the straight line of least squares through the altitudes
 * within some metres along the way; its value is the altitude, its slope the grade (a Savitzky–Golay
 * filter of order one over distance; Savitzky & Golay 1964). Distance rather than time is the
 * window's measure because hills stand still: a climb looks the same at any speed. O(n).
 */
import type { AltitudeSource } from "./altitude.ts";

export const gradeDefaults = {
  /**
   * Half window of the altitude in metres, by source. Barometer: 0.2 m steps and gusts of a metre
   * that last seconds; ±25 m keeps every hill that legs notice. GPS: its error wanders by metres
   * within a minute. Grid: samples of 30–90 m are bilinear in between, so anything shorter is the
   * grid's and not the hill's.
   */
  altitudeHalfM: { barometer: 25, gps: 50, grid: 45, none: 25 } as BySource,
  /**
   * Half window of the grade. A barometer resolves a 25 m ramp at about one per cent; a wider window
   * halves the steepest pitches (mean error against Strava's grade grows from 1.4 to 2.3 per cent on
   * a mountain run between ±12 and ±25 m).
   */
  gradeHalfM: { barometer: 12, gps: 30, grid: 45, none: 12 } as BySource,
  /**
   * At speed the window of the grade may hold too few rows to average anything; below `fewestRows`
   * it takes two rows on either side, as far as they are within `stretch` half windows.
   */
  fewestRows: 4,
  stretch: 3,
  /** Metres of way below which a slope is noise. */
  shortestM: 4,
  /** Steeper is a cliff or an error; paths and ski runs stay below. */
  steepest: 1,
  /** Rows between fresh starts of the running sums, so that rounding cannot pile up. */
  restart: 4096,
} as const;

type BySource = Readonly<Record<AltitudeSource, number>>;

export interface Profile {
  readonly altitudeM: Float32Array;
  /** Rise over run. */
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
  const smoothed = new Float32Array(n).fill(Number.NaN);
  const grade = new Float32Array(n).fill(Number.NaN);
  const { steepest, fewestRows, stretch } = gradeDefaults;
  fitLines(distanceM, altitudeM, gradeDefaults.altitudeHalfM[source], (i, value) => {
    smoothed[i] = value;
  });
  const half = gradeDefaults.gradeHalfM[source];
  fitLines(distanceM, altitudeM, half, (i, _, slope, count) => {
    const line = count < fewestRows ? slopeAround(distanceM, altitudeM, i, half * stretch) : slope;
    grade[i] = Math.max(-steepest, Math.min(steepest, line));
  });
  return { altitudeM: smoothed, grade };
}

/**
 * The line through the known rows within `half` metres of each known row, by running sums.
 *
 * @param take gets the row, the line's value and slope there, and how many rows the line is through
 */
function fitLines(
  distanceM: Float64Array,
  altitudeM: Float32Array,
  half: number,
  take: (i: number, value: number, slope: number, count: number) => void,
): void {
  const n = distanceM.length;
  const { shortestM, restart } = gradeDefaults;
  let a = 0;
  let b = 0; // The window is the known rows of [a, b); both ends only move forward.
  let fresh = 0;
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
    if (i - fresh >= Math.max(restart, b - a) || i === 0) {
      fresh = i;
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
    // Rows in one place have no slope.
    const hasSlope = spread > (count * shortestM * shortestM) / 12;
    const slope = hasSlope ? (sxz - count * meanX * meanZ) / spread : 0;
    take(i, meanZ + slope * (d - origin - meanX), slope, count);
  }
}

/** Slope of the line through the known rows i − 2 … i + 2 within `far` metres; 0 in one place. */
function slopeAround(
  distanceM: Float64Array,
  altitudeM: Float32Array,
  i: number,
  far: number,
): number {
  let count = 0;
  let sx = 0;
  let sz = 0;
  let sxx = 0;
  let sxz = 0;
  const last = Math.min(distanceM.length - 1, i + 2);
  for (let j = Math.max(0, i - 2); j <= last; j++) {
    const x = distanceM[j]! - distanceM[i]!;
    const z = altitudeM[j]!;
    // The nearest neighbours serve however far they are: coarse sampling has nothing else.
    if (Number.isNaN(z) || (Math.abs(x) > far && Math.abs(j - i) > 1)) continue;
    count++;
    sx += x;
    sz += z;
    sxx += x * x;
    sxz += x * z;
  }
  const spread = sxx - (sx * sx) / count;
  const { shortestM } = gradeDefaults;
  return spread > (count * shortestM * shortestM) / 12 ? (sxz - (sx * sz) / count) / spread : 0;
}

/**
 * What a trace is reduced to before it is matched: `tidy` drops crowded fixes by OSRM's rule, a
 * silence splits the trace, and a lone fix far from every path is an outlier. Indices are those of
 * the coordinates as they were sent.
 */
import { haversine } from "../../geo/lonlat.ts";

/** Metres and seconds that a tidied trace keeps between its fixes (OSRM's match_parameters_tidy). */
const TIDY_M = 15;
const TIDY_S = 5;
/** Seconds without a fix that split a trace, and times the usual interval (OSRM's MAX_BROKEN_STATES). */
const SPLIT_S = 60;
const SPLIT_INTERVALS = 10;

interface Trace {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly timestampS?: Float64Array | undefined;
  readonly waypoints?: readonly number[] | undefined;
}

/** Fixes that are kept: the ends, waypoints, and those 15 m and 5 s from the one kept before. */
export function tidyTrace({ lon, lat, timestampS, waypoints }: Trace): Uint32Array {
  const last = lon.length - 1;
  const held = new Set(waypoints);
  const kept = [0];
  let goneM = 0;
  let goneS = 0;
  for (let i = 1; i < last; i++) {
    goneM += apartM(lon, lat, i - 1, i);
    if (timestampS) goneS += timestampS[i]! - timestampS[i - 1]!;
    const isApart = goneM >= TIDY_M && (timestampS === undefined || goneS >= TIDY_S);
    if (!isApart && !held.has(i)) continue;
    kept.push(i);
    goneM = 0;
    goneS = 0;
  }
  if (last > 0) kept.push(last);
  return Uint32Array.from(kept);
}

/**
 * @param kept indices into the timestamps
 * @returns the runs of `kept` without a silence, as [first, end) of it
 */
export function splitAtSilences(
  kept: Uint32Array,
  timestampS: Float64Array | undefined,
): [number, number][] {
  if (!timestampS || kept.length < 2) return [[0, kept.length]];
  const silenceS = Math.max(SPLIT_S, SPLIT_INTERVALS * usualInterval(kept, timestampS));
  const runs: [number, number][] = [];
  let first = 0;
  for (let i = 1; i <= kept.length; i++) {
    const isNext = i < kept.length && timestampS[kept[i]!]! - timestampS[kept[i - 1]!]! <= silenceS;
    if (isNext) continue;
    runs.push([first, i]);
    first = i;
  }
  return runs;
}

/** Median of the seconds between fixes. */
export function usualInterval(kept: Uint32Array, timestampS: Float64Array): number {
  return median(kept, (i, j) => timestampS[j]! - timestampS[i]!);
}

/** Median of the metres between fixes. */
export function usualStep(
  kept: Uint32Array,
  lon: ArrayLike<number>,
  lat: ArrayLike<number>,
): number {
  return median(kept, (i, j) => apartM(lon, lat, i, j));
}

/** Upper median over the pairs of neighbours; 0 when there is none. */
function median(kept: Uint32Array, between: (i: number, j: number) => number): number {
  if (kept.length < 2) return 0;
  const values = Float64Array.from(kept.subarray(1), (index, i) => between(kept[i]!, index));
  return values.sort()[values.length >> 1]!;
}

/** Times the straight way that the way over a fix must be for it to be an error. */
const OUTLIER_DETOUR = 1.25;

/**
 * @param isNear per row: whether a path lies within the search radius
 * @returns rows without a path near them, between two with one, that lead out and back again
 */
export function outliersOf(
  lon: ArrayLike<number>,
  lat: ArrayLike<number>,
  isNear: readonly boolean[],
): Set<number> {
  const outliers = new Set<number>();
  for (let i = 1; i + 1 < lon.length; i++) {
    if (isNear[i] || !isNear[i - 1] || !isNear[i + 1]) continue;
    const over = apartM(lon, lat, i - 1, i) + apartM(lon, lat, i, i + 1);
    if (over > OUTLIER_DETOUR * apartM(lon, lat, i - 1, i + 1)) outliers.add(i);
  }
  return outliers;
}

/** Metres that two fixes may lie apart at any speed: the noise of both, as the matcher takes it. */
const NOISE_M = 90;
/** Fixes in a row that may be errors; more of them are somewhere else. */
const LEAP_FIXES = 3;

/**
 * Where a trace leaps faster than the profile can move. A few rows that a leap leads to and another
 * leads back from are errors and belong to no run.
 *
 * @param timeS seconds per row; undefined: nothing is known of speeds
 * @returns rows in runs between which nobody is so fast
 */
export function splitAtLeaps(
  lon: ArrayLike<number>,
  lat: ArrayLike<number>,
  timeS: ArrayLike<number> | undefined,
  speedLimitMps: number,
): number[][] {
  const runs: number[][] = [[0]];
  const isPossible = (i: number, j: number): boolean =>
    timeS === undefined ||
    apartM(lon, lat, i, j) <= (timeS[j]! - timeS[i]! + 1) * speedLimitMps + NOISE_M;
  let last = 0;
  for (let i = 1; i < lon.length; i++) {
    if (isPossible(last, i)) runs.at(-1)!.push(i);
    else {
      let back = i + 1;
      while (back < lon.length && back - i <= LEAP_FIXES && !isPossible(last, back)) back++;
      const isBack = back < lon.length && back - i <= LEAP_FIXES;
      if (isBack && !isPossible(back - 1, back)) {
        i = back;
        runs.at(-1)!.push(i);
      } else runs.push([i]);
    }
    last = i;
  }
  return runs;
}

function apartM(lon: ArrayLike<number>, lat: ArrayLike<number>, i: number, j: number): number {
  return haversine(lon[i]!, lat[i]!, lon[j]!, lat[j]!);
}

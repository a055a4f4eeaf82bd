/**
 * How noisy a recorder is, told by the track alone. White jitter, that differs from row to row, shows
 * in second differences and is smoothed by a mean of three; error that persists, as good receivers
 * have, does not show there and is measured after a first match by the distances from the path.
 */
import { METRES_PER_UNIT } from "../lonlat.ts";

/** Seconds between rows up to which second differences are noise and not bends of the way. */
const DENSE_S = 2.5;
/** Metres between rows without times up to which they are a recording's and not a line that was drawn. */
const DENSE_M = 30;
/** Rows looked at; the median of two second differences each is within 5 %. */
const SAMPLE = 500;
/** Robust σ of a normal from its median absolute value. */
const MAD = 1.4826;

/**
 * Standard deviation per axis in metres of the white part of the error: median |x₋₁ − 2x₀ + x₊₁|
 * over √6 (the variance of a second difference of white noise is 6σ²). 0 when rows are sparse: bends
 * of the way show there too.
 *
 * @param x,y stored units
 * @param timeMs NaN where unknown: rows are then taken to be a second apart
 */
export function whiteJitterM(
  x: Float64Array,
  y: Float64Array,
  timeMs: Float64Array,
  count: number,
  metresPerX: number,
): number {
  const stride = Math.max(1, Math.floor((count - 2) / SAMPLE));
  const sample = new Float64Array(2 * (Math.floor(count / stride) + 1));
  let n = 0;
  for (let i = 1; i + 1 < count; i += stride) {
    if (timeMs[i + 1]! - timeMs[i - 1]! > 2000 * DENSE_S) continue;
    const dx = Math.abs(x[i - 1]! - 2 * x[i]! + x[i + 1]!) * metresPerX;
    const dy = Math.abs(y[i - 1]! - 2 * y[i]! + y[i + 1]!) * METRES_PER_UNIT;
    // Rows that repeat a position tell nothing of the receiver.
    if (dx === 0 && dy === 0) continue;
    if (Number.isNaN(timeMs[i]!) && isFar(x, y, i, metresPerX)) continue;
    sample[n++] = dx;
    sample[n++] = dy;
  }
  if (n < 20) return 0;
  return (median(sample.subarray(0, n)) * MAD) / Math.sqrt(6);
}

/** Whether a row is too far from the row before for noise to show. */
function isFar(x: Float64Array, y: Float64Array, i: number, metresPerX: number): boolean {
  const dx = (x[i]! - x[i - 1]!) * metresPerX;
  const dy = (y[i]! - y[i - 1]!) * METRES_PER_UNIT;
  return dx * dx + dy * dy > DENSE_M * DENSE_M;
}

/** Mean of each row and its neighbours, in place; rows beside a silence keep their place. */
export function smoothThree(
  x: Float64Array,
  y: Float64Array,
  timeMs: Float64Array,
  count: number,
): void {
  let beforeX = x[0]!;
  let beforeY = y[0]!;
  for (let i = 1; i + 1 < count; i++) {
    const hereX = x[i]!;
    const hereY = y[i]!;
    if (!(timeMs[i + 1]! - timeMs[i - 1]! > 2000 * DENSE_S)) {
      x[i] = (beforeX + hereX + x[i + 1]!) / 3;
      y[i] = (beforeY + hereY + y[i + 1]!) / 3;
    }
    beforeX = hereX;
    beforeY = hereY;
  }
}

/**
 * Standard deviation across the path in metres from distances to it: 1.4826 · median, for the
 * distance from a line is half a normal. NaN when there are too few to tell.
 */
export function sigmaFromDistances(distanceM: Float64Array): number {
  if (distanceM.length < 20) return Number.NaN;
  return MAD * median(distanceM);
}

/** Lower median; sorts in place. */
function median(values: Float64Array): number {
  values.sort();
  return values[(values.length - 1) >> 1]!;
}

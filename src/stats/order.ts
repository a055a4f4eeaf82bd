/** Order statistics of numbers that are sorted already. */

/**
 * The quantile by linear interpolation between the two nearest order statistics (Hyndman & Fan 1996,
 * type 7; numpy's and R's default). O(1).
 *
 * @param sorted ascending, at least one number
 * @param p in [0, 1]
 */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}

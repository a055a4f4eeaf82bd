/**
 * LightGBM's random numbers (`utils/random.h`): the 32-bit linear congruential generator of old C
 * libraries, and its way to draw k of n. Weak as randomness, but the sequence decides which rows and
 * features a tree sees, so a comparison with LightGBM needs this one and no better.
 */

export class Lcg {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  #step(): number {
    this.#state = (Math.imul(214013, this.#state) + 2531011) | 0;
    return this.#state;
  }

  /** An integer in [lower, upper), of 15 random bits. */
  nextShort(lower: number, upper: number): number {
    return (((this.#step() >>> 16) & 0x7fff) % (upper - lower)) + lower;
  }

  /** An integer in [lower, upper), of 31 random bits. */
  nextInt(lower: number, upper: number): number {
    return ((this.#step() & 0x7fffffff) % (upper - lower)) + lower;
  }

  /** A number in [0, 1), one of 32,768. */
  nextFloat(): number {
    return ((this.#step() >>> 16) & 0x7fff) / 32768;
  }

  /** `k` of 0 … n − 1 in ascending order; none when k > n. */
  sample(n: number, k: number): Int32Array {
    if (k > n || k <= 0) return new Int32Array(0);
    if (k === n) return Int32Array.from({ length: n }, (_, i) => i);
    if (k > 1 && k > n / Math.log2(k)) {
      const drawn = new Int32Array(k);
      let count = 0;
      for (let i = 0; i < n; i++) {
        if (this.nextFloat() < (k - count) / (n - i)) drawn[count++] = i;
      }
      return drawn.subarray(0, count);
    }
    const drawn = new Set<number>();
    for (let r = n - k; r < n; r++) {
      const v = this.nextInt(0, r + 1);
      drawn.add(drawn.has(v) ? r : v);
    }
    return Int32Array.from(drawn).sort();
  }
}

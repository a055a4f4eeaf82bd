// numpy.random.RandomState (Mersenne Twister 19937, Matsumoto & Nishimura 1998, with numpy's legacy
// draws), so that worlds which others published by their seed can be drawn again number by number.

export class RandomState {
  readonly #state = new Uint32Array(624);
  #at = 624;
  #gauss: number | undefined;

  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = (Math.imul(1812433253, before) + i) >>> 0;
    }
  }

  uint32(): number {
    if (this.#at === 624) this.#twist();
    let y = this.#state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** In [0, 1), 53 bits. */
  double(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  uniform(low: number, high: number, size: number): Float64Array {
    return new Float64Array(size).map(() => low + (high - low) * this.double());
  }

  /** Marsaglia's polar method; the second of a pair is kept. */
  normal(size: number): Float64Array {
    return new Float64Array(size).map(() => this.#nextNormal());
  }

  #nextNormal(): number {
    if (this.#gauss !== undefined) {
      const kept = this.#gauss;
      this.#gauss = undefined;
      return kept;
    }
    for (;;) {
      const x = 2 * this.double() - 1;
      const y = 2 * this.double() - 1;
      const r = x * x + y * y;
      if (r >= 1 || r === 0) continue;
      const f = Math.sqrt((-2 * Math.log(r)) / r);
      this.#gauss = f * x;
      return f * y;
    }
  }

  /** One of binomial(n = 1, p), by numpy's inversion. */
  bernoulli(p: number): number {
    if (p > 0.5) return 1 - this.#invert(1 - p);
    return p === 0 ? 0 : this.#invert(p);
  }

  #invert(p: number): number {
    const q = 1 - p;
    for (;;) {
      let u = this.double();
      if (u <= q) return 0;
      u -= q;
      if (u <= (p * q) / q) return 1;
    }
  }

  /** 0 … n − 1 in the order of `RandomState.permutation(n)`. */
  permutation(n: number): Int32Array {
    const items = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.#interval(i);
      const item = items[i]!;
      items[i] = items[j]!;
      items[j] = item;
    }
    return items;
  }

  /** An integer in [0, max], by masked rejection. */
  #interval(max: number): number {
    let mask = max;
    for (const shift of [1, 2, 4, 8, 16]) mask |= mask >>> shift;
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
      let next = state[(i + 397) % 624]! ^ (y >>> 1);
      if (y & 1) next ^= 0x9908b0df;
      state[i] = next;
    }
    this.#at = 0;
  }
}

/** The test fold of each row under scikit-learn's `KFold(folds, shuffle=True, random_state=seed)`. */
export function kFold(rows: number, folds: number, seed: number): Int32Array {
  const order = new RandomState(seed).permutation(rows);
  const fold = new Int32Array(rows);
  let at = 0;
  for (let f = 0; f < folds; f++) {
    const size = Math.floor(rows / folds) + (f < rows % folds ? 1 : 0);
    for (const i of order.subarray(at, at + size)) fold[i] = f;
    at += size;
  }
  return fold;
}

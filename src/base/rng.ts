/**
 * Seeded random numbers: `sfc32`, a small fast counting generator (Doty-Humphrey, PractRand), seeded
 * by splitmix32. Not for secrets. Everything random in Waymark takes an `Rng` as an argument.
 */

/** A uniform number in [0, 1), 32 bits of it random. */
export type Rng = () => number;

/**
 * @param seed any integer; equal seeds give equal sequences on every machine
 * @param stream an independent sequence under the same seed (a member, a process)
 */
export function createRng(seed: number, stream = 0): Rng {
  let s = (seed ^ Math.imul(stream, 0x9e3779b9)) | 0;
  const split = (): number => {
    s = (s + 0x9e3779b9) | 0;
    let t = s ^ (s >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return t ^ (t >>> 15);
  };
  let a = split();
  let b = split();
  let c = split() ^ stream;
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** A standard normal number (Box–Muller; one of the pair is thrown away to stay stateless). */
export function normal(rng: Rng): number {
  const u = 1 - rng();
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * rng());
}

/** An integer in [0, n). */
export function integer(rng: Rng, n: number): number {
  return Math.floor(rng() * n);
}

/** One of the items, all equally likely. */
export function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[integer(rng, items.length)]!;
}

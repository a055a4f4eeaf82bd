/**
 * Randomness of the simulated members: every draw is a function of (seed, member, process, day, index)
 * and of nothing else, so it does not matter how many others were drawn before. Two worlds that differ
 * in one process draw the same numbers in all the others: counterfactuals pair exactly (common random
 * numbers). Two rounds of murmur3's finaliser under a 64-bit key; about 6 ns a draw.
 */

/** What a draw is for; a number that never changes its meaning. */
export const DRAW = {
  PERSON: 1,
  SIGN_UP: 2,
  CONVERT: 3,
  SHOCK: 4,
  LEVEL: 5,
  USE: 6,
  ACTION: 7,
  VOLUNTARY: 8,
  CHARGE: 9,
  FUNDS: 10,
  RETRY: 11,
  CARD: 12,
  UPDATE: 13,
  REACTIVATE: 14,
  MESSAGE: 15,
  DELIVERY: 16,
  TIME: 17,
  BRANCH: 18,
} as const;

/** Names a member of a seed, or one imagined future of a member. */
export interface DrawKey {
  readonly a: number;
  readonly b: number;
}

export function keyOf(seed: number, member: number): DrawKey {
  return {
    a: mix(Math.imul(seed, 0x9e3779b1) ^ mix(member + 0x632be59b)),
    b: mix(Math.imul(member, 0x85ebca77) ^ mix(seed + 0x2545f491)),
  };
}

/** The key of what might happen to a member from here on, one for each path. */
export function branchKey(key: DrawKey, day: number, path: number): DrawKey {
  return {
    a: mix(key.a ^ Math.imul(path + 1, 0xc2b2ae3d)),
    b: mix(key.b ^ Math.imul(day + 0x3c6ef372, 0x27d4eb2f)),
  };
}

/** Uniform in [0, 1), 32 bits of it random. @param index several draws of one process and day */
export function draw(key: DrawKey, process: number, day: number, index = 0): number {
  let h = key.a ^ Math.imul(day + 0x10001, 0x9e3779b1) ^ Math.imul(process, 0x7feb352d);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= (h >>> 16) ^ key.b ^ Math.imul(index + 1, 0x846ca68b);
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

/** A standard normal number, from two draws of the process and day. */
export function drawNormal(key: DrawKey, process: number, day: number, index = 0): number {
  const u = 1 - draw(key, process, day, 2 * index);
  return (
    Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * draw(key, process, day, 2 * index + 1))
  );
}

function mix(h: number): number {
  let x = h | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

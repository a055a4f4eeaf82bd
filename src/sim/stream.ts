/**
 * Independent random streams: one per seed, athlete, day and process, so that a change in one leaves
 * every other as it was (common random numbers). Hot loops draw normals from a table.
 */
import { createRng, normal, type Rng } from "../base/rng.ts";

/** What a stream is for; a number that never changes its meaning. */
export const PROCESS = {
  ATHLETE: 1,
  FAVOURITE: 2,
  CALENDAR: 3,
  GROUP: 4,
  MOVEMENT: 5,
  SENSOR: 6,
  FORMAT: 7,
  ROUTE: 8,
  TASTE: 9,
} as const;

export function streamOf(seed: number, process: number, ...keys: readonly number[]): Rng {
  let h = Math.imul(process + 1, 0x85ebca6b);
  for (const key of keys) h = Math.imul(h ^ (key + 0x7f4a7c15), 0xc2b2ae35) ^ (h >>> 13);
  return createRng(seed, h | 0);
}

const TABLE_SIZE = 1 << 15;
const TABLE: Float32Array = (() => {
  const rng = createRng(0x51ab, 1);
  return Float32Array.from({ length: TABLE_SIZE }, () => normal(rng));
})();

/** A standard normal from a table of 32,768 draws: 5 ns instead of 60, tails end near ±4. */
export function quickNormal(rng: Rng): number {
  return TABLE[(rng() * TABLE_SIZE) | 0]!;
}

/** A stateless 0 … 1 for a pair of integers: the taste of one person for one street. */
export function hash01(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7feb352d, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

/**
 * A share with Wilson's score interval (Wilson 1927), which stays within 0 and 1 and is good for small
 * counts (Brown, Cai & DasGupta 2001), where the usual ±z·se is not.
 */
import { assert } from "../../base/index.ts";
import type { Share } from "../../schema/retention.ts";
import { normalQuantile } from "../../stats/index.ts";

const Z = normalQuantile(0.975);

/** @returns value and bounds null where n is 0 */
export function shareOf(count: number, n: number): Share {
  assert(count >= 0 && count <= n, "a share counts some of its members");
  if (n === 0) return { value: null, low: null, high: null, count, n };
  const p = count / n;
  const scale = 1 / (1 + (Z * Z) / n);
  const centre = (p + (Z * Z) / (2 * n)) * scale;
  const half = Z * scale * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  return {
    value: p,
    low: count === 0 ? 0 : centre - half,
    high: count === n ? 1 : centre + half,
    count,
    n,
  };
}

/**
 * Served features against the same ones told again, feature by feature: how many differ, by how much,
 * and which were there on one side only. The measures are Chronon's (Airbnb, "Online Offline
 * Consistency"): mismatches and missing values as counts, SMAPE and the largest difference of numbers.
 */
import { assert } from "../../base/index.ts";

export interface FeatureConsistency {
  readonly name: string;
  readonly compared: number;
  /** Values that are not the same double; NaN is the same as NaN. */
  readonly mismatches: number;
  /** Among them: served, and missing when told again. */
  readonly missing: number;
  /** Among them: missing when served. */
  readonly extra: number;
  /** Σ|a − b| / Σ(|a| + |b|) of the pairs that both have; 0 without any. */
  readonly smape: number;
  /** Of the pairs that both have. */
  readonly maxDifference: number;
}

/**
 * @param served Float64Array (rows × names), row-major, and `told` likewise
 */
export function compareFeatures(
  names: readonly string[],
  served: Float64Array,
  told: Float64Array,
): FeatureConsistency[] {
  assert(served.length === told.length, "both sides have the same rows");
  const width = names.length;
  return names.map((name, f) => {
    let [compared, mismatches, missing, extra] = [0, 0, 0, 0];
    let [difference, size, maxDifference] = [0, 0, 0];
    for (let i = f; i < served.length; i += width) {
      const [a, b] = [served[i]!, told[i]!];
      compared++;
      if (Object.is(a, b) || a === b) {
        if (!Number.isNaN(a)) size += 2 * Math.abs(a);
        continue;
      }
      mismatches++;
      if (Number.isNaN(b)) missing++;
      else if (Number.isNaN(a)) extra++;
      else {
        difference += Math.abs(a - b);
        size += Math.abs(a) + Math.abs(b);
        maxDifference = Math.max(maxDifference, Math.abs(a - b));
      }
    }
    const smape = size === 0 ? 0 : difference / size;
    return { name, compared, mismatches, missing, extra, smape, maxDifference };
  });
}

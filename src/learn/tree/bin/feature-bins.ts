/**
 * The bins of one feature, found on a sample (LightGBM's `BinMapper::FindBin`). A number's bin is the
 * first whose upper bound is not below it; NaN has the last bin. A category has a bin of its own, the
 * frequent first; bin 0 is for missing, negative, rare and unseen ones. O(n log n) in the sample.
 */
import type { TreeOptions } from "../options.ts";
import { boundsWithZeroBin, type Distinct, ZERO_THRESHOLD } from "./greedy-bins.ts";
import { nextUp } from "./next-up.ts";

/** What is missing in a feature: nothing, zero or NaN. Two bits of a node's decision type. */
export const MISSING = { none: 0, zero: 1, nan: 2 } as const;
export type Missing = (typeof MISSING)[keyof typeof MISSING];

/** Part of the rows above which a bin that is not zero's counts as the most frequent. */
const SPARSE_PART = 0.7;
/** Part of the rows whose categories get bins, whatever `maxBin`. */
const CATEGORY_PART = Math.fround(0.99);

export interface FeatureBins {
  readonly isCategorical: boolean;
  readonly count: number;
  readonly missing: Missing;
  /** Of a numeric feature: inclusive upper bounds, ascending; NaN last where `missing` is nan. */
  readonly bounds: Float64Array;
  /** Of a categorical feature: the category of each bin, −1 for bin 0. */
  readonly categories: Int32Array;
  /** The bin of 0. */
  readonly zeroBin: number;
  /** The bin whose sums follow from the others'. 0 when bin 0 is not kept apart. */
  readonly mostFrequentBin: number;
  /** Whether no split can come of the feature. */
  readonly isTrivial: boolean;
  /** As `model.txt` tells it: "[min:max]" or "−1:5:2" as pairs of numbers. */
  readonly min: number;
  readonly max: number;
}

/**
 * @param sampled values of the sampled rows that are not zero, ascending, NaN last
 * @param total sampled rows, zeros among them
 * @param minSplitData rows that a split needs on each side, scaled to the sample
 */
export function findFeatureBins(
  sampled: Float64Array,
  total: number,
  isCategorical: boolean,
  minSplitData: number,
  options: TreeOptions,
): FeatureBins {
  let present = sampled.length;
  while (present > 0 && Number.isNaN(sampled[present - 1]!)) present--;
  const keepsNan = options.useMissing && !options.zeroAsMissing;
  const nanCount = keepsNan ? sampled.length - present : 0;
  const distinct = distinctValues(sampled.subarray(0, present), total - present - nanCount);
  const found = isCategorical
    ? categoryBins(distinct, total, nanCount, options)
    : numberBins(distinct, total, nanCount, options);
  const { values } = distinct;
  const max = values[values.length - 1]!;
  return featureBinsOf(found, values[0]!, max, total, minSplitData, options);
}

/** Bins before it is known whether they are of use. */
export interface FoundBins {
  readonly isCategorical: boolean;
  readonly missing: Missing;
  readonly bounds: Float64Array;
  readonly categories: Int32Array;
  /** Sampled rows in each bin. */
  readonly counts: readonly number[];
}

/** Values that differ by more than one step of a double; zero where it belongs in the order. */
function distinctValues(sorted: Float64Array, zeroCount: number): Distinct {
  const n = sorted.length;
  const values = new Float64Array(n + 1);
  const counts = new Int32Array(n + 1);
  let length = 0;
  const push = (value: number, count: number): void => {
    values[length] = value;
    counts[length++] = count;
  };
  if (n === 0 || (sorted[0]! > 0 && zeroCount > 0)) push(0, zeroCount);
  if (n > 0) push(sorted[0]!, 1);
  for (let i = 1; i < n; i++) {
    const value = sorted[i]!;
    const before = sorted[i - 1]!;
    if (isNeighbour(before, value)) {
      values[length - 1] = value;
      counts[length - 1]!++;
      continue;
    }
    if (before < 0 && value > 0) push(0, zeroCount);
    values[length] = value;
    counts[length++] = 1;
  }
  if (n > 0 && sorted[n - 1]! < 0 && zeroCount > 0) push(0, zeroCount);
  return { values: values.subarray(0, length), counts: counts.subarray(0, length) };
}

/** Whether nothing lies between two values in order; the bits are looked at only where it is close. */
function isNeighbour(value: number, above: number): boolean {
  if (above === value) return true;
  if (above - value > Math.abs(value) * 1e-15 + 1e-300) return false;
  return above <= nextUp(value);
}

function numberBins(
  distinct: Distinct,
  total: number,
  nanCount: number,
  options: TreeOptions,
): FoundBins {
  const maxBin = nanCount > 0 ? options.maxBin - 1 : options.maxBin;
  const bounds = boundsWithZeroBin(distinct, maxBin, total - nanCount, options.minDataInBin);
  const counts = new Array<number>(bounds.length).fill(0);
  let bin = 0;
  for (let i = 0; i < distinct.values.length; i++) {
    while (bin < bounds.length - 1 && distinct.values[i]! > bounds[bin]!) bin++;
    counts[bin]! += distinct.counts[i]!;
  }
  return numberBinsOf(bounds, counts, nanCount, options);
}

/**
 * @param bounds upper bounds of the bins of what is not NaN, the last Infinity
 * @param counts sampled rows in each
 * @param nanCount sampled NaN, where that has a bin
 */
export function numberBinsOf(
  bounds: ArrayLike<number>,
  counts: readonly number[],
  nanCount: number,
  { useMissing, zeroAsMissing }: TreeOptions,
): FoundBins {
  const isNan = nanCount > 0;
  const isZero = useMissing && zeroAsMissing && bounds.length !== 2;
  const all = new Float64Array(bounds.length + (isNan ? 1 : 0)).fill(Number.NaN);
  all.set(bounds);
  return {
    isCategorical: false,
    missing: isNan ? MISSING.nan : isZero ? MISSING.zero : MISSING.none,
    bounds: all,
    categories: new Int32Array(0),
    counts: isNan ? [...counts, nanCount] : counts,
  };
}

function categoryBins(
  distinct: Distinct,
  total: number,
  nanCount: number,
  { maxBin, minDataInBin }: TreeOptions,
): FoundBins {
  let missingCount = nanCount;
  const countOf = new Map<number, number>();
  distinct.values.forEach((value, i) => {
    const category = Math.trunc(value);
    if (category < 0) missingCount += distinct.counts[i]!;
    else countOf.set(category, (countOf.get(category) ?? 0) + distinct.counts[i]!);
  });
  const none = { isCategorical: true, missing: MISSING.nan, bounds: new Float64Array(0) } as const;
  if (total - missingCount <= 0) return { ...none, categories: new Int32Array(0), counts: [total] };
  const byCount = [...countOf].sort((a, b) => b[1] - a[1]);
  const enough = Math.trunc(Math.fround(Math.fround(total - missingCount) * CATEGORY_PART) + 0.5);
  const most = Math.min(byCount.length + (missingCount > 0 ? 1 : 0), maxBin);
  const categories = [-1];
  const counts = [0];
  let used = 0;
  for (const [category, count] of byCount) {
    if (used >= enough && categories.length >= most) break;
    if (count < minDataInBin && categories.length > 2) break;
    categories.push(category);
    counts.push(count);
    used += count;
  }
  counts[0] = total - used;
  const isAll = categories.length - 1 === byCount.length && missingCount === 0;
  return {
    ...none,
    missing: isAll ? MISSING.none : MISSING.nan,
    categories: Int32Array.from(categories),
    counts,
  };
}

/** @param min the least of the sampled values, zeros among them @param max the greatest */
export function featureBinsOf(
  { counts, ...found }: FoundBins,
  min: number,
  max: number,
  total: number,
  minSplitData: number,
  { featurePreFilter }: TreeOptions,
): FeatureBins {
  const count = counts.length;
  const isTrivial =
    count <= 1 ||
    (featurePreFilter && isUnsplittable(counts, total, minSplitData, found.isCategorical));
  const bins = {
    ...found,
    count,
    isTrivial,
    zeroBin: 0,
    mostFrequentBin: 0,
    min,
    max,
  };
  if (isTrivial) return bins;
  const zeroBin = found.isCategorical
    ? Math.max(0, found.categories.indexOf(0))
    : found.bounds.findIndex((bound) => bound >= 0);
  const most = counts.indexOf(Math.max(...counts));
  const mostFrequentBin = counts[most]! / total < SPARSE_PART ? zeroBin : most;
  return { ...bins, zeroBin, mostFrequentBin };
}

/** LightGBM's `NeedFilter`: no cut leaves enough rows on both sides. */
function isUnsplittable(
  counts: readonly number[],
  total: number,
  minSplitData: number,
  isCategorical: boolean,
): boolean {
  if (isCategorical && counts.length > 2) return false;
  let left = 0;
  for (let i = 0; i < counts.length - 1; i++) {
    left = isCategorical ? counts[i]! : left + counts[i]!;
    if (left >= minSplitData && total - left >= minSplitData) return false;
  }
  return true;
}

/** Whether a value is kept in the sample; zeros are only counted. */
export function isSampled(value: number): boolean {
  return value > ZERO_THRESHOLD || value < -ZERO_THRESHOLD || Number.isNaN(value);
}

/**
 * A matrix in bins: one byte a value (two where a feature has more than 256 bins), column after column.
 * This is all that growing trees looks at; it can be kept and used for many trainings on the same rows.
 * O(values · log bins).
 */
import { WaymarkError } from "../../../base/error.ts";
import { checkMatrix, columnLabel, type Matrix } from "../../matrix.ts";
import { Lcg } from "../lcg.ts";
import { seedsOf, type TreeOptions } from "../options.ts";
import { type FeatureBins, findFeatureBins, isSampled, MISSING } from "./feature-bins.ts";

/** Split nodes hold a bit for every code up to the largest that goes left. */
const MAX_CATEGORY = 2 ** 24;

export type Bins = Uint8Array | Uint16Array;

export interface BinnedData {
  readonly rows: number;
  /** Of every column of the matrix, used or not. */
  readonly allBins: readonly FeatureBins[];
  readonly names: readonly string[];
  /** The columns that a split may use, ascending; "feature" means an index into this from here on. */
  readonly used: Int32Array;
  /** By feature. */
  readonly features: readonly FeatureBins[];
  /** Int32Array (features + 1): where each feature's bins begin in a histogram. */
  readonly firstBin: Int32Array;
  /** Bins (features × rows), column-major. */
  readonly columns: Bins;
}

/** @throws WaymarkError TABLE_INVALID on an infinite value or a category above 2²⁴ */
export function binMatrix(x: Matrix, options: TreeOptions): BinnedData {
  checkMatrix(x, { allowsMissing: true });
  const isCategorical = new Uint8Array(x.columns);
  for (const j of options.categorical) {
    checkCategories(x, j);
    isCategorical[j] = 1;
  }
  const sampleCount = Math.min(x.rows, options.binSampleCount);
  const sample = new Lcg(seedsOf(options.seed).data).sample(x.rows, sampleCount);
  const minSplitData = Math.trunc((options.minDataInLeaf * sample.length) / x.rows);
  const kept = new Float64Array(sample.length);
  const allBins = Array.from({ length: x.columns }, (_, j) => {
    let count = 0;
    for (let s = 0; s < sample.length; s++) {
      const value = x.values[sample[s]! * x.columns + j]!;
      if (isSampled(value)) kept[count++] = value;
    }
    const values = kept.subarray(0, count);
    return findFeatureBins(values, sample.length, isCategorical[j] === 1, minSplitData, options);
  });
  const names = x.names ?? Array.from({ length: x.columns }, (_, j) => `Column_${j}`);
  return binLike(x, allBins, names);
}

/** Other rows of the same columns, in the bins that training found. */
export function binLikeTraining(x: Matrix, data: BinnedData): BinnedData {
  checkMatrix(x, { allowsMissing: true });
  if (x.columns !== data.allBins.length) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `the matrix has ${x.columns} columns; the trees were trained on ${data.allBins.length}`,
    );
  }
  return binLike(x, data.allBins, data.names);
}

function binLike(x: Matrix, allBins: readonly FeatureBins[], names: readonly string[]): BinnedData {
  const used = Int32Array.from(allBins.flatMap((bins, j) => (bins.isTrivial ? [] : [j])));
  const features = Array.from(used, (j) => allBins[j]!);
  const firstBin = new Int32Array(features.length + 1);
  features.forEach(({ count }, f) => {
    firstBin[f + 1] = firstBin[f]! + count;
  });
  const isWide = features.some(({ count }) => count > 256);
  const length = features.length * x.rows;
  const columns = isWide ? new Uint16Array(length) : new Uint8Array(length);
  features.forEach((bins, f) => {
    const column = columns.subarray(f * x.rows, (f + 1) * x.rows);
    if (bins.isCategorical) fillCategories(column, x, used[f]!, bins);
    else fillNumbers(column, x, used[f]!, bins);
  });
  return { rows: x.rows, allBins, names, used, features, firstBin, columns };
}

/** Binary search without branches, over the bounds filled up with Infinity to a power of two. */
function fillNumbers(column: Bins, x: Matrix, j: number, bins: FeatureBins): void {
  const { values, columns: stride, rows } = x;
  const finite = bins.missing === MISSING.nan ? bins.count - 1 : bins.count;
  const size = 1 << Math.ceil(Math.log2(Math.max(2, finite)));
  const bounds = new Float64Array(size).fill(Infinity);
  bounds.set(bins.bounds.subarray(0, finite));
  const nanBin = bins.missing === MISSING.nan ? bins.count - 1 : bins.zeroBin;
  for (let i = 0, at = j; i < rows; i++, at += stride) {
    const value = values[at]!;
    let low = 0;
    for (let half = size >> 1; half > 0; half >>= 1) {
      low += value > bounds[low + half - 1]! ? half : 0;
    }
    column[i] = Number.isNaN(value) ? nanBin : low;
  }
}

function fillCategories(column: Bins, x: Matrix, j: number, bins: FeatureBins): void {
  const binOf = new Map<number, number>();
  bins.categories.forEach((category, bin) => {
    if (bin > 0) binOf.set(category, bin);
  });
  for (let i = 0; i < x.rows; i++) {
    column[i] = binOf.get(Math.trunc(x.values[i * x.columns + j]!)) ?? 0;
  }
}

function checkCategories(x: Matrix, j: number): void {
  if (!Number.isInteger(j) || j < 0 || j >= x.columns) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `categorical names column ${j}; the matrix has ${x.columns} columns`,
    );
  }
  for (let i = 0; i < x.rows; i++) {
    const value = x.values[i * x.columns + j]!;
    if (value <= MAX_CATEGORY || Number.isNaN(value)) continue;
    throw new WaymarkError(
      "TABLE_INVALID",
      `${columnLabel(x, j)}, row ${i} is ${value}: a category is a code up to ${MAX_CATEGORY}`,
    );
  }
}

/**
 * A matrix in bins: one byte a value (two where a feature has more than 256 bins), column after column.
 * This is all that growing trees looks at; it can be kept and used for many trainings on the same rows.
 * O(values · log bins) at most.
 */
import { WaymarkError } from "../../../base/error.ts";
import { checkMatrix, columnLabel, type Matrix } from "../../matrix.ts";
import type { Parallel } from "../grow/parallel.ts";
import { Lcg } from "../lcg.ts";
import { seedsOf, type TreeOptions } from "../options.ts";
import type { Bins } from "./encode.ts";
import { canEncodeRows, encodeRows, encodeRowsPlainly } from "./encode-rows.ts";
import type { FeatureBins } from "./feature-bins.ts";
import { createSampleBins } from "./sample-bins.ts";

/** Split nodes hold a bit for every code up to the largest that goes left. */
const MAX_CATEGORY = 2 ** 24;

/** Bins of two doubles in a cache line: threads that sum different features never write to the same. */
const BIN_GROUP = 4;

/** Rows and columns that are sampled at a time: what caches hold. */
const ROW_BLOCK = 512;
const COLUMN_GROUP = 8;
/** Rows from which WebAssembly is started for them, and threads are called. */
const WORTH_WAKING = 2000;

export interface BinnedData {
  readonly rows: number;
  /** Of every column of the matrix, used or not. */
  readonly allBins: readonly FeatureBins[];
  readonly names: readonly string[];
  /** The columns that a split may use, ascending; "feature" means an index into this from here on. */
  readonly used: Int32Array;
  /** By feature. */
  readonly features: readonly FeatureBins[];
  /** Int32Array (features + 1): where each feature's bins begin in a histogram, in multiples of 4. */
  readonly firstBin: Int32Array;
  /** Bins (features × rows), column-major. */
  readonly columns: Bins;
}

/** @throws WaymarkError TABLE_INVALID on an infinite value or a category above 2²⁴ */
export function binMatrix(x: Matrix, options: TreeOptions, parallel?: Parallel): BinnedData {
  checkMatrix(x, { allowsMissing: true });
  const isCategorical = new Uint8Array(x.columns);
  for (const j of options.categorical) {
    checkCategories(x, j);
    isCategorical[j] = 1;
  }
  const sampleCount = Math.min(x.rows, options.binSampleCount);
  const sample = new Lcg(seedsOf(options.seed).data).sample(x.rows, sampleCount);
  const minSplitData = Math.trunc((options.minDataInLeaf * sample.length) / x.rows);
  const width = Math.min(COLUMN_GROUP, x.columns);
  const rule = { rows: sample.length, minSplitData, options };
  const team = sample.length >= WORTH_WAKING ? parallel : undefined;
  const bins = createSampleBins(width, rule, team);
  const allBins: FeatureBins[] = [];
  for (let first = 0; first < x.columns; first += width) {
    const end = Math.min(first + width, x.columns);
    sampleColumns(x, sample, first, end, bins.values);
    allBins.push(...bins.find(isCategorical.subarray(first, end)));
  }
  bins.close();
  const names = x.names ?? Array.from({ length: x.columns }, (_, j) => `Column_${j}`);
  return binLike(x, allBins, names, parallel);
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

/** Writes the sampled values of columns `first … end`, which share cache lines, column after column. */
function sampleColumns(
  { values, columns }: Matrix,
  sample: Int32Array,
  first: number,
  end: number,
  out: Float64Array,
): void {
  const count = sample.length;
  for (let begin = 0; begin < count; begin += ROW_BLOCK) {
    const stop = Math.min(count, begin + ROW_BLOCK);
    for (let j = first; j < end; j++) {
      const at = (j - first) * count;
      for (let s = begin; s < stop; s++) out[at + s] = values[sample[s]! * columns + j]!;
    }
  }
}

function binLike(
  x: Matrix,
  allBins: readonly FeatureBins[],
  names: readonly string[],
  parallel?: Parallel,
): BinnedData {
  const used = Int32Array.from(allBins.flatMap((bins, j) => (bins.isTrivial ? [] : [j])));
  const features = Array.from(used, (j) => allBins[j]!);
  const firstBin = new Int32Array(features.length + 1);
  features.forEach(({ count }, f) => {
    firstBin[f + 1] = firstBin[f]! + BIN_GROUP * Math.ceil(count / BIN_GROUP);
  });
  const columns =
    x.rows >= WORTH_WAKING && canEncodeRows(x, features, parallel)
      ? encodeRows(x, used, features, parallel)
      : encodeRowsPlainly(x, used, features);
  return { rows: x.rows, allBins, names, used, features, firstBin, columns };
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

/**
 * A matrix in bins: one byte a value (two where a feature has more than 256 bins), column after column.
 * This is all that growing trees looks at; it can be kept and used for many trainings on the same rows.
 * O(values · log bins).
 */
import { WaymarkError } from "../../../base/error.ts";
import { checkMatrix, columnLabel, type Matrix } from "../../matrix.ts";
import type { Parallel } from "../grow/parallel.ts";
import { Lcg } from "../lcg.ts";
import { seedsOf, type TreeOptions } from "../options.ts";
import { createColumnSorter } from "./column-sorter.ts";
import { type Bins, createEncode } from "./encode.ts";
import { type FeatureBins, findFeatureBins, isSampled } from "./feature-bins.ts";

/** Split nodes hold a bit for every code up to the largest that goes left. */
const MAX_CATEGORY = 2 ** 24;

/** Rows that are binned at a time, and columns that are sampled at a time: what caches hold. */
const ROW_BLOCK = 512;
const COLUMN_GROUP = 8;
/** Sampled rows from which threads are called. */
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
  /** Int32Array (features + 1): where each feature's bins begin in a histogram. */
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
  const allBins: FeatureBins[] = [];
  const isMany = sample.length >= WORTH_WAKING;
  const width = Math.min(COLUMN_GROUP, x.columns);
  const sorter = createColumnSorter(width, sample.length, isMany ? parallel : undefined);
  for (let first = 0; first < x.columns; first += COLUMN_GROUP) {
    const counts = sampleColumns(x, sample, first, sorter.columns);
    sorter.sort(counts);
    for (let k = 0; k < Math.min(width, x.columns - first); k++) {
      const sorted = sorter.columns[k]!.subarray(0, counts[k]);
      const isCode = isCategorical[first + k] === 1;
      allBins.push(findFeatureBins(sorted, sample.length, isCode, minSplitData, options));
    }
  }
  sorter.close();
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

/**
 * The sampled values, zeros left out, of the columns from `first` on that share cache lines.
 * @returns Int32Array (columns of `kept`): how many of each
 */
function sampleColumns(
  x: Matrix,
  sample: Int32Array,
  first: number,
  kept: readonly Float64Array[],
): Int32Array {
  const width = Math.min(kept.length, x.columns - first);
  const counts = new Int32Array(kept.length);
  const { values, columns } = x;
  for (let begin = 0; begin < sample.length; begin += ROW_BLOCK) {
    const end = Math.min(sample.length, begin + ROW_BLOCK);
    for (let k = 0; k < width; k++) {
      const to = kept[k]!;
      let count = counts[k]!;
      for (let s = begin; s < end; s++) {
        const value = values[sample[s]! * columns + first + k]!;
        if (isSampled(value)) to[count++] = value;
      }
      counts[k] = count;
    }
  }
  return counts;
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
  const encoders = features.map(createEncode);
  for (let begin = 0; begin < x.rows; begin += ROW_BLOCK) {
    const count = Math.min(ROW_BLOCK, x.rows - begin);
    encoders.forEach((encode, f) => {
      const at = begin * x.columns + used[f]!;
      encode(x.values, at, x.columns, count, columns, f * x.rows + begin);
    });
  }
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

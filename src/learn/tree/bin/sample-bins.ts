/**
 * Finds the bins of some columns at a time from sampled values, on several threads where there are: each
 * sorts its columns and cuts them. Where WebAssembly SIMD cannot be had, feature-bins does the same with
 * the engine's own sort. O(values).
 */
import type { Parallel } from "../grow/parallel.ts";
import { compiledCode, startCode } from "../grow/simd-run.ts";
import type { TreeOptions } from "../options.ts";
import {
  type FeatureBins,
  featureBinsOf,
  findFeatureBins,
  isSampled,
  numberBinsOf,
} from "./feature-bins.ts";

export interface SampleBins {
  /** Float64Array (columns × sampled rows): to be filled, column after column; `find` overwrites it. */
  readonly values: Float64Array;
  /** @param isCategorical of the columns that are filled, which may be fewer than there is room for */
  find(isCategorical: Uint8Array): FeatureBins[];
  close(): void;
}

/** What is known of all columns. */
export interface SampleRule {
  /** Sampled rows. */
  readonly rows: number;
  /** As `findFeatureBins` has it. */
  readonly minSplitData: number;
  readonly options: TreeOptions;
}

/** As in assembly/struct.ts and assembly/bounds.ts. */
const SAMPLED_BYTES = 16;
const FOUND_BYTES = 40;
const TABLES_BYTES = 8192;
const DISTINCT_BYTES = 12;

export function createSampleBins(
  width: number,
  rule: SampleRule,
  parallel: Parallel | undefined,
): SampleBins {
  if (compiledCode(parallel) === undefined) return createPlainSampleBins(width, rule);
  const { rows, minSplitData, options } = rule;
  const threads = Math.min(parallel?.threads ?? 1, width);
  const columnBytes = 8 * rows;
  // Cuts left and right of zero may be one bound each too many before the last is overwritten.
  const mostBounds = options.maxBin + 3;
  const sampledAt = 64;
  const foundAt = sampledAt + SAMPLED_BYTES;
  const boundsAt = foundAt + width * FOUND_BYTES;
  const countsAt = boundsAt + width * 8 * mostBounds;
  const valuesAt = Math.ceil((countsAt + width * 4 * mostBounds) / 64) * 64;
  const scratchAt = valuesAt + width * columnBytes;
  const scratchBytes = Math.ceil((TABLES_BYTES + DISTINCT_BYTES * (rows + 1)) / 64) * 64;
  const { buffer, share, stop } = startCode(scratchAt + threads * scratchBytes, parallel);
  new Int32Array(buffer, sampledAt, 4).set([
    rows,
    options.maxBin,
    Math.min(options.minDataInBin, 2 ** 31 - 1),
    options.useMissing && !options.zeroAsMissing ? 1 : 0,
  ]);
  const found = Array.from({ length: width }, (_, k) => {
    const at = foundAt + k * FOUND_BYTES;
    const words = new Int32Array(buffer, at, 6);
    words.set([boundsAt + k * 8 * mostBounds, countsAt + k * 4 * mostBounds], 4);
    return { words, range: new Float64Array(buffer, at + 24, 2) };
  });
  const values = new Float64Array(buffer, valuesAt, width * rows);
  return {
    values,
    find(isCategorical) {
      const columns = isCategorical.length;
      const calls = Array.from({ length: threads }, (_, thread) => [
        ...[sampledAt, valuesAt, columnBytes, foundAt, FOUND_BYTES],
        scratchAt + thread * scratchBytes,
        Math.floor((thread * columns) / threads),
        Math.floor(((thread + 1) * columns) / threads),
      ]);
      isCategorical.forEach((isCode, k) => {
        found[k]!.words[0] = isCode;
      });
      share("findBins", calls);
      return Array.from(isCategorical, (isCode, k): FeatureBins => {
        const { words, range } = found[k]!;
        if (isCode === 1) {
          const sorted = values.subarray(k * rows, k * rows + words[1]!);
          return findFeatureBins(sorted, rows, true, minSplitData, options);
        }
        const [, , nans, count, at, countAt] = words as unknown as number[];
        const bounds = new Float64Array(buffer, at, count);
        const counts = Array.from(new Int32Array(buffer, countAt, count));
        const bins = numberBinsOf(bounds, counts, nans!, options);
        return featureBinsOf(bins, range[0]!, range[1]!, rows, minSplitData, options);
      });
    },
    close: stop,
  };
}

export function createPlainSampleBins(width: number, rule: SampleRule): SampleBins {
  const { rows, minSplitData, options } = rule;
  const values = new Float64Array(width * rows);
  return {
    values,
    find: (isCategorical) =>
      Array.from(isCategorical, (isCode, k) => {
        const sorted = values
          .subarray(k * rows, (k + 1) * rows)
          .filter(isSampled)
          .sort();
        return findFeatureBins(sorted, rows, isCode === 1, minSplitData, options);
      }),
    close() {},
  };
}

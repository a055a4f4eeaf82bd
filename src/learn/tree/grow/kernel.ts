/**
 * The inner loops of growing trees: sums of gradients and hessians per bin over the rows of a leaf, the
 * partition of a leaf's rows, and what goes over all rows once a tree. A kernel owns the memory it works
 * on; the one in plain TypeScript here and the one in WebAssembly SIMD (simd-kernel) give the same bits,
 * because every bin adds its rows in the same order.
 */
import type { BinnedData } from "../bin/binned.ts";
import type { GradientFormula, Labels } from "../objective/objective.ts";
import type { Parallel } from "./parallel.ts";
import type { ScanRequest } from "./scan-request.ts";
import type { Leaf } from "./split.ts";

export interface HistogramKernel {
  /** Float32Array (rows × 2): gradient and hessian of every row, to be filled before a tree. */
  readonly gradients: Float32Array;
  /** Float64Array (classes × rows): raw scores, class after class. */
  readonly score: Float64Array;
  /** Per slot Float64Array (bins × 2): sum of gradients, sum of hessians; a view that stays valid. */
  readonly histograms: readonly Float64Array[];
  /** Begins a tree: one leaf from 0 on, of the rows given. */
  setRows(inBag: Int32Array): void;
  /** Int32Array (rows of the leaf), in the order of `setRows`. */
  rowsOf(leaf: Leaf): Int32Array;
  /** Fills `gradients` from `score`, if it knows how. @returns whether it does */
  fillGradients(formula: GradientFormula): boolean;
  /** Gradients and hessians of the first rows of `setRows`, added up in their order. */
  sumRows(count: number): { readonly gradient: number; readonly hessian: number };
  /**
   * Fills the smaller leaf's slot with the sums over its rows; the larger one's, which holds the
   * parent's, is less by these.
   * @returns what was asked for, in strides of SCAN, two a feature: the smaller leaf's, the larger's;
   * undefined where it does not scan
   */
  sum(smaller: Leaf, larger?: Leaf, request?: ScanRequest): Float64Array | undefined;
  /**
   * Splits the leaf of the rows `begin … end`: those whose bin goes left come first, each side in its
   * order.
   * @param goesLeft Uint8Array (bins of the feature), 0 or 1
   * @returns how many go left
   */
  partition(feature: number, goesLeft: Uint8Array, begin: number, end: number): number;
  /** Adds each leaf's value to the scores of class `k` of its rows. */
  addLeaves(leaves: readonly Leaf[], values: Float64Array, k: number): void;
  /** After the last tree: lets threads go. */
  close(): void;
}

/** What a kernel may know of a training beside its bins. */
export interface KernelWork {
  readonly classes: number;
  /** Undefined where gradients are the caller's. */
  readonly labels?: Labels;
  readonly parallel?: Parallel | undefined;
}

/** O(rows · features) for `sum`; row-major bins keep a row's features in one cache line. */
export function createPlainKernel(
  data: BinnedData,
  slots: number,
  { classes }: KernelWork = { classes: 1 },
): HistogramKernel {
  const { firstBin, columns } = data;
  const features = data.features.length;
  const bins = new (data.columns.constructor as typeof Uint8Array)(columns.length);
  fillRowMajor(bins, data);
  const gradients = new Float32Array(data.rows * 2);
  const score = new Float64Array(data.rows * classes);
  const rows = new Int32Array(data.rows);
  const scratch = new Int32Array(data.rows);
  const size = firstBin[features]! * 2;
  const histograms = Array.from({ length: slots }, () => new Float64Array(size));
  const build = (histogram: Float64Array, begin: number, end: number): void => {
    histogram.fill(0);
    for (let i = begin; i < end; i++) {
      const row = rows[i]!;
      const gradient = gradients[2 * row]!;
      const hessian = gradients[2 * row + 1]!;
      const at = row * features;
      for (let f = 0; f < features; f++) {
        const bin = 2 * (firstBin[f]! + bins[at + f]!);
        histogram[bin]! += gradient;
        histogram[bin + 1]! += hessian;
      }
    }
  };
  return {
    gradients,
    score,
    histograms,
    setRows(inBag) {
      rows.set(inBag);
    },
    rowsOf: ({ begin, rows: count }) => rows.slice(begin, begin + count),
    fillGradients: () => false,
    sumRows(count) {
      let gradient = 0;
      let hessian = 0;
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        gradient += gradients[2 * row]!;
        hessian += gradients[2 * row + 1]!;
      }
      return { gradient, hessian };
    },
    sum(smaller, larger) {
      const sums = histograms[smaller.slot]!;
      build(sums, smaller.begin, smaller.begin + smaller.rows);
      fixMostFrequent(data, sums, smaller);
      if (larger === undefined) return undefined;
      const parent = histograms[larger.slot]!;
      for (let i = 0; i < size; i++) parent[i]! -= sums[i]!;
      return undefined;
    },
    partition(feature, goesLeft, begin, end) {
      const column = columns.subarray(feature * data.rows, (feature + 1) * data.rows);
      let left = begin;
      let right = 0;
      for (let i = begin; i < end; i++) {
        const row = rows[i]!;
        const isLeft = goesLeft[column[row]!]!;
        rows[left] = row;
        scratch[right] = row;
        left += isLeft;
        right += 1 - isLeft;
      }
      rows.set(scratch.subarray(0, right), left);
      return left - begin;
    },
    addLeaves(leaves, values, k) {
      leaves.forEach(({ begin, rows: count }, leaf) => {
        const value = values[leaf]!;
        for (let i = begin; i < begin + count; i++) score[k * data.rows + rows[i]!]! += value;
      });
    },
    close() {},
  };
}

/** The most frequent bin gets what the others leave of the leaf's sums, as LightGBM has it. */
function fixMostFrequent(data: BinnedData, histogram: Float64Array, leaf: Leaf): void {
  data.features.forEach(({ mostFrequentBin, count }, f) => {
    if (mostFrequentBin === 0) return;
    const first = data.firstBin[f]!;
    let { gradient, hessian } = leaf;
    for (let bin = 0; bin < count; bin++) {
      if (bin === mostFrequentBin) continue;
      gradient -= histogram[2 * (first + bin)]!;
      hessian -= histogram[2 * (first + bin) + 1]!;
    }
    histogram[2 * (first + mostFrequentBin)] = gradient;
    histogram[2 * (first + mostFrequentBin) + 1] = hessian;
  });
}

/** Rows whose bins are turned at a time, so that both sides stay in the cache. */
const TURN_BLOCK = 1024;

function fillRowMajor(
  bins: Uint8Array | Uint16Array,
  { columns, rows, features }: BinnedData,
): void {
  const count = features.length;
  for (let begin = 0; begin < rows; begin += TURN_BLOCK) {
    const end = Math.min(rows, begin + TURN_BLOCK);
    for (let f = 0; f < count; f++) {
      for (let i = begin, at = begin * count + f; i < end; i++, at += count) {
        bins[at] = columns[f * rows + i]!;
      }
    }
  }
}

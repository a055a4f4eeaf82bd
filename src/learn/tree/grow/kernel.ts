/**
 * The inner loops of growing trees: sums of gradients and hessians per bin over the rows of a leaf, and
 * the partition of a leaf's rows. A kernel owns the memory it works on; the one in plain TypeScript here
 * and the one in WebAssembly SIMD (simd-kernel) give the same bits, because every bin adds its rows in
 * the same order.
 */
import type { BinnedData } from "../bin/binned.ts";

export interface HistogramKernel {
  /** Float32Array (rows × 2): gradient and hessian of every row, to be filled before a tree. */
  readonly gradients: Float32Array;
  /** Int32Array (rows): row numbers, each leaf's in one stretch. */
  readonly rows: Int32Array;
  /** Per slot Float64Array (bins × 2): sum of gradients, sum of hessians; a view that stays valid. */
  readonly histograms: readonly Float64Array[];
  /** Fills a slot with the sums over `rows[begin … end)`. */
  build(slot: number, begin: number, end: number): void;
  /** Slot `from` less slot `other`: a parent becomes the larger child in O(bins). */
  subtract(from: number, other: number): void;
  /**
   * Puts those of `rows[begin … end)` first whose bin goes left, each side in its order.
   * @param goesLeft Uint8Array (bins of the feature), 0 or 1
   * @returns how many go left
   */
  partition(feature: number, goesLeft: Uint8Array, begin: number, end: number): number;
  /** After the last tree: lets threads go. */
  close(): void;
}

/** O(rows · features) for `build`; row-major bins keep a row's features in one cache line. */
export function createPlainKernel(data: BinnedData, slots: number): HistogramKernel {
  const { firstBin, columns } = data;
  const features = data.features.length;
  const bins = new (data.columns.constructor as typeof Uint8Array)(columns.length);
  fillRowMajor(bins, features, data, 0, features);
  const gradients = new Float32Array(data.rows * 2);
  const rows = new Int32Array(data.rows);
  const scratch = new Int32Array(data.rows);
  const size = firstBin[features]! * 2;
  const histograms = Array.from({ length: slots }, () => new Float64Array(size));
  return {
    gradients,
    rows,
    histograms,
    build(slot, begin, end) {
      const histogram = histograms[slot]!;
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
    },
    subtract(from, other) {
      const larger = histograms[from]!;
      const smaller = histograms[other]!;
      for (let i = 0; i < size; i++) larger[i]! -= smaller[i]!;
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
    close() {},
  };
}

/** Rows whose bins are turned at a time, so that both sides stay in the cache. */
const TURN_BLOCK = 1024;

/** Writes the bins of `count` features from `first` on, with a row every `stride` places. */
export function fillRowMajor(
  bins: Uint8Array | Uint16Array,
  stride: number,
  { columns, rows }: BinnedData,
  first: number,
  count: number,
): void {
  for (let begin = 0; begin < rows; begin += TURN_BLOCK) {
    const end = Math.min(rows, begin + TURN_BLOCK);
    for (let f = 0; f < count; f++) {
      const column = (first + f) * rows;
      for (let i = begin, at = begin * stride + f; i < end; i++, at += stride) {
        bins[at] = columns[column + i]!;
      }
    }
  }
}

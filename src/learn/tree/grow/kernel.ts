/**
 * The inner loop of growing trees: sums of gradients and hessians per bin over the rows of a leaf. A
 * kernel owns the memory it works on; one in plain TypeScript and one in WebAssembly SIMD (simd-kernel)
 * give the same sums bit for bit, because every bin adds its rows in the same order.
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
}

/** O(rows · features) for `build`; row-major bins keep a row's features in one cache line. */
export function createPlainKernel(data: BinnedData, slots: number): HistogramKernel {
  const { firstBin } = data;
  const features = data.features.length;
  const bins = rowMajor(data);
  const gradients = new Float32Array(data.rows * 2);
  const rows = new Int32Array(data.rows);
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
  };
}

function rowMajor({ columns, features, rows }: BinnedData): Uint8Array | Uint16Array {
  const width = features.length;
  const bins =
    columns instanceof Uint8Array
      ? new Uint8Array(columns.length)
      : new Uint16Array(columns.length);
  for (let f = 0; f < width; f++) {
    for (let i = 0, at = f; i < rows; i++, at += width) bins[at] = columns[f * rows + i]!;
  }
  return bins;
}

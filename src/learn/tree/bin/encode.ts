/**
 * From values to bins. For numbers a table of equal cells says between which bounds a value lies, so
 * that the binary search is left with a step or two; measured at a third of a search over all bounds.
 */
import { type FeatureBins, MISSING } from "./feature-bins.ts";

export type Bins = Uint8Array | Uint16Array;

/**
 * Writes the bins of `count` values, every `stride`-th from `at`, to `out` from `outAt`.
 */
export type Encode = (
  values: Float64Array,
  at: number,
  stride: number,
  count: number,
  out: Bins,
  outAt: number,
) => void;

/** Cells of the table, as in assembly/encode.ts: 4 KB, so that it stays in the nearest cache. */
export const CELLS = 2048;

export function createEncode(bins: FeatureBins): Encode {
  return bins.isCategorical ? categoryEncode(bins) : numberEncode(bins);
}

/** What a number's bin is found by. */
export interface EncodeTable {
  /** Inclusive upper bounds but the last bin's: a value beyond all these lies there. */
  readonly bounds: Float64Array;
  /** Where the first cell begins, and cells per unit. */
  readonly low: number;
  readonly perCell: number;
  /** Uint16Array (cells + 1): how many bounds lie in cells before each. */
  readonly start: Uint16Array;
  readonly nanBin: number;
}

export function encodeTable(bins: FeatureBins): EncodeTable {
  const isNan = bins.missing === MISSING.nan;
  const bounds = bins.bounds.slice(0, bins.count - (isNan ? 2 : 1));
  const low = bounds[0] ?? 0;
  const width = CELLS / ((bounds[bounds.length - 1] ?? 0) - low);
  const perCell = Number.isFinite(width) ? width : 0;
  const start = startOfCells(bounds, low, perCell);
  return { bounds, low, perCell, start, nanBin: isNan ? bins.count - 1 : bins.zeroBin };
}

function numberEncode(bins: FeatureBins): Encode {
  const { bounds, low, perCell, start, nanBin } = encodeTable(bins);
  return (values, at, stride, count, out, outAt) => {
    for (let i = 0, from = at; i < count; i++, from += stride) {
      const value = values[from]!;
      if (Number.isNaN(value)) {
        out[outAt + i] = nanBin;
        continue;
      }
      const cell = cellOf(value, low, perCell);
      let first = start[cell]!;
      let last = start[cell + 1]!;
      while (first < last) {
        const middle = (first + last) >> 1;
        if (value > bounds[middle]!) first = middle + 1;
        else last = middle;
      }
      out[outAt + i] = first;
    }
  };
}

/** Never falls as the value rises, which is all that the table needs of it. */
function cellOf(value: number, low: number, perCell: number): number {
  const place = (value - low) * perCell;
  return place >= CELLS ? CELLS - 1 : place > 0 ? place | 0 : 0;
}

function startOfCells(bounds: Float64Array, low: number, perCell: number): Uint16Array {
  const start = new Uint16Array(CELLS + 1);
  for (const bound of bounds) start[cellOf(bound, low, perCell) + 1]!++;
  for (let cell = 0; cell < CELLS; cell++) start[cell + 1]! += start[cell]!;
  return start;
}

function categoryEncode({ categories }: FeatureBins): Encode {
  const binOf = new Map<number, number>();
  categories.forEach((category, bin) => {
    if (bin > 0) binOf.set(category, bin);
  });
  return (values, at, stride, count, out, outAt) => {
    for (let i = 0, from = at; i < count; i++, from += stride) {
      out[outAt + i] = binOf.get(Math.trunc(values[from]!)) ?? 0;
    }
  };
}

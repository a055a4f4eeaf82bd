/**
 * Sorts the sampled values of some columns at a time, on several threads where there are: half of what
 * finding bins costs. Where WebAssembly SIMD cannot be had the engine's own sort does the same.
 * O(values).
 */
import type { Parallel } from "../grow/parallel.ts";
import { compiledCode, startCode } from "../grow/simd-run.ts";

export interface ColumnSorter {
  /** Float64Array (sampled rows) each: to be filled, then sorted. */
  readonly columns: readonly Float64Array[];
  /** Sorts the first `counts[k]` values of each column, ascending, NaN last. */
  sort(counts: Int32Array): void;
  close(): void;
}

/** What `sortColumns` needs beside a column, in bytes. */
const TABLES_BYTES = 8192;

export function createColumnSorter(
  width: number,
  length: number,
  parallel: Parallel | undefined,
): ColumnSorter {
  if (compiledCode(parallel) === undefined) return plainSorter(width, length);
  const threads = Math.min(parallel?.threads ?? 1, width);
  const columnBytes = 8 * length;
  const countsAt = 64;
  const firstAt = Math.ceil((countsAt + 4 * width) / 64) * 64;
  const scratchAt = firstAt + width * columnBytes;
  const scratchBytes = TABLES_BYTES + columnBytes;
  const { buffer, share, stop } = startCode(scratchAt + threads * scratchBytes, parallel);
  const counted = new Int32Array(buffer, countsAt, width);
  const calls = Array.from({ length: threads }, (_, thread) => {
    const from = Math.floor((thread * width) / threads);
    const to = Math.floor(((thread + 1) * width) / threads);
    return [firstAt, columnBytes, countsAt, from, to, scratchAt + thread * scratchBytes];
  });
  return {
    columns: Array.from(
      { length: width },
      (_, k) => new Float64Array(buffer, firstAt + k * columnBytes, length),
    ),
    sort(counts) {
      counted.set(counts);
      share("sortColumns", calls);
    },
    close: stop,
  };
}

function plainSorter(width: number, length: number): ColumnSorter {
  const columns = Array.from({ length: width }, () => new Float64Array(length));
  return {
    columns,
    sort(counts) {
      columns.forEach((column, k) => {
        column.subarray(0, counts[k]!).sort();
      });
    },
    close() {},
  };
}

/**
 * Histograms that can be merged: fixed edges chosen on the reference, counts that add up over shards and
 * days, with values outside the edges and missing ones counted apart. Drift is then read from two of them
 * without any row. O(log edges) per value.
 */
import { WaymarkError } from "../../base/error.ts";
import { quantileSorted } from "../order.ts";

export interface Histogram {
  /** Ascending; bin i is [edge i, edge i + 1), the last one closed. */
  readonly edges: Float64Array;
  /** Below the first edge, the bins, above the last edge: edges + 1 counts. */
  readonly counts: Float64Array;
  /** Values that were NaN. */
  readonly missing: number;
}

/**
 * Edges of bins of equal width over both samples, their number by Sturges' rule (1926) as numpy counts
 * them: ⌈log₂ n + 1⌉ at most.
 */
export function sturgesEdges(...samples: readonly ArrayLike<number>[]): Float64Array {
  let [low, high, n] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const sample of samples) {
    for (let i = 0; i < sample.length; i++) {
      const value = sample[i]!;
      if (Number.isNaN(value)) continue;
      if (!Number.isFinite(value)) throw notFinite(value, i);
      low = Math.min(low, value);
      high = Math.max(high, value);
      n++;
    }
  }
  if (n === 0) throw empty();
  if (high - low <= NARROW * Math.max(Math.abs(low), Math.abs(high))) {
    // As good as one value, which no edge would part: numpy's half on either side, more if it is large.
    const half = Math.max(0.5, 1e-9 * Math.abs(low));
    [low, high] = [low - half, high + half];
  }
  if (!(high - low < Number.POSITIVE_INFINITY)) throw notFinite(high - low);
  const bins = Math.ceil((high - low) / ((high - low) / (Math.log2(n) + 1)));
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
  edges[bins] = high;
  return edges;
}

/**
 * Edges between `bins` equal shares of the reference, fewer where values repeat. The outer bins are open, so
 * no value is outside: what to use when the reference is kept and later samples are compared to it.
 */
export function quantileEdges(reference: ArrayLike<number>, bins = 10): Float64Array {
  if (!(Number.isInteger(bins) && bins >= 3)) {
    throw new WaymarkError("OPTION_INVALID", `bins is ${bins}; expected a whole number from 3`);
  }
  const sorted = Float64Array.from(reference)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (sorted.length === 0) throw empty();
  for (const value of [sorted[0]!, sorted.at(-1)!]) {
    if (!Number.isFinite(value)) throw notFinite(value);
  }
  const inner = Array.from({ length: bins - 1 }, (_, i) => quantileSorted(sorted, (i + 1) / bins));
  const edges = inner.filter((edge, i) => i === 0 || edge > inner[i - 1]!);
  if (edges.length > 1) return Float64Array.from(edges);
  // One value is nearly all there is: it has its own narrow bin, and others lie below or above.
  const near = 1e-9 * (Math.abs(edges[0]!) + 1);
  return Float64Array.of(edges[0]! - near, edges[0]! + near);
}

/** A range below this share of its values holds too few numbers for edges. */
const NARROW = 1e-13;

/** Counts of values; NaN is missing, ±Infinity is outside. */
export function histogramOf(values: ArrayLike<number>, edges: Float64Array): Histogram {
  if (edges.length < 2) throw invalidEdges(`there are ${edges.length}`);
  for (let i = 0; i < edges.length; i++) {
    if (!Number.isFinite(edges[i])) throw invalidEdges(`edge ${i} is ${edges[i]}`);
    if (i > 0 && !(edges[i]! > edges[i - 1]!)) {
      throw invalidEdges(`edge ${i} is ${edges[i]}, after ${edges[i - 1]}`);
    }
  }
  const counts = new Float64Array(edges.length + 1);
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) missing++;
    else counts[placeOf(value, edges)]!++;
  }
  return { edges, counts, missing };
}

/**
 * The histogram of both sets of values.
 *
 * @throws WaymarkError TABLE_INVALID when the edges differ
 */
export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  checkSameEdges(a, b);
  return {
    edges: a.edges,
    counts: a.counts.map((count, i) => count + b.counts[i]!),
    missing: a.missing + b.missing,
  };
}

/** @throws WaymarkError TABLE_INVALID naming the first edge that differs */
export function checkSameEdges(a: Histogram, b: Histogram): void {
  if (a.edges.length !== b.edges.length) {
    throw invalidEdges(`one histogram has ${a.edges.length}, the other ${b.edges.length}`);
  }
  const i = a.edges.findIndex((edge, k) => edge !== b.edges[k]);
  if (i >= 0)
    throw invalidEdges(`edge ${i} is ${a.edges[i]} in one and ${b.edges[i]} in the other`);
}

/** Index into the counts: how many edges are at or below the value; the last bin is closed. */
function placeOf(value: number, edges: Float64Array): number {
  const last = edges.length - 1;
  return value === edges[last] ? last : edgesUpTo(edges, value);
}

/** How many rising edges are at or below the value. O(log edges). */
export function edgesUpTo(edges: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function invalidEdges(what: string): WaymarkError {
  return new WaymarkError(
    "TABLE_INVALID",
    `edges: ${what}; expected two or more, rising, the same`,
  );
}

function notFinite(value: number, row?: number): WaymarkError {
  const where = row === undefined ? "" : ` of row ${row}`;
  return new WaymarkError("TABLE_INVALID", `value${where} is ${value}; edges need finite numbers`);
}

function empty(): WaymarkError {
  return new WaymarkError("TABLE_INVALID", "there is no value; edges need one or more");
}

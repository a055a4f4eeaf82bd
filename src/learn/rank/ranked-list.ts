/**
 * Lists of scored documents, one a query, and the walk down one of them by blocks of equal scores.
 * A score that ties leaves the order open, so every metric here is the mean over all orders that it
 * allows (McSherry & Najork, ECIR 2008): the order of the rows never matters.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkChoice, checkCount, checkFinite, checkLength } from "../check.ts";
import { type Estimate, type MeanOptions, meanEstimate } from "../metric/estimate.ts";

export interface RankOptions extends MeanOptions {
  /** Places that count; all unless given. */
  readonly at?: number;
  /**
   * What a query without a relevant document counts: left out, as no order could be wrong, or 0, or
   * 1 as LightGBM does.
   */
  readonly empty?: "leave-out" | 0 | 1;
}

/** Equal scores: places `start` … `end` − 1 of a list, counted from 0. */
export interface Block {
  readonly start: number;
  readonly end: number;
  /** Relevance of its documents, in no particular order. */
  readonly relevance: Float64Array;
}

/**
 * The mean of a list's metric over queries.
 *
 * @param relevance Float64Array (rows), ≥ 0; 0 is not relevant
 * @param firstOut Uint32Array (queries + 1), CSR offsets into the rows
 * @param metric value of one list, undefined when it has no relevant document
 */
export function meanOverQueries(
  relevance: ArrayLike<number>,
  score: ArrayLike<number>,
  firstOut: ArrayLike<number>,
  options: RankOptions,
  metric: (blocks: readonly Block[], at: number) => number | undefined,
): Estimate {
  const { at = Number.POSITIVE_INFINITY, empty = "leave-out" } = options;
  if (at !== Number.POSITIVE_INFINITY) checkCount("at", at, 1);
  checkChoice("empty", String(empty), ["leave-out", "0", "1"]);
  const rows = firstOut[firstOut.length - 1] ?? 0;
  checkFinite("relevance", relevance, rows);
  checkFinite("score", score, rows);
  const queries = firstOut.length - 1;
  if (options.weight) checkLength("weight", options.weight, queries);
  if (options.cluster) checkLength("cluster", options.cluster, queries);
  const kept: number[] = [];
  const values: number[] = [];
  for (let q = 0; q < queries; q++) {
    const blocks = blocksOf(relevance, score, firstOut[q]!, firstOut[q + 1]!);
    const value = metric(blocks, at) ?? (empty === "leave-out" ? undefined : empty);
    if (value === undefined) continue;
    kept.push(q);
    values.push(value);
  }
  if (kept.length === 0) {
    throw new WaymarkError("TABLE_INVALID", "no query has a document with relevance above 0");
  }
  return meanEstimate(values, {
    ...options,
    weight: options.weight && Float64Array.from(kept, (q) => options.weight![q]!),
    cluster: options.cluster && Int32Array.from(kept, (q) => options.cluster![q]!),
  });
}

/** Blocks of equal score from the best down. */
function blocksOf(
  relevance: ArrayLike<number>,
  score: ArrayLike<number>,
  from: number,
  to: number,
): Block[] {
  const order = Uint32Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  order.sort((a, b) => score[b]! - score[a]! || a - b);
  const blocks: Block[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && score[order[end]!] === score[order[start]!]) end++;
    const inBlock = Float64Array.from(order.subarray(start, end), (i) => {
      if (relevance[i]! >= 0) return relevance[i]!;
      throw new WaymarkError(
        "TABLE_INVALID",
        `relevance, row ${i} is ${relevance[i]}: must not be negative`,
      );
    });
    blocks.push({ start, end, relevance: inBlock });
    start = end;
  }
  return blocks;
}

/** Documents of a block with relevance above 0. */
export function relevantIn(block: Block): number {
  let count = 0;
  for (const r of block.relevance) if (r > 0) count++;
  return count;
}

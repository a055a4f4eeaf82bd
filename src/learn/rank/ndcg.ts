/**
 * Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002): gains by grade, discounted by
 * log₂ of the place, over what the best order would get. O(n log n) over the rows.
 */
import { checkChoice } from "../check.ts";
import type { Estimate } from "../metric/estimate.ts";
import { type Block, meanOverQueries, type RankOptions } from "./ranked-list.ts";

export interface NdcgOptions extends RankOptions {
  /** 2^grade − 1, as lambdarank and LightGBM have it, or the grade itself, as scikit-learn has it. */
  readonly gain?: "exponential" | "linear";
}

/**
 * @param relevance Float64Array (rows), grades ≥ 0
 * @param firstOut Uint32Array (queries + 1), CSR offsets into the rows
 * @returns the mean over queries, 0 … 1, with its interval over queries
 */
export function ndcg(
  relevance: ArrayLike<number>,
  score: ArrayLike<number>,
  firstOut: ArrayLike<number>,
  options: NdcgOptions = {},
): Estimate {
  checkChoice("gain", options.gain ?? "exponential", ["exponential", "linear"]);
  const gainOf =
    options.gain === "linear" ? (grade: number) => grade : (grade: number) => 2 ** grade - 1;
  return meanOverQueries(relevance, score, firstOut, options, (blocks, at) => {
    const best = bestGain(blocks, gainOf, at);
    return best > 0 ? gainOfBlocks(blocks, gainOf, at) / best : undefined;
  });
}

function gainOfBlocks(
  blocks: readonly Block[],
  gainOf: (grade: number) => number,
  at: number,
): number {
  let sum = 0;
  for (const { start, end, relevance } of blocks) {
    let gain = 0;
    for (const grade of relevance) gain += gainOf(grade);
    sum += (gain / relevance.length) * discounts(start, Math.min(end, at));
  }
  return sum;
}

function bestGain(blocks: readonly Block[], gainOf: (grade: number) => number, at: number): number {
  const grades = Float64Array.from(blocks.flatMap((block) => [...block.relevance])).sort();
  let sum = 0;
  for (let place = 0; place < Math.min(at, grades.length); place++) {
    sum += gainOf(grades[grades.length - 1 - place]!) / Math.log2(place + 2);
  }
  return sum;
}

function discounts(start: number, end: number): number {
  let sum = 0;
  for (let place = start; place < end; place++) sum += 1 / Math.log2(place + 2);
  return sum;
}

/**
 * Mean average precision: precision at the place of each relevant document, averaged over all of
 * them (Buckley & Voorhees 2000), the mean over the orders that ties allow (McSherry & Najork 2008).
 */
import type { Estimate } from "../metric/estimate.ts";
import { meanOverQueries, type RankOptions, relevantIn } from "./ranked-list.ts";

/** 0 … 1. With `at`, places beyond it add nothing and the divisor is min(relevant, at). */
export function meanAveragePrecision(
  relevance: ArrayLike<number>,
  score: ArrayLike<number>,
  firstOut: ArrayLike<number>,
  options: RankOptions = {},
): Estimate {
  return meanOverQueries(relevance, score, firstOut, options, (blocks, at) => {
    let found = 0;
    let sum = 0;
    for (const block of blocks) {
      const relevant = relevantIn(block);
      const size = block.end - block.start;
      if (relevant > 0) {
        for (let i = 0; i < size && block.start + i < at; i++) {
          // A relevant document in place i of the block has i of the others of its block before it.
          const before = size > 1 ? (i * (relevant - 1)) / (size - 1) : 0;
          sum += ((relevant / size) * (found + before + 1)) / (block.start + i + 1);
        }
      }
      found += relevant;
    }
    return found > 0 ? sum / Math.min(found, at) : undefined;
  });
}

/**
 * Mean reciprocal rank: 1 over the place of the first relevant document (Voorhees 1999), the mean
 * over the orders that ties allow. For searches that end at the first hit.
 */
import type { Estimate } from "../metric/estimate.ts";
import { meanOverQueries, type RankOptions, relevantIn } from "./ranked-list.ts";

/** 0 … 1; a first relevant document beyond place `at` counts 0. */
export function meanReciprocalRank(
  relevance: ArrayLike<number>,
  score: ArrayLike<number>,
  firstOut: ArrayLike<number>,
  options: RankOptions = {},
): Estimate {
  return meanOverQueries(relevance, score, firstOut, options, (blocks, at) => {
    const block = blocks.find((b) => relevantIn(b) > 0);
    if (!block) return undefined;
    const relevant = relevantIn(block);
    const size = block.end - block.start;
    // The first of `relevant` among `size` places is the j-th with chance C(size−j, relevant−1) / C(size, relevant).
    let chance = relevant / size;
    let sum = 0;
    for (let j = 1; j <= size - relevant + 1; j++) {
      const place = block.start + j;
      if (place <= at) sum += chance / place;
      if (j < size) chance *= (size - j - relevant + 1) / (size - j);
    }
    return sum;
  });
}

/** How good orders are, query by query; ties count as the mean over all orders that they allow. */
export { meanAveragePrecision } from "./average-precision.ts";
export { type NdcgOptions, ndcg } from "./ndcg.ts";
export type { RankOptions } from "./ranked-list.ts";
export { meanReciprocalRank } from "./reciprocal-rank.ts";

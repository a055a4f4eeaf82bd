export {
  buildCandidateIndex,
  type CandidateIndex,
  type CandidateIndexOptions,
  shareIndex,
} from "./candidate.ts";
export { type DebugMatch, type DebugState, type DebugStep, debugMatch } from "./debug.ts";
export { geometryOf } from "./geometry.ts";
export type {
  Match,
  MatchedPiece,
  MatchPiece,
  MatchStatistics,
  OffNetworkPiece,
  TrackPoints,
} from "./match.ts";
export { createMatcher, type Matcher } from "./matcher.ts";
export { defaults as matchDefaults, type MatchOptions } from "./options.ts";

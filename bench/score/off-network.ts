/**
 * Of the metres truly walked off the network, how many did the match say so, and of those it said,
 * how many were? Rows are labelled; each weighs the metres that it stands for.
 */
import type { MatchPiece } from "../../src/geo/match/match.ts";
import type { OffNetworkTrack } from "../dataset/off-network.ts";

export interface OffNetworkScore {
  readonly trulyOffM: number;
  readonly saidOffM: number;
  /** Said and true. */
  readonly bothM: number;
}

/**
 * Every row within an off-network stretch is truly off, its first and last metres included, although
 * no recorder can tell those from the path that is left or reached.
 * @param skipNear leaves those rows (within `NEAR_M` of an open arc) out of both sums
 */
export function scoreOffNetwork(
  track: OffNetworkTrack,
  pieces: readonly MatchPiece[],
  skipNear = false,
): OffNetworkScore {
  const saysOff = new Uint8Array(track.isOff.length);
  for (const piece of pieces) {
    if (piece.kind === "off-network") saysOff.fill(1, piece.firstPoint, piece.lastPoint + 1);
  }
  let [trulyOffM, saidOffM, bothM] = [0, 0, 0];
  for (let i = 0; i < saysOff.length; i++) {
    if (skipNear && track.isNear[i]) continue;
    const metres = track.weightM[i]!;
    if (track.isOff[i]) trulyOffM += metres;
    if (saysOff[i]) saidOffM += metres;
    if (track.isOff[i] && saysOff[i]) bothM += metres;
  }
  return { trulyOffM, saidOffM, bothM };
}

/** Precision, recall and their harmonic mean over all tracks; nothing found is precision 1. */
export function totalOffNetwork(scores: readonly OffNetworkScore[]): {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
} {
  const sum = (of: (score: OffNetworkScore) => number): number =>
    scores.reduce((total, score) => total + of(score), 0);
  const [truly, said, both] = [
    sum((s) => s.trulyOffM),
    sum((s) => s.saidOffM),
    sum((s) => s.bothM),
  ];
  const precision = said > 0 ? both / said : 1;
  const recall = truly > 0 ? both / truly : 1;
  return { precision, recall, f1: truly + said > 0 ? (2 * both) / (truly + said) : 1 };
}

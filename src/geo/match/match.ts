/**
 * The result of matching: pieces in the order of the recording, on the network or off it. Every
 * point between the first and the last position belongs to exactly one piece.
 */
import type { ProfileName } from "../network/profile.ts";

/** Columns in, as the cleaned streams have them; rows without position are NaN and passed over. */
export interface TrackPoints {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Epoch milliseconds; absent when the recording has no times. */
  readonly timeMs?: Float64Array | undefined;
  /** The recorder's own error estimate in metres, where it gives one. */
  readonly accuracyM?: Float32Array | undefined;
}

/**
 * A stretch that follows the network. Who turns back between two junctions begins a new piece there:
 * it starts where this one ends, on the arc the other way.
 */
export interface MatchedPiece {
  readonly kind: "matched";
  /** Rows of the track, both included. */
  readonly firstPoint: number;
  readonly lastPoint: number;
  /** Arcs in the order travelled; consecutive arcs share a node (a u-turn is arc, arc ^ 1). */
  readonly arcs: Uint32Array;
  /** Where on the first arc the piece starts and on the last arc it ends, fractions of the arc. */
  readonly startFraction: number;
  readonly endFraction: number;
  /** Epoch milliseconds at which each arc was entered (arcs + 1; the last is when the piece ends). */
  readonly timeMs: Float64Array;
  readonly lengthM: number;
  /**
   * 0–1: the share of this piece's length that is expected to be right, from how much likelier the
   * path is at each step than the best explanation that runs elsewhere there.
   */
  readonly confidence: number;
}

/**
 * A stretch that no path explains: its own geometry is the cleaned track. It reaches from where the
 * piece before ends, through its rows, to where the piece after begins, and so does its length.
 */
export interface OffNetworkPiece {
  readonly kind: "off-network";
  readonly firstPoint: number;
  readonly lastPoint: number;
  readonly lengthM: number;
  /** left: walked off the paths; gap: the recorder was silent; outside: beyond the map's edge. */
  readonly reason: "left" | "gap" | "outside";
}

export type MatchPiece = MatchedPiece | OffNetworkPiece;

export interface Match {
  readonly networkVersion: string;
  readonly profile: ProfileName;
  readonly pieces: readonly MatchPiece[];
  readonly statistics: MatchStatistics;
}

export interface MatchStatistics {
  readonly points: number;
  /** Points that became steps of the Viterbi search. */
  readonly steps: number;
  readonly matchedM: number;
  readonly offNetworkM: number;
  /** Standard deviation of the recorder's error in metres, estimated from this track. */
  readonly sigmaM: number;
  /** Root mean square distance of matched points from the path. */
  readonly rmsM: number;
}

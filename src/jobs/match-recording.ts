/**
 * A match in the words of the map: for every piece its OpenStreetMap ways, where on them it runs and
 * when, and its line. `waymark match --json` prints it.
 */
import { WaymarkError } from "../base/index.ts";
import { UNITS_PER_DEGREE } from "../geo/lonlat.ts";
import { geometryOf } from "../geo/match/index.ts";
import type { Match, MatchedPiece, MatchPiece, MatchStatistics } from "../geo/match/match.ts";
import type { Network } from "../geo/network/network.ts";
import type { ProfileName } from "../geo/network/profile.ts";
import type { Activity } from "../geo/track/activity.ts";

/** One edge travelled, from `startFraction` to `endFraction` of it in the direction of travel. */
export interface DescribedEdge {
  readonly edge: number;
  readonly wayId: number;
  /** Against the direction in which the way is drawn between its ends. */
  readonly reversed: boolean;
  readonly startFraction: number;
  readonly endFraction: number;
  /** Epoch milliseconds at which the edge was entered; absent without times. */
  readonly startMs?: number;
}

export interface DescribedPiece {
  readonly kind: MatchPiece["kind"];
  readonly reason?: "left" | "gap" | "outside";
  readonly edges: readonly DescribedEdge[];
  /** [lon, lat] in degrees, as the coordinates of a GeoJSON LineString. */
  readonly geometry: readonly (readonly [number, number])[];
  readonly lengthM: number;
  /** 0–1; null off the network. */
  readonly confidence: number | null;
  readonly firstPoint: number;
  readonly lastPoint: number;
}

export interface DescribedMatch {
  readonly profile: ProfileName;
  readonly networkVersion: string;
  readonly pieces: readonly DescribedPiece[];
  readonly statistics: MatchStatistics;
}

/** Degrees; NaN where unknown. */
export interface Path {
  readonly lon: ArrayLike<number>;
  readonly lat: ArrayLike<number>;
}

/** What is used of a matcher. */
export interface MatchesTracks {
  match(points: Activity["streams"]): Match;
}

/** @throws WaymarkError MATCH_NO_POSITION when the activity has no two positions */
export function matchActivity(activity: Activity, matcher: MatchesTracks): Match {
  if (!activity.hasPosition) {
    throw new WaymarkError("MATCH_NO_POSITION", "the recording has no two positions to match");
  }
  return matcher.match(activity.streams);
}

export function describeMatch(match: Match, activity: Activity, network: Network): DescribedMatch {
  return {
    profile: match.profile,
    networkVersion: match.networkVersion,
    pieces: match.pieces.map((piece) => describePiece(piece, activity, network)),
    statistics: match.statistics,
  };
}

function describePiece(piece: MatchPiece, activity: Activity, network: Network): DescribedPiece {
  const { firstPoint, lastPoint, lengthM } = piece;
  const { lon, lat } = pieceLine(piece, activity.streams, network);
  const geometry = Array.from(lon, (x, i) => [round(x), round(lat[i]!)] as const);
  if (piece.kind === "off-network") {
    const { kind, reason } = piece;
    return { kind, reason, edges: [], geometry, lengthM, confidence: null, firstPoint, lastPoint };
  }
  const edges = describeEdges(piece, network);
  const { kind, confidence } = piece;
  return { kind, edges, geometry, lengthM, confidence, firstPoint, lastPoint };
}

function describeEdges(piece: MatchedPiece, network: Network): DescribedEdge[] {
  const last = piece.arcs.length - 1;
  return Array.from(piece.arcs, (arc, i) => {
    const edge = arc >>> 1;
    const startMs = piece.timeMs[i];
    return {
      edge,
      wayId: network.wayId[edge]!,
      reversed: (arc & 1) === 1,
      startFraction: i === 0 ? piece.startFraction : 0,
      endFraction: i === last ? piece.endFraction : 1,
      ...(startMs !== undefined && Number.isFinite(startMs) && { startMs: Math.round(startMs) }),
    };
  });
}

/** Degrees of the path of a matched piece, or of the cleaned track off the network. */
export function pieceLine(piece: MatchPiece, streams: Path, network: Network): Path {
  if (piece.kind === "matched") return geometryOf(network, piece);
  const lon: number[] = [];
  const lat: number[] = [];
  for (let i = piece.firstPoint; i <= piece.lastPoint; i++) {
    if (Number.isNaN(streams.lon[i]!) || Number.isNaN(streams.lat[i]!)) continue;
    lon.push(streams.lon[i]!);
    lat.push(streams.lat[i]!);
  }
  return { lon, lat };
}

function round(degrees: number): number {
  return Math.round(degrees * UNITS_PER_DEGREE) / UNITS_PER_DEGREE;
}

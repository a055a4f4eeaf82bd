/**
 * How well a match agrees with a truth that is a list of arcs: recall and the route mismatch
 * fraction of Newson & Krumm (ACM GIS 2009), (missed + extra) / truth length. Direction counts, and
 * an arc driven twice must be matched twice. O(arcs).
 */
import { METRES_PER_DEGREE, metresPerLon } from "../../src/geo/lonlat.ts";
import type { MatchPiece, TrackPoints } from "../../src/geo/match/match.ts";
import { type ArcNetwork, NO_ARC } from "../dataset/arc-network.ts";

export interface ArcMismatch {
  readonly truthM: number;
  /** Truth that the match travels. */
  readonly foundM: number;
  /** What the match travels beyond the truth: arcs not in it, or more often than in it. */
  readonly extraM: number;
}

/**
 * Truth names whole arcs although a recording starts and ends within one. So of its first arc only
 * the part after the place nearest to the first row is asked for, of its last the part before the
 * last row; and a match that starts or ends on it has that part, a few metres more or less. All other arcs count by the part that
 * was travelled. Off-network pieces travel nothing.
 */
export function arcMismatch(
  at: ArcNetwork,
  truth: Uint32Array,
  points: TrackPoints,
  pieces: readonly MatchPiece[],
): ArcMismatch {
  const last = points.lon.length - 1;
  /** Per arc how often it was driven, and how much of that is asked for. */
  const driven = new Map<number, number>();
  const asked = new Map<number, number>();
  let truthM = 0;
  truth.forEach((arc, i) => {
    const start = i === 0 ? nearestFraction(at, arc, points.lon[0]!, points.lat[0]!) : 0;
    const end =
      i === truth.length - 1 ? nearestFraction(at, arc, points.lon[last]!, points.lat[last]!) : 1;
    const share = Math.max(0, end - start);
    driven.set(arc, (driven.get(arc) ?? 0) + 1);
    asked.set(arc, (asked.get(arc) ?? 0) + share);
    truthM += share * at.arcLengthM[arc]!;
  });

  const travelled = new Map<number, number>();
  let extraM = 0;
  const stretches = stretchesOf(at, pieces);
  stretches.forEach(({ arc, first, last, lengthM }, i) => {
    if (arc === NO_ARC) {
      extraM += (last - first) * lengthM;
      return;
    }
    const from = i === 0 && arc === truth[0] ? 0 : first;
    const to = i === stretches.length - 1 && arc === truth.at(-1) ? 1 : last;
    travelled.set(arc, (travelled.get(arc) ?? 0) + (to - from));
  });

  let foundM = 0;
  for (const [arc, times] of travelled) {
    foundM += Math.min(times, asked.get(arc) ?? 0) * at.arcLengthM[arc]!;
    extraM += Math.max(0, times - (driven.get(arc) ?? 0)) * at.arcLengthM[arc]!;
  }
  return { truthM, foundM, extraM };
}

/** Where on an arc of the file, as a fraction, a position is nearest to it. */
function nearestFraction(at: ArcNetwork, arc: number, lon: number, lat: number): number {
  const [s, t] = [at.from[arc]!, at.to[arc]!];
  const xPerLon = metresPerLon(lat);
  const dx = (at.lon[t]! - at.lon[s]!) * xPerLon;
  const dy = (at.lat[t]! - at.lat[s]!) * METRES_PER_DEGREE;
  const length2 = dx * dx + dy * dy;
  if (length2 === 0) return 0;
  const along = (lon - at.lon[s]!) * xPerLon * dx + (lat - at.lat[s]!) * METRES_PER_DEGREE * dy;
  return Math.max(0, Math.min(1, along / length2));
}

/** A part of one of the file's arcs, by fractions, in the order travelled. */
interface Stretch {
  readonly arc: number;
  readonly first: number;
  readonly last: number;
  readonly lengthM: number;
}

/** The file's arcs under the matched pieces. */
function stretchesOf(at: ArcNetwork, pieces: readonly MatchPiece[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const piece of pieces) {
    if (piece.kind !== "matched") continue;
    const lastIndex = piece.arcs.length - 1;
    piece.arcs.forEach((arc, i) => {
      const firstPart = at.firstPart[arc]!;
      const endPart = at.firstPart[arc + 1]!;
      const arcM = at.partEndM[endPart - 1]!;
      const fromM = i === 0 ? piece.startFraction * arcM : 0;
      const toM = i === lastIndex ? piece.endFraction * arcM : arcM;
      for (let p = firstPart; p < endPart; p++) {
        const partFromM = p === firstPart ? 0 : at.partEndM[p - 1]!;
        const lengthM = at.partEndM[p]! - partFromM;
        if (lengthM <= 0) continue;
        const first = Math.max(0, (fromM - partFromM) / lengthM);
        const last = Math.min(1, (toM - partFromM) / lengthM);
        if (first < last) stretches.push({ arc: at.partArc[p]!, first, last, lengthM });
      }
    });
  }
  return stretches;
}

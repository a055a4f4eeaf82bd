/**
 * How well a match agrees with a truth that is a list of arcs: recall and the route mismatch
 * fraction of Newson & Krumm (ACM GIS 2009), (missed + extra) / truth length. Direction counts, and
 * an arc driven twice must be matched twice. O(arcs).
 */
import type { MatchPiece } from "../../src/geo/match/match.ts";
import { type ArcNetwork, NO_ARC } from "../dataset/arc-network.ts";

export interface ArcMismatch {
  readonly truthM: number;
  /** Truth that the match travels. */
  readonly foundM: number;
  /** What the match travels beyond the truth: arcs not in it, or more often than in it. */
  readonly extraM: number;
}

/**
 * Truth names whole arcs although a recording starts and ends within one: so where the first
 * matched arc of the track or its last is an arc of the truth, it counts as travelled whole. All
 * other arcs count by the part that was travelled. Off-network pieces travel nothing.
 */
export function arcMismatch(
  at: ArcNetwork,
  truth: Uint32Array,
  pieces: readonly MatchPiece[],
): ArcMismatch {
  const wanted = new Map<number, number>();
  let truthM = 0;
  for (const arc of truth) {
    wanted.set(arc, (wanted.get(arc) ?? 0) + 1);
    truthM += at.arcLengthM[arc]!;
  }

  const travelled = new Map<number, number>();
  let extraM = 0;
  const stretches = stretchesOf(at, pieces);
  stretches.forEach(({ arc, first, last, lengthM }, i) => {
    if (arc === NO_ARC) {
      extraM += (last - first) * lengthM;
      return;
    }
    const from = i === 0 && wanted.has(arc) ? 0 : first;
    const to = i === stretches.length - 1 && wanted.has(arc) ? 1 : last;
    travelled.set(arc, (travelled.get(arc) ?? 0) + (to - from));
  });

  let foundM = 0;
  for (const [arc, times] of travelled) {
    const found = Math.min(times, wanted.get(arc) ?? 0);
    foundM += found * at.arcLengthM[arc]!;
    extraM += (times - found) * at.arcLengthM[arc]!;
  }
  return { truthM, foundM, extraM };
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

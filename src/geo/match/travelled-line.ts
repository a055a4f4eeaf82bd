/**
 * The line that matched pieces travel, with metres along it, the arc of every segment and the node
 * at every junction: what an answer about legs, speeds and turns is cut from. Pieces that follow
 * each other by turning back make one line. O(shape points).
 */
import { haversine, UNITS_PER_DEGREE } from "../lonlat.ts";
import type { Network } from "../network/network.ts";
import { relativeLon } from "./candidate.ts";
import type { MatchedPiece } from "./match.ts";

/** Everything per vertex, but `arc`, which is per segment (vertices − 1). */
export interface TravelledLine {
  /** Degrees; longitudes go on beyond ±180 where the line crosses the antimeridian. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Metres from the line's first vertex; never falls. */
  readonly metres: Float64Array;
  /** Node of the network, −1 between nodes. */
  readonly node: Int32Array;
  readonly arc: Uint32Array;
  /** Node at or before the first vertex, at or after the last one; −1 when a bend of the way lies between. */
  readonly nodeBefore: number;
  readonly nodeAfter: number;
  /** Vertex at which each piece begins, and the last vertex (pieces + 1). */
  readonly firstVertex: Int32Array;
}

/** Metres below which two vertices are one. */
const SAME_M = 0.005;

/** @param pieces at least one; each begins where the one before ends */
export function travelledLine(network: Network, pieces: readonly MatchedPiece[]): TravelledLine {
  const draft = new LineDraft();
  const firstVertex = [0];
  let nodeBefore = -1;
  let nodeAfter = -1;
  for (const [p, piece] of pieces.entries()) {
    const last = piece.arcs.length - 1;
    for (let i = 0; i <= last; i++) {
      const ends = addArc(
        draft,
        network,
        piece.arcs[i]!,
        i === 0 ? piece.startFraction : 0,
        i === last ? piece.endFraction : 1,
      );
      if (p === 0 && i === 0) nodeBefore = ends.before;
      nodeAfter = ends.after;
    }
    draft.close(piece.arcs[last]!);
    firstVertex.push(draft.lon.length - 1);
  }
  return {
    lon: Float64Array.from(draft.lon),
    lat: Float64Array.from(draft.lat),
    metres: Float64Array.from(draft.metres),
    node: Int32Array.from(draft.node),
    arc: Uint32Array.from(draft.arc),
    nodeBefore,
    nodeAfter,
    firstVertex: Int32Array.from(firstVertex),
  };
}

class LineDraft {
  readonly lon: number[] = [];
  readonly lat: number[] = [];
  readonly metres: number[] = [];
  readonly node: number[] = [];
  readonly arc: number[] = [];
  #pieceBegin = 0;

  add(lon: number, lat: number, node: number, arc: number): void {
    const n = this.lon.length;
    if (n === 0) this.#push(lon, lat, node, 0);
    else {
      // Runs on from the vertex before, so that a line across the antimeridian does not jump.
      const around = Math.round((this.lon[n - 1]! - lon) / 360) * 360;
      const stepM = haversine(this.lon[n - 1]!, this.lat[n - 1]!, lon, lat);
      if (stepM < SAME_M) {
        if (node >= 0) this.node[n - 1] = node;
        return;
      }
      this.arc.push(arc);
      this.#push(lon + around, lat, node, this.metres[n - 1]! + stepM);
    }
  }

  /** Ends a piece: one without length is its place twice. */
  close(arc: number): void {
    const n = this.lon.length;
    if (n - 1 === this.#pieceBegin) {
      this.arc.push(arc);
      this.#push(this.lon[n - 1]!, this.lat[n - 1]!, this.node[n - 1]!, this.metres[n - 1]!);
    }
    this.#pieceBegin = this.lon.length - 1;
  }

  #push(lon: number, lat: number, node: number, metres: number): void {
    this.lon.push(lon);
    this.lat.push(lat);
    this.node.push(node);
    this.metres.push(metres);
  }
}

/** Adds an arc from one fraction of it to another; tells the nodes that bound what was added. */
function addArc(
  draft: LineDraft,
  network: Network,
  arc: number,
  from: number,
  to: number,
): { before: number; after: number } {
  const { firstShape, shapeLon, shapeLat, source, target } = network;
  const edge = arc >>> 1;
  const isBack = (arc & 1) === 1;
  const first = firstShape[edge]!;
  const count = firstShape[edge + 1]! - first;
  const at = (j: number): number => (isBack ? first + count - 1 - j : first + j);
  const tail = isBack ? target[edge]! : source[edge]!;
  const head = isBack ? source[edge]! : target[edge]!;
  const lon: number[] = [];
  const lat: number[] = [];
  const metres: number[] = [];
  for (let j = 0; j < count; j++) {
    const p = at(j);
    const before = lon[j - 1];
    const x = shapeLon[p]! / UNITS_PER_DEGREE;
    lon.push(
      before === undefined
        ? x
        : before + relativeLon(shapeLon[p]!, shapeLon[at(j - 1)]!) / UNITS_PER_DEGREE,
    );
    lat.push(shapeLat[p]! / UNITS_PER_DEGREE);
    metres.push(
      j === 0 ? 0 : metres[j - 1]! + haversine(lon[j - 1]!, lat[j - 1]!, lon[j]!, lat[j]!),
    );
  }
  const fromM = from * metres[count - 1]!;
  const toM = to * metres[count - 1]!;
  const nodeOf = (j: number): number => (j === 0 ? tail : j === count - 1 ? head : -1);
  let before = tail;
  let after = head;
  /** The place at so many metres along segment j − 1 … j. */
  const cut = (j: number, at: number): void => {
    const length = metres[j]! - metres[j - 1]!;
    const t = length > 0 ? (at - metres[j - 1]!) / length : 0;
    draft.add(
      lon[j - 1]! + (lon[j]! - lon[j - 1]!) * t,
      lat[j - 1]! + (lat[j]! - lat[j - 1]!) * t,
      -1,
      arc,
    );
  };
  for (let j = 0; j < count; j++) {
    if (j > 0 && fromM > metres[j - 1]! && fromM < metres[j]!) {
      before = nodeOf(j - 1);
      cut(j, fromM);
    }
    if (j > 0 && toM > metres[j - 1]! && toM < metres[j]!) {
      after = nodeOf(j);
      cut(j, toM);
    }
    if (metres[j]! < fromM || metres[j]! > toM) continue;
    if (metres[j]! === fromM) before = nodeOf(j);
    if (metres[j]! === toM) after = nodeOf(j);
    draft.add(lon[j]!, lat[j]!, nodeOf(j), arc);
  }
  return { before, after };
}

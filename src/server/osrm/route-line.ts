/**
 * A travelled line with what a profile makes of it, and the legs that are cut from it: vertices,
 * lengths, times and OSM nodes between two places along it. Times are the profile's, not those of
 * the trace, as with OSRM.
 */
import type { TravelledLine } from "../../geo/match/travelled-line.ts";
import { type Network, nameOf } from "../../geo/network/network.ts";
import type { ProfileArcs } from "../../geo/network/profile.ts";

/** Metres below which a cut falls on the vertex there. */
const SAME_M = 0.01;

export interface Cut {
  /** Degrees; two vertices at least. */
  readonly lon: number[];
  readonly lat: number[];
  /** Per segment (vertices − 1). */
  readonly metres: number[];
  readonly seconds: number[];
  readonly arc: number[];
  /** Network nodes per vertex, −1 between nodes. */
  readonly node: number[];
  /** OSM ids from the node at or before the first vertex to that at or after the last; 0 for a bend. */
  readonly osmNode: number[];
}

export class RouteLine {
  readonly line: TravelledLine;
  readonly network: Network;
  readonly arcs: ProfileArcs;
  readonly #names = new Map<number, string>();

  constructor(line: TravelledLine, network: Network, arcs: ProfileArcs) {
    this.line = line;
    this.network = network;
    this.arcs = arcs;
  }

  get lengthM(): number {
    return this.line.metres.at(-1)!;
  }

  nameOf(edge: number): string {
    const key = this.network.name[edge]!;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = nameOf(this.network, edge);
    this.#names.set(key, name);
    return name;
  }

  /** The segment that holds a place: its first vertex. The later one where two meet. */
  segmentAt(metres: number): number {
    const along = this.line.metres;
    let low = 0;
    let high = along.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (along[middle]! <= metres) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  placeAt(metres: number): { lon: number; lat: number; edge: number } {
    const { line } = this;
    const v = this.segmentAt(metres);
    const length = line.metres[v + 1]! - line.metres[v]!;
    const t = length > 0 ? Math.min(1, Math.max(0, (metres - line.metres[v]!) / length)) : 0;
    return {
      lon: line.lon[v]! + (line.lon[v + 1]! - line.lon[v]!) * t,
      lat: line.lat[v]! + (line.lat[v + 1]! - line.lat[v]!) * t,
      edge: line.arc[v]! >>> 1,
    };
  }

  /** The part of the line between two places along it. O(vertices of the part). */
  cut(fromM: number, toM: number): Cut {
    const { line, network, arcs } = this;
    const first = this.segmentAt(fromM + SAME_M);
    const start = this.placeAt(fromM);
    const cut: Cut = {
      lon: [start.lon],
      lat: [start.lat],
      metres: [],
      seconds: [],
      arc: [],
      node: [fromM - line.metres[first]! < SAME_M ? line.node[first]! : -1],
      osmNode: [],
    };
    const last = line.metres.length - 1;
    const osmId = (node: number): number => (node < 0 ? 0 : network.nodeOsmId[node]!);
    const isCutBefore = first === 0 && line.node[0]! < 0;
    cut.osmNode.push(osmId(isCutBefore ? line.nodeBefore : line.node[first]!));
    let at = fromM;
    const add = (lon: number, lat: number, node: number, metres: number, arc: number): void => {
      const length = Math.max(0, metres - at);
      cut.lon.push(lon);
      cut.lat.push(lat);
      cut.node.push(node);
      cut.metres.push(length);
      cut.seconds.push(length / arcs.speedMps[arc]!);
      cut.arc.push(arc);
      at = metres;
    };
    let v = first + 1;
    for (; v < last && line.metres[v]! < toM - SAME_M; v++) {
      if (line.metres[v]! <= fromM + SAME_M) continue;
      add(line.lon[v]!, line.lat[v]!, line.node[v]!, line.metres[v]!, line.arc[v - 1]!);
      cut.osmNode.push(osmId(line.node[v]!));
    }
    const end = this.placeAt(toM);
    const isAtVertex = Math.abs(line.metres[v]! - toM) < SAME_M;
    add(end.lon, end.lat, isAtVertex ? line.node[v]! : -1, toM, line.arc[v - 1]!);
    const isCutAfter = v === last && line.node[v]! < 0;
    cut.osmNode.push(osmId(isCutAfter ? line.nodeAfter : line.node[v]!));
    return cut;
  }
}

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/**
 * What hikers on a real map walk to, when its network names no peaks: the highest junctions around
 * where heights are known; else the ends of paths, where a hut, a lake or a view most often is.
 */
import { EDGE, EDGE_KINDS, type StreetGraph } from "../town/street-graph.ts";

/** Metres between two goals. */
const SPACING_M = 600;
/** An end this near the region's border is where the region was cut, not where a path ends. */
const BORDER_M = 250;

const WILD = new Set(["track", "path", "trail"].map((kind) => EDGE_KINDS.indexOf(kind as "track")));

/** @returns nodes, the highest or the ends of the longest ways first */
export function findGoals(graph: StreetGraph, hasHeights: boolean): number[] {
  const rank = hasHeights ? heights(graph) : pathEnds(graph);
  const order = [...rank.keys()].filter((n) => rank[n]! > 0).sort((a, b) => rank[b]! - rank[a]!);
  // Taken from the top: a junction on the way up to a goal lies within its reach and falls out.
  const goals: number[] = [];
  const cells = new Map<string, number[]>();
  const cellOf = (n: number, dx: number, dy: number): string =>
    `${Math.floor(graph.nodeX[n]! / SPACING_M) + dx},${Math.floor(graph.nodeY[n]! / SPACING_M) + dy}`;
  for (const n of order) {
    let isFree = true;
    for (let k = 0; k < 9 && isFree; k++) {
      for (const g of cells.get(cellOf(n, (k % 3) - 1, Math.floor(k / 3) - 1)) ?? []) {
        const d = Math.hypot(graph.nodeX[g]! - graph.nodeX[n]!, graph.nodeY[g]! - graph.nodeY[n]!);
        if (d < SPACING_M) isFree = false;
      }
    }
    const key = cellOf(n, 0, 0);
    // With heights every junction claims its surroundings, so that slopes hold no goals.
    if (isFree) goals.push(n);
    if (isFree || hasHeights) cells.set(key, [...(cells.get(key) ?? []), n]);
  }
  return goals;
}

/** Metres above the lowest node, at nodes of tracks, paths and trails; else 0. */
function heights(graph: StreetGraph): Float64Array {
  const z = new Float64Array(graph.nodeCount);
  const rank = new Float64Array(graph.nodeCount);
  let lowest = Infinity;
  for (let e = 0; e < graph.edgeCount; e++) {
    z[graph.source[e]!] = graph.shapeZ[graph.firstShape[e]!]!;
    z[graph.target[e]!] = graph.shapeZ[graph.firstShape[e + 1]! - 1]!;
  }
  for (const one of z) lowest = Math.min(lowest, one);
  for (let e = 0; e < graph.edgeCount; e++) {
    if (!WILD.has(graph.kind[e]!)) continue;
    for (const n of [graph.source[e]!, graph.target[e]!]) rank[n] = z[n]! - lowest;
  }
  return rank;
}

/** Metres of the one mapped way that ends at a node, where that is a track, path or trail; else 0. */
function pathEnds(graph: StreetGraph): Float64Array {
  const rank = new Float64Array(graph.nodeCount);
  let west = Infinity;
  let south = Infinity;
  let east = -Infinity;
  let north = -Infinity;
  for (let n = 0; n < graph.nodeCount; n++) {
    west = Math.min(west, graph.nodeX[n]!);
    east = Math.max(east, graph.nodeX[n]!);
    south = Math.min(south, graph.nodeY[n]!);
    north = Math.max(north, graph.nodeY[n]!);
  }
  for (let n = 0; n < graph.nodeCount; n++) {
    const x = graph.nodeX[n]!;
    const y = graph.nodeY[n]!;
    if (Math.min(x - west, east - x, y - south, north - y) < BORDER_M) continue;
    const ways: number[] = [];
    for (let slot = graph.firstOut[n]!; slot < graph.firstOut[n + 1]!; slot++) {
      const edge = graph.outArc[slot]! >> 1;
      if ((graph.flag[edge]! & EDGE.UNMAPPED) === 0) ways.push(edge);
    }
    if (ways.length === 1 && WILD.has(graph.kind[ways[0]!]!)) rank[n] = graph.lengthM[ways[0]!]!;
  }
  return rank;
}

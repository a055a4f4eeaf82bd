/**
 * Ways into edges: a way is cut at every node that another kept way also uses, at barriers that close
 * it, and where the extract lacks a node. No edge begins and ends at one node (a loop becomes two
 * edges) and none has length 0 (nodes at one place become one). O(number of references).
 */
import { growInt32, growUint32 } from "../../base/grow.ts";
import { NODE_FLAG } from "./attribute.ts";
import { MODE, type NodeRule } from "./node-rule.ts";
import { MISSING_NODE, type OsmData } from "./osm/osm-data.ts";

/** Edges and their end nodes before ordering; `way` indexes the kept ways. */
export interface SplitWays {
  readonly nodeLon: Int32Array;
  readonly nodeLat: Int32Array;
  /** Index into `osm.node` per network node. */
  readonly osmNode: Uint32Array;
  readonly nodeFlag: Uint8Array;
  /** Network nodes that are closed to some mode, with the bits of MODE. */
  readonly closedNode: ReadonlyMap<number, number>;
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  readonly firstShape: Uint32Array;
  readonly shapeLon: Int32Array;
  readonly shapeLat: Int32Array;
  /** Row of `kept` per edge; the edges of one way follow each other in its direction. */
  readonly keptWay: Uint32Array;
  /** Edges of kept way k: firstEdge[k] … firstEdge[k + 1]. */
  readonly firstEdge: Uint32Array;
  /** Whether a ford lies inside the edge. */
  readonly hasFord: Uint8Array;
  /** Kept ways that had no two different places. */
  readonly emptyWays: number;
  /** Nodes that were taken together because a way passes both at one place. */
  readonly weldedNodes: number;
}

/**
 * @param kept indices of ways of `osm`
 * @param nodeRules per index into `osm.node`
 * @param junctions further indices into `osm.node` where ways are cut
 */
export function splitWays(
  osm: OsmData,
  kept: Uint32Array,
  nodeRules: ReadonlyMap<number, NodeRule>,
  junctions: Iterable<number> = [],
): SplitWays {
  const { lon, lat } = osm.node;
  const { firstRef, ref } = osm.way;
  const weld = weldNodes(osm, kept);
  const rules = weld.count === 0 ? nodeRules : weldRules(nodeRules, weld.alias);
  const useCount = countUses(osm, kept, weld.alias, rules);
  for (const n of junctions) useCount[weld.alias[n]!] = 2;

  const nodeLon = growInt32();
  const nodeLat = growInt32();
  const osmNode = growUint32();
  const nodeFlag = growUint32();
  const closedNode = new Map<number, number>();
  const source = growUint32();
  const target = growUint32();
  const firstShape = growUint32();
  const shapeLon = growInt32();
  const shapeLat = growInt32();
  const keptWay = growUint32();
  const hasFord = growUint32();
  const firstEdge = new Uint32Array(kept.length + 1);
  /** Network node + 1 of every node of the extract. */
  const nodeOf = new Uint32Array(lon.length);
  let emptyWays = 0;

  const createNode = (n: number): number => {
    const rule = rules.get(n);
    nodeLon.push(lon[n]!);
    nodeLat.push(lat[n]!);
    osmNode.push(n);
    nodeFlag.push(rule?.flag ?? 0);
    if (rule && rule.closed !== 0) closedNode.set(nodeLon.length - 1, rule.closed);
    return nodeLon.length - 1;
  };
  /** A node that even walkers cannot pass is a node of its own for every edge that ends there. */
  const networkNode = (n: number): number => {
    const rule = rules.get(n);
    if (rule && (rule.closed & MODE.FOOT) !== 0) return createNode(n);
    nodeOf[n] ||= createNode(n) + 1;
    return nodeOf[n]! - 1;
  };
  /** Closes an edge over the nodes of `stretch`, which has at least two. */
  const createEdge = (stretch: readonly number[], k: number, from: number, to: number): void => {
    source.push(from);
    target.push(to);
    firstShape.push(shapeLon.length);
    keptWay.push(k);
    let ford = 0;
    for (const n of stretch) {
      shapeLon.push(lon[n]!);
      shapeLat.push(lat[n]!);
      if (rules.get(n)?.isFord) ford = 1;
    }
    hasFord.push(ford);
  };

  const stretch: number[] = [];
  for (let k = 0; k < kept.length; k++) {
    const w = kept[k]!;
    firstEdge[k] = source.length;
    const last = firstRef[w + 1]! - 1;
    let from = -1;
    let isCut = false;
    stretch.length = 0;
    for (let r = firstRef[w]!; r <= last + 1; r++) {
      const raw = r <= last ? ref[r]! : MISSING_NODE;
      const n = raw === MISSING_NODE ? -1 : weld.alias[raw]!;
      if (n >= 0 && n === stretch.at(-1)) continue;
      if (n >= 0) {
        stretch.push(n);
        if (stretch.length === 1) {
          from = networkNode(n);
          if (isCut) markClipped(nodeFlag.data, from);
          continue;
        }
        if (useCount[n]! < 2) continue;
      }
      // A junction, the end of the way, or the last node before the extract's edge.
      if (stretch.length > 1) {
        const to = networkNode(stretch.at(-1)!);
        if (n < 0 && r <= last) markClipped(nodeFlag.data, to);
        if (from === to) {
          const middle = (stretch.length - 1) >> 1;
          const half = networkNode(stretch[middle]!);
          createEdge(stretch.slice(0, middle + 1), k, from, half);
          createEdge(stretch.slice(middle), k, half, to);
        } else createEdge(stretch, k, from, to);
        from = to;
      } else if (stretch.length === 1 && n < 0 && r <= last) markClipped(nodeFlag.data, from);
      stretch.length = 0;
      if (n >= 0) {
        // The next edge leaves a closed node from a node of its own.
        from = networkNode(n);
        stretch.push(n);
      } else isCut = true;
    }
    if (source.length === firstEdge[k]) emptyWays++;
  }
  firstEdge[kept.length] = source.length;
  firstShape.push(shapeLon.length);
  return {
    nodeLon: nodeLon.finish(),
    nodeLat: nodeLat.finish(),
    osmNode: osmNode.finish(),
    nodeFlag: Uint8Array.from(nodeFlag.finish()),
    closedNode,
    source: source.finish(),
    target: target.finish(),
    firstShape: firstShape.finish(),
    shapeLon: shapeLon.finish(),
    shapeLat: shapeLat.finish(),
    keptWay: keptWay.finish(),
    firstEdge,
    hasFord: Uint8Array.from(hasFord.finish()),
    emptyWays,
    weldedNodes: weld.count,
  };
}

function markClipped(nodeFlag: Uint32Array, node: number): void {
  nodeFlag[node]! |= NODE_FLAG.CLIPPED;
}

/** alias[n] is the node that stands for n; nodes next to each other in a way at one place are one. */
function weldNodes(osm: OsmData, kept: Uint32Array): { alias: Uint32Array; count: number } {
  const { lon, lat } = osm.node;
  const { firstRef, ref } = osm.way;
  const alias = Uint32Array.from({ length: lon.length }, (_, i) => i);
  const root = (n: number): number => {
    let r = n;
    while (alias[r] !== r) r = alias[r]!;
    return r;
  };
  let count = 0;
  for (const w of kept) {
    for (let r = firstRef[w]! + 1; r < firstRef[w + 1]!; r++) {
      const a = ref[r - 1]!;
      const b = ref[r]!;
      if (a === MISSING_NODE || b === MISSING_NODE || a === b) continue;
      if (lon[a] !== lon[b] || lat[a] !== lat[b]) continue;
      const rootA = root(a);
      const rootB = root(b);
      if (rootA === rootB) continue;
      alias[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
      count++;
    }
  }
  if (count > 0) for (let n = 0; n < alias.length; n++) alias[n] = root(n);
  return { alias, count };
}

/** A node that stands for several does what each of them does. */
function weldRules(
  rules: ReadonlyMap<number, NodeRule>,
  alias: Uint32Array,
): ReadonlyMap<number, NodeRule> {
  const welded = new Map<number, NodeRule>();
  for (const [n, rule] of rules) {
    const other = welded.get(alias[n]!);
    welded.set(alias[n]!, {
      flag: rule.flag | (other?.flag ?? 0),
      closed: rule.closed | (other?.closed ?? 0),
      isFord: rule.isFord || (other?.isFord ?? false),
    });
  }
  return welded;
}

/** 2 or more where ways are cut: the ends of ways and every place that is passed twice. */
function countUses(
  osm: OsmData,
  kept: Uint32Array,
  alias: Uint32Array,
  rules: ReadonlyMap<number, NodeRule>,
): Uint8Array {
  const { firstRef, ref } = osm.way;
  const uses = new Uint8Array(osm.node.lon.length);
  for (const w of kept) {
    let before = -1;
    for (let r = firstRef[w]!; r < firstRef[w + 1]!; r++) {
      if (ref[r] === MISSING_NODE) continue;
      const n = alias[ref[r]!]!;
      if (n !== before && uses[n]! < 2) uses[n]!++;
      before = n;
    }
  }
  for (const [n, rule] of rules) if (rule.closed !== 0) uses[alias[n]!] = 2;
  return uses;
}

/**
 * The graph that simulated athletes walk: every street of the map, the trails that the map lacks,
 * straight lines over squares and the lines that people take over meadows, beaches and car parks. The simulator's own: nothing of the matcher or router under test. CSR in typed arrays.
 */
import type { Tags } from "./line.ts";
import type { Point, Terrain } from "./terrain.ts";

/** How an edge feels underfoot; its index is stored. */
export const EDGE_KINDS = [
  "main",
  "street",
  "lane",
  "cycleway",
  "foot",
  "steps",
  "track",
  "path",
  "trail",
  "square",
  "off",
] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

export const EDGE = {
  /** A bicycle may go from source to target. */
  BIKE_FORWARD: 1,
  BIKE_BACKWARD: 2,
  /** Not on the written map: an unmapped trail or open ground. */
  UNMAPPED: 4,
  /** Between houses that reflect satellites' signals. */
  CANYON: 8,
  FOREST: 16,
  TUNNEL: 32,
  UNPAVED: 64,
} as const;

export interface StreetGraph {
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** Metres on the town's plane. */
  readonly nodeX: Float64Array;
  readonly nodeY: Float64Array;
  readonly nodeOsmId: Float64Array;
  /** 1 where a traffic light stops people now and then. */
  readonly hasSignal: Uint8Array;
  readonly firstOut: Uint32Array;
  /** Arcs: 2 · edge + (0 source→target | 1 back). */
  readonly outArc: Uint32Array;
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  readonly lengthM: Float64Array;
  readonly climbM: Float32Array;
  readonly descentM: Float32Array;
  readonly firstShape: Uint32Array;
  readonly shapeX: Float64Array;
  readonly shapeY: Float64Array;
  readonly shapeZ: Float32Array;
  /** OSM way id; ids of unmapped trails are in no file; 0 is open ground. */
  readonly wayId: Float64Array;
  readonly kind: Uint8Array;
  readonly flag: Uint8Array;
}

export interface EdgeDraft {
  readonly source: number;
  readonly target: number;
  readonly points: readonly Point[];
  readonly wayId: number;
  readonly kind: EdgeKind;
  readonly flag: number;
}

/** @param osmId per node of the drafts; nodes that no edge uses are left out */
export function buildStreetGraph(
  drafts: readonly EdgeDraft[],
  osmId: ReadonlyMap<number, number>,
  signals: ReadonlySet<number>,
  terrain: Pick<Terrain, "heightAt">,
): StreetGraph {
  const index = new Map<number, number>();
  const order: { x: number; y: number; node: number }[] = [];
  const nodeOf = (node: number, p: Point): number => {
    const known = index.get(node);
    if (known !== undefined) return known;
    index.set(node, order.length);
    order.push({ x: p.x, y: p.y, node });
    return order.length - 1;
  };
  const m = drafts.length;
  const source = new Uint32Array(m);
  const target = new Uint32Array(m);
  const firstShape = new Uint32Array(m + 1);
  for (let e = 0; e < m; e++) {
    const draft = drafts[e]!;
    source[e] = nodeOf(draft.source, draft.points[0]!);
    target[e] = nodeOf(draft.target, draft.points[draft.points.length - 1]!);
    firstShape[e + 1] = firstShape[e]! + draft.points.length;
  }
  const n = order.length;
  const shapeX = new Float64Array(firstShape[m]!);
  const shapeY = new Float64Array(firstShape[m]!);
  const shapeZ = new Float32Array(firstShape[m]!);
  const lengthM = new Float64Array(m);
  const climbM = new Float32Array(m);
  const descentM = new Float32Array(m);
  const wayId = new Float64Array(m);
  const kind = new Uint8Array(m);
  const flag = new Uint8Array(m);
  const firstOut = new Uint32Array(n + 1);
  for (let e = 0; e < m; e++) {
    const draft = drafts[e]!;
    let at = firstShape[e]!;
    draft.points.forEach((p, i) => {
      const z = terrain.heightAt(p.x, p.y);
      shapeX[at] = p.x;
      shapeY[at] = p.y;
      shapeZ[at] = z;
      if (i > 0) {
        const rise = z - shapeZ[at - 1]!;
        if (rise > 0) climbM[e]! += rise;
        else descentM[e]! -= rise;
        lengthM[e]! += Math.hypot(p.x - shapeX[at - 1]!, p.y - shapeY[at - 1]!);
      }
      at++;
    });
    wayId[e] = draft.wayId;
    kind[e] = EDGE_KINDS.indexOf(draft.kind);
    flag[e] = draft.flag;
    firstOut[source[e]! + 1]!++;
    firstOut[target[e]! + 1]!++;
  }
  for (let v = 0; v < n; v++) firstOut[v + 1]! += firstOut[v]!;
  const slot = firstOut.slice(0, n);
  const outArc = new Uint32Array(2 * m);
  for (let e = 0; e < m; e++) {
    outArc[slot[source[e]!]!++] = 2 * e;
    outArc[slot[target[e]!]!++] = 2 * e + 1;
  }
  return {
    nodeCount: n,
    edgeCount: m,
    nodeX: Float64Array.from(order, (o) => o.x),
    nodeY: Float64Array.from(order, (o) => o.y),
    nodeOsmId: Float64Array.from(order, (o) => osmId.get(o.node) ?? 0),
    hasSignal: Uint8Array.from(order, (o) => (signals.has(o.node) ? 1 : 0)),
    firstOut,
    outArc,
    source,
    target,
    lengthM,
    climbM,
    descentM,
    firstShape,
    shapeX,
    shapeY,
    shapeZ,
    wayId,
    kind,
    flag,
  };
}

/** The node nearest to a point of the plane. O(nodes). */
export function nearestNode(graph: StreetGraph, x: number, y: number): number {
  let best = 0;
  let bestD = Infinity;
  for (let n = 0; n < graph.nodeCount; n++) {
    const d = Math.hypot(graph.nodeX[n]! - x, graph.nodeY[n]! - y);
    if (d < bestD) {
      bestD = d;
      best = n;
    }
  }
  return best;
}

export function kindOf(tags: Tags): EdgeKind {
  switch (tags.highway) {
    case "primary":
    case "secondary":
      return "main";
    case "tertiary":
    case "residential":
    case "living_street":
      return "street";
    case "unclassified":
    case "service":
      return "lane";
    case "cycleway":
      return "cycleway";
    case "steps":
      return "steps";
    case "track":
      return "track";
    case "path":
      return tags.sac_scale ? "trail" : "path";
    default:
      return "foot";
  }
}

/** BIKE_FORWARD and BIKE_BACKWARD as the tags allow. */
export function bikeFlags(tags: Tags): number {
  const highway = tags.highway;
  if (highway === "steps") return 0;
  if ((highway === "footway" || highway === "pedestrian") && tags.bicycle !== "yes") return 0;
  if (tags.oneway === "yes" && tags["oneway:bicycle"] !== "no") return EDGE.BIKE_FORWARD;
  return EDGE.BIKE_FORWARD | EDGE.BIKE_BACKWARD;
}

const UNPAVED = new Set(["gravel", "fine_gravel", "compacted", "ground", "dirt", "grass", "sand"]);

export function isUnpaved(tags: Tags): boolean {
  return UNPAVED.has(tags.surface ?? "");
}

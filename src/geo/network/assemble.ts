/**
 * From loose nodes and edges to a `Network`: nodes are put in Hilbert order so that neighbours on
 * the ground are neighbours in memory, edges follow their first node, adjacency becomes CSR, and the
 * content is hashed into the version. O((n + m) log n).
 */
import { createHash64 } from "../../base/hash.ts";
import { METRES_PER_UNIT, UNITS_PER_DEGREE } from "../lonlat.ts";
import { NETWORK_ARRAYS, type Network } from "./network.ts";

/** Columns before ordering; the optional ones default to "the map does not say". */
export interface NetworkDraft {
  /** int32 at 1e-7 degree. */
  readonly nodeLon: Int32Array;
  readonly nodeLat: Int32Array;
  readonly nodeOsmId?: Float64Array;
  readonly nodeElevationM?: Float32Array;
  readonly nodeFlag?: Uint8Array;
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  /** Per edge firstShape[e] … firstShape[e + 1], both end nodes included. */
  readonly firstShape: Uint32Array;
  readonly shapeLon: Int32Array;
  readonly shapeLat: Int32Array;
  readonly wayId: Float64Array;
  readonly access: Uint8Array;
  readonly roadClass?: Uint8Array;
  readonly surface?: Uint8Array;
  readonly smoothness?: Uint8Array;
  readonly trackType?: Uint8Array;
  readonly sacScale?: Uint8Array;
  readonly mtbScale?: Uint8Array;
  readonly width?: Uint8Array;
  readonly flag?: Uint8Array;
  readonly ascentM?: Float32Array;
  readonly descentM?: Float32Array;
  /** Index into `names` per edge; names[0] is "". */
  readonly name?: Uint32Array;
  readonly names?: readonly string[];
  readonly firstEdgeRoute?: Uint32Array;
  readonly edgeRoute?: Uint32Array;
  readonly routeId?: Float64Array;
  readonly routeKind?: Uint8Array;
  readonly routeLevel?: Uint8Array;
  /** Index into `names` per route. */
  readonly routeName?: Uint32Array;
  /** Forbidden turns as (edge · 2 + direction) of the draft's edges, in any order. */
  readonly turnFrom?: Uint32Array;
  readonly turnTo?: Uint32Array;
  readonly turnMode?: Uint8Array;
}

export function assembleNetwork(draft: NetworkDraft): Network {
  const nodeCount = draft.nodeLon.length;
  const edgeCount = draft.source.length;

  const nodeOrder = hilbertOrder(draft.nodeLon, draft.nodeLat);
  const newNode = new Uint32Array(nodeCount);
  for (let i = 0; i < nodeCount; i++) newNode[nodeOrder[i]!] = i;

  const edgeKey = new Float64Array(edgeCount);
  for (let e = 0; e < edgeCount; e++) {
    const a = newNode[draft.source[e]!]!;
    const b = newNode[draft.target[e]!]!;
    edgeKey[e] = Math.min(a, b);
  }
  const edgeOrder = sortedIndex(edgeKey);
  const newEdge = new Uint32Array(edgeCount);
  for (let i = 0; i < edgeCount; i++) newEdge[edgeOrder[i]!] = i;

  const source = new Uint32Array(edgeCount);
  const target = new Uint32Array(edgeCount);
  const lengthM = new Float32Array(edgeCount);
  const firstShape = new Uint32Array(edgeCount + 1);
  const shapeLon = new Int32Array(draft.shapeLon.length);
  const shapeLat = new Int32Array(draft.shapeLat.length);
  let shape = 0;
  for (let i = 0; i < edgeCount; i++) {
    const e = edgeOrder[i]!;
    source[i] = newNode[draft.source[e]!]!;
    target[i] = newNode[draft.target[e]!]!;
    firstShape[i] = shape;
    const first = draft.firstShape[e]!;
    const last = draft.firstShape[e + 1]!;
    shapeLon.set(draft.shapeLon.subarray(first, last), shape);
    shapeLat.set(draft.shapeLat.subarray(first, last), shape);
    lengthM[i] = shapeLengthM(draft.shapeLon, draft.shapeLat, first, last);
    shape += last - first;
  }
  firstShape[edgeCount] = shape;

  const firstOut = new Uint32Array(nodeCount + 1);
  for (let e = 0; e < edgeCount; e++) {
    firstOut[source[e]! + 1]!++;
    firstOut[target[e]! + 1]!++;
  }
  for (let v = 0; v < nodeCount; v++) firstOut[v + 1]! += firstOut[v]!;
  const slot = firstOut.slice(0, nodeCount);
  const outArc = new Uint32Array(2 * edgeCount);
  const head = new Uint32Array(2 * edgeCount);
  for (let e = 0; e < edgeCount; e++) {
    const s = source[e]!;
    const t = target[e]!;
    const forward = slot[s]!++;
    outArc[forward] = 2 * e;
    head[forward] = t;
    const backward = slot[t]!++;
    outArc[backward] = 2 * e + 1;
    head[backward] = s;
  }

  const names = draft.names ?? [""];
  const encoded = names.map((name) => new TextEncoder().encode(name));
  const firstNameByte = new Uint32Array(names.length + 1);
  for (let i = 0; i < names.length; i++) {
    firstNameByte[i + 1] = firstNameByte[i]! + encoded[i]!.length;
  }
  const nameByte = new Uint8Array(firstNameByte[names.length]!);
  for (let i = 0; i < names.length; i++) nameByte.set(encoded[i]!, firstNameByte[i]!);

  const firstEdgeRoute = new Uint32Array(edgeCount + 1);
  const edgeRoute = new Uint32Array(draft.edgeRoute?.length ?? 0);
  if (draft.firstEdgeRoute && draft.edgeRoute) {
    let n = 0;
    for (let i = 0; i < edgeCount; i++) {
      const e = edgeOrder[i]!;
      firstEdgeRoute[i] = n;
      for (let r = draft.firstEdgeRoute[e]!; r < draft.firstEdgeRoute[e + 1]!; r++) {
        edgeRoute[n++] = draft.edgeRoute[r]!;
      }
    }
    firstEdgeRoute[edgeCount] = n;
  }

  const turnCount = draft.turnFrom?.length ?? 0;
  const turnKey = new Float64Array(turnCount);
  const newArc = (arc: number): number => 2 * newEdge[arc >>> 1]! + (arc & 1);
  for (let i = 0; i < turnCount; i++) {
    turnKey[i] = newArc(draft.turnFrom![i]!) * 2 * edgeCount + newArc(draft.turnTo![i]!);
  }
  const turnOrder = sortedIndex(turnKey);
  const turnFrom = new Uint32Array(turnCount);
  const turnTo = new Uint32Array(turnCount);
  const turnMode = new Uint8Array(turnCount);
  for (let i = 0; i < turnCount; i++) {
    const t = turnOrder[i]!;
    turnFrom[i] = newArc(draft.turnFrom![t]!);
    turnTo[i] = newArc(draft.turnTo![t]!);
    turnMode[i] = draft.turnMode?.[t] ?? 3;
  }

  const byEdge = <A extends Uint8Array | Uint32Array | Float32Array | Float64Array>(
    column: A | undefined,
    make: (n: number) => A,
  ): A => gather(column, edgeOrder, make(edgeCount));
  const bytes = (n: number): Uint8Array => new Uint8Array(n);

  const network = {
    nodeLon: gather(draft.nodeLon, nodeOrder, new Int32Array(nodeCount)),
    nodeLat: gather(draft.nodeLat, nodeOrder, new Int32Array(nodeCount)),
    nodeOsmId: gather(draft.nodeOsmId, nodeOrder, new Float64Array(nodeCount)),
    nodeElevationM: gather(
      draft.nodeElevationM,
      nodeOrder,
      new Float32Array(nodeCount).fill(Number.NaN),
    ),
    nodeFlag: gather(draft.nodeFlag, nodeOrder, new Uint8Array(nodeCount)),
    firstOut,
    outArc,
    head,
    source,
    target,
    lengthM,
    firstShape,
    shapeLon,
    shapeLat,
    wayId: byEdge(draft.wayId, (n) => new Float64Array(n)),
    roadClass: byEdge(draft.roadClass, bytes),
    surface: byEdge(draft.surface, bytes),
    smoothness: byEdge(draft.smoothness, bytes),
    trackType: byEdge(draft.trackType, bytes),
    sacScale: byEdge(draft.sacScale, bytes),
    mtbScale: byEdge(draft.mtbScale, bytes),
    width: byEdge(draft.width, bytes),
    access: byEdge(draft.access, bytes),
    flag: byEdge(draft.flag, bytes),
    ascentM: byEdge(draft.ascentM, (n) => new Float32Array(n)),
    descentM: byEdge(draft.descentM, (n) => new Float32Array(n)),
    name: byEdge(draft.name, (n) => new Uint32Array(n)),
    firstNameByte,
    nameByte,
    firstEdgeRoute,
    edgeRoute,
    routeId: draft.routeId ?? new Float64Array(0),
    routeKind: draft.routeKind ?? new Uint8Array(0),
    routeLevel: draft.routeLevel ?? new Uint8Array(0),
    routeName: draft.routeName ?? new Uint32Array(0),
    turnFrom,
    turnTo,
    turnMode,
  };
  const hash = createHash64();
  for (const key of NETWORK_ARRAYS) {
    const { buffer, byteOffset, byteLength } = network[key];
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return { version: hash.digest(), nodeCount, edgeCount, ...network };
}

/** Length in metres of shape points first … last − 1, on the flat at each segment's latitude. */
export function shapeLengthM(
  lon: Int32Array,
  lat: Int32Array,
  first: number,
  last: number,
): number {
  let length = 0;
  for (let i = first + 1; i < last; i++) {
    const middle = ((lat[i]! + lat[i - 1]!) / 2 / UNITS_PER_DEGREE) * (Math.PI / 180);
    const dx = (lon[i]! - lon[i - 1]!) * METRES_PER_UNIT * Math.cos(middle);
    const dy = (lat[i]! - lat[i - 1]!) * METRES_PER_UNIT;
    length += Math.sqrt(dx * dx + dy * dy);
  }
  return length;
}

function gather<A extends Int32Array | Uint8Array | Uint32Array | Float32Array | Float64Array>(
  column: A | undefined,
  order: Uint32Array,
  out: A,
): A {
  if (column) for (let i = 0; i < order.length; i++) out[i] = column[order[i]!]!;
  return out;
}

/** Indices that sort the keys ascending, equal keys in their given order. */
export function sortedIndex(key: Float64Array): Uint32Array {
  const index = Uint32Array.from({ length: key.length }, (_, i) => i);
  return index.sort((a, b) => key[a]! - key[b]! || a - b);
}

/** Node indices along a Hilbert curve over the whole earth, 2^20 cells a side. */
function hilbertOrder(lon: Int32Array, lat: Int32Array): Uint32Array {
  const key = new Float64Array(lon.length);
  for (let i = 0; i < lon.length; i++) {
    let x = Math.min(1048575, Math.floor(((lon[i]! + 1.8e9) / 3.6e9) * 1048576));
    let y = Math.min(1048575, Math.floor(((lat[i]! + 0.9e9) / 1.8e9) * 1048576));
    let d = 0;
    for (let s = 524288; s > 0; s >>>= 1) {
      const rx = (x & s) > 0 ? 1 : 0;
      const ry = (y & s) > 0 ? 1 : 0;
      d += s * s * ((3 * rx) ^ ry);
      if (ry === 0) {
        if (rx === 1) {
          x = 1048575 - x;
          y = 1048575 - y;
        }
        const swap = x;
        x = y;
        y = swap;
      }
    }
    key[i] = d;
  }
  return sortedIndex(key);
}

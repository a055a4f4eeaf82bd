/**
 * A `Network` from nodes and directed straight arcs, the form of published matching data sets. Two
 * arcs between the same nodes become one edge with access both ways, chains of nodes where nothing
 * can be chosen become one edge (as in a network cut from OpenStreetMap), and every network arc
 * remembers the file's arcs along it, so that truth given in the file's arcs stays scorable.
 */

import { haversine, UNITS_PER_DEGREE } from "../../src/geo/lonlat.ts";
import { assembleNetwork } from "../../src/geo/network/assemble.ts";
import { ACCESS } from "../../src/geo/network/attribute.ts";
import type { Network } from "../../src/geo/network/network.ts";
import type { ProfileArcs } from "../../src/geo/network/profile.ts";

/** In `partArc`: the file has no arc in this direction here. */
export const NO_ARC = 0xffffffff;

/**
 * Metres per second on every open arc. The data sets do not say how fast a road is; this is between
 * town and motorway, and a matcher must not lean on it.
 */
const SPEED_MPS = 20;

export interface ArcNetwork {
  readonly network: Network;
  readonly profile: ProfileArcs;
  /** The file's nodes in degrees, and its arcs from node to node. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Metres per arc of the file. */
  readonly arcLengthM: Float64Array;
  /** Per arc of the file the first arc with the same ends: doubled arcs are one. */
  readonly sameArc: Uint32Array;
  /**
   * Per network arc a: the file's arcs along it in the order of travel, partArc[firstPart[a]] …
   * partArc[firstPart[a + 1]], as `sameArc` numbers or NO_ARC.
   */
  readonly firstPart: Uint32Array;
  readonly partArc: Uint32Array;
  /** Metres from the start of the network arc to the end of each part. */
  readonly partEndM: Float64Array;
}

/**
 * @param lon,lat degrees per node
 * @param from,to node per arc
 * @param contract false keeps every node a junction
 */
export function arcNetwork(
  lon: Float64Array,
  lat: Float64Array,
  from: Uint32Array,
  to: Uint32Array,
  contract = true,
): ArcNetwork {
  const nodeCount = lon.length;
  const arcCount = from.length;
  const arcLengthM = new Float64Array(arcCount);
  const sameArc = new Uint32Array(arcCount);
  /** from · nodeCount + to → arc. */
  const arcOf = new Map<number, number>();
  for (let a = 0; a < arcCount; a++) {
    const [s, t] = [from[a]!, to[a]!];
    arcLengthM[a] = haversine(lon[s]!, lat[s]!, lon[t]!, lat[t]!);
    const key = s * nodeCount + t;
    sameArc[a] = arcOf.get(key) ?? a;
    if (sameArc[a] === a) arcOf.set(key, a);
  }
  const isArc = (s: number, t: number): boolean => arcOf.has(s * nodeCount + t);

  const neighbours: number[][] = Array.from({ length: nodeCount }, () => []);
  for (let a = 0; a < arcCount; a++) {
    const [s, t] = [from[a]!, to[a]!];
    if (sameArc[a] !== a || s === t) continue;
    if (s < t || !isArc(t, s)) {
      neighbours[s]!.push(t);
      neighbours[t]!.push(s);
    }
  }
  const isJunction = neighbours.map((ends, v) => {
    const [a, b] = ends;
    if (!contract || ends.length !== 2 || a === undefined || b === undefined) return true;
    return isArc(a, v) !== isArc(v, b) || isArc(b, v) !== isArc(v, a);
  });

  const chains = chainsOf(neighbours, isJunction);
  const network = assembleChains(chains, lon, lat, isArc);
  return {
    network,
    profile: profileOf(network),
    lon,
    lat,
    from,
    to,
    arcLengthM,
    sameArc,
    ...partsOf(network, chains, (s, t) => arcOf.get(s * nodeCount + t), arcLengthM, lon, lat),
  };
}

/** Node lists from junction to junction; a ring without a junction starts anywhere on it. */
function chainsOf(
  neighbours: readonly (readonly number[])[],
  isJunction: readonly boolean[],
): number[][] {
  const chains: number[][] = [];
  const isUsed = new Set<number>();
  const nodeCount = neighbours.length;
  const stepKey = (a: number, b: number): number => Math.min(a, b) * nodeCount + Math.max(a, b);
  const follow = (start: number, second: number): void => {
    if (isUsed.has(stepKey(start, second))) return;
    const chain = [start, second];
    isUsed.add(stepKey(start, second));
    let before = start;
    let here = second;
    while (!isJunction[here] && here !== start) {
      const [a, b] = neighbours[here]!;
      const next = a === before ? b! : a!;
      isUsed.add(stepKey(here, next));
      chain.push(next);
      before = here;
      here = next;
    }
    chains.push(chain);
  };
  for (const onlyJunctions of [true, false]) {
    for (let v = 0; v < nodeCount; v++) {
      if (onlyJunctions && !isJunction[v]) continue;
      for (const w of neighbours[v]!) follow(v, w);
    }
  }
  return chains;
}

/** One edge per chain; wayId is the number of the chain. */
function assembleChains(
  chains: readonly (readonly number[])[],
  lon: Float64Array,
  lat: Float64Array,
  isArc: (s: number, t: number) => boolean,
): Network {
  const unit = (degrees: number): number => Math.round(degrees * UNITS_PER_DEGREE);
  const newNode = new Map<number, number>();
  const numberOf = (v: number): number => {
    const n = newNode.get(v) ?? newNode.size;
    newNode.set(v, n);
    return n;
  };
  const source = Uint32Array.from(chains, (chain) => numberOf(chain[0]!));
  const target = Uint32Array.from(chains, (chain) => numberOf(chain.at(-1)!));
  const firstShape = new Uint32Array(chains.length + 1);
  chains.forEach((chain, i) => {
    firstShape[i + 1] = firstShape[i]! + chain.length;
  });
  const shape = chains.flat();
  const nodes = [...newNode.keys()];
  return assembleNetwork({
    nodeLon: Int32Array.from(nodes, (v) => unit(lon[v]!)),
    nodeLat: Int32Array.from(nodes, (v) => unit(lat[v]!)),
    nodeOsmId: Float64Array.from(nodes),
    source,
    target,
    firstShape,
    shapeLon: Int32Array.from(shape, (v) => unit(lon[v]!)),
    shapeLat: Int32Array.from(shape, (v) => unit(lat[v]!)),
    wayId: Float64Array.from(chains, (_, i) => i),
    access: Uint8Array.from(
      chains,
      ([a, b]) =>
        (isArc(a!, b!) ? ACCESS.MOTOR_FORWARD : 0) | (isArc(b!, a!) ? ACCESS.MOTOR_BACKWARD : 0),
    ),
  });
}

function profileOf(network: Network): ProfileArcs {
  const isOpen = Uint8Array.from({ length: 2 * network.edgeCount }, (_, arc) =>
    network.access[arc >>> 1]! & (arc & 1 ? ACCESS.MOTOR_BACKWARD : ACCESS.MOTOR_FORWARD) ? 1 : 0,
  );
  return {
    profile: "car",
    networkVersion: network.version,
    isOpen,
    speedMps: Float32Array.from(isOpen, (open) => (open ? SPEED_MPS : 0)),
    cost: Float32Array.from(isOpen, (open) => (open ? 1 : Number.POSITIVE_INFINITY)),
  };
}

function partsOf(
  network: Network,
  chains: readonly (readonly number[])[],
  arcBetween: (s: number, t: number) => number | undefined,
  arcLengthM: Float64Array,
  lon: Float64Array,
  lat: Float64Array,
): Pick<ArcNetwork, "firstPart" | "partArc" | "partEndM"> {
  const arcCount = 2 * network.edgeCount;
  const firstPart = new Uint32Array(arcCount + 1);
  const partArc: number[] = [];
  const partEndM: number[] = [];
  for (let arc = 0; arc < arcCount; arc++) {
    const chain = chains[network.wayId[arc >>> 1]!]!;
    const nodes = arc & 1 ? chain.toReversed() : chain;
    let endM = 0;
    for (let i = 1; i < nodes.length; i++) {
      const [s, t] = [nodes[i - 1]!, nodes[i]!];
      const a = arcBetween(s, t);
      endM += a === undefined ? haversine(lon[s]!, lat[s]!, lon[t]!, lat[t]!) : arcLengthM[a]!;
      partArc.push(a ?? NO_ARC);
      partEndM.push(endM);
    }
    firstPart[arc + 1] = partArc.length;
  }
  return {
    firstPart,
    partArc: Uint32Array.from(partArc),
    partEndM: Float64Array.from(partEndM),
  };
}

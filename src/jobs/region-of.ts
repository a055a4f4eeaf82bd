/**
 * From a built map to the region that simulated athletes live in: twelve kilometres square about the
 * place with the most streets, the largest part of it that hangs together on foot. A job, because the
 * simulator does not know the network that its recordings put to the test. O(edges).
 */

import type { ElevationGrid } from "../geo/elevation/index.ts";
import { UNITS_PER_DEGREE } from "../geo/lonlat.ts";
import {
  ACCESS,
  FLAG,
  NODE_FLAG,
  ROAD_CLASSES,
  type RoadClass,
  SAC_SCALES,
  SURFACES,
} from "../geo/network/attribute.ts";
import type { Network } from "../geo/network/network.ts";
import {
  createPlane,
  EDGE,
  type EdgeDraft,
  type EdgeKind,
  type Plane,
  type Region,
  settle,
} from "../sim/index.ts";

export const regionDefaults = {
  /** Metres from the middle to each side: a long ride there and back. */
  halfSideM: 6000,
  /** Metres of the squares that are counted to find the middle; a middle is three by three of them. */
  cellM: 1000,
  /** Metres of ways that hang together, below which a year of outings would go round in circles. */
  leastM: 20_000,
} as const;

export interface MapRegion {
  readonly region: Region;
  /** Edge of the network per edge of the region's graph, for those that the map has. */
  readonly networkEdge: Uint32Array;
}

export interface RegionOptions {
  readonly name: string;
  /** Where people leave the paths; equal seeds and networks give equal regions. */
  readonly seed: number;
  readonly elevation?: ElevationGrid | undefined;
}

/** @returns in words why nobody can live there, when the map is too small */
export function regionOf(network: Network, options: RegionOptions): MapRegion | string {
  const plane = middleOf(network);
  if (!plane) return `${options.name} has no ways that are open on foot`;
  const networkEdge = connected(network, edgesAbout(network, plane));
  const lengthM = networkEdge.reduce((sum, e) => sum + network.lengthM[e]!, 0);
  if (lengthM < regionDefaults.leastM) {
    return (
      `${options.name} is too small: ${(lengthM / 1000).toFixed(1)} km of ways hang together on foot, ` +
      `${regionDefaults.leastM / 1000} km are needed`
    );
  }
  const signals = new Set<number>();
  const osmId = new Map<number, number>();
  for (const e of networkEdge) {
    for (const n of [network.source[e]!, network.target[e]!]) {
      osmId.set(n, network.nodeOsmId[n]!);
      if (network.nodeFlag[n]! & NODE_FLAG.SIGNAL) signals.add(n);
    }
  }
  const region = settle(options.seed, {
    name: options.name,
    plane,
    edges: Array.from(networkEdge, (e) => draftOf(network, e, plane)),
    osmId,
    signals,
    heightAt: options.elevation && heightsOf(options.elevation, network, networkEdge, plane),
  });
  return { region, networkEdge };
}

/** How each class feels underfoot. The others are not walked: motorways, ferries, via ferratas. */
const KIND_OF_CLASS: Readonly<Partial<Record<RoadClass, EdgeKind>>> = {
  trunk: "main",
  trunk_link: "main",
  primary: "main",
  primary_link: "main",
  secondary: "main",
  secondary_link: "main",
  tertiary: "street",
  tertiary_link: "street",
  residential: "street",
  living_street: "street",
  unclassified: "lane",
  service: "lane",
  road: "lane",
  pedestrian: "foot",
  footway: "foot",
  platform: "foot",
  cycleway: "cycleway",
  steps: "steps",
  track: "track",
  bridleway: "track",
  path: "path",
  area: "square",
};
const KINDS = ROAD_CLASSES.map((name) => KIND_OF_CLASS[name]);
/** From here on people climb rather than walk. */
const CLIMB = SAC_SCALES.indexOf("demanding_alpine_hiking");
const FOOT = ACCESS.FOOT_FORWARD | ACCESS.FOOT_BACKWARD;
const UNPAVED = SURFACES.map((name, i) => i >= SURFACES.indexOf("compacted") && name !== "unknown");

function kindOf(network: Network, e: number): EdgeKind | undefined {
  const access = network.access[e]!;
  // Other people's drives are nobody's way.
  if ((access & FOOT) !== FOOT || access & ACCESS.RESTRICTED) return undefined;
  const sacScale = network.sacScale[e]!;
  if (sacScale >= CLIMB) return undefined;
  const kind = KINDS[network.roadClass[e]!];
  return kind === "path" && sacScale > 0 ? "trail" : kind;
}

/** A plane about the middle of the most streets, undefined without a way to walk. */
function middleOf(network: Network): Plane | undefined {
  const { cellM } = regionDefaults;
  const { nodeLon, nodeLat } = network;
  let first = 0;
  while (first < network.edgeCount && !kindOf(network, first)) first++;
  if (first === network.edgeCount) return undefined;
  const start = network.source[first]!;
  const plane = createPlane(nodeLon[start]! / UNITS_PER_DEGREE, nodeLat[start]! / UNITS_PER_DEGREE);
  const cells = new Map<string, { cx: number; cy: number; weight: number; x: number; y: number }>();
  for (let e = 0; e < network.edgeCount; e++) {
    const kind = kindOf(network, e);
    if (!kind) continue;
    const n = network.source[e]!;
    const x = plane.toX(nodeLon[n]! / UNITS_PER_DEGREE);
    const y = plane.toY(nodeLat[n]! / UNITS_PER_DEGREE);
    const cx = Math.floor(x / cellM);
    const cy = Math.floor(y / cellM);
    const cell = cells.get(`${cx},${cy}`) ?? { cx, cy, weight: 0, x: 0, y: 0 };
    // Homes are on streets; of two such places the one with more paths is the better one.
    const weight = network.lengthM[e]! * (kind === "street" ? 1 : 0.2);
    cell.weight += weight;
    cell.x += x * weight;
    cell.y += y * weight;
    cells.set(`${cx},${cy}`, cell);
  }
  let best = { weight: -1, x: 0, y: 0 };
  for (const { cx, cy } of cells.values()) {
    const sum = { weight: 0, x: 0, y: 0 };
    for (let k = 0; k < 9; k++) {
      const cell = cells.get(`${cx + (k % 3) - 1},${cy + Math.floor(k / 3) - 1}`);
      if (!cell) continue;
      sum.weight += cell.weight;
      sum.x += cell.x;
      sum.y += cell.y;
    }
    if (sum.weight > best.weight) best = sum;
  }
  const scale = best.weight > 0 ? 1 / best.weight : 1;
  return createPlane(plane.toLon(best.x * scale), plane.toLat(best.y * scale));
}

/** Edges to walk on with both ends in the square about the plane's origin. */
function edgesAbout(network: Network, plane: Plane): number[] {
  const { halfSideM } = regionDefaults;
  const { nodeLon, nodeLat } = network;
  const isInside = (n: number): boolean =>
    Math.abs(plane.toX(nodeLon[n]! / UNITS_PER_DEGREE)) < halfSideM &&
    Math.abs(plane.toY(nodeLat[n]! / UNITS_PER_DEGREE)) < halfSideM;
  const edges: number[] = [];
  for (let e = 0; e < network.edgeCount; e++) {
    if (!kindOf(network, e)) continue;
    if (isInside(network.source[e]!) && isInside(network.target[e]!)) edges.push(e);
  }
  return edges;
}

/** The part of the edges with the greatest length that hangs together. Union by halving paths. */
function connected(network: Network, edges: readonly number[]): Uint32Array {
  const parent = new Map<number, number>();
  const find = (node: number): number => {
    let n = node;
    for (;;) {
      const up = parent.get(n) ?? n;
      if (up === n) return n;
      const top = parent.get(up) ?? up;
      parent.set(n, top);
      n = top;
    }
  };
  for (const e of edges) {
    const a = find(network.source[e]!);
    const b = find(network.target[e]!);
    if (a !== b) parent.set(Math.max(a, b), Math.min(a, b));
  }
  const lengthM = new Map<number, number>();
  for (const e of edges) {
    const root = find(network.source[e]!);
    lengthM.set(root, (lengthM.get(root) ?? 0) + network.lengthM[e]!);
  }
  let largest = -1;
  for (const [root, length] of lengthM) {
    if (largest < 0 || length > lengthM.get(largest)!) largest = root;
  }
  return Uint32Array.from(edges.filter((e) => find(network.source[e]!) === largest));
}

function draftOf(network: Network, e: number, plane: Plane): EdgeDraft {
  const points = [];
  for (let i = network.firstShape[e]!; i < network.firstShape[e + 1]!; i++) {
    points.push({
      x: plane.toX(network.shapeLon[i]! / UNITS_PER_DEGREE),
      y: plane.toY(network.shapeLat[i]! / UNITS_PER_DEGREE),
    });
  }
  const access = network.access[e]!;
  let flag = 0;
  if (access & ACCESS.BIKE_FORWARD) flag |= EDGE.BIKE_FORWARD;
  if (access & ACCESS.BIKE_BACKWARD) flag |= EDGE.BIKE_BACKWARD;
  if (network.flag[e]! & FLAG.TUNNEL) flag |= EDGE.TUNNEL;
  if (UNPAVED[network.surface[e]!]) flag |= EDGE.UNPAVED;
  // Where only walkers may go, houses stand close.
  if (ROAD_CLASSES[network.roadClass[e]!] === "pedestrian") flag |= EDGE.CANYON;
  return {
    source: network.source[e]!,
    target: network.target[e]!,
    points,
    wayId: network.wayId[e]!,
    kind: kindOf(network, e)!,
    flag,
  };
}

/** Metres beyond which a void of the grid is not bridged. */
const VOID_M = 1500;

/** Heights on the plane; undefined where the grid does not cover the region. */
function heightsOf(
  elevation: ElevationGrid,
  network: Network,
  edges: Uint32Array,
  plane: Plane,
): ((x: number, y: number) => number) | undefined {
  const known = (x: number, y: number): number => elevation.at(plane.toLon(x), plane.toLat(y));
  const heightAt = (x: number, y: number): number => {
    const z = known(x, y);
    if (!Number.isNaN(z)) return z;
    for (let r = 100; r <= VOID_M; r += 100) {
      for (let k = 0; k < 8; k++) {
        const around = known(
          x + r * Math.cos((k * Math.PI) / 4),
          y + r * Math.sin((k * Math.PI) / 4),
        );
        if (!Number.isNaN(around)) return around;
      }
    }
    return Number.NaN;
  };
  for (const e of edges) {
    for (let i = network.firstShape[e]!; i < network.firstShape[e + 1]!; i++) {
      const z = heightAt(
        plane.toX(network.shapeLon[i]! / UNITS_PER_DEGREE),
        plane.toY(network.shapeLat[i]! / UNITS_PER_DEGREE),
      );
      if (Number.isNaN(z)) return undefined;
    }
  }
  // A crossing lies between ways; what no sample answers there is as good as level.
  return (x, y) => heightAt(x, y) || 0;
}

/**
 * Runs and rides on a real map with known truth: a way through three drawn points, so that it is no
 * shortest path, walked at a steady speed. Where Valhalla is installed it draws the way on its own
 * network, which favours it; else the way is ours. Ways are kept in bench/.cache.
 */
import { createRng, integer } from "../../src/base/rng.ts";
import { haversine, UNITS_PER_DEGREE } from "../../src/geo/lonlat.ts";
import type { TrackPoints } from "../../src/geo/match/match.ts";
import type { Network } from "../../src/geo/network/network.ts";
import type { ProfileArcs } from "../../src/geo/network/profile.ts";
import { cached } from "../cache.ts";
import type { Costing, Valhalla } from "../peer/valhalla.ts";
import { type Line, lineLengthM } from "../score/line.ts";
import { OwnRoutes } from "./own-route.ts";
import { type Noise, walk, withNoise } from "./walk.ts";

export interface Mover {
  readonly name: "run" | "ride";
  readonly profile: "foot" | "bike";
  readonly costing: Costing;
  readonly speedMps: number;
  /** Each drawn point lies at most so far from the one before, as the crow flies. */
  readonly hopM: number;
  readonly seed: number;
}

export const MOVERS: readonly Mover[] = [
  { name: "run", profile: "foot", costing: "pedestrian", speedMps: 3, hopM: 3000, seed: 31 },
  { name: "ride", profile: "bike", costing: "bicycle", speedMps: 7, hopM: 10_000, seed: 32 },
];

export const NOISES = {
  none: { name: "none", sigmaM: 0, tauS: 0 },
  correlated: { name: "σ 5 m correlated (τ 10 s)", sigmaM: 5, tauS: 10 },
  white: { name: "σ 5 m white", sigmaM: 5, tauS: 0 },
  urban: { name: "σ 10 m urban (τ 30 s)", sigmaM: 10, tauS: 30 },
} as const satisfies Record<string, Noise>;

/** Points that every way is drawn through, its start and end included. */
const THROUGH_COUNT = 5;
const SHORTEST_M = 1000;

/** `count` ways for this mover, the same for the same map, seed and source of truth. */
export async function drawWays(
  mover: Mover,
  count: number,
  network: Network,
  arcs: ProfileArcs,
  valhalla: Valhalla | undefined,
): Promise<Line[]> {
  const source = valhalla
    ? `valhalla-${valhalla.version}-${valhalla.mapDigest}`
    : `own-${network.version}`;
  const key = `ways-${source}-${mover.name}-seed${mover.seed}-hop${mover.hopM}-${count}`;
  const ways = await cached(key, async () => {
    const rng = createRng(mover.seed);
    const own = valhalla ? undefined : new OwnRoutes(network, arcs);
    const found: number[][] = [];
    for (let tries = 0; found.length < count && tries < 20 * count; tries++) {
      const nodes = drawNodes(network, arcs, mover.hopM, rng);
      const line = own
        ? ownLine(own, nodes)
        : await valhalla?.route(pointsOf(network, nodes), mover.costing);
      if (line && lineLengthM(line) >= SHORTEST_M) found.push(Array.from(line, round6));
    }
    return found;
  });
  return ways.map((way) => Float64Array.from(way));
}

/** The recording of a way: the same noise for the same seed and way, whoever is measured. */
export function recordWay(way: Line, mover: Mover, noise: Noise, wayIndex: number): TrackPoints {
  return withNoise(walk(way, mover.speedMps), noise, createRng(mover.seed, wayIndex + 1));
}

/** Nodes that the mover can leave, each within a hop of the one before; fewer on a tiny island. */
function drawNodes(
  network: Network,
  arcs: ProfileArcs,
  hopM: number,
  rng: () => number,
): readonly number[] {
  const isUsable = (node: number): boolean => {
    for (let slot = network.firstOut[node]!; slot < network.firstOut[node + 1]!; slot++) {
      if (arcs.isOpen[network.outArc[slot]!]) return true;
    }
    return false;
  };
  const nodes: number[] = [];
  for (let tries = 0; nodes.length < THROUGH_COUNT && tries < 10_000; tries++) {
    const node = integer(rng, network.nodeCount);
    const before = nodes.at(-1);
    if (!isUsable(node)) continue;
    if (before === undefined || (before !== node && distanceM(network, before, node) <= hopM)) {
      nodes.push(node);
    }
  }
  return nodes;
}

function distanceM(network: Network, a: number, b: number): number {
  const lon = (v: number): number => network.nodeLon[v]! / UNITS_PER_DEGREE;
  const lat = (v: number): number => network.nodeLat[v]! / UNITS_PER_DEGREE;
  return haversine(lon(a), lat(a), lon(b), lat(b));
}

function pointsOf(network: Network, nodes: readonly number[]): Line {
  return Float64Array.from(
    nodes.flatMap((v) => [
      network.nodeLon[v]! / UNITS_PER_DEGREE,
      network.nodeLat[v]! / UNITS_PER_DEGREE,
    ]),
  );
}

function ownLine(own: OwnRoutes, nodes: readonly number[]): Line | undefined {
  const arcs = own.arcsThrough(nodes);
  return arcs && own.lineOf(arcs);
}

function round6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

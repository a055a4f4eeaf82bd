/**
 * Walks and rides that leave the paths, with known truth by row. Two kinds: a crossing of open
 * ground (meadow, car park, beach) between two places on the network, straight or bent; and a path
 * that the walker follows and the map lacks. Everything from a seed.
 */
import { createRng, integer, type Rng } from "../../src/base/rng.ts";
import {
  haversine,
  METRES_PER_DEGREE,
  METRES_PER_UNIT,
  metresPerLon,
  UNITS_PER_DEGREE,
} from "../../src/geo/lonlat.ts";
import type { TrackPoints } from "../../src/geo/match/match.ts";
import { assembleNetwork } from "../../src/geo/network/assemble.ts";
import type { Network } from "../../src/geo/network/network.ts";
import type { ProfileArcs } from "../../src/geo/network/profile.ts";
import { arcLine, joined, type Line, lineLengthM, part, resample } from "../score/line.ts";
import { SegmentGrid } from "../score/segment-grid.ts";
import { OwnRoutes } from "./own-route.ts";
import { walk, withNoise } from "./walk.ts";

export interface OffNetworkTrack {
  readonly points: TrackPoints;
  /** Metres walked that a row stands for: half of the step before it and half of the one after. */
  readonly weightM: Float64Array;
  /** 1 where the row's true place lies within a stretch off the network. */
  readonly isOff: Uint8Array;
  /** 1 where such a row is nevertheless within `NEAR_M` of an open arc: leaving and coming back. */
  readonly isNear: Uint8Array;
  /** Standard deviation of the recorder's error. */
  readonly sigmaM: number;
}

/** A place so near to an open arc can be told from the arc by no recorder that errs by 5 m. */
export const NEAR_M = 15;
/** Off-network stretches are so long, as the crow flies. */
const SHORTEST_M = 80;
const LONGEST_M = 600;
/** Of a stretch at least so much is further than `NEAR_M` from every open arc: it crosses no paths. */
const LEAST_CLEAR = 0.8;
/** On-network way before and after a stretch, as the crow flies. */
const APPROACH_M = 800;
/** Metres and seconds of the recorder's error; drawn per track. */
const SIGMA_M = [3, 10] as const;
const TAU_S = [5, 30] as const;

interface Stretch {
  readonly line: Line;
  readonly isOff: boolean;
}

/**
 * Crossings between places anywhere on open arcs, and the way there and on.
 * @param count tracks; the network stays as it is
 */
export function drawCrossings(
  network: Network,
  arcs: ProfileArcs,
  speedMps: number,
  count: number,
  seed: number,
): OffNetworkTrack[] {
  const rng = createRng(seed);
  const routes = new OwnRoutes(network, arcs);
  const open = openArcs(network, arcs);
  const grid = gridOf(network, open);
  const tracks: OffNetworkTrack[] = [];
  while (tracks.length < count) {
    const [out, back] = [pickOpen(rng, open), pickOpen(rng, open)];
    // Cheap, and true of nearly all pairs: they are nowhere near each other.
    if (crowM(network, routes.tailOf(out), routes.tailOf(back)) > 2 * LONGEST_M) continue;
    const [leaveAt, returnAt] = [rng(), rng()];
    const from = part(arcLine(network, out), 0, leaveAt);
    const to = part(arcLine(network, back), returnAt, 1);
    const gapM = haversine(from.at(-2)!, from.at(-1)!, to[0]!, to[1]!);
    if (gapM < SHORTEST_M || gapM > LONGEST_M) continue;
    const crossing = bent(from.at(-2)!, from.at(-1)!, to[0]!, to[1]!, (rng() - 0.5) / 2);
    if (clearShare(crossing, grid) < LEAST_CLEAR) continue;
    const before = approach(routes, routes.tailOf(out), "to", rng);
    const after = approach(routes, routes.headOf(back), "from", rng);
    if (before === undefined || after === undefined) continue;
    const stretches = [
      { line: joined([before, from]), isOff: false },
      { line: crossing, isOff: true },
      { line: joined([to, after]), isOff: false },
    ];
    tracks.push(record(stretches, speedMps, grid, rng));
  }
  return tracks;
}

/**
 * Ways over paths that are then taken out of the map. All tracks of the set share the map that is
 * left, which is returned with them; `wayId` of its edges still says where they come from.
 */
export function drawMissingPaths(
  network: Network,
  arcs: ProfileArcs,
  compile: (network: Network) => ProfileArcs,
  speedMps: number,
  count: number,
  seed: number,
): { readonly network: Network; readonly arcs: ProfileArcs; readonly tracks: OffNetworkTrack[] } {
  const rng = createRng(seed);
  const routes = new OwnRoutes(network, arcs);
  const open = openArcs(network, arcs);
  const boxes = new EdgeBoxes(network);
  const ways: { readonly before: readonly number[]; arc: number; after: readonly number[] }[] = [];
  const removed = new Set<number>();
  const used = new Set<number>();
  while (ways.length < count) {
    const arc = pickOpen(rng, open);
    const edge = arc >>> 1;
    const line = arcLine(network, arc);
    const spanM = haversine(line[0]!, line[1]!, line.at(-2)!, line.at(-1)!);
    if (spanM < SHORTEST_M || lineLengthM(line) > LONGEST_M || used.has(edge)) continue;
    const others = open.filter((other) => other >>> 1 !== edge && boxes.isNear(other >>> 1, edge));
    if (clearShare(line, gridOf(network, others)) < LEAST_CLEAR) continue;
    const before = approachArcs(routes, routes.tailOf(arc), "to", rng);
    const after = approachArcs(routes, routes.headOf(arc), "from", rng);
    if (before === undefined || after === undefined) continue;
    const around = [...before, ...after];
    if (around.some((other) => removed.has(other >>> 1) || other >>> 1 === edge)) continue;
    removed.add(edge);
    for (const other of [arc, ...around]) used.add(other >>> 1);
    ways.push({ before, arc, after });
  }

  const left = withoutEdges(network, removed);
  const leftArcs = compile(left);
  const grid = gridOf(left, openArcs(left, leftArcs));
  const tracks = ways.map(({ before, arc, after }) =>
    record(
      [
        { line: routes.lineOf(before), isOff: false },
        { line: arcLine(network, arc), isOff: true },
        { line: routes.lineOf(after), isOff: false },
      ],
      speedMps,
      grid,
      rng,
    ),
  );
  return { network: left, arcs: leftArcs, tracks };
}

/** Walks the stretches in turn and adds the recorder's error. */
function record(
  stretches: readonly Stretch[],
  speedMps: number,
  grid: SegmentGrid,
  rng: Rng,
): OffNetworkTrack {
  const truth = walk(joined(stretches.map(({ line }) => line)), speedMps);
  const rows = truth.lon.length;
  const isOff = new Uint8Array(rows);
  const isNear = new Uint8Array(rows);
  let startM = 0;
  for (const { line, isOff: off } of stretches) {
    const endM = startM + lineLengthM(line);
    if (off) {
      const first = Math.ceil(startM / speedMps);
      isOff.fill(1, first, Math.max(first, Math.ceil(endM / speedMps)));
    }
    startM = endM;
  }
  const weightM = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    if (isOff[i] && grid.distanceM(truth.lon[i]!, truth.lat[i]!) <= NEAR_M) isNear[i] = 1;
    if (i === 0) continue;
    const step = haversine(truth.lon[i - 1]!, truth.lat[i - 1]!, truth.lon[i]!, truth.lat[i]!);
    weightM[i - 1]! += step / 2;
    weightM[i]! += step / 2;
  }
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * rng();
  const sigmaM = between(SIGMA_M);
  const noise = { name: "", sigmaM, tauS: between(TAU_S) };
  return { points: withNoise(truth, noise, rng), weightM, isOff, isNear, sigmaM };
}

/** A quadratic bow from one place to another; `bend` is its control point's offset by length. */
function bent(lonA: number, latA: number, lonB: number, latB: number, bend: number): Line {
  const [x, y] = [(lonB - lonA) * metresPerLon(latA), (latB - latA) * METRES_PER_DEGREE];
  const controlLon = (lonA + lonB) / 2 + (-y * 2 * bend) / metresPerLon(latA);
  const controlLat = (latA + latB) / 2 + (x * 2 * bend) / METRES_PER_DEGREE;
  const pieces = 32;
  return Float64Array.from(
    Array.from({ length: pieces + 1 }, (_, i) => {
      const t = i / pieces;
      const [a, c, b] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
      return [a * lonA + c * controlLon + b * lonB, a * latA + c * controlLat + b * latB];
    }).flat(),
  );
}

/** A way of some hundred metres that ends ("to") or starts ("from") at this node. */
function approach(
  routes: OwnRoutes,
  node: number,
  direction: "to" | "from",
  rng: Rng,
): Line | undefined {
  const arcs = approachArcs(routes, node, direction, rng);
  return arcs && routes.lineOf(arcs);
}

function approachArcs(
  routes: OwnRoutes,
  node: number,
  direction: "to" | "from",
  rng: Rng,
): readonly number[] | undefined {
  const { network } = routes;
  for (let tries = 0; tries < 200; tries++) {
    const other = integer(rng, network.nodeCount);
    const distanceM = crowM(network, node, other);
    if (distanceM < APPROACH_M / 2 || distanceM > APPROACH_M) continue;
    const arcs =
      direction === "to" ? routes.arcsBetween(other, node) : routes.arcsBetween(node, other);
    if (arcs !== undefined) return arcs;
  }
  return undefined;
}

function crowM(network: Network, a: number, b: number): number {
  return haversine(
    network.nodeLon[a]! / UNITS_PER_DEGREE,
    network.nodeLat[a]! / UNITS_PER_DEGREE,
    network.nodeLon[b]! / UNITS_PER_DEGREE,
    network.nodeLat[b]! / UNITS_PER_DEGREE,
  );
}

function openArcs(network: Network, arcs: ProfileArcs): number[] {
  const open: number[] = [];
  for (let arc = 0; arc < 2 * network.edgeCount; arc++) if (arcs.isOpen[arc]) open.push(arc);
  return open;
}

function pickOpen(rng: Rng, open: readonly number[]): number {
  return open[integer(rng, open.length)]!;
}

function gridOf(network: Network, open: readonly number[]): SegmentGrid {
  const edges = new Set(open.map((arc) => arc >>> 1));
  const lines = Array.from(edges, (edge) => arcLine(network, 2 * edge));
  const origin = lines[0] ?? Float64Array.of(0, 0);
  return new SegmentGrid(lines, NEAR_M, origin[0]!, origin[1]!);
}

/** Share of a line that no line of the grid comes near. */
function clearShare(line: Line, grid: SegmentGrid): number {
  const samples = resample(line, 5);
  let clear = 0;
  for (let i = 0; i < samples.length; i += 2) {
    if (grid.distanceM(samples[i]!, samples[i + 1]!) > NEAR_M) clear++;
  }
  return clear / (samples.length / 2);
}

/** Bounding boxes of edges, in stored units. */
class EdgeBoxes {
  readonly #box: Int32Array;

  constructor(network: Network) {
    this.#box = new Int32Array(4 * network.edgeCount);
    for (let e = 0; e < network.edgeCount; e++) {
      const lon = network.shapeLon.subarray(network.firstShape[e]!, network.firstShape[e + 1]!);
      const lat = network.shapeLat.subarray(network.firstShape[e]!, network.firstShape[e + 1]!);
      this.#box.set(
        [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)],
        4 * e,
      );
    }
  }

  /** Whether the boxes come within `NEAR_M` of each other, anywhere up to 70° of latitude. */
  isNear(a: number, b: number): boolean {
    const box = this.#box;
    const [i, j] = [4 * a, 4 * b];
    const margin = NEAR_M / METRES_PER_UNIT;
    const wide = 3 * margin;
    return (
      box[i]! <= box[j + 2]! + wide &&
      box[j]! <= box[i + 2]! + wide &&
      box[i + 1]! <= box[j + 3]! + margin &&
      box[j + 1]! <= box[i + 3]! + margin
    );
  }
}

/** The network that a map without these edges gives; names and routes, which no matcher reads, go. */
function withoutEdges(network: Network, removed: ReadonlySet<number>): Network {
  const kept = Uint32Array.from({ length: network.edgeCount }, (_, e) => e).filter(
    (edge) => !removed.has(edge),
  );
  const newEdge = new Map(Array.from(kept, (edge, i) => [edge, i]));
  const newArc = (arc: number): number => 2 * newEdge.get(arc >>> 1)! + (arc & 1);
  const turns = Array.from(network.turnFrom, (_, t) => t).filter(
    (t) => newEdge.has(network.turnFrom[t]! >>> 1) && newEdge.has(network.turnTo[t]! >>> 1),
  );
  const firstShape = new Uint32Array(kept.length + 1);
  kept.forEach((edge, i) => {
    firstShape[i + 1] = firstShape[i]! + network.firstShape[edge + 1]! - network.firstShape[edge]!;
  });
  const shape = (column: Int32Array): Int32Array => {
    const all = new Int32Array(firstShape[kept.length]!);
    kept.forEach((edge, i) => {
      all.set(
        column.subarray(network.firstShape[edge]!, network.firstShape[edge + 1]!),
        firstShape[i]!,
      );
    });
    return all;
  };
  const bytes = (column: Uint8Array): Uint8Array => Uint8Array.from(kept, (edge) => column[edge]!);
  return assembleNetwork({
    nodeLon: network.nodeLon,
    nodeLat: network.nodeLat,
    nodeOsmId: network.nodeOsmId,
    nodeElevationM: network.nodeElevationM,
    nodeFlag: network.nodeFlag,
    source: Uint32Array.from(kept, (edge) => network.source[edge]!),
    target: Uint32Array.from(kept, (edge) => network.target[edge]!),
    firstShape,
    shapeLon: shape(network.shapeLon),
    shapeLat: shape(network.shapeLat),
    wayId: Float64Array.from(kept, (edge) => network.wayId[edge]!),
    access: bytes(network.access),
    roadClass: bytes(network.roadClass),
    surface: bytes(network.surface),
    smoothness: bytes(network.smoothness),
    trackType: bytes(network.trackType),
    sacScale: bytes(network.sacScale),
    mtbScale: bytes(network.mtbScale),
    width: bytes(network.width),
    flag: bytes(network.flag),
    turnFrom: Uint32Array.from(turns, (t) => newArc(network.turnFrom[t]!)),
    turnTo: Uint32Array.from(turns, (t) => newArc(network.turnTo[t]!)),
    turnMode: Uint8Array.from(turns, (t) => network.turnMode[t]!),
  });
}

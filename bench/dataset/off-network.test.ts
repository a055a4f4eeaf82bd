import { expect, it } from "vitest";
import { createRng, integer } from "../../src/base/rng.ts";
import { METRES_PER_UNIT, UNITS_PER_DEGREE } from "../../src/geo/lonlat.ts";
import { assembleNetwork } from "../../src/geo/network/assemble.ts";
import { ACCESS } from "../../src/geo/network/attribute.ts";
import type { Network } from "../../src/geo/network/network.ts";
import type { ProfileArcs } from "../../src/geo/network/profile.ts";
import { lineLengthM } from "../score/line.ts";
import { drawCrossings, drawMissingPaths, type OffNetworkTrack } from "./off-network.ts";
import { OwnRoutes } from "./own-route.ts";

/** Square blocks of paths at the equator, `blockM` metres wide, `size` nodes each way. */
function blocks(size: number, blockM: number): Network {
  const unit = Math.round(blockM / METRES_PER_UNIT);
  const lon = Int32Array.from({ length: size * size }, (_, v) => (v % size) * unit);
  const lat = Int32Array.from({ length: size * size }, (_, v) => Math.floor(v / size) * unit);
  const edges: [number, number][] = [];
  for (let v = 0; v < size * size; v++) {
    if (v % size < size - 1) edges.push([v, v + 1]);
    if (v < size * (size - 1)) edges.push([v, v + size]);
  }
  return assembleNetwork({
    nodeLon: lon,
    nodeLat: lat,
    source: Uint32Array.from(edges, (e) => e[0]),
    target: Uint32Array.from(edges, (e) => e[1]),
    firstShape: Uint32Array.from({ length: edges.length + 1 }, (_, i) => 2 * i),
    shapeLon: Int32Array.from(edges.flat(), (v) => lon[v]!),
    shapeLat: Int32Array.from(edges.flat(), (v) => lat[v]!),
    wayId: Float64Array.from(edges, (_, i) => i),
    access: new Uint8Array(edges.length).fill(ACCESS.FOOT_FORWARD | ACCESS.FOOT_BACKWARD),
  });
}

function allOpen(network: Network): ProfileArcs {
  return {
    profile: "foot",
    networkVersion: network.version,
    isOpen: new Uint8Array(2 * network.edgeCount).fill(1),
    speedMps: new Float32Array(2 * network.edgeCount).fill(1.4),
    cost: new Float32Array(2 * network.edgeCount).fill(1),
  };
}

function expectOneStretch(track: OffNetworkTrack): void {
  const rows = Array.from(track.isOff, (off, i) => (off ? i : -1)).filter((i) => i >= 0);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.at(-1)! - rows[0]! + 1).toBe(rows.length);
  expect(rows[0]).toBeGreaterThan(0);
  expect(rows.at(-1)).toBeLessThan(track.isOff.length - 1);
  const offM = rows.reduce((sum, i) => sum + track.weightM[i]!, 0);
  expect(offM).toBeGreaterThan(75);
  const nearM = rows.reduce((sum, i) => sum + (track.isNear[i] ? track.weightM[i]! : 0), 0);
  expect(nearM / offM).toBeLessThan(0.25);
  expect(track.isNear.some((near, i) => near === 1 && !track.isOff[i])).toBe(false);
}

it("draws crossings that leave the paths once and stay clear of them, the same for one seed", () => {
  const network = blocks(9, 300);
  const tracks = drawCrossings(network, allOpen(network), 3, 6, 1);
  expect(tracks).toHaveLength(6);
  for (const track of tracks) expectOneStretch(track);
  expect(drawCrossings(network, allOpen(network), 3, 6, 1)).toEqual(tracks);
});

it("takes the walked paths out of the map, one for each track", () => {
  const network = blocks(12, 300);
  const { network: left, tracks } = drawMissingPaths(network, allOpen(network), allOpen, 3, 5, 1);
  expect(left.edgeCount).toBe(network.edgeCount - 5);
  for (const track of tracks) expectOneStretch(track);
});

it("finds ways as short as trying every pair of nodes over every third does", () => {
  const network = blocks(4, 100);
  const rng = createRng(3);
  const arcs = allOpen(network);
  for (let a = 0; a < arcs.isOpen.length; a++) if (rng() < 0.4) arcs.isOpen[a] = 0;
  const n = network.nodeCount;
  const shortest = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (i === j ? 0 : Number.POSITIVE_INFINITY)),
  );
  const routes = new OwnRoutes(network, arcs);
  arcs.isOpen.forEach((open, arc) => {
    const [s, t] = [routes.tailOf(arc), routes.headOf(arc)];
    if (open) shortest[s]![t] = Math.min(shortest[s]![t]!, network.lengthM[arc >>> 1]!);
  });
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        shortest[i]![j] = Math.min(shortest[i]![j]!, shortest[i]![k]! + shortest[k]![j]!);
      }
    }
  }
  for (let tries = 0; tries < 60; tries++) {
    const [from, to] = [integer(rng, n), integer(rng, n)];
    const way = routes.arcsBetween(from, to);
    const expected = shortest[from]![to]!;
    if (way === undefined) {
      expect(expected).toBe(Number.POSITIVE_INFINITY);
      continue;
    }
    expect(way.reduce((sum, arc) => sum + network.lengthM[arc >>> 1]!, 0)).toBeCloseTo(expected, 1);
    expect(way.every((arc) => arcs.isOpen[arc] === 1)).toBe(true);
    if (way.length > 0) {
      expect(routes.tailOf(way[0]!)).toBe(from);
      expect(routes.headOf(way.at(-1)!)).toBe(to);
      expect(lineLengthM(routes.lineOf(way))).toBeCloseTo(expected, 0);
      expect(routes.lineOf(way)[0]).toBe(network.nodeLon[from]! / UNITS_PER_DEGREE);
    }
  }
});

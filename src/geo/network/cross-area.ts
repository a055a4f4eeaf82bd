/**
 * Edges across open areas for walkers: pairs of entries that see each other, shortest first, each
 * drawn only where the paths that exist (and the crossings drawn before it) are a detour: a greedy
 * spanner (Althöfer et al., "On sparse spanners of weighted graphs", 1993), so their number stays
 * linear in the entries. Squares are crossed freely; on greens only a large detour makes a line over
 * the grass plausible, and forest, water, walls and buildings stop it.
 */

import { growInt32, growUint32 } from "../../base/grow.ts";
import { METRES_PER_UNIT } from "../lonlat.ts";
import { isObstacle, type OpenArea } from "./area.ts";
import { MISSING_NODE, type OsmData } from "./osm/osm-data.ts";
import type { SplitWays } from "./split.ts";
import { tagsOf } from "./tags.ts";
import { bendsOf, type FlatRing, isInRings, isVisible, wallsOf } from "./visibility.ts";
import { WalkGraph } from "./walk-graph.ts";

export const areaDefaults = {
  /** Entries of one area; where it has more, those farthest from each other are taken. */
  entriesMax: 40,
  /** Corners round which a line across a square may bend. */
  bendsMax: 40,
  square: {
    /** Times the straight line that the existing way must be longer. */
    detour: 1.15,
    /** Longest line in metres. */
    lengthMaxM: 400,
  },
  green: { detour: 1.6, lengthMaxM: 250 },
} as const;

export interface AreaCrossings {
  /** Nodes of `split`. */
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  readonly firstShape: Uint32Array;
  readonly shapeLon: Int32Array;
  readonly shapeLat: Int32Array;
  /** Index into the areas. */
  readonly area: Uint32Array;
}

/** @param access bits of ACCESS per edge of `split` */
export function crossAreas(
  osm: OsmData,
  areas: readonly OpenArea[],
  split: SplitWays,
  access: Uint8Array,
  kept: Uint32Array,
): AreaCrossings {
  const source = growUint32();
  const target = growUint32();
  const firstShape = growUint32();
  const shapeLon = growInt32();
  const shapeLat = growInt32();
  const areaOfEdge = growUint32();
  if (areas.length > 0) {
    const walkers = new WalkGraph(split, access);
    const obstacles = obstaclesOf(osm, areas);
    const nodesByLon = new NodesByLon(split);
    for (const [a, area] of areas.entries()) {
      const plan = planOf(osm, area, obstacles[a]!);
      const entries = entriesOf(area, plan, split, nodesByLon, walkers, kept);
      for (const line of linesAcross(area, plan, entries, split, walkers)) {
        source.push(line.from);
        target.push(line.to);
        firstShape.push(shapeLon.length);
        for (let i = 0; i < line.shape.length; i += 2) {
          shapeLon.push(line.shape[i]!);
          shapeLat.push(line.shape[i + 1]!);
        }
        areaOfEdge.push(a);
      }
    }
  }
  firstShape.push(shapeLon.length);
  return {
    source: source.finish(),
    target: target.finish(),
    firstShape: firstShape.finish(),
    shapeLon: shapeLon.finish(),
    shapeLat: shapeLat.finish(),
    area: areaOfEdge.finish(),
  };
}

/** An area on the flat around its first node, in metres. */
interface Plan {
  readonly originLon: number;
  readonly originLat: number;
  readonly metresPerLonUnit: number;
  readonly rings: readonly FlatRing[];
  readonly walls: Float64Array;
  /** West, south, east, north in 1e-7 degree. */
  readonly bounds: readonly [number, number, number, number];
}

function planOf(osm: OsmData, area: OpenArea, obstacles: readonly (readonly number[])[]): Plan {
  const { lon, lat } = osm.node;
  const first = area.rings[0]![0]!;
  const originLon = lon[first]!;
  const originLat = lat[first]!;
  const metresPerLonUnit = METRES_PER_UNIT * Math.cos(((originLat / 1e7) * Math.PI) / 180);
  const flat = (line: readonly number[]): FlatRing =>
    Float64Array.from(
      line.flatMap((n) => [
        (lon[n]! - originLon) * metresPerLonUnit,
        (lat[n]! - originLat) * METRES_PER_UNIT,
      ]),
    );
  const rings = area.rings.map(flat);
  return {
    originLon,
    originLat,
    metresPerLonUnit,
    rings,
    walls: wallsOf([...rings, ...obstacles.map(flat)]),
    bounds: boundsOf(osm, area.rings),
  };
}

function boundsOf(
  osm: OsmData,
  lines: readonly ArrayLike<number>[],
): [number, number, number, number] {
  let west = Number.POSITIVE_INFINITY;
  let south = west;
  let east = Number.NEGATIVE_INFINITY;
  let north = east;
  for (const line of lines) {
    for (let i = 0; i < line.length; i++) {
      const n = line[i]!;
      if (n === MISSING_NODE) continue;
      west = Math.min(west, osm.node.lon[n]!);
      south = Math.min(south, osm.node.lat[n]!);
      east = Math.max(east, osm.node.lon[n]!);
      north = Math.max(north, osm.node.lat[n]!);
    }
  }
  return [west, south, east, north];
}

/** Per area the lines of ways that stop a walker and lie in its bounds. O(ways · log areas). */
function obstaclesOf(osm: OsmData, areas: readonly OpenArea[]): number[][][] {
  const found: number[][][] = areas.map(() => []);
  const bounds = areas.map((area) => boundsOf(osm, area.rings));
  const byWest = [...areas.keys()].sort((a, b) => bounds[a]![0] - bounds[b]![0]);
  const widest = Math.max(...bounds.map((b) => b[2] - b[0]));
  for (let w = 0; w < osm.way.id.length; w++) {
    const refs = osm.way.ref.subarray(osm.way.firstRef[w]!, osm.way.firstRef[w + 1]!);
    const [west, south, east, north] = boundsOf(osm, [refs]);
    // Areas whose west lies where they could still reach this way.
    let low = 0;
    let high = byWest.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[byWest[middle]!]![0] < west - widest) low = middle + 1;
      else high = middle;
    }
    let stops: boolean | undefined;
    for (let i = low; i < byWest.length && bounds[byWest[i]!]![0] <= east; i++) {
      const a = byWest[i]!;
      const b = bounds[a]!;
      if (b[2] < west || b[1] > north || b[3] < south || areas[a]!.outline.has(w)) continue;
      stops ??= isObstacle(tagsOf(osm.strings, osm.way, w));
      if (stops) found[a]!.push(Array.from(refs).filter((n) => n !== MISSING_NODE));
    }
  }
  return found;
}

/** Network nodes from west to east, to find those in a box. */
class NodesByLon {
  private readonly split: SplitWays;
  private readonly order: Uint32Array;

  constructor(split: SplitWays) {
    this.split = split;
    this.order = Uint32Array.from({ length: split.nodeLon.length }, (_, i) => i).sort(
      (a, b) => split.nodeLon[a]! - split.nodeLon[b]! || a - b,
    );
  }

  inBounds([west, south, east, north]: Plan["bounds"]): number[] {
    const { nodeLon, nodeLat } = this.split;
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (nodeLon[this.order[middle]!]! < west) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let i = low; i < this.order.length && nodeLon[this.order[i]!]! <= east; i++) {
      const node = this.order[i]!;
      if (nodeLat[node]! >= south && nodeLat[node]! <= north) found.push(node);
    }
    return found;
  }
}

interface Entry {
  readonly node: number;
  readonly x: number;
  readonly y: number;
}

/** Nodes on the outline or inside that walkers reach by something else than the outline. */
function entriesOf(
  area: OpenArea,
  plan: Plan,
  split: SplitWays,
  nodes: NodesByLon,
  walkers: WalkGraph,
  kept: Uint32Array,
): Entry[] {
  const onRing = new Set(area.rings.flat());
  const entries: Entry[] = [];
  for (const node of nodes.inBounds(plan.bounds)) {
    const x = (split.nodeLon[node]! - plan.originLon) * plan.metresPerLonUnit;
    const y = (split.nodeLat[node]! - plan.originLat) * METRES_PER_UNIT;
    if (!onRing.has(split.osmNode[node]!) && !isInRings(x, y, plan.rings)) continue;
    const isReached = walkers
      .edgesAt(node)
      .some((e) => !area.outline.has(kept[split.keptWay[e]!]!));
    if (isReached) entries.push({ node, x, y });
  }
  return farthest(entries, areaDefaults.entriesMax);
}

/** At most `most` of the entries, spread wide (Gonzalez 1985). */
function farthest(entries: readonly Entry[], most: number): Entry[] {
  if (entries.length <= most) return [...entries];
  const chosen = [entries[0]!];
  const gap = entries.map((e) => Math.hypot(e.x - chosen[0]!.x, e.y - chosen[0]!.y));
  while (chosen.length < most) {
    const next = gap.indexOf(Math.max(...gap));
    chosen.push(entries[next]!);
    for (const [i, e] of entries.entries()) {
      gap[i] = Math.min(gap[i]!, Math.hypot(e.x - entries[next]!.x, e.y - entries[next]!.y));
    }
  }
  return chosen;
}

interface Line {
  readonly from: number;
  readonly to: number;
  /** lon, lat, lon, lat … at 1e-7 degree, both ends included. */
  readonly shape: readonly number[];
}

function linesAcross(
  area: OpenArea,
  plan: Plan,
  entries: readonly Entry[],
  split: SplitWays,
  walkers: WalkGraph,
): Line[] {
  const limits = areaDefaults[area.kind];
  const lines: Line[] = [];
  const paths =
    area.kind === "green"
      ? straightPaths(plan, entries, limits, walkers)
      : needed(bentPaths(plan, entries, limits.lengthMaxM), entries, limits.detour, walkers);
  for (const path of paths.sort(byLength)) {
    const { node: from } = entries[path.from]!;
    const { node: to } = entries[path.to]!;
    const allowedM = limits.detour * path.lengthM;
    if (lines.length > 0) {
      walkers.search(from, allowedM, to);
      if (walkers.distanceM(to) <= allowedM) continue;
    }
    walkers.add(from, to, path.lengthM);
    const shape = [split.nodeLon[from]!, split.nodeLat[from]!];
    for (let i = 0; i < path.bends.length; i += 2) {
      shape.push(
        Math.round(path.bends[i]! / plan.metresPerLonUnit) + plan.originLon,
        Math.round(path.bends[i + 1]! / METRES_PER_UNIT) + plan.originLat,
      );
    }
    shape.push(split.nodeLon[to]!, split.nodeLat[to]!);
    lines.push({ from, to, shape });
  }
  return lines;
}

/**
 * The paths that the network of the map is a detour for. Crossings only shorten ways, so what needs
 * none at first needs none later. One search an entry.
 */
function needed(
  paths: readonly FreePath[],
  entries: readonly Entry[],
  detour: number,
  walkers: WalkGraph,
): FreePath[] {
  const isNeeded = new Set<FreePath>();
  for (const [a, entry] of entries.entries()) {
    const own = paths.filter((path) => path.from === a);
    if (own.length === 0) continue;
    walkers.search(entry.node, detour * Math.max(...own.map((path) => path.lengthM)));
    for (const path of own) {
      const existingM = walkers.distanceM(entries[path.to]!.node);
      if (existingM > detour * path.lengthM) isNeeded.add(path);
    }
  }
  return paths.filter((path) => isNeeded.has(path));
}

interface FreePath {
  readonly from: number;
  readonly to: number;
  readonly lengthM: number;
  /** x, y of the corners on the way. */
  readonly bends: readonly number[];
}

const byLength = (p: FreePath, q: FreePath): number =>
  p.lengthM - q.lengthM || p.from - q.from || p.to - q.to;

/** Straight ways that the network is a detour for. Who sees whom is asked last, it costs most. */
function straightPaths(
  plan: Plan,
  entries: readonly Entry[],
  limits: { readonly detour: number; readonly lengthMaxM: number },
  walkers: WalkGraph,
): FreePath[] {
  const paths: FreePath[] = [];
  for (let from = 0; from < entries.length; from++) {
    const a = entries[from]!;
    walkers.search(a.node, limits.detour * limits.lengthMaxM);
    for (let to = from + 1; to < entries.length; to++) {
      const b = entries[to]!;
      const lengthM = Math.hypot(a.x - b.x, a.y - b.y);
      if (lengthM > limits.lengthMaxM || lengthM === 0) continue;
      if (walkers.distanceM(b.node) <= limits.detour * lengthM) continue;
      if (!isVisible(a.x, a.y, b.x, b.y, plan.rings, plan.walls)) continue;
      paths.push({ from, to, lengthM, bends: [] });
    }
  }
  return paths;
}

/** Shortest free ways between entries, straight or round corners. */
function bentPaths(plan: Plan, entries: readonly Entry[], lengthMaxM: number): FreePath[] {
  const bends = bendsOf(plan.rings, areaDefaults.bendsMax);
  const x = [...entries.map((e) => e.x), ...bends.filter((_, i) => i % 2 === 0)];
  const y = [...entries.map((e) => e.y), ...bends.filter((_, i) => i % 2 === 1)];
  const count = x.length;
  const length = new Float64Array(count * count).fill(Number.POSITIVE_INFINITY);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const metres = Math.hypot(x[a]! - x[b]!, y[a]! - y[b]!);
      if (metres > lengthMaxM || metres === 0) continue;
      if (!isVisible(x[a]!, y[a]!, x[b]!, y[b]!, plan.rings, plan.walls)) continue;
      length[a * count + b] = metres;
      length[b * count + a] = metres;
    }
  }
  const paths: FreePath[] = [];
  for (let a = 0; a < entries.length; a++) {
    const { lengthM, before } = shortestOverBends(length, count, a, entries.length);
    for (let b = a + 1; b < entries.length; b++) {
      if (lengthM[b]! > lengthMaxM) continue;
      const corners: number[] = [];
      for (let v = before[b]!; v !== a; v = before[v]!) corners.unshift(x[v]!, y[v]!);
      paths.push({ from: a, to: b, lengthM: lengthM[b]!, bends: corners });
    }
  }
  return paths;
}

/** Dijkstra on the dense visibility graph; a way passes corners only, never another entry. */
function shortestOverBends(
  length: Float64Array,
  count: number,
  start: number,
  entryCount: number,
): { lengthM: Float64Array; before: Int32Array } {
  const lengthM = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(count).fill(-1);
  const isDone = new Uint8Array(count);
  lengthM[start] = 0;
  for (;;) {
    let v = -1;
    for (let i = 0; i < count; i++) {
      if (!isDone[i] && lengthM[i]! < (v < 0 ? Number.POSITIVE_INFINITY : lengthM[v]!)) v = i;
    }
    if (v < 0) return { lengthM, before };
    isDone[v] = 1;
    if (v < entryCount && v !== start) continue;
    for (let w = 0; w < count; w++) {
      const through = lengthM[v]! + length[v * count + w]!;
      if (through < lengthM[w]!) {
        lengthM[w] = through;
        before[w] = v;
      }
    }
  }
}

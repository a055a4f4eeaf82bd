/**
 * Draws a town that nobody has been to: terrain, sites, roads, streets, houses and fields from one
 * seed, as an OpenStreetMap extract, a graph to walk on and a height for every place. 12 × 9 km,
 * about 1.5 s.
 */
import { createRng, integer, pick, type Rng } from "../../base/rng.ts";
import { type Box, createPlane, type Plane } from "../plane.ts";
import { drawAreas, drawBrooks, placeGrounds } from "./area.ts";
import { type Area, Ground, placeBuildings, takeStreets } from "./building.ts";
import { cleanGraph, type DraftEdge, type DraftGraph, degrees } from "./graph.ts";
import { crossing, lift, type SketchLine, type Tags, thin } from "./line.ts";
import { Names } from "./name.ts";
import { drawOffNetwork } from "./off-network.ts";
import { OsmBuilder, type OsmDraft, type OsmMember } from "./osm-draft.ts";
import { planarise } from "./planar.ts";
import { traceRoads, UNMAPPED_TAG } from "./road.ts";
import { createSite, type Site } from "./site.ts";
import { drawStreets, type Streets } from "./street.ts";
import {
  bikeFlags,
  buildStreetGraph,
  EDGE,
  type EdgeDraft,
  isUnpaved,
  kindOf,
  type StreetGraph,
} from "./street-graph.ts";
import { createTerrain, type Point, type Terrain } from "./terrain.ts";

/** South-west of nowhere: a place of plain hills in the middle latitudes, one degree tile. */
const ORIGIN_LON = 11.55;
const ORIGIN_LAT = 47.47;
const BOX: Box = { west: -6000, south: -4500, east: 6000, north: 4500 };

export interface UnmappedWay {
  /** An id that no file holds. */
  readonly id: number;
  /** Degrees, from end to end. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
}

export interface Place extends Point {
  readonly name: string;
  readonly kind: "town" | "village" | "peak" | "viewpoint" | "cafe" | "station";
}

export interface Town {
  readonly seed: number;
  readonly name: string;
  /** IANA zone in which its people live. */
  readonly timeZone: string;
  readonly plane: Plane;
  readonly box: Box;
  /** [west, south, east, north] in degrees. */
  readonly bbox: readonly [number, number, number, number];
  readonly osm: OsmDraft;
  readonly graph: StreetGraph;
  /** Trails of the world that the file lacks. */
  readonly unmappedWays: readonly UnmappedWay[];
  readonly places: readonly Place[];
  /** Metres above sea level; beyond the drawn ground the nearest border value. */
  elevationAt(lon: number, lat: number): number;
}

/** @param seed any integer; equal seeds give equal towns, byte for byte */
export function drawTown(seed: number): Town {
  const plane = createPlane(ORIGIN_LON, ORIGIN_LAT);
  const terrain = createTerrain(seed, BOX);
  const site = createSite(seed, terrain);
  const names = new Names(createRng(seed, 30));
  const townName = names.keep(
    pick(createRng(seed, 29), ["Sarvenna", "Arvenau", "Lunaried", "Valdorna", "Ortelin"]),
  );
  const riverName = names.keep("Arvel");
  const lakeName = names.keep(`${townName}er See`);

  const roads = traceRoads(seed, site, names);
  const streets = drawStreets(seed, site, roads, names);
  const lines = withCrossings(site, [...roads.lines, ...streets.lines], names);
  const rail = lines.length;
  lines.push(railLine(site));
  const planar = planarise(lines);
  const graph = cleanGraph(planar, lines, createRng(seed, 71));

  const ground = new Ground(BOX.west, BOX.south, BOX.east, BOX.north);
  takeStreets(ground, graph);
  takeWater(ground, site);
  const cover = drawAreas(seed, site, streets, names, lakeName, riverName);
  const grounds = placeGrounds(seed, site, ground, names);
  const landmarks = drawLandmarks(site, streets, ground, townName);
  const houses = placeBuildings(seed, site, graph, ground);

  const builder = new OsmBuilder(plane);
  const osmId = new Map<number, number>();
  const nodeId = (n: number): number => {
    let id = osmId.get(n);
    if (id === undefined) {
      id = builder.node(graph.nodeX[n]!, graph.nodeY[n]!);
      osmId.set(n, id);
    }
    return id;
  };
  const rng = createRng(seed, 72);
  const turns = chooseTurns(graph, rng);
  const written = writeStreets(
    builder,
    graph,
    lines,
    nodeId,
    new Set(turns.map((t) => t.via)),
    plane,
  );
  for (const turn of turns) {
    builder.relation(
      [
        { type: "way", ref: written.wayOf.get(turn.from)!, role: "from" },
        { type: "node", ref: nodeId(turn.via), role: "via" },
        { type: "way", ref: written.wayOf.get(turn.to)!, role: "to" },
      ],
      { type: "restriction", restriction: turn.kind },
    );
  }
  const signals = tagStreetNodes(builder, graph, nodeId, rng);
  writeRail(builder, planar.lineNodes[rail]!, planar, osmId, nodeId, site);
  writeBrooks(builder, seed, site, graph, names);
  for (const area of [...cover.areas, ...grounds.areas, ...landmarks, ...houses])
    writeArea(builder, area);
  const places = writePlaces(builder, site, roads.summits, names, townName, rng);
  writeRoutes(builder, graph, written.wayOf, places, names, rng);

  const edges: EdgeDraft[] = graph.edges.map((edge) =>
    edgeDraft(edge, graph, site, written.wayOf.get(edge) ?? 0),
  );
  edges.push(...squareCrossings(graph, written.wayOf));
  edges.push(...drawOffNetwork(seed, site, graph, cover, grounds.carParks));
  const nodeIds = new Map<number, number>();
  for (const edge of edges) for (const n of [edge.source, edge.target]) nodeIds.set(n, nodeId(n));
  return {
    seed,
    name: townName,
    timeZone: "Europe/Vienna",
    plane,
    box: BOX,
    bbox: [
      plane.toLon(BOX.west),
      plane.toLat(BOX.south),
      plane.toLon(BOX.east),
      plane.toLat(BOX.north),
    ],
    osm: builder.build(Date.UTC(2025, 0, 6)),
    graph: buildStreetGraph(edges, nodeIds, signals, terrain),
    unmappedWays: written.unmapped,
    places,
    elevationAt: (lon, lat) => terrain.heightAt(plane.toX(lon), plane.toY(lat)),
  };
}

function railLine(site: Site): SketchLine {
  const points: Point[] = [];
  for (let x = BOX.west + 1; x < BOX.east; x += 40) points.push({ x, y: site.railY(x) });
  return { points: thin(points, 0.4), tags: { railway: "rail" }, layer: 0, reachM: 0, rank: 15 };
}

/** Bridges over the river, underpasses below the railway. */
function withCrossings(site: Site, lines: readonly SketchLine[], names: Names): SketchLine[] {
  const { terrain } = site;
  const courses: Point[][] = [[], []];
  for (let x = BOX.west; x <= BOX.east; x += 15) {
    if (terrain.lake(x, terrain.riverY(x)) > 0) continue;
    courses[x < terrain.lakeCentre.x ? 0 : 1]!.push({ x, y: terrain.riverY(x) });
  }
  const railway = railLine(site).points;
  const bridgeNames = [
    "Untere Brücke",
    "Alte Brücke",
    "Seebrücke",
    "Parkbrücke",
    "Ostbrücke",
    "Hochbrücke",
  ].map((n) => names.keep(n));
  let count = 0;
  return lines.flatMap((line) => {
    let parts = [line];
    for (const course of courses)
      parts = parts.flatMap((p) => lift(p, course, 36, 1, { bridge: "yes", layer: "1" }));
    const highway = line.tags.highway!;
    if (["primary", "secondary", "tertiary", "cycleway"].includes(highway)) {
      parts = parts.flatMap((p) => lift(p, railway, 17, -1, { tunnel: "yes", layer: "-1" }));
    }
    for (const part of parts) {
      if (part.layer === 1 && count < bridgeNames.length)
        part.tags["bridge:name"] = bridgeNames[count++]!;
    }
    return parts;
  });
}

function takeWater(ground: Ground, site: Site): void {
  const { terrain } = site;
  for (let x = BOX.west; x < BOX.east; x += 8) {
    ground.takeDisc(x, terrain.riverY(x), terrain.riverHalfWidth(x) + 8);
    ground.takeDisc(x, site.railY(x), 9);
  }
  for (let y = terrain.lakeCentre.y - 1500; y < terrain.lakeCentre.y + 1500; y += 10) {
    for (let x = BOX.west; x < terrain.lakeCentre.x + 2500; x += 10) {
      if (terrain.lake(x, y) > -0.02) ground.takeDisc(x, y, 10);
    }
  }
  for (let a = 0; a < 360; a += 2) {
    for (let k = 0.05; k < 1; k += 0.02) {
      const r = site.parkRadiusM((a * Math.PI) / 180) * k;
      ground.takeDisc(
        site.parkCentre.x + Math.cos((a * Math.PI) / 180) * r,
        site.parkCentre.y + Math.sin((a * Math.PI) / 180) * r,
        6,
      );
    }
  }
  ground.takeDisc(terrain.castle.x, terrain.castle.y, 60);
}

/** Church, town hall and station: drawn by hand, so that houses leave them room. */
function drawLandmarks(site: Site, streets: Streets, ground: Ground, townName: string): Area[] {
  for (const square of streets.squares) ground.takeLine(square.points, 4);
  const areas: Area[] = [];
  const put = (c: Point, angle: number, shape: readonly [number, number][], tags: Tags): void => {
    const ux = Math.cos(angle);
    const uy = Math.sin(angle);
    const points = shape.map(([a, b]) => ({ x: c.x + ux * a - uy * b, y: c.y + uy * a + ux * b }));
    for (const [a, b] of shape)
      ground.takeDisc(c.x + (ux * a - uy * b) * 0.5, c.y + (uy * a + ux * b) * 0.5, 9);
    areas.push({ outer: [points], inner: [], tags });
  };
  const church = streets.squares[1]!.points;
  const cx = church.reduce((s, p) => s + p.x, 0) / church.length;
  const cy = church.reduce((s, p) => s + p.y, 0) / church.length;
  put(
    { x: cx, y: cy },
    0.1,
    [
      [-19, -5],
      [6, -5],
      [6, -11],
      [13, -11],
      [13, -5],
      [17, -4],
      [20, 0],
      [17, 4],
      [13, 5],
      [13, 11],
      [6, 11],
      [6, 5],
      [-19, 5],
    ],
    { building: "church", amenity: "place_of_worship", religion: "christian", name: "St. Ursula" },
  );
  const stationX = site.terrain.oldTown.x + 230;
  const slope = Math.atan2(site.railY(stationX + 30) - site.railY(stationX - 30), 60);
  put(
    { x: stationX, y: site.railY(stationX) + 22 },
    slope,
    [
      [-42, -7],
      [42, -7],
      [42, 8],
      [14, 8],
      [14, 12],
      [-14, 12],
      [-14, 8],
      [-42, 8],
    ],
    { building: "train_station", name: `Bahnhof ${townName}` },
  );
  return areas;
}

interface Turn {
  readonly from: DraftEdge;
  readonly to: DraftEdge;
  readonly via: number;
  readonly kind: string;
}

/** Forbidden turns from main roads into side streets, as towns have them. */
function chooseTurns(graph: DraftGraph, rng: Rng): Turn[] {
  const around = new Map<number, DraftEdge[]>();
  for (const edge of graph.edges) {
    for (const n of [edge.nodes[0]!, edge.nodes[edge.nodes.length - 1]!]) {
      const list = around.get(n);
      if (list) list.push(edge);
      else around.set(n, [edge]);
    }
  }
  const isMain = (e: DraftEdge): boolean =>
    ["primary", "secondary", "tertiary"].includes(e.tags.highway!) && !e.tags.junction;
  const turns: Turn[] = [];
  for (const [via, list] of around) {
    if (turns.length >= 28) break;
    const from = list.find(
      (e) => isMain(e) && e.tags.oneway === undefined && e.nodes[0] !== e.nodes[e.nodes.length - 1],
    );
    const to = list.find(
      (e) =>
        e !== from &&
        e.tags.highway === "residential" &&
        e.tags.oneway === undefined &&
        e.nodes[0] !== e.nodes[e.nodes.length - 1],
    );
    if (!from || !to || list.length > 4 || rng() > 0.14) continue;
    const at = (e: DraftEdge): Point => {
      const n = e.nodes[0] === via ? e.nodes[1]! : e.nodes[e.nodes.length - 2]!;
      return { x: graph.nodeX[n]! - graph.nodeX[via]!, y: graph.nodeY[n]! - graph.nodeY[via]! };
    };
    const a = at(from);
    const b = at(to);
    turns.push({
      from,
      to,
      via,
      kind: -a.x * b.y + a.y * b.x > 0 ? "no_left_turn" : "no_right_turn",
    });
  }
  return turns;
}

/** Joins edges of one stroke to ways; unmapped ones are kept apart. */
function writeStreets(
  builder: OsmBuilder,
  graph: DraftGraph,
  lines: readonly SketchLine[],
  nodeId: (n: number) => number,
  splits: ReadonlySet<number>,
  plane: Plane,
): { wayOf: Map<DraftEdge, number>; unmapped: UnmappedWay[] } {
  const wayOf = new Map<DraftEdge, number>();
  const unmapped: UnmappedWay[] = [];
  let run: DraftEdge[] = [];
  let length = 0;
  const flush = (): void => {
    const head = run[0];
    if (!head) return;
    const nodes = [...head.nodes];
    for (const edge of run.slice(1)) nodes.push(...edge.nodes.slice(1));
    if (head.tags[UNMAPPED_TAG]) {
      const id = builder.reserveWay();
      for (const edge of run) wayOf.set(edge, id);
      unmapped.push({
        id,
        lon: Float64Array.from(nodes, (n) => plane.toLon(graph.nodeX[n]!)),
        lat: Float64Array.from(nodes, (n) => plane.toLat(graph.nodeY[n]!)),
      });
    } else {
      const id = builder.way(nodes.map(nodeId), head.tags);
      for (const edge of run) wayOf.set(edge, id);
    }
    run = [];
    length = 0;
  };
  for (const edge of graph.edges) {
    const before = run[run.length - 1];
    const isNext =
      before !== undefined &&
      before.line === edge.line &&
      before.nodes[before.nodes.length - 1] === edge.nodes[0] &&
      !splits.has(edge.nodes[0]!) &&
      (length < 1400 || lines[edge.line]?.tags.area !== undefined);
    if (!isNext) flush();
    run.push(edge);
    length += edge.lengthM;
  }
  flush();
  return { wayOf, unmapped };
}

/** Traffic lights, crossings, gates and bollards. @returns the draft nodes with lights */
function tagStreetNodes(
  builder: OsmBuilder,
  graph: DraftGraph,
  nodeId: (n: number) => number,
  rng: Rng,
): Set<number> {
  const around = new Map<number, string[]>();
  for (const edge of graph.edges) {
    if (edge.tags[UNMAPPED_TAG] || edge.tags.junction) continue;
    for (const n of [edge.nodes[0]!, edge.nodes[edge.nodes.length - 1]!]) {
      const list = around.get(n);
      if (list) list.push(edge.tags.highway!);
      else around.set(n, [edge.tags.highway!]);
    }
  }
  const signals = new Set<number>();
  for (const [n, list] of around) {
    const main = list.filter(
      (h) => h === "primary" || h === "secondary" || h === "tertiary",
    ).length;
    if (main >= 3 && list.length >= 4 && rng() < 0.6) {
      signals.add(n);
      builder.tagNode(nodeId(n), { highway: "traffic_signals" });
    } else if (main >= 2 && list.some((h) => h === "footway" || h === "cycleway")) {
      const hasLight = rng() < 0.3;
      builder.tagNode(nodeId(n), {
        highway: "crossing",
        crossing: hasLight ? "traffic_signals" : "uncontrolled",
      });
      if (hasLight) signals.add(n);
    }
  }
  for (const edge of graph.edges) {
    const highway = edge.tags.highway!;
    if (edge.nodes.length < 4 || edge.tags[UNMAPPED_TAG]) continue;
    const inner = edge.nodes[1]!;
    if (highway === "track" && rng() < 0.07)
      builder.tagNode(nodeId(inner), {
        barrier: rng() < 0.6 ? "gate" : "cattle_grid",
        foot: "yes",
        bicycle: "yes",
      });
    if (highway === "path" && rng() < 0.03)
      builder.tagNode(nodeId(inner), { barrier: "stile", foot: "yes" });
    if ((highway === "footway" || highway === "cycleway") && rng() < 0.06)
      builder.tagNode(nodeId(inner), { barrier: rng() < 0.8 ? "bollard" : "cycle_barrier" });
  }
  return signals;
}

function writeRail(
  builder: OsmBuilder,
  nodes: readonly number[],
  planar: { nodeX: number[]; nodeY: number[] },
  osmId: ReadonlyMap<number, number>,
  nodeId: (n: number) => number,
  site: Site,
): void {
  const refs = nodes.map((n) => {
    const shared = osmId.get(n);
    if (shared === undefined) return builder.node(planar.nodeX[n]!, planar.nodeY[n]!);
    builder.tagNode(nodeId(n), { railway: "level_crossing" });
    return shared;
  });
  builder.way(refs, {
    railway: "rail",
    usage: "main",
    electrified: "contact_line",
    gauge: "1435",
    name: "Arveltalbahn",
  });
  const track: number[] = [];
  for (let x = 900; x < 2300; x += 60) {
    const t = (x - 900) / 1400;
    track.push(builder.node(x, site.railY(x) - 7 - 16 * Math.sin(t * Math.PI)));
  }
  builder.way(track, { railway: "rail", service: "siding" });
}

/** Brooks, in a culvert wherever a street crosses. */
function writeBrooks(
  builder: OsmBuilder,
  seed: number,
  site: Site,
  graph: DraftGraph,
  names: Names,
): void {
  const streets = new SegmentIndex(graph);
  for (const brook of drawBrooks(seed, site)) {
    const points = thin(brook, 1.5);
    const name = names.stream();
    let refs = [builder.node(points[0]!.x, points[0]!.y)];
    const flush = (tags: Tags): void => {
      if (refs.length > 1) builder.way(refs, { waterway: "stream", name, ...tags });
      refs = [refs[refs.length - 1]!];
    };
    for (let i = 1; i < points.length; i++) {
      const a = points[i - 1]!;
      const b = points[i]!;
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      const hits: number[] = [];
      streets.near(a, b, (c, d) => {
        const hit = crossing(a, b, c, d);
        if (hit) hits.push(hit.t * length);
      });
      hits.sort((p, q) => p - q);
      let done = 0;
      for (const at of hits) {
        const from = Math.max(done, at - 5);
        const to = Math.min(length, at + 5);
        if (to <= from) continue;
        const on = (d: number): number =>
          builder.node(a.x + ((b.x - a.x) * d) / length, a.y + ((b.y - a.y) * d) / length);
        if (from > done) refs.push(on(from));
        flush({});
        refs.push(on(to));
        flush({ tunnel: "culvert", layer: "-1" });
        done = to;
      }
      if (done < length - 0.5) refs.push(builder.node(b.x, b.y));
    }
    flush({});
  }
}

/** Street segments in cells of 200 m; a segment lies in the cells of its bounding box. */
class SegmentIndex {
  readonly #cells = new Map<number, Set<number>>();
  readonly #ends: Point[] = [];

  constructor(graph: DraftGraph) {
    for (const edge of graph.edges) {
      for (let k = 1; k < edge.nodes.length; k++) {
        const [p, q] = [edge.nodes[k - 1]!, edge.nodes[k]!].map((n) => ({
          x: graph.nodeX[n]!,
          y: graph.nodeY[n]!,
        })) as [Point, Point];
        const segment = this.#ends.length;
        this.#ends.push(p, q);
        this.#visit(p, q, (cell) => {
          const set = this.#cells.get(cell);
          if (set) set.add(segment);
          else this.#cells.set(cell, new Set([segment]));
        });
      }
    }
  }

  /** Calls `each` once for every segment that may cross ab. */
  near(a: Point, b: Point, each: (p: Point, q: Point) => void): void {
    const seen = new Set<number>();
    this.#visit(a, b, (cell) => {
      for (const segment of this.#cells.get(cell) ?? []) seen.add(segment);
    });
    for (const segment of seen) each(this.#ends[segment]!, this.#ends[segment + 1]!);
  }

  #visit(a: Point, b: Point, each: (cell: number) => void): void {
    const at = (v: number): number => Math.floor(v / 200);
    for (let j = at(Math.min(a.y, b.y)); j <= at(Math.max(a.y, b.y)); j++) {
      for (let i = at(Math.min(a.x, b.x)); i <= at(Math.max(a.x, b.x)); i++) each(j * 1024 + i);
    }
  }
}

function writeArea(builder: OsmBuilder, area: Area): void {
  const ring = (points: readonly Point[]): number[] => {
    const refs = points.map((p) => builder.node(p.x, p.y));
    refs.push(refs[0]!);
    return refs;
  };
  if (area.inner.length === 0 && area.outer.length === 1) {
    builder.way(ring(area.outer[0]!), area.tags);
    return;
  }
  const members: OsmMember[] = [
    ...area.outer.map(
      (r): OsmMember => ({ type: "way", ref: builder.way(ring(r), {}), role: "outer" }),
    ),
    ...area.inner.map(
      (r): OsmMember => ({ type: "way", ref: builder.way(ring(r), {}), role: "inner" }),
    ),
  ];
  builder.relation(members, { type: "multipolygon", ...area.tags });
}

function writePlaces(
  builder: OsmBuilder,
  site: Site,
  summits: readonly Point[],
  names: Names,
  townName: string,
  rng: Rng,
): Place[] {
  const { terrain } = site;
  const places: Place[] = [];
  const put = (p: Point, kind: Place["kind"], name: string, tags: Tags): void => {
    builder.node(p.x, p.y, { name, ...tags });
    places.push({ x: p.x, y: p.y, kind, name });
  };
  put(terrain.oldTown, "town", townName, { place: "town", population: "24310" });
  for (const v of site.villages)
    put(v, "village", names.village(), {
      place: "village",
      population: String(180 + integer(rng, 900)),
    });
  for (const p of site.peaks) {
    if (!summits.some((s) => Math.hypot(s.x - p.x, s.y - p.y) < 1)) continue;
    const ele = String(Math.round(terrain.heightAt(p.x, p.y)));
    put(p, "peak", names.peak(), { natural: "peak", ele });
  }
  put({ x: terrain.castle.x + 40, y: terrain.castle.y - 14 }, "viewpoint", "Schlossblick", {
    tourism: "viewpoint",
  });
  const stationX = terrain.oldTown.x + 230;
  put({ x: stationX, y: site.railY(stationX) + 8 }, "station", townName, {
    railway: "station",
    train: "yes",
  });
  for (let i = 0; i < 5; i++) {
    const x = terrain.oldTown.x - 200 + i * 110 + rng() * 60;
    const y = terrain.oldTown.y - 60 + rng() * 160;
    put({ x, y }, "cafe", `Café ${names.person().split(" ")[1]}`, { amenity: "cafe" });
  }
  for (const p of summits.slice(0, 4))
    put({ x: p.x + 160, y: p.y - 120 }, "viewpoint", names.hut(), { tourism: "alpine_hut" });
  for (let i = 0; i < 22; i++) {
    const x = terrain.oldTown.x + (rng() - 0.5) * 3600;
    const y = terrain.oldTown.y + (rng() - 0.5) * 2400;
    if (site.urban(x, y) > 0 && !terrain.isWater(x, y))
      builder.node(x, y, { amenity: rng() < 0.6 ? "drinking_water" : "bench" });
  }
  return places;
}

/** Marked hiking routes over the trails and cycle routes along the river. */
function writeRoutes(
  builder: OsmBuilder,
  graph: DraftGraph,
  wayOf: ReadonlyMap<DraftEdge, number>,
  places: readonly Place[],
  names: Names,
  rng: Rng,
): void {
  const collect = (isMember: (e: DraftEdge) => boolean): OsmMember[] => {
    const seen = new Set<number>();
    const members: OsmMember[] = [];
    for (const edge of graph.edges) {
      const id = wayOf.get(edge);
      if (id === undefined || seen.has(id) || edge.tags[UNMAPPED_TAG] || !isMember(edge)) continue;
      seen.add(id);
      members.push({ type: "way", ref: id, role: "" });
    }
    return members;
  };
  const route = (members: OsmMember[], tags: Tags): void => {
    if (members.length > 1) builder.relation(members, { type: "route", ...tags });
  };
  route(
    collect((e) => e.tags.name === "Uferweg"),
    { route: "bicycle", network: "rcn", name: "Arveltal-Radweg", ref: "R7" },
  );
  route(
    collect((e) => e.tags.name === "Auenweg"),
    { route: "bicycle", network: "lcn", name: "Auenrunde", ref: "3" },
  );
  for (const peak of places.filter((p) => p.kind === "peak")) {
    const members = collect((e) => {
      if (e.tags.sac_scale === undefined) return false;
      const n = e.nodes[e.nodes.length >> 1]!;
      return Math.hypot(graph.nodeX[n]! - peak.x, graph.nodeY[n]! - peak.y) < 900;
    });
    route(members, {
      route: "hiking",
      network: rng() < 0.3 ? "rwn" : "lwn",
      name: `${peak.name}-Steig`,
      "osmc:symbol": "red:white:red_lower",
    });
  }
  const woods = collect((e) => e.tags["mtb:scale"] !== undefined && e.tags.sac_scale === undefined);
  route(woods.slice(0, 40), { route: "mtb", network: "lcn", name: `${names.forest()}-Trails` });
}

function edgeDraft(edge: DraftEdge, graph: DraftGraph, site: Site, wayId: number): EdgeDraft {
  const points = edge.nodes.map((n) => ({ x: graph.nodeX[n]!, y: graph.nodeY[n]! }));
  const middle = points[points.length >> 1]!;
  let flag = bikeFlags(edge.tags);
  if (edge.tags[UNMAPPED_TAG]) flag |= EDGE.UNMAPPED;
  if (site.oldTown(middle.x, middle.y) < 1.05) flag |= EDGE.CANYON;
  if (site.forest(middle.x, middle.y) > 0) flag |= EDGE.FOREST;
  if (edge.layer < 0) flag |= EDGE.TUNNEL;
  if (isUnpaved(edge.tags)) flag |= EDGE.UNPAVED;
  return {
    source: edge.nodes[0]!,
    target: edge.nodes[edge.nodes.length - 1]!,
    points,
    wayId,
    kind: kindOf(edge.tags),
    flag,
  };
}

/** People cross squares as they please: straight lines between the streets that end there. */
function squareCrossings(graph: DraftGraph, wayOf: ReadonlyMap<DraftEdge, number>): EdgeDraft[] {
  const corners = new Map<number, Set<number>>();
  const degree = degrees(graph.edges);
  for (const edge of graph.edges) {
    if (edge.tags.area !== "yes") continue;
    const id = wayOf.get(edge)!;
    const set = corners.get(id) ?? new Set<number>();
    for (const n of [edge.nodes[0]!, edge.nodes[edge.nodes.length - 1]!])
      if (degree.get(n)! >= 3) set.add(n);
    corners.set(id, set);
  }
  const out: EdgeDraft[] = [];
  for (const [wayId, set] of corners) {
    const list = [...set];
    for (let i = 0; i < list.length; i++) {
      for (let j = i + 1; j < list.length; j++) {
        const a = list[i]!;
        const b = list[j]!;
        const points = [a, b].map((n) => ({ x: graph.nodeX[n]!, y: graph.nodeY[n]! }));
        out.push({ source: a, target: b, points, wayId, kind: "square", flag: EDGE.CANYON });
      }
    }
  }
  return out;
}

export type { Terrain };

/**
 * From the drawing to the map's nouns: streets, rails, areas, places and marked routes become nodes,
 * ways and relations. Unmapped trails get ids but no way.
 */
import { integer, type Rng } from "../../base/rng.ts";
import type { Plane } from "../plane.ts";
import type { Area } from "./building.ts";
import type { DraftEdge, DraftGraph } from "./graph.ts";
import type { SketchLine, Tags } from "./line.ts";
import type { Names } from "./name.ts";
import type { OsmBuilder, OsmMember } from "./osm-draft.ts";
import { UNMAPPED_TAG } from "./road.ts";
import type { Site } from "./site.ts";
import type { Point } from "./terrain.ts";
import type { Place, UnmappedWay } from "./town.ts";

/** Joins edges of one stroke to ways; unmapped ones are kept apart. */
export function writeStreets(
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

export function writeRail(
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

export function writeArea(builder: OsmBuilder, area: Area): void {
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

export function writePlaces(
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
export function writeRoutes(
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

/**
 * Signed routes for walkers and riders: relations of type route, and the routes inside a superroute
 * one level deep, as lists of routes per edge. Source: wiki.openstreetmap.org/wiki/Tag:type=route.
 */
import { MEMBER_RELATION, MEMBER_WAY, type OsmData } from "./osm/osm-data.ts";
import { type Tags, tagsOf } from "./tags.ts";

export const ROUTE_KINDS = ["hike", "bike", "mtb", "other"] as const;

const KIND: Readonly<Record<string, number>> = {
  hiking: 0,
  foot: 0,
  walking: 0,
  bicycle: 1,
  mtb: 2,
  fitness_trail: 3,
  horse: 3,
  inline_skates: 3,
  nordic_walking: 3,
  running: 3,
  ski: 3,
  snowshoe: 3,
};

/** Level by the first letter of iwn, ncn, …: 4 international, 3 national, 2 regional, 1 local. */
const LEVEL: Readonly<Record<string, number>> = { i: 4, n: 3, r: 2, l: 1 };

export interface RouteColumns {
  /** CSR per edge. */
  readonly firstEdgeRoute: Uint32Array;
  readonly edgeRoute: Uint32Array;
  /** Per route. */
  readonly routeId: Float64Array;
  readonly routeKind: Uint8Array;
  readonly routeLevel: Uint8Array;
  readonly routeName: Uint32Array;
}

/**
 * @param keptWay kept way per edge
 * @param rowOfWay kept way by OSM way id
 * @param nameIndex gives the index of a name in the network's names
 */
export function collectRoutes(
  osm: OsmData,
  keptWay: Uint32Array,
  keptCount: number,
  rowOfWay: ReadonlyMap<number, number>,
  nameIndex: (name: string) => number,
): RouteColumns {
  const rowOfRelation = new Map(Array.from(osm.relation.id, (id, r) => [id, r] as const));
  const routesOfWay: number[][] = Array.from({ length: keptCount }, () => []);
  const id: number[] = [];
  const kind: number[] = [];
  const level: number[] = [];
  const name: number[] = [];
  for (let r = 0; r < osm.relation.id.length; r++) {
    const tags = tagsOf(osm.strings, osm.relation, r);
    const routeKind = kindOf(tags);
    if (routeKind === undefined) continue;
    const rows = new Set(waysOf(osm, r, rowOfRelation, 1).flatMap((w) => rowOfWay.get(w) ?? []));
    if (rows.size === 0) continue;
    for (const row of rows) routesOfWay[row]!.push(id.length);
    id.push(osm.relation.id[r]!);
    kind.push(routeKind);
    level.push(levelOf(tags));
    name.push(nameIndex(tags.get("name") ?? tags.get("ref") ?? ""));
  }
  const firstEdgeRoute = new Uint32Array(keptWay.length + 1);
  const edgeRoute: number[] = [];
  for (let e = 0; e < keptWay.length; e++) {
    for (const route of routesOfWay[keptWay[e]!] ?? []) edgeRoute.push(route);
    firstEdgeRoute[e + 1] = edgeRoute.length;
  }
  return {
    firstEdgeRoute,
    edgeRoute: Uint32Array.from(edgeRoute),
    routeId: Float64Array.from(id),
    routeKind: Uint8Array.from(kind),
    routeLevel: Uint8Array.from(level),
    routeName: Uint32Array.from(name),
  };
}

function kindOf(tags: Tags): number | undefined {
  const type = tags.get("type");
  if (type !== "route" && type !== "superroute") return undefined;
  for (const word of (tags.get("route") ?? "").split(";")) {
    const known = KIND[word.trim()];
    if (known !== undefined) return known;
  }
  return undefined;
}

function levelOf(tags: Tags): number {
  const network = tags.get("network") ?? "";
  return /^[inrl](w|c|h|s)n$/.test(network) ? LEVEL[network[0]!]! : 0;
}

/** Way ids of the relation, and of the relations in it down to `depth` levels. */
function waysOf(
  osm: OsmData,
  relation: number,
  rowOfRelation: ReadonlyMap<number, number>,
  depth: number,
): number[] {
  const ways: number[] = [];
  const { firstMember, memberType, memberId } = osm.relation;
  for (let m = firstMember[relation]!; m < firstMember[relation + 1]!; m++) {
    if (memberType[m] === MEMBER_WAY) ways.push(memberId[m]!);
    else if (memberType[m] === MEMBER_RELATION && depth > 0) {
      const inner = rowOfRelation.get(memberId[m]!);
      if (inner !== undefined) {
        for (const way of waysOf(osm, inner, rowOfRelation, depth - 1)) ways.push(way);
      }
    }
  }
  return ways;
}

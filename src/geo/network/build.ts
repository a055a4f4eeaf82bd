/**
 * From an OpenStreetMap extract to the routing network: ways that somebody may use are cut at
 * junctions and carry their tags as bytes; restrictions become forbidden turns, open areas get edges
 * across, signed routes lie over the edges, a terrain model gives them grades. One file a step.
 */
import { WaymarkError } from "../../base/error.ts";
import type { ElevationGrid } from "../elevation/grid.ts";
import type { Repair } from "../track/recording.ts";
import { accessOf } from "./access.ts";
import { entryNodes, findOpenAreas, type OpenArea } from "./area.ts";
import { assembleNetwork, type NetworkDraft } from "./assemble.ts";
import { ACCESS, FLAG, ROAD_CLASSES } from "./attribute.ts";
import { type AreaCrossings, crossAreas } from "./cross-area.ts";
import { gradeEdges } from "./grade.ts";
import type { Network } from "./network.ts";
import { type NodeRule, nodeRuleOf } from "./node-rule.ts";
import type { OsmData } from "./osm/osm-data.ts";
import { type MapRepair, mapRepairs } from "./repair.ts";
import { forbidTurns } from "./restriction.ts";
import { collectRoutes } from "./route-relation.ts";
import { type SplitWays, splitWays } from "./split.ts";
import { tagsOf } from "./tags.ts";
import { attributesOf, nameOfWay, type WayAttributes } from "./way-attribute.ts";
import { wayClassOf } from "./way-class.ts";

export type { ElevationGrid } from "../elevation/grid.ts";

export interface BuildOptions {
  readonly elevation?: ElevationGrid;
}

export interface BuiltNetwork {
  readonly network: Network;
  /** What the extract lacked or said wrongly, the reader's counts included. */
  readonly repairs: readonly Repair[];
}

/** @throws WaymarkError OSM_EMPTY when no way can be used by anyone */
export function buildNetwork(osm: OsmData, options: BuildOptions = {}): BuiltNetwork {
  const names = createNames();
  const ways = chooseWays(osm, names);
  const areas = findOpenAreas(osm);
  const split = splitWays(osm, ways.kept, nodeRules(osm), entryNodes(osm, ways.kept, areas));
  if (split.source.length === 0) {
    throw new WaymarkError(
      "OSM_EMPTY",
      `none of the ${osm.way.id.length} ways of the extract can be used on foot, by bicycle or by car`,
    );
  }
  const rowOfWay = new Map(Array.from(ways.kept, (w, row) => [osm.way.id[w]!, row] as const));
  const access = Uint8Array.from(split.keptWay, (row) => ways.info[row]!.access);
  const turns = forbidTurns(osm, split, access, rowOfWay);
  const crossings = crossAreas(osm, areas, split, access, ways.kept);
  const routes = collectRoutes(osm, split.keptWay, ways.kept.length, rowOfWay, names.indexOf);

  const draft = joinEdges(osm, ways, split, access, areas, crossings, names);
  const grades = options.elevation ? gradeEdges(draft, options.elevation) : {};
  const network = assembleNetwork({
    ...draft,
    ...grades,
    ...routes,
    firstEdgeRoute: extend(routes.firstEdgeRoute, draft.source.length + 1),
    turnFrom: turns.from,
    turnTo: turns.to,
    turnMode: turns.mode,
    names: names.list,
  });
  return { network, repairs: [...osm.repairs, ...repairsOf(ways, split, turns.left)] };
}

interface KeptWay extends WayAttributes {
  readonly roadClass: number;
  readonly access: number;
  readonly name: number;
}

interface ChosenWays {
  /** Indices of ways of the extract. */
  readonly kept: Uint32Array;
  /** Per kept way. */
  readonly info: readonly KeptWay[];
  /** Kept ways whose access changes with the hour or the season. */
  readonly conditional: number;
}

function chooseWays(osm: OsmData, names: Names): ChosenWays {
  const kept: number[] = [];
  const info: KeptWay[] = [];
  let conditional = 0;
  for (let w = 0; w < osm.way.id.length; w++) {
    const tags = tagsOf(osm.strings, osm.way, w);
    const roadClass = wayClassOf(tags);
    if (roadClass === undefined) continue;
    const access = accessOf(tags, roadClass);
    if (access === 0) continue;
    for (const key of tags.keys()) {
      if (!/^(access|foot|bicycle|vehicle|oneway)(:.*)?:conditional$/.test(key)) continue;
      conditional++;
      break;
    }
    kept.push(w);
    info.push({
      ...attributesOf(tags),
      access,
      roadClass: ROAD_CLASSES.indexOf(roadClass),
      name: names.indexOf(nameOfWay(tags)),
    });
  }
  return { kept: Uint32Array.from(kept), info, conditional };
}

/** Rules by index into `osm.node`. */
function nodeRules(osm: OsmData): Map<number, NodeRule> {
  const rules = new Map<number, NodeRule>();
  for (let t = 0; t < osm.taggedNode.index.length; t++) {
    const rule = nodeRuleOf(tagsOf(osm.strings, osm.taggedNode, t));
    if (rule) rules.set(osm.taggedNode.index[t]!, rule);
  }
  return rules;
}

type JoinedDraft = NetworkDraft & { readonly flag: Uint8Array };

/** The edges of the ways, then those across the areas, as columns. */
function joinEdges(
  osm: OsmData,
  ways: ChosenWays,
  split: SplitWays,
  access: Uint8Array,
  areas: readonly OpenArea[],
  crossings: AreaCrossings,
  names: Names,
): JoinedDraft {
  const wayEdges = split.source.length;
  const edgeCount = wayEdges + crossings.source.length;
  const bytes = (pick: (way: KeptWay) => number, ofCrossing: number): Uint8Array => {
    const column = new Uint8Array(edgeCount).fill(ofCrossing, wayEdges);
    for (let e = 0; e < wayEdges; e++) column[e] = pick(ways.info[split.keptWay[e]!]!);
    return column;
  };
  const flag = bytes((way) => way.flag, FLAG.AREA_CROSSING);
  for (let e = 0; e < wayEdges; e++) if (split.hasFord[e]) flag[e]! |= FLAG.FORD;
  const crossingAccess = ACCESS.FOOT_FORWARD | ACCESS.FOOT_BACKWARD | ACCESS.BIKE_PUSH;
  const shapeCount = split.shapeLon.length;
  return {
    nodeLon: split.nodeLon,
    nodeLat: split.nodeLat,
    nodeOsmId: Float64Array.from(split.osmNode, (n) => osm.node.id[n]!),
    nodeFlag: split.nodeFlag,
    source: join(split.source, crossings.source),
    target: join(split.target, crossings.target),
    firstShape: join(
      split.firstShape.subarray(0, wayEdges),
      crossings.firstShape.map((at) => at + shapeCount),
    ),
    shapeLon: join(split.shapeLon, crossings.shapeLon),
    shapeLat: join(split.shapeLat, crossings.shapeLat),
    wayId: join(
      Float64Array.from(split.keptWay, (row) => osm.way.id[ways.kept[row]!]!),
      Float64Array.from(crossings.area, (a) => areas[a]!.wayId),
    ),
    access: join(access, new Uint8Array(crossings.source.length).fill(crossingAccess)),
    roadClass: bytes((way) => way.roadClass, ROAD_CLASSES.indexOf("area")),
    surface: bytes((way) => way.surface, 0),
    smoothness: bytes((way) => way.smoothness, 0),
    trackType: bytes((way) => way.trackType, 0),
    sacScale: bytes((way) => way.sacScale, 0),
    mtbScale: bytes((way) => way.mtbScale, 0),
    width: bytes((way) => way.width, 0),
    flag,
    name: join(
      Uint32Array.from(split.keptWay, (row) => ways.info[row]!.name),
      Uint32Array.from(crossings.area, (a) => names.indexOf(areas[a]!.name)),
    ),
  };
}

interface Names {
  /** names[0] is "". */
  readonly list: readonly string[];
  indexOf(name: string): number;
}

function createNames(): Names {
  const list = [""];
  const index = new Map<string, number>([["", 0]]);
  return {
    list,
    indexOf(name) {
      let i = index.get(name);
      if (i === undefined) {
        i = list.push(name) - 1;
        index.set(name, i);
      }
      return i;
    },
  };
}

function join<A extends Uint8Array | Uint32Array | Int32Array | Float64Array>(a: A, b: A): A {
  const joined = new (a.constructor as new (length: number) => A)(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Rows without entries at the end of CSR offsets. */
function extend(first: Uint32Array, length: number): Uint32Array {
  const extended = new Uint32Array(length).fill(first.at(-1)!);
  extended.set(first);
  return extended;
}

function repairsOf(
  ways: ChosenWays,
  split: SplitWays,
  left: ReadonlyMap<MapRepair, number>,
): Repair[] {
  return mapRepairs([
    ["empty-way", split.emptyWays],
    ["welded-node", split.weldedNodes],
    ["conditional-access", ways.conditional],
    ...left,
  ]);
}

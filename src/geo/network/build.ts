/**
 * From an OpenStreetMap extract to the routing network: ways that somebody may use are cut at
 * junctions and carry their tags as bytes. Heidelberg (31,619 ways) takes about 0.2 s.
 */
import { WaymarkError } from "../../base/error.ts";
import type { ElevationGrid } from "../elevation/grid.ts";
import type { Repair } from "../track/recording.ts";
import { accessOf } from "./access.ts";
import { assembleNetwork } from "./assemble.ts";
import { FLAG, ROAD_CLASSES } from "./attribute.ts";
import type { Network } from "./network.ts";
import { type NodeRule, nodeRuleOf } from "./node-rule.ts";
import type { OsmData } from "./osm/osm-data.ts";
import { splitWays } from "./split.ts";
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
export function buildNetwork(osm: OsmData, _options: BuildOptions = {}): BuiltNetwork {
  const ways = chooseWays(osm);
  const split = splitWays(osm, ways.kept, nodeRules(osm));
  const edgeCount = split.source.length;
  if (edgeCount === 0) {
    throw new WaymarkError(
      "OSM_EMPTY",
      `none of the ${osm.way.id.length} ways of the extract can be used on foot, by bicycle or by car`,
    );
  }
  const perEdge = (pick: (a: KeptWay) => number): Uint8Array => {
    const column = new Uint8Array(edgeCount);
    for (let e = 0; e < edgeCount; e++) column[e] = pick(ways.info[split.keptWay[e]!]!);
    return column;
  };
  const flag = perEdge((w) => w.flag);
  for (let e = 0; e < edgeCount; e++) if (split.hasFord[e]) flag[e]! |= FLAG.FORD;

  const network = assembleNetwork({
    nodeLon: split.nodeLon,
    nodeLat: split.nodeLat,
    nodeOsmId: Float64Array.from(split.osmNode, (n) => osm.node.id[n]!),
    nodeFlag: split.nodeFlag,
    source: split.source,
    target: split.target,
    firstShape: split.firstShape,
    shapeLon: split.shapeLon,
    shapeLat: split.shapeLat,
    wayId: Float64Array.from(split.keptWay, (k) => osm.way.id[ways.kept[k]!]!),
    access: perEdge((w) => w.access),
    roadClass: perEdge((w) => w.roadClass),
    surface: perEdge((w) => w.surface),
    smoothness: perEdge((w) => w.smoothness),
    trackType: perEdge((w) => w.trackType),
    sacScale: perEdge((w) => w.sacScale),
    mtbScale: perEdge((w) => w.mtbScale),
    width: perEdge((w) => w.width),
    flag,
    name: Uint32Array.from(split.keptWay, (k) => ways.info[k]!.name),
    names: ways.names,
  });
  return { network, repairs: osm.repairs };
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
  readonly names: readonly string[];
}

function chooseWays(osm: OsmData): ChosenWays {
  const kept: number[] = [];
  const info: KeptWay[] = [];
  const names = [""];
  const nameIndex = new Map<string, number>([["", 0]]);
  for (let w = 0; w < osm.way.id.length; w++) {
    const tags = tagsOf(osm.strings, osm.way, w);
    const roadClass = wayClassOf(tags);
    if (roadClass === undefined) continue;
    const access = accessOf(tags, roadClass);
    if (access === 0) continue;
    const text = nameOfWay(tags);
    let name = nameIndex.get(text);
    if (name === undefined) {
      name = names.length;
      names.push(text);
      nameIndex.set(text, name);
    }
    kept.push(w);
    info.push({ ...attributesOf(tags), access, roadClass: ROAD_CLASSES.indexOf(roadClass), name });
  }
  return { kept: Uint32Array.from(kept), info, names };
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

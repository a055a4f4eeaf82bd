/** What stands at junctions: traffic lights, crossings, gates, bollards, and turns that are forbidden. */
import type { Rng } from "../../base/rng.ts";
import type { DraftEdge, DraftGraph } from "./graph.ts";
import type { OsmBuilder } from "./osm-draft.ts";
import { UNMAPPED_TAG } from "./road.ts";
import type { Point } from "./terrain.ts";

export interface Turn {
  readonly from: DraftEdge;
  readonly to: DraftEdge;
  readonly via: number;
  readonly kind: string;
}

/** Forbidden turns from main roads into side streets, as towns have them. */
export function chooseTurns(graph: DraftGraph, rng: Rng): Turn[] {
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

/** Traffic lights, crossings, gates and bollards. @returns the draft nodes with lights */
export function tagStreetNodes(
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

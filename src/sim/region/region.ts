/**
 * Where simulated people live, drawn or real: a walkers' graph about the middle of a town, a meeting
 * place and goals. `drawTown` makes one of nothing; `settle` makes one of the ways of a real map.
 */
import { createRng } from "../../base/rng.ts";
import type { Plane } from "../plane.ts";
import {
  buildStreetGraph,
  type EdgeDraft,
  nearestNode,
  type StreetGraph,
} from "../town/street-graph.ts";
import { findGoals } from "./goal.ts";
import { crossMeadows } from "./meadow.ts";

export interface Region {
  readonly name: string;
  /** Its origin is the middle of the town. */
  readonly plane: Plane;
  readonly graph: StreetGraph;
  /** False: nobody knows how high the ground is, so devices write no altitude. */
  readonly hasHeights: boolean;
  /** Nodes worth climbing or walking to. */
  readonly summits: readonly number[];
  /** Node where groups meet. */
  readonly meeting: number;
  /** Milliseconds by which local clocks are ahead of UTC. */
  readonly clockMs: number;
}

/** A real place as its map gives it. */
export interface RegionSource {
  readonly name: string;
  readonly plane: Plane;
  /** Connected on foot. Ends are named by any integers. */
  readonly edges: readonly EdgeDraft[];
  /** Per end of the edges. */
  readonly osmId: ReadonlyMap<number, number>;
  readonly signals: ReadonlySet<number>;
  /** Metres above sea level on the plane, known everywhere; absent: nothing is known. */
  readonly heightAt?: ((x: number, y: number) => number) | undefined;
}

const HOUR_MS = 3_600_000;
const FLAT = { heightAt: () => 0 };

/**
 * Edges keep their places in the graph; the lines that people take over meadows follow them.
 *
 * @param seed where people leave the paths; equal seeds and maps give equal regions
 */
export function settle(seed: number, source: RegionSource): Region {
  const { name, plane, heightAt } = source;
  const edges = [...source.edges, ...crossMeadows(createRng(seed, 82), source.edges, heightAt)];
  const graph = buildStreetGraph(
    edges,
    source.osmId,
    source.signals,
    heightAt ? { heightAt } : FLAT,
  );
  return {
    name,
    plane,
    graph,
    hasHeights: heightAt !== undefined,
    summits: findGoals(graph, heightAt !== undefined),
    meeting: nearestNode(graph, 0, 0),
    // Where the sun stands: near enough to what clocks say anywhere.
    clockMs: Math.round(plane.originLon / 15) * HOUR_MS,
  };
}

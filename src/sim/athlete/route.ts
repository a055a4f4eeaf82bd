/**
 * How people choose their way: A* on the walkers' graph with tastes, not shortest paths. Each person
 * likes and dislikes streets at random, runners seek paths, riders obey one-ways mostly, and a loop
 * avoids the way it came. The simulator's own search: it shares nothing with the router under test.
 */
import type { Rng } from "../../base/rng.ts";
import { hash01 } from "../stream.ts";
import { EDGE, EDGE_KINDS, type EdgeKind, type StreetGraph } from "../town/street-graph.ts";
import type { SimSport } from "./athlete.ts";

/** Cost per metre of each kind of edge, ≥ 0.7; Infinity is closed. */
type Taste = Readonly<Record<EdgeKind, number>>;

const WALKING: Taste = {
  main: 1.5,
  street: 1.15,
  lane: 1.2,
  cycleway: 1,
  foot: 0.9,
  steps: 1.1,
  track: 0.95,
  path: 0.85,
  trail: 0.9,
  square: 0.95,
  off: 1.5,
};
const HIKING: Taste = {
  ...WALKING,
  main: 2.2,
  street: 1.5,
  track: 0.95,
  path: 0.8,
  trail: 0.7,
  off: 1.2,
};
const RIDING: Taste = {
  main: 0.95,
  street: 1.05,
  lane: 0.9,
  cycleway: 0.95,
  foot: 2.4,
  steps: Number.POSITIVE_INFINITY,
  track: 2.6,
  path: 5,
  trail: 9,
  square: 1.8,
  off: Number.POSITIVE_INFINITY,
};
const TASTES: Readonly<Record<SimSport, Taste>> = {
  run: { ...WALKING, trail: 1.2, off: 1.6 },
  "trail-run": { ...HIKING, off: 1.3 },
  walk: WALKING,
  hike: HIKING,
  ride: RIDING,
  "gravel-ride": {
    ...RIDING,
    main: 1.7,
    street: 1.2,
    track: 0.8,
    path: 1.8,
    trail: 4,
    cycleway: 0.8,
  },
  "mountain-bike": {
    ...RIDING,
    main: 2,
    street: 1.3,
    lane: 1.1,
    track: 0.85,
    path: 0.75,
    trail: 1,
    off: 3,
  },
  "indoor-ride": RIDING,
};

export function isRiding(sport: SimSport): boolean {
  return (
    sport === "ride" ||
    sport === "gravel-ride" ||
    sport === "mountain-bike" ||
    sport === "indoor-ride"
  );
}

export interface RouteWish {
  readonly sport: SimSport;
  readonly start: number;
  readonly lengthM: number;
  readonly shape: "loop" | "out-and-back" | "point-to-point" | "summit";
  /** Whose taste; equal tastes choose equal ways. */
  readonly taste: number;
  /** 0 … 1: how gladly this route leaves the paths. */
  readonly wildness: number;
  /** Nodes worth climbing to. */
  readonly summits: readonly number[];
}

/** Scratch memory of the search, reused; one planner a thread. */
export class RoutePlanner {
  readonly #graph: StreetGraph;
  readonly #cost: Float64Array;
  readonly #via: Int32Array;
  readonly #stamp: Uint32Array;
  readonly #closed: Uint32Array;
  readonly #usedAt: Uint32Array;
  /** Per sport, 1 at junctions where two edges that suit it meet. */
  readonly #isFit = new Map<SimSport, Uint8Array>();
  #round = 0;
  #route = 0;
  readonly #heapKey: number[] = [];
  readonly #heapNode: number[] = [];

  constructor(graph: StreetGraph) {
    this.#graph = graph;
    this.#cost = new Float64Array(graph.nodeCount);
    this.#via = new Int32Array(graph.nodeCount);
    this.#stamp = new Uint32Array(graph.nodeCount);
    this.#closed = new Uint32Array(graph.nodeCount);
    this.#usedAt = new Uint32Array(graph.edgeCount);
  }

  /** Arcs from the start; empty when nothing suits. */
  plan(wish: RouteWish, rng: Rng): Int32Array {
    const graph = this.#graph;
    const heading = rng() * 2 * Math.PI;
    const side = rng() < 0.5 ? 1 : -1;
    const bow = 0.55 + 0.5 * rng();
    let scale = 1;
    let best: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      this.#route++;
      const arcs: number[] = [];
      const stops = this.#stops(wish, heading, side, bow, scale, rng);
      let at = wish.start;
      for (const stop of stops) {
        const leg = this.#search(at, stop, wish);
        if (leg.length === 0) continue;
        for (const arc of leg) {
          arcs.push(arc);
          this.#usedAt[arc >> 1] = this.#route;
        }
        at = stop;
      }
      if (wish.shape === "out-and-back") {
        for (let i = arcs.length - 1; i >= 0; i--) arcs.push(arcs[i]! ^ 1);
      }
      const length = arcs.reduce((sum, arc) => sum + graph.lengthM[arc >> 1]!, 0);
      best = arcs;
      if (wish.shape === "summit" || arcs.length === 0) break;
      const ratio = length / wish.lengthM;
      if (ratio > 0.8 && ratio < 1.25) break;
      scale *= Math.max(0.4, Math.min(2.2, 1 / ratio));
    }
    return Int32Array.from(best);
  }

  #stops(
    wish: RouteWish,
    heading: number,
    side: number,
    bow: number,
    scale: number,
    rng: Rng,
  ): number[] {
    const graph = this.#graph;
    const x = graph.nodeX[wish.start]!;
    const y = graph.nodeY[wish.start]!;
    if (wish.shape === "summit" && wish.summits.length > 0) {
      const near = wish.summits
        .map((n) => ({ n, d: Math.hypot(graph.nodeX[n]! - x, graph.nodeY[n]! - y) }))
        .filter(({ d }) => d < wish.lengthM * 0.45)
        .sort((a, b) => a.d - b.d);
      const goal = near[Math.floor(rng() * Math.min(6, near.length))];
      if (goal) return [goal.n, wish.start];
    }
    const point = (turn: number, r: number): number =>
      this.#nodeNear(
        x + Math.cos(heading + turn) * r,
        y + Math.sin(heading + turn) * r,
        wish.start,
        wish.sport,
      );
    if (wish.shape === "out-and-back") return [point(0, wish.lengthM * 0.39 * scale)];
    if (wish.shape === "point-to-point")
      return [
        point(0.35 * side, wish.lengthM * 0.42 * scale),
        point(0, wish.lengthM * 0.72 * scale),
      ];
    const r = wish.lengthM * 0.235 * scale;
    return [
      point(-bow * side * 0.75, r),
      point(0, r * 1.25),
      point(bow * side * 0.75, r),
      wish.start,
    ];
  }

  /** A junction near a place that the sport would pass on its way. */
  #nodeNear(x: number, y: number, fallback: number, sport: SimSport): number {
    const graph = this.#graph;
    const isFit = this.#fitNodes(sport);
    let best = fallback;
    let bestD = Infinity;
    for (let n = 0; n < graph.nodeCount; n++) {
      if (!isFit[n]) continue;
      const dx = graph.nodeX[n]! - x;
      const dy = graph.nodeY[n]! - y;
      const d = dx * dx + dy * dy;
      if (d < bestD && n !== fallback) {
        bestD = d;
        best = n;
      }
    }
    return best;
  }

  #fitNodes(sport: SimSport): Uint8Array {
    let isFit = this.#isFit.get(sport);
    if (isFit) return isFit;
    const graph = this.#graph;
    const taste = TASTES[sport];
    const good = new Uint8Array(graph.nodeCount);
    for (let e = 0; e < graph.edgeCount; e++) {
      if (taste[EDGE_KINDS[graph.kind[e]!]!] > 1.25 || graph.flag[e]! & EDGE.UNMAPPED) continue;
      good[graph.source[e]!]!++;
      good[graph.target[e]!]!++;
    }
    isFit = good.map((count) => (count >= 2 ? 1 : 0));
    this.#isFit.set(sport, isFit);
    return isFit;
  }

  #search(from: number, to: number, wish: RouteWish): number[] {
    const graph = this.#graph;
    const round = ++this.#round;
    const taste = TASTES[wish.sport];
    const perKind = EDGE_KINDS.map((k) => taste[k]);
    const riding = isRiding(wish.sport);
    const goalX = graph.nodeX[to]!;
    const goalY = graph.nodeY[to]!;
    this.#heapKey.length = 0;
    this.#heapNode.length = 0;
    this.#visit(from, 0, -1, goalX, goalY);
    while (this.#heapKey.length > 0) {
      const node = this.#pop();
      if (this.#closed[node] === round) continue;
      this.#closed[node] = round;
      if (node === to) break;
      const cost = this.#cost[node]!;
      for (let slot = graph.firstOut[node]!; slot < graph.firstOut[node + 1]!; slot++) {
        const arc = graph.outArc[slot]!;
        const edge = arc >> 1;
        const next = arc & 1 ? graph.source[edge]! : graph.target[edge]!;
        if (this.#closed[next] === round) continue;
        const flag = graph.flag[edge]!;
        let factor = perKind[graph.kind[edge]!]!;
        if (riding && (flag & (arc & 1 ? EDGE.BIKE_BACKWARD : EDGE.BIKE_FORWARD)) === 0)
          factor *= 4.5;
        if (flag & EDGE.UNMAPPED) factor *= 1.6 - 1.15 * wish.wildness;
        // Some people ride against a one-way for a few metres; nobody rides down steps.
        factor *= 0.75 + 0.7 * hash01(wish.taste, edge);
        if (this.#usedAt[edge] === this.#route) factor *= 2.4;
        const length = graph.lengthM[edge]!;
        const up = arc & 1 ? graph.descentM[edge]! : graph.climbM[edge]!;
        const step = length * Math.max(0.5, factor) + up * (riding ? 9 : 4);
        if (step === Infinity) continue;
        this.#visit(next, cost + step, arc, goalX, goalY);
      }
    }
    if (this.#stamp[to] !== round) return [];
    const arcs: number[] = [];
    for (let node = to; node !== from; ) {
      const arc = this.#via[node]!;
      arcs.push(arc);
      node = arc & 1 ? graph.target[arc >> 1]! : graph.source[arc >> 1]!;
    }
    return arcs.reverse();
  }

  #visit(node: number, cost: number, arc: number, goalX: number, goalY: number): void {
    if (this.#stamp[node] === this.#round && this.#cost[node]! <= cost) return;
    this.#stamp[node] = this.#round;
    this.#cost[node] = cost;
    this.#via[node] = arc;
    const graph = this.#graph;
    const key = cost + 0.6 * Math.hypot(graph.nodeX[node]! - goalX, graph.nodeY[node]! - goalY);
    const keys = this.#heapKey;
    const nodes = this.#heapNode;
    let i = keys.length;
    keys.push(key);
    nodes.push(node);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (keys[up]! <= key) break;
      keys[i] = keys[up]!;
      nodes[i] = nodes[up]!;
      i = up;
    }
    keys[i] = key;
    nodes[i] = node;
  }

  #pop(): number {
    const keys = this.#heapKey;
    const nodes = this.#heapNode;
    const top = nodes[0]!;
    const key = keys.pop()!;
    const node = nodes.pop()!;
    const n = keys.length;
    if (n === 0) return top;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= n) break;
      if (down + 1 < n && keys[down + 1]! < keys[down]!) down++;
      if (keys[down]! >= key) break;
      keys[i] = keys[down]!;
      nodes[i] = nodes[down]!;
      i = down;
    }
    keys[i] = key;
    nodes[i] = node;
    return top;
  }
}

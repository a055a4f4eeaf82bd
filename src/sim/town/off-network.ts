/**
 * Where people leave the paths: over meadows from one track to the next, along the beach, slanting
 * through a car park. Each is an edge of the walkers' graph with way id 0, well away from any way.
 */
import { createRng } from "../../base/rng.ts";
import { type Area, Ground } from "./building.ts";
import { contains } from "./contour.ts";
import type { DraftGraph } from "./graph.ts";
import { offset } from "./line.ts";
import type { Site } from "./site.ts";
import { EDGE, type EdgeDraft } from "./street-graph.ts";
import type { Point } from "./terrain.ts";

const CLEAR_M = 24;

export function drawOffNetwork(
  seed: number,
  site: Site,
  graph: DraftGraph,
  cover: { readonly beach: readonly Point[]; readonly areas: readonly Area[] },
  carParks: readonly Point[][],
): EdgeDraft[] {
  const rng = createRng(seed, 81);
  const { box, terrain } = site;
  const near = new Ground(box.west, box.south, box.east, box.north);
  for (const edge of graph.edges) {
    near.takeLine(
      edge.nodes.map((n) => ({ x: graph.nodeX[n]!, y: graph.nodeY[n]! })),
      CLEAR_M,
    );
  }
  const out: EdgeDraft[] = [];
  const junctions = [
    ...new Set(
      graph.edges.flatMap((e) =>
        e.layer === 0 ? [e.nodes[0]!, e.nodes[e.nodes.length - 1]!] : [],
      ),
    ),
  ];
  const at = (n: number): Point => ({ x: graph.nodeX[n]!, y: graph.nodeY[n]! });
  const put = (a: number, b: number, inner: readonly Point[]): void => {
    out.push({
      source: a,
      target: b,
      points: [at(a), ...inner, at(b)],
      wayId: 0,
      kind: "off",
      flag: EDGE.UNMAPPED | EDGE.UNPAVED,
    });
  };

  // Meadows: between junctions on both sides, clear of every way but at its ends.
  const open = junctions.filter((n) => {
    const p = at(n);
    return (
      site.urban(p.x, p.y) < 0.1 && site.forest(p.x, p.y) < 0 && terrain.slopeAt(p.x, p.y) < 0.2
    );
  });
  const middles: Point[] = [];
  for (let tries = 0; tries < 40_000 && out.length < 60; tries++) {
    const a = open[Math.floor(rng() * open.length)]!;
    const b = open[Math.floor(rng() * open.length)]!;
    const p = at(a);
    const q = at(b);
    const length = Math.hypot(q.x - p.x, q.y - p.y);
    if (length < 160 || length > 520) continue;
    const mx = (p.x + q.x) / 2;
    const my = (p.y + q.y) / 2;
    if (middles.some((m) => Math.hypot(m.x - mx, m.y - my) < 300)) continue;
    const bend = (rng() - 0.5) * 0.25 * length;
    const inner: Point[] = [];
    let isClear = true;
    const steps = Math.round(length / 12);
    for (let i = 1; i < steps && isClear; i++) {
      const t = i / steps;
      const side = Math.sin(t * Math.PI) * bend;
      const x = p.x + (q.x - p.x) * t - ((q.y - p.y) / length) * side;
      const y = p.y + (q.y - p.y) * t + ((q.x - p.x) / length) * side;
      inner.push({ x, y });
      if (terrain.isWater(x, y) || site.forest(x, y) > 0.1 || terrain.slopeAt(x, y) > 0.3)
        isClear = false;
      if (Math.abs(site.railOffset(x, y)) < 15) isClear = false;
      if (i > 4 && i < steps - 4 && !near.isFree(x, y)) isClear = false;
      if (i <= 4 || i >= steps - 4) {
        // The ends must leave at once, not run along their street.
        const d = Math.min(i, steps - i) * 12;
        if (d > 36 && !near.isFree(x, y)) isClear = false;
      }
    }
    if (!isClear) continue;
    put(a, b, inner);
    middles.push({ x: mx, y: my });
  }

  // Along the sand: from the nearest junction at one end to that at the other.
  if (cover.beach.length > 6) {
    const half = cover.beach.length >> 1;
    const shore = offset(cover.beach.slice(0, half), -9);
    const nearest = (p: Point): number =>
      junctions.reduce(
        (best, n) =>
          Math.hypot(at(n).x - p.x, at(n).y - p.y) < Math.hypot(at(best).x - p.x, at(best).y - p.y)
            ? n
            : best,
        junctions[0]!,
      );
    const a = nearest(shore[0]!);
    const b = nearest(shore[shore.length - 1]!);
    const line = shore.filter((p) => !terrain.isWater(p.x, p.y));
    if (a !== b && line.length > 3) put(a, b, line);
  }

  // Through car parks: from the junction before to the junction behind, by way of the middle.
  for (const park of carParks) {
    const cx = park.reduce((s, p) => s + p.x, 0) / park.length;
    const cy = park.reduce((s, p) => s + p.y, 0) / park.length;
    const close = junctions
      .map((n) => ({ n, d: Math.hypot(at(n).x - cx, at(n).y - cy) }))
      .filter(({ d }) => d < 150)
      .sort((p, q) => p.d - q.d);
    const a = close[0];
    const b = close.find(
      ({ n }) => a && (at(n).x - cx) * (at(a.n).x - cx) + (at(n).y - cy) * (at(a.n).y - cy) < 0,
    );
    if (a && b && contains(park, cx, cy)) put(a.n, b.n, [{ x: cx, y: cy }]);
  }
  return out;
}

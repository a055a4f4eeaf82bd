/** Brooks: they run downhill from the heights to the river or the lake, in a culvert below every street. */
import { createRng, integer, pick, type Rng } from "../../base/rng.ts";
import type { DraftGraph } from "./graph.ts";
import { crossing, type Tags, thin } from "./line.ts";
import type { Names } from "./name.ts";
import type { OsmBuilder } from "./osm-draft.ts";
import type { Site } from "./site.ts";
import { Spacing } from "./streamline.ts";
import type { Point } from "./terrain.ts";

/** Brooks, in a culvert wherever a street crosses. */
export function writeBrooks(
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

/** Brooks run downhill from the heights until they reach the river or the lake. */
function drawBrooks(seed: number, site: Site): Point[][] {
  const rng: Rng = createRng(seed, 64);
  const { terrain, box } = site;
  const out: Point[][] = [];
  const taken = new Spacing();
  for (let tries = 0; tries < 400 && out.length < 12; tries++) {
    let x = box.west + 300 + integer(rng, box.east - box.west - 600);
    let y =
      pick(rng, [1, -1]) > 0
        ? terrain.axisY(x) + 2300 + rng() * 1500
        : terrain.axisY(x) - 2200 - rng() * 1300;
    if (out.some((b) => Math.hypot(b[0]!.x - x, b[0]!.y - y) < 900)) continue;
    const points: Point[] = [{ x, y }];
    let hasArrived = false;
    let vx = 0;
    let vy = 0;
    for (let step = 0; step < 420; step++) {
      const gx = terrain.heightAt(x + 25, y) - terrain.heightAt(x - 25, y);
      const gy = terrain.heightAt(x, y + 25) - terrain.heightAt(x, y - 25);
      const toAxis = terrain.riverY(x) > y ? 1 : -1;
      const g = Math.hypot(gx, gy) || 1;
      const pull = 0.15 + Math.max(0, 0.6 - g / 6);
      vx = vx * 0.55 - (gx / g) * 0.45 + 0.12 * Math.sin(step / 4 + out.length);
      vy = vy * 0.55 - (gy / g) * 0.45 + pull * toAxis * 0.6;
      const v = Math.hypot(vx, vy) || 1;
      x += (vx / v) * 22;
      y += (vy / v) * 22;
      if (x < box.west + 20 || x > box.east - 20 || y < box.south + 20 || y > box.north - 20) break;
      if (site.urban(x, y) > 0.25 || site.park(x, y) < 1.1) break;
      points.push({ x, y });
      if (terrain.isWater(x, y) || taken.isTaken(x, y, 20)) {
        hasArrived = true;
        break;
      }
    }
    if (!hasArrived || points.length < 40) continue;
    taken.add(points);
    out.push(points);
  }
  return out;
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

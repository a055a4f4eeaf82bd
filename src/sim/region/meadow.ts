/**
 * Where people leave the paths of a real map: bowed lines of a few hundred metres from one path to
 * the next, clear of every way but at their ends. A network knows no water and no woods, so some lead
 * through a brook or between trees. O(metres of ways) on a raster of 12 m.
 */
import { integer, type Rng } from "../../base/rng.ts";
import { EDGE, type EdgeDraft } from "../town/street-graph.ts";
import type { Point } from "../town/terrain.ts";

const CELL_M = 12;
/** Metres that the middle of a crossing keeps from any way. */
const CLEAR_M = 24;
/** Metres from its end within which a crossing may still be near the way that it leaves. */
const LEAVE_M = 42;
const LENGTH_M = [160, 420] as const;
/** Rise over run that people go up without a path. */
const STEEPEST = 0.45;
/** Pairs of ends that are tried for each end. */
const TRIES = 30;
/** One crossing for each square of this side, in metres. */
const SPACING_M = 500;

export function crossMeadows(
  rng: Rng,
  edges: readonly EdgeDraft[],
  heightAt: ((x: number, y: number) => number) | undefined,
): EdgeDraft[] {
  const near = waysNear(edges);
  const ends = openEnds(edges);
  const places = new Map<string, number[]>();
  const cell = (p: Point, dx = 0, dy = 0): string =>
    `${Math.floor(p.x / LENGTH_M[1]) + dx},${Math.floor(p.y / LENGTH_M[1]) + dy}`;
  for (const [i, { point }] of ends.entries()) {
    const list = places.get(cell(point));
    if (list) list.push(i);
    else places.set(cell(point), [i]);
  }

  const out: EdgeDraft[] = [];
  const taken = new Set<string>();
  for (let tries = 0; tries < TRIES * ends.length; tries++) {
    const from = ends[integer(rng, ends.length)]!;
    const others = places.get(cell(from.point, integer(rng, 3) - 1, integer(rng, 3) - 1));
    const to = others && ends[others[integer(rng, others.length)]!]!;
    const bow = (rng() - 0.5) * 0.25;
    if (!to) continue;
    const middle = {
      x: Math.floor((from.point.x + to.point.x) / 2 / SPACING_M),
      y: Math.floor((from.point.y + to.point.y) / 2 / SPACING_M),
    };
    const key = `${middle.x},${middle.y}`;
    if (taken.has(key)) continue;
    const inner = crossing(from.point, to.point, bow, near, heightAt);
    if (!inner) continue;
    taken.add(key);
    out.push({
      source: from.node,
      target: to.node,
      points: [from.point, ...inner, to.point],
      wayId: 0,
      kind: "off",
      flag: EDGE.UNMAPPED | EDGE.UNPAVED,
    });
  }
  return out;
}

/** The points between, or undefined where the ground is not free, too steep, or the ends too far. */
function crossing(
  p: Point,
  q: Point,
  bow: number,
  near: (x: number, y: number) => boolean,
  heightAt: ((x: number, y: number) => number) | undefined,
): Point[] | undefined {
  const length = Math.hypot(q.x - p.x, q.y - p.y);
  if (length < LENGTH_M[0] || length > LENGTH_M[1]) return undefined;
  const steps = Math.round(length / CELL_M);
  const inner: Point[] = [];
  let before = heightAt?.(p.x, p.y) ?? 0;
  for (let i = 1; i < steps; i++) {
    const t = i / steps;
    const side = Math.sin(t * Math.PI) * bow;
    const x = p.x + (q.x - p.x) * t - (q.y - p.y) * side;
    const y = p.y + (q.y - p.y) * t + (q.x - p.x) * side;
    // The ends must leave at once, not run along their way.
    if (Math.min(t, 1 - t) * length > LEAVE_M && near(x, y)) return undefined;
    const z = heightAt?.(x, y) ?? 0;
    if (Math.abs(z - before) > STEEPEST * CELL_M) return undefined;
    before = z;
    inner.push({ x, y });
  }
  return inner;
}

/** Junctions of paths and tracks in the open: nothing that is built meets there. */
function openEnds(edges: readonly EdgeDraft[]): { node: number; point: Point }[] {
  const points = new Map<number, Point>();
  const built = new Set<number>();
  for (const { source, target, kind, points: line } of edges) {
    if (kind === "path" || kind === "track") {
      points.set(source, line[0]!);
      points.set(target, line[line.length - 1]!);
    } else if (kind !== "trail") built.add(source).add(target);
  }
  return [...points].flatMap(([node, point]) => (built.has(node) ? [] : { node, point }));
}

/** Whether a way passes within CLEAR_M, to half a cell. */
function waysNear(edges: readonly EdgeDraft[]): (x: number, y: number) => boolean {
  let west = Infinity;
  let south = Infinity;
  let east = -Infinity;
  let north = -Infinity;
  for (const { points } of edges) {
    for (const { x, y } of points) {
      west = Math.min(west, x);
      south = Math.min(south, y);
      east = Math.max(east, x);
      north = Math.max(north, y);
    }
  }
  const margin = Math.ceil(CLEAR_M / CELL_M);
  const width = Math.max(1, Math.ceil((east - west) / CELL_M) + 2 * margin + 1);
  const height = Math.max(1, Math.ceil((north - south) / CELL_M) + 2 * margin + 1);
  const isNear = new Uint8Array(width * height);
  const column = (x: number): number => Math.floor((x - west) / CELL_M) + margin;
  const row = (y: number): number => Math.floor((y - south) / CELL_M) + margin;
  for (const { points } of edges) {
    for (let i = 1; i < points.length; i++) {
      const a = points[i - 1]!;
      const b = points[i]!;
      const count = Math.max(1, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / CELL_M));
      for (let k = 0; k <= count; k++) {
        const cx = column(a.x + ((b.x - a.x) * k) / count);
        const cy = row(a.y + ((b.y - a.y) * k) / count);
        for (let dy = -margin; dy <= margin; dy++) {
          isNear.fill(1, (cy + dy) * width + cx - margin, (cy + dy) * width + cx + margin + 1);
        }
      }
    }
  }
  return (x, y) => {
    const cx = column(x);
    const cy = row(y);
    return cx >= 0 && cy >= 0 && cx < width && cy < height && isNear[cy * width + cx] === 1;
  };
}

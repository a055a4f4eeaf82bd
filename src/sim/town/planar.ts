/**
 * From strokes that cross each other to a street graph in which every crossing on one layer is a
 * shared node: open ends reach for the next stroke, crossings are found in a uniform grid, points
 * nearer than a pace become one. Two passes, because merging moves lines a little. O(n) for drawn towns.
 */
import { crossing, type SketchLine } from "./line.ts";
import type { Point } from "./terrain.ts";

export interface Planar {
  readonly nodeX: number[];
  readonly nodeY: number[];
  /** Per stroke the nodes along it, no node twice in a row. */
  readonly lineNodes: number[][];
}

const CELL_M = 60;
const MERGE_M = 2;

interface Segment {
  readonly line: number;
  readonly at: number;
  readonly a: Point;
  readonly b: Point;
}

export function planarise(input: readonly SketchLine[]): Planar {
  let lines = extendEnds(input);
  for (let pass = 0; pass < 3; pass++) {
    const inserted = insertCrossings(lines);
    const merged = merge(inserted.lines);
    if (pass === 2 || inserted.count === 0) return merged;
    lines = merged.lineNodes.map((nodes, i) => ({
      ...lines[i]!,
      points: nodes.map((n) => ({ x: merged.nodeX[n]!, y: merged.nodeY[n]! })),
    }));
  }
  throw new Error("bug: planarise ends inside its loop");
}

class SegmentGrid {
  readonly cells = new Map<number, Segment[]>();

  add(segment: Segment): void {
    this.#visit(segment.a, segment.b, 0, (cell) => {
      const list = this.cells.get(cell);
      if (list) list.push(segment);
      else this.cells.set(cell, [segment]);
    });
  }

  /** Calls `seen` for every segment in the cells that ab touches; one may come more than once. */
  near(a: Point, b: Point, marginM: number, seen: (segment: Segment) => void): void {
    this.#visit(a, b, marginM, (cell) => {
      const list = this.cells.get(cell);
      if (list) for (const segment of list) seen(segment);
    });
  }

  #visit(a: Point, b: Point, margin: number, each: (cell: number) => void): void {
    const i0 = Math.floor((Math.min(a.x, b.x) - margin) / CELL_M);
    const i1 = Math.floor((Math.max(a.x, b.x) + margin) / CELL_M);
    const j0 = Math.floor((Math.min(a.y, b.y) - margin) / CELL_M);
    const j1 = Math.floor((Math.max(a.y, b.y) + margin) / CELL_M);
    for (let j = j0; j <= j1; j++) for (let i = i0; i <= i1; i++) each(j * 4096 + i);
  }
}

function gridOf(lines: readonly SketchLine[], layer: number): SegmentGrid {
  const grid = new SegmentGrid();
  lines.forEach((line, l) => {
    if (line.layer !== layer) return;
    for (let i = 1; i < line.points.length; i++) {
      grid.add({ line: l, at: i - 1, a: line.points[i - 1]!, b: line.points[i]! });
    }
  });
  return grid;
}

/** Carries open ends on in their direction, or sideways to the nearest point, to meet a stroke. */
function extendEnds(input: readonly SketchLine[]): SketchLine[] {
  const grid = gridOf(input, 0);
  return input.map((line, l) => {
    if (line.reachM <= 0 || line.layer !== 0 || line.points.length < 2) return line;
    const n = line.points.length;
    const first = line.points[0]!;
    const last = line.points[n - 1]!;
    if (Math.hypot(first.x - last.x, first.y - last.y) < 0.01) return line;
    const head = reachFrom(grid, l, line.points[1]!, first, line.reachM);
    const tail = reachFrom(grid, l, line.points[n - 2]!, last, line.reachM);
    if (!head && !tail) return line;
    return {
      ...line,
      points: [...(head ? [head] : []), ...line.points, ...(tail ? [tail] : [])],
    };
  });
}

function reachFrom(
  grid: SegmentGrid,
  line: number,
  before: Point,
  end: Point,
  reachM: number,
): Point | undefined {
  const length = Math.hypot(end.x - before.x, end.y - before.y) || 1;
  const dx = (end.x - before.x) / length;
  const dy = (end.y - before.y) / length;
  const goal = { x: end.x + dx * reachM, y: end.y + dy * reachM };
  let bestT = 2;
  let isTouching = false;
  let near: Point | undefined;
  let nearM = Math.min(30, reachM);
  grid.near(end, goal, nearM, (s) => {
    if (s.line === line || isTouching) return;
    const hit = crossing(end, goal, s.a, s.b);
    if (hit && hit.t < bestT) bestT = hit.t;
    const sx = s.b.x - s.a.x;
    const sy = s.b.y - s.a.y;
    const l2 = sx * sx + sy * sy;
    const u =
      l2 > 0 ? Math.max(0, Math.min(1, ((end.x - s.a.x) * sx + (end.y - s.a.y) * sy) / l2)) : 0;
    const px = s.a.x + u * sx;
    const py = s.a.y + u * sy;
    const d = Math.hypot(px - end.x, py - end.y);
    if (d < 0.5) isTouching = true;
    else if (d < nearM) {
      nearM = d;
      near = { x: px, y: py };
    }
  });
  if (isTouching) return undefined;
  if (bestT <= 1) {
    // A hair beyond, so that rounding cannot leave the two apart.
    return { x: end.x + dx * (reachM * bestT + 0.3), y: end.y + dy * (reachM * bestT + 0.3) };
  }
  if (!near) return undefined;
  const d = nearM || 1;
  return { x: near.x + ((near.x - end.x) / d) * 0.3, y: near.y + ((near.y - end.y) / d) * 0.3 };
}

/** Adds a vertex to both strokes wherever two of one layer cross or an end lies on the other. */
function insertCrossings(lines: readonly SketchLine[]): { lines: SketchLine[]; count: number } {
  const extra = new Map<number, { at: number; t: number; p: Point }[]>();
  let count = 0;
  const insert = (segment: Segment, t: number, p: Point): void => {
    const list = extra.get(segment.line);
    if (list) list.push({ at: segment.at, t, p });
    else extra.set(segment.line, [{ at: segment.at, t, p }]);
  };
  const isApart = (p: Point, q: Point): boolean => Math.hypot(p.x - q.x, p.y - q.y) > 0.05;
  for (const layer of [0, 1, -1]) {
    const grid = gridOf(lines, layer);
    for (const list of grid.cells.values()) {
      for (let i = 0; i < list.length; i++) {
        const s = list[i]!;
        for (let j = i + 1; j < list.length; j++) {
          const o = list[j]!;
          if (s.line === o.line && Math.abs(s.at - o.at) <= 1) continue;
          const hit = crossing(s.a, s.b, o.a, o.b);
          if (!hit) continue;
          const p = { x: s.a.x + hit.t * (s.b.x - s.a.x), y: s.a.y + hit.t * (s.b.y - s.a.y) };
          const isNewOnS = isApart(p, s.a) && isApart(p, s.b);
          const isNewOnO = isApart(p, o.a) && isApart(p, o.b);
          if (isNewOnS) insert(s, hit.t, p);
          if (isNewOnO) insert(o, hit.u, p);
          if (isNewOnS || isNewOnO) count++;
        }
      }
    }
    // Ends of any layer that touch a stroke of this one: bridgeheads, streets drawn to a point.
    if (layer !== 0) continue;
    lines.forEach((line, l) => {
      for (const end of [line.points[0]!, line.points[line.points.length - 1]!]) {
        grid.near(end, end, 1, (s) => {
          if (s.line === l) return;
          const dx = s.b.x - s.a.x;
          const dy = s.b.y - s.a.y;
          const l2 = dx * dx + dy * dy;
          if (l2 === 0) return;
          const t = ((end.x - s.a.x) * dx + (end.y - s.a.y) * dy) / l2;
          if (t <= 0 || t >= 1) return;
          const off = Math.hypot(s.a.x + t * dx - end.x, s.a.y + t * dy - end.y);
          if (off < 0.5 && isApart(end, s.a) && isApart(end, s.b)) {
            insert(s, t, end);
            count++;
          }
        });
      }
    });
  }
  const out = lines.map((line, l) => {
    const list = extra.get(l);
    if (!list) return line;
    list.sort((p, q) => p.at - q.at || p.t - q.t);
    const points: Point[] = [];
    let k = 0;
    line.points.forEach((p, i) => {
      points.push(p);
      while (k < list.length && list[k]!.at === i) points.push(list[k++]!.p);
    });
    return { ...line, points };
  });
  return { lines: out, count };
}

/** Gives nodes to points; points of one layer within a pace share one, stroke ends are on the ground. */
function merge(lines: readonly SketchLine[]): Planar {
  const nodeX: number[] = [];
  const nodeY: number[] = [];
  const cells = new Map<number, number[]>();
  const nodeFor = (p: Point, layer: number): number => {
    const i = Math.floor(p.x / MERGE_M);
    const j = Math.floor(p.y / MERGE_M);
    for (let dj = -1; dj <= 1; dj++) {
      for (let di = -1; di <= 1; di++) {
        const list = cells.get(((j + dj) * 65536 + i + di) * 4 + layer + 1);
        if (!list) continue;
        for (const n of list) if (Math.hypot(nodeX[n]! - p.x, nodeY[n]! - p.y) < MERGE_M) return n;
      }
    }
    const n = nodeX.length;
    nodeX.push(p.x);
    nodeY.push(p.y);
    const key = (j * 65536 + i) * 4 + layer + 1;
    const list = cells.get(key);
    if (list) list.push(n);
    else cells.set(key, [n]);
    return n;
  };
  // Important strokes first: their points stay where they are and others move to them.
  const order = lines.map((_, i) => i).sort((a, b) => lines[b]!.rank - lines[a]!.rank || a - b);
  const lineNodes: number[][] = lines.map(() => []);
  for (const l of order) {
    const line = lines[l]!;
    const nodes: number[] = [];
    const last = line.points.length - 1;
    line.points.forEach((p, i) => {
      const n = nodeFor(p, i === 0 || i === last ? 0 : line.layer);
      const length = nodes.length;
      if (nodes[length - 1] === n) return;
      // A hair-thin spike back to the node before the last is no street.
      if (length >= 2 && nodes[length - 2] === n) nodes.pop();
      else nodes.push(n);
    });
    lineNodes[l] = nodes;
  }
  return { nodeX, nodeY, lineNodes };
}

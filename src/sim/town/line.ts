/**
 * Polylines on the plane, the pencil strokes of the drawing: arc length, points along, offset,
 * smoothing, and cutting out the span over or under an obstacle.
 */
import type { Point } from "./terrain.ts";

export type Tags = Record<string, string>;

/** One stroke of the sketch before strokes know of each other. */
export interface SketchLine {
  readonly points: Point[];
  readonly tags: Tags;
  /** 0 on the ground, 1 on a bridge, −1 in a tunnel; strokes meet only on their own layer. */
  readonly layer: number;
  /** How far an open end may be carried on, in its direction, to meet another stroke; metres. */
  readonly reachM: number;
  /** The stroke's rank: higher ones keep their course where two are too near. */
  readonly rank: number;
  /** Street cells may lose this line to become irregular (suburbs). */
  readonly isLoose?: boolean;
}

export function lengthOf(points: readonly Point[]): number {
  let sum = 0;
  for (let i = 1; i < points.length; i++) {
    sum += Math.hypot(points[i]!.x - points[i - 1]!.x, points[i]!.y - points[i - 1]!.y);
  }
  return sum;
}

/** The part between two arc lengths, cut points included. */
export function slice(points: readonly Point[], fromM: number, toM: number): Point[] {
  const out: Point[] = [];
  let at = 0;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!;
    const b = points[i]!;
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const end = at + length;
    if (end > fromM && at < toM && length > 0) {
      const t0 = Math.max(0, (fromM - at) / length);
      const t1 = Math.min(1, (toM - at) / length);
      if (out.length === 0) out.push({ x: a.x + t0 * (b.x - a.x), y: a.y + t0 * (b.y - a.y) });
      out.push({ x: a.x + t1 * (b.x - a.x), y: a.y + t1 * (b.y - a.y) });
    }
    at = end;
  }
  return out;
}

/** Points every `stepM` metres (about), ends kept. */
export function resample(points: readonly Point[], stepM: number): Point[] {
  const total = lengthOf(points);
  const pieces = Math.max(1, Math.round(total / stepM));
  const out: Point[] = [points[0]!];
  let i = 1;
  let at = 0;
  for (let k = 1; k < pieces; k++) {
    const goal = (total * k) / pieces;
    for (;;) {
      const a = points[i - 1]!;
      const b = points[i]!;
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      if (at + length >= goal || i === points.length - 1) {
        const t = length > 0 ? Math.min(1, (goal - at) / length) : 0;
        out.push({ x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) });
        break;
      }
      at += length;
      i++;
    }
  }
  out.push(points[points.length - 1]!);
  return out;
}

/** Moves inner points towards the mean of their neighbours; ends stay. */
export function relax(points: readonly Point[], rounds: number): Point[] {
  let line = points.slice();
  for (let r = 0; r < rounds; r++) {
    line = line.map((p, i) => {
      if (i === 0 || i === line.length - 1) return p;
      const a = line[i - 1]!;
      const b = line[i + 1]!;
      return { x: p.x * 0.5 + (a.x + b.x) * 0.25, y: p.y * 0.5 + (a.y + b.y) * 0.25 };
    });
  }
  return line;
}

/** Drops points nearer than `toleranceM` to the line kept (Ramer–Douglas–Peucker). */
export function thin(points: readonly Point[], toleranceM: number): Point[] {
  if (points.length < 3) return points.slice();
  const keep = new Uint8Array(points.length);
  keep[0] = 1;
  keep[points.length - 1] = 1;
  const stack: number[] = [0, points.length - 1];
  while (stack.length > 0) {
    const last = stack.pop()!;
    const first = stack.pop()!;
    let worst = -1;
    let worstM = toleranceM;
    for (let i = first + 1; i < last; i++) {
      const d = distanceToSegment(points[i]!, points[first]!, points[last]!);
      if (d > worstM) {
        worstM = d;
        worst = i;
      }
    }
    if (worst < 0) continue;
    keep[worst] = 1;
    stack.push(first, worst, worst, last);
  }
  return points.filter((_, i) => keep[i] === 1);
}

/** Thins a closed ring, first point not repeated. */
export function thinRing(points: readonly Point[], toleranceM: number): Point[] {
  const half = points.length >> 1;
  const one = thin(points.slice(0, half + 1), toleranceM);
  const two = thin([...points.slice(half), points[0]!], toleranceM);
  return [...one.slice(0, -1), ...two.slice(0, -1)];
}

export function distanceToSegment(p: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const l2 = dx * dx + dy * dy;
  const t = l2 > 0 ? Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / l2)) : 0;
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/** The line moved to its left by `offsetM` (negative: right). */
export function offset(points: readonly Point[], offsetM: number): Point[] {
  return points.map((p, i) => {
    const a = points[Math.max(0, i - 1)]!;
    const b = points[Math.min(points.length - 1, i + 1)]!;
    const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    return { x: p.x - ((b.y - a.y) / length) * offsetM, y: p.y + ((b.x - a.x) / length) * offsetM };
  });
}

/** A closed ring of `count` points at `radius(angle)` round a centre, first point repeated at the end. */
export function loop(centre: Point, count: number, radius: (angle: number) => number): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < count; i++) {
    const angle = (i / count) * 2 * Math.PI;
    const r = radius(angle);
    points.push({ x: centre.x + Math.cos(angle) * r, y: centre.y + Math.sin(angle) * r });
  }
  points.push(points[0]!);
  return points;
}

/** Where segments ab and cd cross, as fractions of each; undefined when they do not. */
export function crossing(
  a: Point,
  b: Point,
  c: Point,
  d: Point,
): { t: number; u: number } | undefined {
  const rx = b.x - a.x;
  const ry = b.y - a.y;
  const sx = d.x - c.x;
  const sy = d.y - c.y;
  const cross = rx * sy - ry * sx;
  if (Math.abs(cross) < 1e-9) return undefined;
  const t = ((c.x - a.x) * sy - (c.y - a.y) * sx) / cross;
  if (t < 0 || t > 1) return undefined;
  const u = ((c.x - a.x) * ry - (c.y - a.y) * rx) / cross;
  return u < 0 || u > 1 ? undefined : { t, u };
}

/**
 * Cuts out of `line` the span around each place where it crosses `obstacle` and gives the span its
 * own layer and tags: a bridge over a river, an underpass below a railway.
 *
 * @param halfM half the span's length at a right angle; slanted crossings get longer spans
 */
export function lift(
  line: SketchLine,
  obstacle: readonly Point[],
  halfM: number,
  layer: number,
  tags: Tags,
): SketchLine[] {
  if (line.layer !== 0) return [line];
  const spans: [number, number][] = [];
  let at = 0;
  for (let i = 1; i < line.points.length; i++) {
    const a = line.points[i - 1]!;
    const b = line.points[i]!;
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    for (let k = 1; k < obstacle.length; k++) {
      const c = obstacle[k - 1]!;
      const d = obstacle[k]!;
      if (Math.min(c.x, d.x) > Math.max(a.x, b.x) || Math.max(c.x, d.x) < Math.min(a.x, b.x))
        continue;
      const hit = crossing(a, b, c, d);
      if (!hit) continue;
      const cosine =
        Math.abs((b.x - a.x) * (d.x - c.x) + (b.y - a.y) * (d.y - c.y)) /
        (length * Math.hypot(d.x - c.x, d.y - c.y) || 1);
      const half = Math.min(halfM * 2.2, halfM / Math.sqrt(Math.max(0.05, 1 - cosine * cosine)));
      const middle = at + hit.t * length;
      const last = spans[spans.length - 1];
      if (last && middle - half < last[1] + 8) last[1] = middle + half;
      else spans.push([middle - half, middle + half]);
    }
    at += length;
  }
  if (spans.length === 0) return [line];
  const total = at;
  const out: SketchLine[] = [];
  let from = 0;
  spans.sort((p, q) => p[0] - q[0]);
  for (const [start, end] of spans) {
    const s = Math.max(0, start);
    const e = Math.min(total, end);
    if (s - from > 1) out.push({ ...line, points: slice(line.points, from, s) });
    out.push({ ...line, points: slice(line.points, s, e), layer, tags: { ...line.tags, ...tags } });
    from = e;
  }
  if (total - from > 1) out.push({ ...line, points: slice(line.points, from, total) });
  return out;
}

/**
 * Closed outlines of a scalar field at level zero by marching squares (Maple 2003 for the cases):
 * how lakes, forests and built-up land become polygons with organic edges. The field counts as
 * negative outside the box, so every outline closes. O(cells).
 */
import type { Box } from "../plane.ts";
import type { Point } from "./terrain.ts";

export interface Ring {
  /** First point is not repeated. Outer rings run anticlockwise, holes clockwise. */
  readonly points: Point[];
  /** Square metres, negative for holes. */
  readonly areaM2: number;
}

/** @param value > 0 is inside */
export function contourRings(
  box: Box,
  cellM: number,
  value: (x: number, y: number) => number,
): Ring[] {
  const columns = Math.ceil((box.east - box.west) / cellM) + 1;
  const rows = Math.ceil((box.north - box.south) / cellM) + 1;
  const grid = new Float32Array(columns * rows);
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const isBorder = i === 0 || j === 0 || i === columns - 1 || j === rows - 1;
      const v = value(box.west + i * cellM, box.south + j * cellM);
      grid[j * columns + i] = isBorder ? Math.min(v, -1e-3) : v;
    }
  }
  // Each crossing lies on one grid edge: horizontal edges 2·at, vertical ones 2·at + 1.
  const next = new Map<number, number>();
  for (let j = 0; j < rows - 1; j++) {
    for (let i = 0; i < columns - 1; i++) {
      const at = j * columns + i;
      const a = grid[at]! > 0;
      const b = grid[at + 1]! > 0;
      const c = grid[at + columns + 1]! > 0;
      const d = grid[at + columns]! > 0;
      const bottom = 2 * at;
      const right = 2 * (at + 1) + 1;
      const top = 2 * (at + columns);
      const left = 2 * at + 1;
      // The inside stays on the left of the direction of travel.
      switch ((a ? 1 : 0) | (b ? 2 : 0) | (c ? 4 : 0) | (d ? 8 : 0)) {
        case 1:
          next.set(bottom, left);
          break;
        case 2:
          next.set(right, bottom);
          break;
        case 3:
          next.set(right, left);
          break;
        case 4:
          next.set(top, right);
          break;
        case 5:
          next.set(bottom, left);
          next.set(top, right);
          break;
        case 6:
          next.set(top, bottom);
          break;
        case 7:
          next.set(top, left);
          break;
        case 8:
          next.set(left, top);
          break;
        case 9:
          next.set(bottom, top);
          break;
        case 10:
          next.set(right, bottom);
          next.set(left, top);
          break;
        case 11:
          next.set(right, top);
          break;
        case 12:
          next.set(left, right);
          break;
        case 13:
          next.set(bottom, right);
          break;
        case 14:
          next.set(left, bottom);
          break;
      }
    }
  }
  const pointOf = (edge: number): Point => {
    const at = edge >> 1;
    const i = at % columns;
    const j = (at - i) / columns;
    const other = edge & 1 ? at + columns : at + 1;
    const t = grid[at]! / (grid[at]! - grid[other]!);
    return edge & 1
      ? { x: box.west + i * cellM, y: box.south + (j + t) * cellM }
      : { x: box.west + (i + t) * cellM, y: box.south + j * cellM };
  };
  const rings: Ring[] = [];
  while (next.size > 0) {
    const start: number = next.keys().next().value!;
    const points: Point[] = [];
    let edge: number | undefined = start;
    while (edge !== undefined && next.has(edge)) {
      points.push(pointOf(edge));
      const after: number = next.get(edge)!;
      next.delete(edge);
      edge = after === start ? undefined : after;
    }
    if (points.length >= 4) rings.push({ points, areaM2: ringArea(points) });
  }
  return rings;
}

/** Square metres, positive when anticlockwise. */
export function ringArea(points: readonly Point[]): number {
  let sum = 0;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    sum += points[j]!.x * points[i]!.y - points[i]!.x * points[j]!.y;
  }
  return sum / 2;
}

/** Even–odd test. */
export function contains(points: readonly Point[], x: number, y: number): boolean {
  let isIn = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const a = points[i]!;
    const b = points[j]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) isIn = !isIn;
  }
  return isIn;
}

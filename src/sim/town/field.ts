/** Fields: Voronoi cells of scattered points, narrowed to leave balks, on open flat land. */
import { createRng } from "../../base/rng.ts";
import type { Site } from "./site.ts";
import type { Point } from "./terrain.ts";

/** Fields: Voronoi cells of scattered points, narrowed, on open flat land. */
export function patchwork(seed: number, site: Site): Point[][] {
  const rng = createRng(seed, 63);
  const { box, terrain } = site;
  const pitch = 215;
  const columns = Math.ceil((box.east - box.west) / pitch);
  const rows = Math.ceil((box.north - box.south) / pitch);
  const seeds: Point[] = [];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      seeds.push({
        x: box.west + (i + 0.08 + rng() * 0.84) * pitch,
        y: box.south + (j + 0.08 + rng() * 0.84) * pitch,
      });
    }
  }
  const isOpen = (p: Point): boolean =>
    p.x > box.west &&
    p.x < box.east &&
    p.y > box.south &&
    p.y < box.north &&
    site.forest(p.x, p.y) < 0.02 &&
    site.urban(p.x, p.y) < 0.02 &&
    site.rural(p.x, p.y) < 0.02 &&
    terrain.lake(p.x, p.y) < -0.07 &&
    Math.abs(terrain.riverOffset(p.x, p.y)) > 62 &&
    !site.isIndustrial(p.x, p.y) &&
    Math.abs(site.railOffset(p.x, p.y)) > 14;
  const out: Point[][] = [];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const own = seeds[j * columns + i]!;
      if (!isOpen(own) || rng() < 0.12) continue;
      const r = pitch * 0.95;
      let cell: Point[] = [
        { x: own.x - r, y: own.y - r },
        { x: own.x + r, y: own.y - r },
        { x: own.x + r, y: own.y + r },
        { x: own.x - r, y: own.y + r },
      ];
      for (let dj = -2; dj <= 2; dj++) {
        for (let di = -2; di <= 2; di++) {
          const oi = i + di;
          const oj = j + dj;
          if ((di === 0 && dj === 0) || oi < 0 || oj < 0 || oi >= columns || oj >= rows) continue;
          cell = clipNearer(cell, own, seeds[oj * columns + oi]!);
        }
      }
      const narrowed = cell.map((p) => {
        const d = Math.hypot(p.x - own.x, p.y - own.y) || 1;
        const k = Math.max(0.3, (d - 5) / d);
        return { x: own.x + (p.x - own.x) * k, y: own.y + (p.y - own.y) * k };
      });
      if (narrowed.length >= 4 && narrowed.every(isOpen)) out.push(narrowed);
    }
  }
  return out;
}

/** The part of a convex cell nearer to `own` than to `other`. */
function clipNearer(cell: readonly Point[], own: Point, other: Point): Point[] {
  const nx = other.x - own.x;
  const ny = other.y - own.y;
  const c = (nx * (own.x + other.x) + ny * (own.y + other.y)) / 2;
  const out: Point[] = [];
  for (let i = 0; i < cell.length; i++) {
    const a = cell[i]!;
    const b = cell[(i + 1) % cell.length]!;
    const da = nx * a.x + ny * a.y - c;
    const db = nx * b.x + ny * b.y - c;
    if (da <= 0) out.push(a);
    if (da < 0 !== db < 0 && da !== db) {
      const t = da / (da - db);
      out.push({ x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) });
    }
  }
  return out;
}

/**
 * Streets that follow a field of directions (Chen et al., "Interactive Procedural Street Modeling",
 * SIGGRAPH 2008): the field blends grids, rings round squares, the river's course and the contours of
 * the hills; evenly spaced streamlines (Jobard & Lefer 1997) of it and of its normal become streets.
 */
import type { Rng } from "../../base/rng.ts";
import type { Box } from "../plane.ts";
import type { Point } from "./terrain.ts";

/** One source of direction; `angle` in radians, `weight` ≥ 0 at a place. */
export interface Basis {
  angle(x: number, y: number): number;
  weight(x: number, y: number): number;
}

/** The blended direction, sign-free: angle and angle + π are the same. */
export function blend(bases: readonly Basis[], x: number, y: number): number {
  let c = 0;
  let s = 0;
  for (const basis of bases) {
    const w = basis.weight(x, y);
    if (w <= 1e-4) continue;
    const a = 2 * basis.angle(x, y);
    c += w * Math.cos(a);
    s += w * Math.sin(a);
  }
  return Math.atan2(s, c) / 2;
}

export function gridBasis(centre: Point, angle: number, sizeM: number, strength = 1): Basis {
  return {
    angle: () => angle,
    weight: (x, y) => {
      const dx = x - centre.x;
      const dy = y - centre.y;
      return strength * Math.exp(-(dx * dx + dy * dy) / (2 * sizeM * sizeM));
    },
  };
}

export function radialBasis(centre: Point, sizeM: number, strength = 1): Basis {
  return {
    angle: (x, y) => Math.atan2(y - centre.y, x - centre.x),
    weight: (x, y) => {
      const dx = x - centre.x;
      const dy = y - centre.y;
      return strength * Math.exp(-(dx * dx + dy * dy) / (2 * sizeM * sizeM));
    },
  };
}

const CELL_M = 30;

/** Where strokes already run and in which direction, for spacing. */
export class Spacing {
  readonly #cells = new Map<number, number[]>();

  add(points: readonly Point[], stepM = 12): void {
    for (let i = 1; i < points.length; i++) {
      const a = points[i - 1]!;
      const b = points[i]!;
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      const angle = Math.atan2(b.y - a.y, b.x - a.x);
      for (let d = 0; d < length || d === 0; d += stepM) {
        const t = length > 0 ? d / length : 0;
        this.#put(a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), angle);
      }
    }
  }

  #put(x: number, y: number, angle: number): void {
    const key = Math.floor(y / CELL_M) * 4096 + Math.floor(x / CELL_M);
    const list = this.#cells.get(key);
    if (list) list.push(x, y, angle);
    else this.#cells.set(key, [x, y, angle]);
  }

  /** Whether something runs within `radiusM`, more parallel than crossing (or at all). */
  isTaken(x: number, y: number, radiusM: number, angle?: number): boolean {
    const i0 = Math.floor((x - radiusM) / CELL_M);
    const i1 = Math.floor((x + radiusM) / CELL_M);
    const j0 = Math.floor((y - radiusM) / CELL_M);
    const j1 = Math.floor((y + radiusM) / CELL_M);
    const r2 = radiusM * radiusM;
    for (let j = j0; j <= j1; j++) {
      for (let i = i0; i <= i1; i++) {
        const list = this.#cells.get(j * 4096 + i);
        if (!list) continue;
        for (let k = 0; k < list.length; k += 3) {
          const dx = list[k]! - x;
          const dy = list[k + 1]! - y;
          if (dx * dx + dy * dy > r2) continue;
          if (angle === undefined || Math.abs(Math.cos(list[k + 2]! - angle)) > 0.72) return true;
        }
      }
    }
    return false;
  }
}

export interface StreamlineOptions {
  readonly box: Box;
  readonly bases: readonly Basis[];
  isAllowed(x: number, y: number): boolean;
  /** Metres between neighbours along the field and across it. */
  readonly alongM: number;
  readonly acrossM: number;
  readonly minM: number;
  readonly maxM: number;
  readonly stepM?: number;
}

/** Streets of one density; each is added to `spacing` as it is drawn. */
export function streamlines(spacing: Spacing, rng: Rng, options: StreamlineOptions): Point[][] {
  const { box, bases, isAllowed, alongM, acrossM } = options;
  const step = options.stepM ?? 12;
  const pitch = Math.min(alongM, acrossM) * 0.55;
  const seeds: Point[] = [];
  for (let y = box.south; y < box.north; y += pitch) {
    for (let x = box.west; x < box.east; x += pitch) {
      const p = { x: x + rng() * pitch, y: y + rng() * pitch };
      if (isAllowed(p.x, p.y)) seeds.push(p);
    }
  }
  for (let i = seeds.length - 1; i > 0; i--) {
    const j = Math.floor(rng() * (i + 1));
    const swap = seeds[i]!;
    seeds[i] = seeds[j]!;
    seeds[j] = swap;
  }
  const found: Point[][] = [];
  const grow = (seed: Point, turn: number, apartM: number, sign: number): Point[] => {
    const points: Point[] = [];
    let { x, y } = seed;
    let direction = blend(bases, x, y) + turn + (sign < 0 ? Math.PI : 0);
    let hasLeft = false;
    for (let length = 0; length < options.maxM; length += step) {
      const half = aligned(blend(bases, x, y) + turn, direction);
      const mx = x + Math.cos(half) * step * 0.5;
      const my = y + Math.sin(half) * step * 0.5;
      direction = aligned(blend(bases, mx, my) + turn, half);
      x += Math.cos(direction) * step;
      y += Math.sin(direction) * step;
      if (!isAllowed(x, y) || spacing.isTaken(x, y, apartM * 0.55, direction)) break;
      points.push({ x, y });
      // A street that comes back to where it began would wind into a spiral.
      const away = Math.hypot(x - seed.x, y - seed.y);
      if (away > apartM) hasLeft = true;
      else if (hasLeft && away < apartM * 0.6) break;
    }
    return points;
  };
  for (const seed of seeds) {
    // Both families alternate by place rather than by turn, so that neither takes all the room.
    for (const isAlong of rng() < 0.5 ? [true, false] : [false, true]) {
      const turn = isAlong ? 0 : Math.PI / 2;
      const apartM = isAlong ? alongM : acrossM;
      if (spacing.isTaken(seed.x, seed.y, apartM, blend(bases, seed.x, seed.y) + turn)) continue;
      const back = grow(seed, turn, apartM, -1);
      const ahead = grow(seed, turn, apartM, 1);
      const points = [...back.reverse(), seed, ...ahead];
      if (points.length * step < options.minM) continue;
      spacing.add(points);
      found.push(points);
    }
  }
  return found;
}

/** The representative of a sign-free angle that points along `direction`. */
function aligned(angle: number, direction: number): number {
  return Math.cos(angle - direction) < 0 ? angle + Math.PI : angle;
}

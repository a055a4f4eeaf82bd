/**
 * Houses along streets: footprints set back from the kerb, closed rows in the old town, halls by
 * the railway, none on another or on a street. Room is kept in a 2 m raster. About 10 µs a house.
 */
import { createRng, type Rng } from "../../base/rng.ts";
import type { DraftGraph } from "./graph.ts";
import type { Tags } from "./line.ts";
import type { Site } from "./site.ts";
import type { Point } from "./terrain.ts";

export interface Area {
  /** Outer rings and their holes, first point not repeated. */
  readonly outer: readonly Point[][];
  readonly inner: readonly Point[][];
  readonly tags: Tags;
}

const CELL_M = 2;

/** Which ground is taken, in cells of two metres. */
export class Ground {
  readonly #west: number;
  readonly #south: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #taken: Uint8Array;

  constructor(west: number, south: number, east: number, north: number) {
    this.#west = west;
    this.#south = south;
    this.#columns = Math.ceil((east - west) / CELL_M);
    this.#rows = Math.ceil((north - south) / CELL_M);
    this.#taken = new Uint8Array(this.#columns * this.#rows);
  }

  isFree(x: number, y: number): boolean {
    const i = Math.floor((x - this.#west) / CELL_M);
    const j = Math.floor((y - this.#south) / CELL_M);
    if (i < 0 || j < 0 || i >= this.#columns || j >= this.#rows) return false;
    return this.#taken[j * this.#columns + i] === 0;
  }

  takeDisc(x: number, y: number, radiusM: number): void {
    const i0 = Math.max(0, Math.floor((x - radiusM - this.#west) / CELL_M));
    const i1 = Math.min(this.#columns - 1, Math.floor((x + radiusM - this.#west) / CELL_M));
    const j0 = Math.max(0, Math.floor((y - radiusM - this.#south) / CELL_M));
    const j1 = Math.min(this.#rows - 1, Math.floor((y + radiusM - this.#south) / CELL_M));
    for (let j = j0; j <= j1; j++) {
      for (let i = i0; i <= i1; i++) {
        const dx = this.#west + (i + 0.5) * CELL_M - x;
        const dy = this.#south + (j + 0.5) * CELL_M - y;
        if (dx * dx + dy * dy <= radiusM * radiusM) this.#taken[j * this.#columns + i] = 1;
      }
    }
  }

  takeLine(points: readonly Point[], halfWidthM: number): void {
    for (let k = 1; k < points.length; k++) {
      const a = points[k - 1]!;
      const b = points[k]!;
      const steps = Math.max(
        1,
        Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / Math.max(2.5, halfWidthM / 3)),
      );
      for (let s = 0; s <= steps; s++) {
        this.takeDisc(a.x + ((b.x - a.x) * s) / steps, a.y + ((b.y - a.y) * s) / steps, halfWidthM);
      }
    }
  }

  /** Takes the rectangle if all of it, grown by `marginM`, is free. */
  takeBox(
    centre: Point,
    ux: number,
    uy: number,
    halfLong: number,
    halfDeep: number,
    marginM: number,
  ): boolean {
    const long = halfLong + marginM;
    const deep = halfDeep + marginM;
    for (let s = -long; s <= long + 0.01; s += Math.min(2, long)) {
      for (let d = -deep; d <= deep + 0.01; d += Math.min(2, deep)) {
        if (!this.isFree(centre.x + ux * s - uy * d, centre.y + uy * s + ux * d)) return false;
      }
    }
    for (let s = -halfLong; s <= halfLong; s += 1.5) {
      for (let d = -halfDeep; d <= halfDeep; d += 1.5) {
        this.takeDisc(centre.x + ux * s - uy * d, centre.y + uy * s + ux * d, 1);
      }
    }
    return true;
  }
}

const HALF_WIDTH: Record<string, number> = {
  primary: 7,
  secondary: 6.5,
  tertiary: 6,
  unclassified: 5,
  residential: 4.5,
  living_street: 4,
  pedestrian: 3.5,
  service: 3.5,
};

export function takeStreets(ground: Ground, graph: DraftGraph): void {
  for (const edge of graph.edges) {
    const points = edge.nodes.map((n) => ({ x: graph.nodeX[n]!, y: graph.nodeY[n]! }));
    ground.takeLine(points, HALF_WIDTH[edge.tags.highway!] ?? 2.5);
  }
}

export function placeBuildings(
  seed: number,
  site: Site,
  graph: DraftGraph,
  ground: Ground,
): Area[] {
  const rng = createRng(seed, 51);
  const out: Area[] = [];
  const order = graph.edges.slice().sort((a, b) => weightOf(b.tags) - weightOf(a.tags));
  const numbers = new Map<string, number>();
  for (const edge of order) {
    const highway = edge.tags.highway!;
    if (weightOf(edge.tags) === 0 || edge.layer !== 0 || edge.tags.junction) continue;
    const kerb = HALF_WIDTH[highway] ?? 3;
    for (let i = 1; i < edge.nodes.length; i++) {
      const a = { x: graph.nodeX[edge.nodes[i - 1]!]!, y: graph.nodeY[edge.nodes[i - 1]!]! };
      const b = { x: graph.nodeX[edge.nodes[i]!]!, y: graph.nodeY[edge.nodes[i]!]! };
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      if (length < 6) continue;
      const ux = (b.x - a.x) / length;
      const uy = (b.y - a.y) / length;
      for (const side of [1, -1]) {
        for (let at = 3 + rng() * 6; at < length; ) {
          const x = a.x + ux * at;
          const y = a.y + uy * at;
          let lot = lotAt(site, x, y, rng);
          if (!lot) {
            at += 22;
            continue;
          }
          const vx = ux * Math.cos(lot.turn) - uy * Math.sin(lot.turn);
          const vy = ux * Math.sin(lot.turn) + uy * Math.cos(lot.turn);
          let centre = beside(x, y, ux, uy, side, kerb, lot);
          let fits = ground.takeBox(centre, vx, vy, lot.longM / 2, lot.deepM / 2, lot.apartM);
          if (!fits && lot.isRow) {
            // Rows are closed by narrower houses where a wide one does not fit.
            lot = { ...lot, longM: 5.5, deepM: 8 };
            centre = beside(x, y, ux, uy, side, kerb, lot);
            fits = ground.takeBox(centre, vx, vy, lot.longM / 2, lot.deepM / 2, 0);
          }
          if (fits) {
            const tags: Tags = { ...lot.tags };
            const street = edge.tags.name;
            if (street && lot.isAddressed) {
              const number = (numbers.get(street) ?? 0) + 1;
              numbers.set(street, number);
              tags["addr:street"] = street;
              tags["addr:housenumber"] = String(number);
            }
            out.push({
              outer: [
                footprint(centre, vx, vy, lot.longM / 2, lot.deepM / 2, side, lot.hasWing, rng),
              ],
              inner: [],
              tags,
            });
          }
          at += lot.longM + lot.gapM;
        }
      }
    }
  }
  return out;
}

/** Centre of a lot's house on one side of the street. */
function beside(
  x: number,
  y: number,
  ux: number,
  uy: number,
  side: number,
  kerbM: number,
  lot: Lot,
): Point {
  const away = kerbM + lot.setbackM + lot.deepM / 2;
  return {
    x: x + ux * (lot.longM / 2) - uy * side * away,
    y: y + uy * (lot.longM / 2) + ux * side * away,
  };
}

function weightOf(tags: Tags): number {
  if (tags.area) return 0;
  switch (tags.highway) {
    case "pedestrian":
      return 6;
    case "living_street":
      return 5;
    case "residential":
      return 4;
    case "secondary":
    case "tertiary":
      return 3;
    case "unclassified":
    case "service":
    case "primary":
      return 2;
    case "footway":
      return tags.name ? 1 : 0;
    default:
      return 0;
  }
}

interface Lot {
  readonly longM: number;
  readonly deepM: number;
  readonly setbackM: number;
  readonly gapM: number;
  readonly apartM: number;
  readonly turn: number;
  readonly hasWing: boolean;
  readonly isAddressed: boolean;
  /** Stands wall to wall with its neighbours. */
  readonly isRow?: boolean;
  readonly tags: Tags;
}

function lotAt(site: Site, x: number, y: number, rng: Rng): Lot | undefined {
  if (site.oldTown(x, y) < 1.12) {
    return {
      longM: 9 + rng() * 11,
      deepM: 10 + rng() * 4,
      setbackM: 0.6,
      gapM: rng() < 0.08 ? 4 : 0.6,
      apartM: 0,
      isRow: true,
      turn: 0,
      hasWing: false,
      isAddressed: true,
      tags: { building: rng() < 0.6 ? "yes" : "retail" },
    };
  }
  if (site.isIndustrial(x, y)) {
    if (rng() < 0.25) return undefined;
    return {
      longM: 28 + rng() * 55,
      deepM: 20 + rng() * 28,
      setbackM: 9 + rng() * 12,
      gapM: 16 + rng() * 30,
      apartM: 3,
      turn: 0,
      hasWing: rng() < 0.3,
      isAddressed: true,
      tags: { building: rng() < 0.7 ? "industrial" : "warehouse" },
    };
  }
  const urban = site.urban(x, y);
  if (urban > 0.5) {
    if (rng() < 0.18) return undefined;
    const isRow = rng() < 0.4;
    return {
      longM: isRow ? 22 + rng() * 26 : 13 + rng() * 8,
      deepM: 11 + rng() * 4,
      setbackM: 2.5 + rng() * 3,
      gapM: 6 + rng() * 12,
      apartM: 2,
      turn: 0,
      hasWing: rng() < 0.25,
      isAddressed: true,
      tags: { building: rng() < 0.75 ? "apartments" : "yes" },
    };
  }
  const rural = site.rural(x, y);
  if (urban > -0.02 || rural > 0.05) {
    if (rng() < 0.3) return undefined;
    const isFarm = urban < -0.02 && rng() < 0.18;
    return {
      longM: isFarm ? 18 + rng() * 12 : 9 + rng() * 6,
      deepM: isFarm ? 12 + rng() * 4 : 8.5 + rng() * 3,
      setbackM: 3.5 + rng() * 6,
      gapM: 11 + rng() * 18,
      apartM: 2,
      turn: (rng() - 0.5) * 0.18,
      hasWing: rng() < 0.3,
      isAddressed: true,
      tags: { building: isFarm ? "farm" : rng() < 0.8 ? "house" : "detached" },
    };
  }
  if (rng() > 0.012 || site.forest(x, y) > 0) return undefined;
  return {
    longM: 16 + rng() * 10,
    deepM: 11,
    setbackM: 8,
    gapM: 60,
    apartM: 3,
    turn: rng() * 0.6,
    hasWing: true,
    isAddressed: false,
    tags: { building: rng() < 0.6 ? "farm" : "barn" },
  };
}

function footprint(
  c: Point,
  ux: number,
  uy: number,
  s: number,
  d: number,
  side: number,
  hasWing: boolean,
  rng: Rng,
): Point[] {
  const at = (along: number, deep: number): Point => ({
    x: c.x + ux * along - uy * deep * side,
    y: c.y + uy * along + ux * deep * side,
  });
  if (!hasWing) return [at(-s, -d), at(s, -d), at(s, d), at(-s, d)];
  const cut = s * (0.1 + rng() * 0.5);
  const step = d * (0.1 + rng() * 0.4);
  return [at(-s, -d), at(s, -d), at(s, step), at(cut, step), at(cut, d), at(-s, d)];
}

/**
 * The ground under the town: a valley from west to east with a river, a lake above the town, ridges
 * on both sides and a castle hill, all from seeded noise. Heights are sampled once to a 25 m raster
 * that everything else (roads, trails, speeds, barometers, the .hgt tile) reads bilinearly.
 */
import { createRng } from "../../base/rng.ts";
import { createNoise } from "../noise.ts";
import type { Box } from "../plane.ts";
import { rasterise } from "./raster.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Terrain {
  readonly box: Box;
  /** Metres above sea level; beyond the raster the nearest border value. */
  heightAt(x: number, y: number): number;
  /** Rise over run, ≥ 0. */
  slopeAt(x: number, y: number): number;
  /** y of the valley's axis, round which the river winds. */
  axisY(x: number): number;
  /** y of the river's centre line. */
  riverY(x: number): number;
  /** Metres to the river's centre line, negative south of it; near enough within 1 km. */
  riverOffset(x: number, y: number): number;
  /** Half the river's width in metres at x. */
  riverHalfWidth(x: number): number;
  /** > 0 inside the lake; falls by about one per lake radius. The island counts as lake. */
  lake(x: number, y: number): number;
  isWater(x: number, y: number): boolean;
  readonly lakeCentre: Point;
  readonly lakeLevelM: number;
  readonly castle: Point;
  readonly oldTown: Point;
  /** Radius of the lake's island in metres and its centre. */
  readonly island: Point & { readonly radius: number };
}

const CELL_M = 25;
const MARGIN_M = 600;

export function createTerrain(seed: number, box: Box): Terrain {
  const rng = createRng(seed, 11);
  const hills = createNoise(seed, 12);
  const detail = createNoise(seed, 13);
  const phase = Array.from({ length: 6 }, () => rng() * 2 * Math.PI);

  const axisY = (x: number): number => -120 + 0.045 * x + 340 * Math.sin(x / 2500 + phase[0]!);
  const river = (x: number): number =>
    axisY(x) +
    (62 + 34 * Math.min(3, Math.max(0, (x - 1600) / 1200))) * Math.sin(x / 520 + phase[1]!) +
    30 * Math.sin(x / 230 + phase[2]!);
  // A table per metre: the winding course is asked for millions of times.
  const firstX = Math.floor(box.west - 2 * MARGIN_M);
  const course = Float64Array.from(
    { length: Math.ceil(box.east - box.west) + 4 * MARGIN_M },
    (_, i) => river(firstX + i),
  );
  const riverY = (x: number): number => {
    const f = Math.min(course.length - 1.001, Math.max(0, x - firstX));
    const i = Math.floor(f);
    return course[i]! + (f - i) * (course[i + 1]! - course[i]!);
  };
  const riverSlope = (x: number): number => (riverY(x + 5) - riverY(x - 5)) / 10;
  const riverOffset = (x: number, y: number): number => {
    const s = riverSlope(x);
    return (y - riverY(x)) / Math.sqrt(1 + s * s);
  };
  const riverHalfWidth = (x: number): number =>
    13 + 4 * Math.min(1, Math.max(0, (x + 3000) / 8000));

  const lakeCentre = { x: -3750 - 250 * rng(), y: riverY(-3300) - 250 };
  const lakeTurn = 0.16 + 0.16 * rng();
  const lakeLong = 1420 + 160 * rng();
  const lakeWide = 640 + 80 * rng();
  const cos = Math.cos(lakeTurn);
  const sin = Math.sin(lakeTurn);
  const wide: Box = {
    west: box.west - MARGIN_M,
    east: box.east + MARGIN_M,
    south: box.south - MARGIN_M,
    north: box.north + MARGIN_M,
  };
  const lake = rasterise(wide, 20, (x, y) => {
    const dx = x - lakeCentre.x;
    const dy = y - lakeCentre.y;
    const u = (dx * cos + dy * sin) / lakeLong;
    // A bean rather than an egg: the long axis bends.
    const v = (-dx * sin + dy * cos) / lakeWide - 0.55 * u * u + 0.2 + 0.16 * u;
    const bays = 0.3 * detail.fbm(x / 760 + 3, y / 760, 3);
    return 1 - Math.sqrt(u * u + v * v) + bays;
  });
  const island = {
    x: lakeCentre.x + lakeLong * 0.22 * cos,
    y: lakeCentre.y + lakeLong * 0.22 * sin - 40,
    radius: 85 + 25 * rng(),
  };

  const oldTown = { x: -60, y: riverY(-60) + 395 };
  const castle = { x: oldTown.x - 330, y: oldTown.y + 395 };
  const floor = (x: number): number => 520 - x * 0.0036;
  const lakeLevelM = Math.round(floor(lakeCentre.x + lakeLong));

  const rawHeight = (x: number, y: number): number => {
    const d = y - axisY(x);
    const wobble = detail.fbm(x / 1900 + 7, y / 1900, 3);
    // Side valleys: the floor reaches into the hills in bays.
    const bay = detail.at(x / 1350 + (d > 0 ? 0 : 50), 2.5) + 0.4 * detail.at(x / 610 + 9, 7.5);
    const flat = (d > 0 ? 1180 : 1020) + 380 * wobble + 560 * bay;
    const t = Math.max(0, Math.abs(d) - flat) / 2100;
    const crest = hills.ridged(x / 1900, y / 2300, 5);
    const amplitude = d > 0 ? 700 : 520;
    const full = t < 1 ? t * t * (2.4 - 1.4 * t) : 1 - 0.16 * (t - 1) ** 2;
    const rise = full * amplitude * (0.12 + 1.05 * crest);
    const terrace = 26 * Math.min(1, Math.abs(d) / 1300) * (0.4 + wobble);
    let z = floor(x) + 5 + terrace + rise + 5 * detail.fbm(x / 420, y / 420, 3) * (1 + 4 * t);
    const cx = x - castle.x;
    const cy = y - castle.y;
    z += 64 * Math.exp(-(cx * cx + cy * cy) / (2 * 115 * 115));
    const off = Math.abs(y - riverY(x));
    z -= 5 * Math.exp(-(off * off) / (2 * 60 * 60));
    const inLake = lake(x, y);
    if (inLake > -0.12) {
      const shore = Math.min(1, Math.max(0, (inLake + 0.12) / 0.14));
      z += (lakeLevelM - z) * shore * shore * (3 - 2 * shore);
      const ix = x - island.x;
      const iy = y - island.y;
      z += 9 * Math.exp(-(ix * ix + iy * iy) / (2 * 50 * 50));
    }
    return z;
  };

  const heightAt = rasterise(wide, CELL_M, rawHeight);
  return {
    box,
    heightAt,
    slopeAt: (x, y) =>
      Math.hypot(
        heightAt(x + 20, y) - heightAt(x - 20, y),
        heightAt(x, y + 20) - heightAt(x, y - 20),
      ) / 40,
    axisY,
    riverY,
    riverOffset,
    riverHalfWidth,
    lake,
    isWater: (x, y) => {
      if (lake(x, y) > 0) return Math.hypot(x - island.x, y - island.y) > island.radius;
      return Math.abs(riverOffset(x, y)) < riverHalfWidth(x);
    },
    lakeCentre,
    lakeLevelM,
    castle,
    oldTown,
    island,
  };
}

/** Summits: highest points within `radiusM`, higher than `riseM` above the lowest ground near. */
export function findPeaks(terrain: Terrain, radiusM: number, riseM: number): Point[] {
  const { box } = terrain;
  const step = 50;
  const found: Point[] = [];
  for (let y = box.south + 300; y < box.north - 300; y += step) {
    for (let x = box.west + 300; x < box.east - 300; x += step) {
      const z = terrain.heightAt(x, y);
      let isTop = true;
      let lowest = z;
      for (let a = 0; a < 24 && isTop; a++) {
        const dx = Math.cos((a * Math.PI) / 12);
        const dy = Math.sin((a * Math.PI) / 12);
        for (const r of [step, radiusM * 0.3, radiusM * 0.65, radiusM]) {
          const other = terrain.heightAt(x + dx * r, y + dy * r);
          if (other > z) isTop = false;
          if (other < lowest) lowest = other;
        }
      }
      if (isTop && z - lowest > riseM) found.push({ x, y });
    }
  }
  return found;
}

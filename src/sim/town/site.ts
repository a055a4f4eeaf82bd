/**
 * Where things are before anything is drawn: how built-up each place is, the old town's ring, the
 * park, the industrial strip, the railway, villages, peaks and forest. All later steps ask this plan.
 */
import { createRng } from "../../base/rng.ts";
import { createNoise } from "../noise.ts";
import type { Box } from "../plane.ts";
import { rasterise } from "./raster.ts";
import { findPeaks, type Point, type Terrain } from "./terrain.ts";

export interface Village extends Point {
  readonly radiusM: number;
}

export interface Site {
  readonly box: Box;
  readonly terrain: Terrain;
  /** > 0 where the town (not the villages) is built. */
  urban(x: number, y: number): number;
  /** > 0 in a village. */
  rural(x: number, y: number): number;
  /** > 0 where trees stand. */
  forest(x: number, y: number): number;
  /** Distance from the old town's centre over the ring's radius there; < 1 inside. */
  oldTown(x: number, y: number): number;
  ringRadiusM(angle: number): number;
  /** < 1 inside the park. */
  park(x: number, y: number): number;
  readonly parkCentre: Point;
  parkRadiusM(angle: number): number;
  isIndustrial(x: number, y: number): boolean;
  railY(x: number): number;
  railOffset(x: number, y: number): number;
  readonly villages: readonly Village[];
  readonly peaks: readonly Point[];
  /** x of the road bridges over the river, west to east. */
  readonly bridges: readonly number[];
}

export function createSite(seed: number, terrain: Terrain): Site {
  const { box } = terrain;
  const rng = createRng(seed, 21);
  const noise = createNoise(seed, 22);
  const wood = createNoise(seed, 23);
  const phase = Array.from({ length: 6 }, () => rng() * 2 * Math.PI);
  const town = terrain.oldTown;

  const ringRadiusM = (angle: number): number =>
    295 * (1 + 0.09 * Math.sin(2 * angle + phase[0]!) + 0.05 * Math.sin(3 * angle + phase[1]!));
  const oldTown = (x: number, y: number): number =>
    Math.hypot(x - town.x, y - town.y) / ringRadiusM(Math.atan2(y - town.y, x - town.x));

  const parkX = town.x + 1010;
  const parkCentre = { x: parkX, y: terrain.riverY(parkX) + 330 };
  const parkRadiusM = (angle: number): number => {
    const c = Math.abs(Math.cos(angle)) / 450;
    const s = Math.abs(Math.sin(angle)) / 245;
    return (c ** 2.6 + s ** 2.6) ** (-1 / 2.6) * (1 + 0.06 * Math.sin(3 * angle + phase[2]!));
  };
  const park = (x: number, y: number): number => {
    const dx = x - parkCentre.x;
    const dy = y - parkCentre.y;
    return Math.hypot(dx, dy) / parkRadiusM(Math.atan2(dy, dx));
  };

  const smooth = (t: number): number => {
    const u = Math.min(1, Math.max(0, t));
    return u * u * (3 - 2 * u);
  };
  const railY = (x: number): number =>
    terrain.axisY(x) - 620 - 720 * smooth((-x - 1300) / 1900) + 160 * smooth((x - 2600) / 2500);
  const railOffset = (x: number, y: number): number => {
    const s = (railY(x + 10) - railY(x - 10)) / 20;
    return (y - railY(x)) / Math.sqrt(1 + s * s);
  };
  const isIndustrial = (x: number, y: number): boolean => {
    const off = railOffset(x, y);
    const wobble = 60 * noise.at(x / 300, 3);
    return x > 720 + wobble && x < 2650 + wobble && off > -330 + wobble && off < 215 + wobble * 0.5;
  };

  const urban = rasterise(box, 25, (x, y) => {
    const dx = x - town.x - 100;
    const dy = y - town.y + 260;
    const angle = Math.atan2(dy, dx);
    const radius =
      1330 +
      760 * Math.abs(Math.cos(angle)) ** 1.5 +
      230 * Math.sin(3 * angle + phase[3]!) +
      210 * Math.sin(5 * angle + phase[4]!);
    const grain = noise.fbm(x / 560, y / 560, 3) * 0.5;
    const slope = terrain.slopeAt(x, y);
    const steep = Math.max(0, slope - 0.1) * 5;
    const wet = terrain.lake(x, y) > -0.05 ? 2 : 0;
    return 1 - Math.hypot(dx, dy) / radius + grain - steep - wet;
  });

  const peaks = findPeaks(terrain, 620, 110);

  const villages: Village[] = [];
  for (let tries = 0; tries < 4000 && villages.length < 8; tries++) {
    const x = box.west + 700 + rng() * (box.east - box.west - 1400);
    const y = box.south + 500 + rng() * (box.north - box.south - 1000);
    if (terrain.slopeAt(x, y) > 0.09 || urban(x, y) > -0.45) continue;
    if (terrain.lake(x, y) > -0.25 || Math.abs(terrain.riverOffset(x, y)) < 330) continue;
    if (Math.abs(railOffset(x, y)) < 150) continue;
    if (villages.some((v) => Math.hypot(v.x - x, v.y - y) < 1750)) continue;
    villages.push({ x, y, radiusM: 190 + 150 * rng() });
  }
  const rural = rasterise(box, 25, (x, y) => {
    let best = -1;
    for (const v of villages) {
      const d = 1 - Math.hypot(x - v.x, (y - v.y) * 1.25) / v.radiusM;
      if (d > best) best = d;
    }
    return best + noise.fbm(x / 210, y / 210, 2) * 0.55;
  });

  const forest = rasterise(box, 40, (x, y) => {
    const z = terrain.heightAt(x, y);
    const above = (z - terrain.lakeLevelM) / 330;
    const slope = terrain.slopeAt(x, y);
    const alp = Math.max(0, (z - terrain.lakeLevelM - 560) / 120);
    let value =
      wood.fbm(x / 900, y / 900, 4) * 1.5 +
      slope * 1.5 +
      Math.min(0.36, above * 0.5) -
      0.5 -
      alp * 0.6;
    const houses = Math.max(urban(x, y) + 0.14, rural(x, y) + 0.3);
    if (houses > 0) value -= houses * 4;
    if (terrain.lake(x, y) > -0.06) value -= 1;
    if (Math.abs(terrain.riverOffset(x, y)) < 70) value -= 0.5;
    if (Math.abs(railOffset(x, y)) < 45) value -= 0.6;
    return value;
  });

  const bridges = [-5450, -1500, -660, town.x, 640, 1720, 3050, 4700];
  return {
    box,
    terrain,
    urban,
    rural,
    forest,
    oldTown,
    ringRadiusM,
    park,
    parkCentre,
    parkRadiusM,
    isIndustrial,
    railY,
    railOffset,
    villages,
    peaks,
    bridges,
  };
}

/**
 * Grown quarters: collectors, the works by the railway, residential streets that follow river, rail,
 * slope and old field boundaries, foot links through long blocks, and the lanes of villages.
 */
import type { Rng } from "../../base/rng.ts";
import { createNoise } from "../noise.ts";
import { type SketchLine, type Tags, thin } from "./line.ts";
import type { Names } from "./name.ts";
import type { Site } from "./site.ts";
import { type Basis, gridBasis, radialBasis, type Spacing, streamlines } from "./streamline.ts";
import type { Point } from "./terrain.ts";

export function drawSuburbs(
  seed: number,
  rng: Rng,
  site: Site,
  names: Names,
  spacing: Spacing,
): SketchLine[] {
  const { terrain } = site;
  const centre = terrain.oldTown;
  const noise = createNoise(seed, 42);
  const bases: Basis[] = [
    radialBasis(centre, 520, 1.1),
    {
      angle: (x) => Math.atan2(terrain.riverY(x + 15) - terrain.riverY(x - 15), 30),
      weight: (x, y) => 0.9 * Math.exp(-Math.abs(terrain.riverOffset(x, y)) / 240),
    },
    {
      angle: (x) => Math.atan2(site.railY(x + 15) - site.railY(x - 15), 30),
      weight: (x, y) => 0.8 * Math.exp(-Math.abs(site.railOffset(x, y)) / 200),
    },
    {
      // Streets on a slope follow the contour.
      angle: (x, y) =>
        Math.atan2(
          terrain.heightAt(x, y + 30) - terrain.heightAt(x, y - 30),
          terrain.heightAt(x + 30, y) - terrain.heightAt(x - 30, y),
        ) +
        Math.PI / 2,
      weight: (x, y) => Math.min(1.6, terrain.slopeAt(x, y) * 16),
    },
    { angle: (x, y) => noise.fbm(x / 700, y / 700, 2) * 3.2, weight: () => 0.28 },
  ];
  for (let i = 0; i < 9; i++) {
    const a = (i / 9) * 2 * Math.PI + rng() * 0.4;
    const r = 850 + rng() * 900;
    bases.push(
      gridBasis(
        { x: centre.x + Math.cos(a) * r, y: centre.y - 250 + Math.sin(a) * r * 0.8 },
        rng() * Math.PI,
        360 + rng() * 200,
        0.9,
      ),
    );
  }
  const isDry = (x: number, y: number): boolean =>
    terrain.lake(x, y) < -0.07 &&
    Math.abs(terrain.riverOffset(x, y)) > terrain.riverHalfWidth(x) + 44 &&
    site.oldTown(x, y) > 1.02 &&
    site.park(x, y) > 1.06 &&
    Math.hypot(x - terrain.castle.x, y - terrain.castle.y) > 245 &&
    terrain.slopeAt(x, y) < 0.19;
  const box = { west: -3200, east: 3600, south: centre.y - 2900, north: centre.y + 2400 };
  const lines: SketchLine[] = [];
  const collectors = streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: (x, y) => isDry(x, y) && site.urban(x, y) > -0.02,
    alongM: 430,
    acrossM: 470,
    minM: 380,
    maxM: 2300,
  });
  for (const points of collectors) {
    const p = points[points.length >> 1]!;
    const isFactory = site.isIndustrial(p.x, p.y);
    lines.push({
      points: thin(points, 0.9),
      tags: {
        highway: rng() < 0.45 ? "tertiary" : "unclassified",
        name: isFactory ? names.industrialStreet() : names.suburbStreet(),
        surface: "asphalt",
        maxspeed: "50",
        lit: "yes",
        sidewalk: "both",
      },
      layer: 0,
      reachM: 190,
      rank: 5,
    });
  }
  const works = streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: (x, y) =>
      isDry(x, y) && site.isIndustrial(x, y) && Math.abs(site.railOffset(x, y)) > 32,
    alongM: 150,
    acrossM: 260,
    minM: 110,
    maxM: 900,
  });
  for (const points of works) {
    const isService = rng() < 0.5;
    lines.push({
      points: thin(points, 0.9),
      tags: isService
        ? { highway: "service", surface: "asphalt" }
        : { highway: "unclassified", name: names.industrialStreet(), surface: "asphalt" },
      layer: 0,
      reachM: 130,
      rank: 3,
    });
  }
  const isHome = (x: number, y: number): boolean =>
    isDry(x, y) &&
    site.urban(x, y) > 0 &&
    !site.isIndustrial(x, y) &&
    Math.abs(site.railOffset(x, y)) > 34;
  const inner = streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: (x, y) => isHome(x, y) && site.urban(x, y) > 0.42,
    alongM: 88,
    acrossM: 128,
    minM: 90,
    maxM: 900,
  });
  const outer = streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: isHome,
    alongM: 94,
    acrossM: 172,
    minM: 100,
    maxM: 720,
  });
  const residential = (points: Point[], isInner: boolean): void => {
    const tags: Tags = {
      highway: "residential",
      name: names.suburbStreet(),
      surface: "asphalt",
      maxspeed: "30",
      lit: "yes",
    };
    if (isInner) tags.sidewalk = "both";
    if (isInner && rng() < 0.22) {
      tags.oneway = "yes";
      if (rng() < 0.7) tags["oneway:bicycle"] = "no";
    } else if (!isInner && rng() < 0.12) tags.highway = "living_street";
    lines.push({
      points: thin(points, 0.9),
      tags,
      layer: 0,
      reachM: isInner ? 90 : 75,
      rank: 4,
      isLoose: true,
    });
  };
  for (const points of inner) residential(points, true);
  for (const points of outer) residential(points, false);
  // Foot links through long blocks: paved, without cars.
  const links = streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: isHome,
    alongM: 46,
    acrossM: 52,
    minM: 36,
    maxM: 110,
    stepM: 9,
  });
  for (const points of links) {
    if (rng() > 0.19) continue;
    const a = points[0]!;
    const b = points[points.length - 1]!;
    const grade =
      Math.abs(terrain.heightAt(a.x, a.y) - terrain.heightAt(b.x, b.y)) / (points.length * 9);
    lines.push({
      points: thin(points, 0.8),
      tags:
        grade > 0.09
          ? {
              highway: "steps",
              step_count: String(30 + Math.floor(rng() * 60)),
              surface: "concrete",
            }
          : { highway: "footway", surface: rng() < 0.6 ? "asphalt" : "fine_gravel" },
      layer: 0,
      reachM: 70,
      rank: 2,
    });
  }
  return lines;
}

export function drawVillages(rng: Rng, site: Site, names: Names, spacing: Spacing): SketchLine[] {
  const { terrain } = site;
  const lines: SketchLine[] = [];
  for (const v of site.villages) {
    const box = { west: v.x - 600, east: v.x + 600, south: v.y - 600, north: v.y + 600 };
    const bases: Basis[] = [
      radialBasis({ x: v.x + (rng() - 0.5) * 120, y: v.y + (rng() - 0.5) * 120 }, 300, 0.7),
      gridBasis(v, rng() * Math.PI, 400, 0.8),
    ];
    const found = streamlines(spacing, rng, {
      box,
      bases,
      isAllowed: (x, y) =>
        site.rural(x, y) > 0 &&
        terrain.slopeAt(x, y) < 0.2 &&
        terrain.lake(x, y) < -0.08 &&
        Math.abs(site.railOffset(x, y)) > 40,
      alongM: 100,
      acrossM: 125,
      minM: 80,
      maxM: 600,
    });
    for (const points of found) {
      lines.push({
        points: thin(points, 0.9),
        tags: {
          highway: "residential",
          name: names.suburbStreet(),
          surface: "asphalt",
          maxspeed: "30",
        },
        layer: 0,
        reachM: 140,
        rank: 4,
        isLoose: true,
      });
    }
  }
  return lines;
}

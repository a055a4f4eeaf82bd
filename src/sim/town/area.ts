/**
 * What covers the ground: woods, fields, the lake with its island, the river, the built-up land, the
 * park, beach, car parks and pitches. Polygons come from the same fields that placed the streets.
 */
import { createRng } from "../../base/rng.ts";
import type { Area } from "./building.ts";
import { contains, contourRings, type Ring } from "./contour.ts";
import { patchwork } from "./field.ts";
import { loop, type Tags, thinRing } from "./line.ts";
import type { Names } from "./name.ts";
import { beachOf, riverOutlines } from "./shore.ts";
import type { Site } from "./site.ts";
import type { Streets } from "./street.ts";
import type { Point } from "./terrain.ts";

export function drawAreas(
  seed: number,
  site: Site,
  streets: Streets,
  names: Names,
  lakeName: string,
  riverName: string,
): { areas: Area[]; beach: Point[]; fields: Point[][] } {
  const rng = createRng(seed, 61);
  const { box, terrain } = site;
  const areas: Area[] = [];

  const island = loop(
    terrain.island,
    26,
    (a) => terrain.island.radius * (1 + 0.16 * Math.sin(2 * a + 1) + 0.08 * Math.sin(5 * a)),
  ).slice(0, -1);
  const lake = contourRings(box, 20, terrain.lake).filter((r) => r.areaM2 > 20_000);
  for (const ring of lake) {
    const outline = thinRing(ring.points, 2);
    const hasIsland = contains(ring.points, terrain.island.x, terrain.island.y);
    areas.push({
      outer: [outline],
      inner: hasIsland ? [island] : [],
      tags: { natural: "water", water: "lake", name: lakeName },
    });
  }
  areas.push({ outer: [island], inner: [], tags: { place: "islet", name: "Möweninsel" } });
  areas.push({
    outer: [shrink(island, terrain.island, 0.7)],
    inner: [],
    tags: { natural: "wood" },
  });
  for (const outline of riverOutlines(site)) {
    areas.push({
      outer: [outline],
      inner: [],
      tags: { natural: "water", water: "river", name: riverName },
    });
  }
  areas.push({
    outer: [streets.pond.slice(0, -1)],
    inner: [],
    tags: { natural: "water", water: "pond" },
  });

  polygons(
    areas,
    contourRings(box, 40, site.forest),
    14_000,
    6,
    () => ({ landuse: "forest", leaf_type: rng() < 0.6 ? "mixed" : "needleleaved" }),
    (points) => (Math.abs(ringSize(points)) > 250_000 ? { name: names.forest() } : {}),
  );

  const built = (x: number, y: number): number =>
    site.park(x, y) < 1.02
      ? -1
      : site.isIndustrial(x, y)
        ? -0.2
        : Math.max(site.urban(x, y) + 0.01, site.rural(x, y));
  polygons(areas, contourRings(box, 30, built), 8_000, 4, () => ({ landuse: "residential" }));
  polygons(
    areas,
    contourRings(
      { west: 300, east: 3100, south: terrain.oldTown.y - 2600, north: terrain.oldTown.y },
      25,
      (x, y) => (site.isIndustrial(x, y) ? 1 : -1),
    ),
    20_000,
    8,
    () => ({ landuse: "industrial" }),
  );
  areas.push({
    outer: [ringOf(site.terrain.oldTown, 40, (a) => site.ringRadiusM(a) * 0.94)],
    inner: [],
    tags: { landuse: "retail" },
  });

  areas.push({
    outer: [ringOf(site.parkCentre, 56, site.parkRadiusM)],
    inner: [],
    tags: { leisure: "park", name: names.keep("Auenpark") },
  });
  const lawn = { x: site.parkCentre.x - 200, y: site.parkCentre.y - 70 };
  areas.push({
    outer: [ringOf(lawn, 24, (a) => 95 * (1 + 0.2 * Math.sin(2 * a)))],
    inner: [],
    tags: { landuse: "grass" },
  });
  areas.push({
    outer: [ringOf(terrain.castle, 40, (a) => 200 * (1 + 0.06 * Math.sin(3 * a)))],
    inner: [],
    tags: { natural: "wood", name: names.keep("Schlossberg") },
  });
  areas.push({
    outer: [castleWalls(terrain.castle)],
    inner: [],
    tags: { building: "castle", historic: "castle", name: names.keep("Schloss Arvenstein") },
  });

  const beach = beachOf(site, lake);
  if (beach.length > 3)
    areas.push({
      outer: [beach],
      inner: [],
      tags: { natural: "beach", surface: "sand", name: names.keep("Strandbad") },
    });

  const fields = patchwork(seed, site);
  for (const points of fields) {
    const kind = rng();
    areas.push({
      outer: [points],
      inner: [],
      tags:
        kind < 0.45
          ? { landuse: "farmland" }
          : kind < 0.9
            ? { landuse: "meadow" }
            : { landuse: "orchard" },
    });
  }
  return { areas, beach, fields };
}

function ringSize(points: readonly Point[]): number {
  let sum = 0;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++)
    sum += points[j]!.x * points[i]!.y - points[i]!.x * points[j]!.y;
  return sum / 2;
}

function ringOf(centre: Point, count: number, radius: (a: number) => number): Point[] {
  return loop(centre, count, radius).slice(0, -1);
}

function shrink(ring: readonly Point[], centre: Point, factor: number): Point[] {
  return ring.map((p) => ({
    x: centre.x + (p.x - centre.x) * factor,
    y: centre.y + (p.y - centre.y) * factor,
  }));
}

/** Gives every hole to the outer ring round it. */
function polygons(
  out: Area[],
  rings: readonly Ring[],
  minM2: number,
  toleranceM: number,
  tags: () => Tags,
  more?: (points: Point[]) => Tags,
): void {
  const outers = rings.filter((r) => r.areaM2 > minM2);
  const holes = rings.filter((r) => r.areaM2 < -minM2);
  for (const ring of outers) {
    const inner = holes
      .filter((hole) => {
        const p = hole.points[0]!;
        if (-hole.areaM2 > ring.areaM2 || !contains(ring.points, p.x, p.y)) return false;
        return !outers.some(
          (o) =>
            o !== ring &&
            o.areaM2 < ring.areaM2 &&
            o.areaM2 > -hole.areaM2 &&
            contains(o.points, p.x, p.y),
        );
      })
      .map((hole) => thinRing(hole.points, toleranceM));
    const outline = thinRing(ring.points, toleranceM);
    if (outline.length < 4) continue;
    out.push({
      outer: [outline],
      inner: inner.filter((h) => h.length >= 4),
      tags: { ...tags(), ...more?.(outline) },
    });
  }
}

function castleWalls(top: Point): Point[] {
  const corners: [number, number][] = [
    [-24, -12],
    [-6, -17],
    [16, -13],
    [23, 0],
    [14, 14],
    [2, 12],
    [0, 4],
    [-9, 5],
    [-11, 15],
    [-22, 13],
  ];
  return corners.map(([x, y]) => ({ x: top.x + x, y: top.y + y }));
}

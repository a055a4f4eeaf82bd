/**
 * What covers the ground: woods, fields, the lake with its island, the river, the built-up land, the
 * park, beach, car parks and pitches. Polygons come from the same fields that placed the streets.
 */
import { createRng, integer, pick, type Rng } from "../../base/rng.ts";
import type { Area, Ground } from "./building.ts";
import { contains, contourRings, type Ring } from "./contour.ts";
import { loop, offset, type Tags, thinRing } from "./line.ts";
import type { Names } from "./name.ts";
import type { Site } from "./site.ts";
import { Spacing } from "./streamline.ts";
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

/** Car parks, pitches, a school, a cemetery: things with room of their own, placed before houses. */
export function placeGrounds(
  seed: number,
  site: Site,
  ground: Ground,
  names: Names,
): { areas: Area[]; carParks: Point[][] } {
  const rng = createRng(seed, 62);
  const areas: Area[] = [];
  const carParks: Point[][] = [];
  const wanted: {
    tags: () => Tags;
    long: number;
    deep: number;
    count: number;
    isCar?: boolean;
    inTown: number;
  }[] = [
    {
      tags: () => ({ amenity: "parking", surface: "asphalt", access: "yes" }),
      long: 62,
      deep: 34,
      count: 16,
      isCar: true,
      inTown: 0,
    },
    {
      tags: () => ({ leisure: "pitch", sport: "soccer", surface: "grass" }),
      long: 52,
      deep: 33,
      count: 6,
      inTown: 0,
    },
    {
      tags: () => ({ amenity: "school", name: `${names.person().split(" ")[1]}-Schule` }),
      long: 55,
      deep: 42,
      count: 4,
      inTown: 0.2,
    },
    {
      tags: () => ({ landuse: "cemetery", name: "Waldfriedhof" }),
      long: 80,
      deep: 58,
      count: 1,
      inTown: 0,
    },
    { tags: () => ({ landuse: "allotments" }), long: 70, deep: 45, count: 3, inTown: 0 },
    { tags: () => ({ leisure: "playground" }), long: 14, deep: 11, count: 10, inTown: 0.1 },
  ];
  for (const want of wanted) {
    let left = want.count;
    for (let tries = 0; tries < 6000 && left > 0; tries++) {
      const x = -2800 + rng() * 6000;
      const y = site.terrain.oldTown.y - 2600 + rng() * 4600;
      if (site.urban(x, y) < want.inTown || site.oldTown(x, y) < 1.15 || site.park(x, y) < 1.1)
        continue;
      if (site.terrain.slopeAt(x, y) > 0.1 || site.terrain.isWater(x, y)) continue;
      if (Math.abs(site.terrain.riverOffset(x, y)) < 70) continue;
      const angle = rng() * Math.PI;
      const ux = Math.cos(angle);
      const uy = Math.sin(angle);
      if (!ground.takeBox({ x, y }, ux, uy, want.long / 2, want.deep / 2, 2)) continue;
      const s = want.long / 2;
      const d = want.deep / 2;
      const corner = (a: number, b: number): Point => ({
        x: x + ux * a - uy * b,
        y: y + uy * a + ux * b,
      });
      const points = [corner(-s, -d), corner(s, -d), corner(s, d), corner(-s, d)];
      areas.push({ outer: [points], inner: [], tags: want.tags() });
      if (want.isCar) carParks.push(points);
      left--;
    }
  }
  return { areas, carParks };
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

function riverOutlines(site: Site): Point[][] {
  const { terrain, box } = site;
  const out: Point[][] = [];
  let west = terrain.lakeCentre.x;
  while (terrain.lake(west, terrain.riverY(west)) > 0.03) west -= 15;
  let east = terrain.lakeCentre.x;
  while (terrain.lake(east, terrain.riverY(east)) > 0.03) east += 15;
  for (const [from, to] of [
    [box.west, west],
    [east, box.east],
  ]) {
    const centre: Point[] = [];
    for (let x = from!; x <= to!; x += 30) centre.push({ x, y: terrain.riverY(x) });
    if (centre.length < 2) continue;
    const left = offset(centre, 1).map((p, i) => widen(centre[i]!, p, terrain.riverHalfWidth(p.x)));
    const right = offset(centre, -1).map((p, i) =>
      widen(centre[i]!, p, terrain.riverHalfWidth(p.x)),
    );
    out.push([...right, ...left.reverse()]);
  }
  return out;
}

function widen(centre: Point, side: Point, halfM: number): Point {
  return { x: centre.x + (side.x - centre.x) * halfM, y: centre.y + (side.y - centre.y) * halfM };
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

/** A strip of sand on the shore that faces the town. */
function beachOf(site: Site, lake: readonly Ring[]): Point[] {
  const main = lake.slice().sort((a, b) => b.areaM2 - a.areaM2)[0];
  if (!main) return [];
  const { lakeCentre } = site.terrain;
  const shore = main.points.filter((p) => {
    const angle = Math.atan2(p.y - lakeCentre.y, p.x - lakeCentre.x);
    return angle > -1.05 && angle < -0.32;
  });
  shore.sort(
    (a, b) =>
      Math.atan2(a.y - lakeCentre.y, a.x - lakeCentre.x) -
      Math.atan2(b.y - lakeCentre.y, b.x - lakeCentre.x),
  );
  const back = shore.map((p, i) => {
    const length = Math.hypot(p.x - lakeCentre.x, p.y - lakeCentre.y);
    const width = 26 * Math.sin((i / Math.max(1, shore.length - 1)) * Math.PI) + 2;
    return {
      x: p.x + ((p.x - lakeCentre.x) / length) * width,
      y: p.y + ((p.y - lakeCentre.y) / length) * width,
    };
  });
  return thinRing([...shore, ...back.reverse()], 0.8);
}

/** Fields: Voronoi cells of scattered points, narrowed, on open flat land. */
function patchwork(seed: number, site: Site): Point[][] {
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

/** Brooks run downhill from the heights until they reach the river or the lake. */
export function drawBrooks(seed: number, site: Site): Point[][] {
  const rng: Rng = createRng(seed, 64);
  const { terrain, box } = site;
  const out: Point[][] = [];
  const taken = new Spacing();
  for (let tries = 0; tries < 400 && out.length < 12; tries++) {
    let x = box.west + 300 + integer(rng, box.east - box.west - 600);
    let y =
      pick(rng, [1, -1]) > 0
        ? terrain.axisY(x) + 2300 + rng() * 1500
        : terrain.axisY(x) - 2200 - rng() * 1300;
    if (out.some((b) => Math.hypot(b[0]!.x - x, b[0]!.y - y) < 900)) continue;
    const points: Point[] = [{ x, y }];
    let hasArrived = false;
    let vx = 0;
    let vy = 0;
    for (let step = 0; step < 420; step++) {
      const gx = terrain.heightAt(x + 25, y) - terrain.heightAt(x - 25, y);
      const gy = terrain.heightAt(x, y + 25) - terrain.heightAt(x, y - 25);
      const toAxis = terrain.riverY(x) > y ? 1 : -1;
      const g = Math.hypot(gx, gy) || 1;
      const pull = 0.15 + Math.max(0, 0.6 - g / 6);
      vx = vx * 0.55 - (gx / g) * 0.45 + 0.12 * Math.sin(step / 4 + out.length);
      vy = vy * 0.55 - (gy / g) * 0.45 + pull * toAxis * 0.6;
      const v = Math.hypot(vx, vy) || 1;
      x += (vx / v) * 22;
      y += (vy / v) * 22;
      if (x < box.west + 20 || x > box.east - 20 || y < box.south + 20 || y > box.north - 20) break;
      if (site.urban(x, y) > 0.25 || site.park(x, y) < 1.1) break;
      points.push({ x, y });
      if (terrain.isWater(x, y) || taken.isTaken(x, y, 20)) {
        hasArrived = true;
        break;
      }
    }
    if (!hasArrived || points.length < 40) continue;
    taken.add(points);
    out.push(points);
  }
  return out;
}

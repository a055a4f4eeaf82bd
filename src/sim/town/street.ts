/**
 * The streets inside: the old town with its ring, squares and alleys, the grown suburbs, the park,
 * the industrial strip, village lanes, field and forest tracks. Each stroke is drawn knowing only
 * the spacing of those before it; `planar.ts` makes them meet.
 */
import { createRng, type Rng } from "../../base/rng.ts";
import { createNoise } from "../noise.ts";
import { loop, offset, relax, resample, type SketchLine, type Tags, thin } from "./line.ts";
import type { Names } from "./name.ts";
import type { Roads } from "./road.ts";
import type { Site } from "./site.ts";
import { type Basis, gridBasis, radialBasis, Spacing, streamlines } from "./streamline.ts";
import type { Point } from "./terrain.ts";

export interface Streets {
  readonly lines: SketchLine[];
  /** Outlines of squares, drawn as pedestrian areas; first point repeated. */
  readonly squares: readonly { readonly points: Point[]; readonly name: string }[];
  readonly pond: Point[];
  readonly castleTop: Point;
}

export function drawStreets(seed: number, site: Site, roads: Roads, names: Names): Streets {
  const rng = createRng(seed, 41);
  const spacing = new Spacing();
  for (const line of roads.lines) spacing.add(line.points);
  const old = drawOldTown(rng, site, names, spacing, roads.gates);
  const park = drawPark(rng, site, spacing);
  const river = drawRiverside(site, spacing);
  const castle = drawCastle(site, spacing);
  const suburbs = drawSuburbs(seed, rng, site, names, spacing);
  const villages = drawVillages(rng, site, names, spacing);
  const tracks = drawTracks(seed, rng, site, spacing);
  return {
    lines: [
      ...old.lines,
      ...park.lines,
      ...river,
      ...castle.lines,
      ...suburbs,
      ...villages,
      ...tracks,
    ],
    squares: old.squares,
    pond: park.pond,
    castleTop: castle.top,
  };
}

function drawOldTown(
  rng: Rng,
  site: Site,
  names: Names,
  spacing: Spacing,
  gates: readonly Point[],
): { lines: SketchLine[]; squares: { points: Point[]; name: string }[] } {
  const centre = site.terrain.oldTown;
  const ring = loop(centre, 56, (a) => site.ringRadiusM(a));
  const lines: SketchLine[] = [
    {
      points: ring,
      tags: {
        highway: "secondary",
        name: names.keep("Stadtgraben"),
        surface: "asphalt",
        maxspeed: "30",
        lit: "yes",
        sidewalk: "both",
        cycleway: "lane",
      },
      layer: 0,
      reachM: 0,
      rank: 9,
    },
  ];
  // The market: a crooked six-sided place longer than wide.
  const market = [
    [-58, -17],
    [-12, -27],
    [49, -19],
    [62, 12],
    [14, 27],
    [-49, 22],
  ].map(([x, y]) => ({
    x: centre.x + x! + (rng() - 0.5) * 12,
    y: centre.y + y! + (rng() - 0.5) * 8,
  }));
  const churchX = centre.x - 120 + rng() * 20;
  const churchY = centre.y - 118;
  const church = loop({ x: churchX, y: churchY }, 7, () => 27 + rng() * 7);
  const squares = [
    { points: [...market, market[0]!], name: names.keep("Marktplatz") },
    { points: church, name: names.keep("Kirchplatz") },
  ];
  for (const s of squares) {
    lines.push({
      points: s.points,
      tags: { highway: "pedestrian", area: "yes", name: s.name, surface: "sett", lit: "yes" },
      layer: 0,
      reachM: 0,
      rank: 9,
    });
  }
  const lane = (from: Point, to: Point, tags: Tags, bend: number): void => {
    const points: Point[] = [];
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    for (let i = 0; i <= 8; i++) {
      const t = i / 8;
      const side = Math.sin(t * Math.PI) * bend + (i > 0 && i < 8 ? (rng() - 0.5) * 5 : 0);
      const length = Math.hypot(dx, dy);
      points.push({
        x: from.x + dx * t - (dy / length) * side,
        y: from.y + dy * t + (dx / length) * side,
      });
    }
    lines.push({ points, tags, layer: 0, reachM: 12, rank: 8 });
    spacing.add(points);
  };
  const main = (): Tags => ({
    highway: "pedestrian",
    name: names.oldStreet(),
    surface: "sett",
    lit: "yes",
    bicycle: "yes",
  });
  const nearest = (list: readonly Point[], p: Point): Point =>
    list
      .slice()
      .sort((a, b) => Math.hypot(a.x - p.x, a.y - p.y) - Math.hypot(b.x - p.x, b.y - p.y))[0]!;
  for (const g of gates) lane(nearest(market, g), g, main(), (rng() - 0.5) * 50);
  for (const angle of [0.8, 2.3, 3.9, 5.4]) {
    const a = angle + (rng() - 0.5) * 0.3;
    const r = site.ringRadiusM(a);
    const out = { x: centre.x + Math.cos(a) * r, y: centre.y + Math.sin(a) * r };
    lane(
      nearest(market, out),
      out,
      {
        highway: "living_street",
        name: names.oldStreet(),
        surface: "cobblestone",
        lit: "yes",
        oneway: "yes",
        "oneway:bicycle": "no",
      },
      (rng() - 0.5) * 60,
    );
  }
  lane(nearest(church, centre), nearest(market, { x: churchX, y: churchY }), main(), 8);
  spacing.add([...market, market[0]!]);
  spacing.add(church);
  spacing.add(ring);
  const isFree = (x: number, y: number): boolean =>
    site.oldTown(x, y) < 0.97 &&
    !insideConvex(market, x, y) &&
    Math.hypot(x - churchX, y - churchY) > 31;
  const bases = [radialBasis(centre, 400), gridBasis({ x: churchX, y: churchY }, 0.5, 130, 0.8)];
  const noise = createNoise(Math.floor(rng() * 1e9), 1);
  bases.push({ angle: (x, y) => noise.fbm(x / 90, y / 90, 2) * 3, weight: () => 0.3 });
  const box = {
    west: centre.x - 360,
    east: centre.x + 360,
    south: centre.y - 360,
    north: centre.y + 360,
  };
  for (const points of streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: isFree,
    alongM: 58,
    acrossM: 66,
    minM: 40,
    maxM: 420,
    stepM: 8,
  })) {
    const kind = rng();
    const tags: Tags =
      kind < 0.3
        ? { highway: "pedestrian", name: names.oldStreet(), surface: "sett" }
        : kind < 0.55
          ? {
              highway: "living_street",
              name: names.oldStreet(),
              surface: "cobblestone",
              ...(rng() < 0.5 ? { oneway: "yes", "oneway:bicycle": "no" } : {}),
            }
          : {
              highway: "footway",
              surface: "paving_stones",
              ...(rng() < 0.6 ? { name: names.oldStreet() } : {}),
            };
    lines.push({
      points: thin(points, 0.8),
      tags: { ...tags, lit: "yes" },
      layer: 0,
      reachM: 55,
      rank: 6,
    });
  }
  return { lines, squares };
}

function insideConvex(ring: readonly Point[], x: number, y: number): boolean {
  let isIn = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const a = ring[i]!;
    const b = ring[j]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) isIn = !isIn;
  }
  return isIn;
}

function drawPark(rng: Rng, site: Site, spacing: Spacing): { lines: SketchLine[]; pond: Point[] } {
  const { parkCentre: centre, parkRadiusM } = site;
  const path: Tags = { highway: "footway", surface: "fine_gravel", bicycle: "yes" };
  const lines: SketchLine[] = [];
  const add = (points: Point[], tags: Tags, reachM: number): void => {
    lines.push({ points: thin(points, 0.7), tags, layer: 0, reachM, rank: 6 });
    spacing.add(points);
  };
  add(
    loop(centre, 60, (a) => parkRadiusM(a) * (0.87 + 0.04 * Math.sin(5 * a))),
    path,
    0,
  );
  const pondCentre = { x: centre.x + 170, y: centre.y - 30 };
  const pondRadius = (a: number): number =>
    62 * (1 + 0.25 * Math.sin(2 * a + 1) + 0.1 * Math.sin(3 * a));
  add(
    loop(pondCentre, 28, (a) => pondRadius(a) + 14),
    path,
    0,
  );
  const entries = [0.25, 1.2, 2.1, 2.95, 3.9, 4.75, 5.6].map((a) => a + (rng() - 0.5) * 0.25);
  const heart = { x: centre.x - 70, y: centre.y + 15 };
  for (const a of entries) {
    const r = parkRadiusM(a) * 1.12;
    const from = { x: centre.x + Math.cos(a) * r, y: centre.y + Math.sin(a) * r };
    const bend = (rng() - 0.5) * 120;
    const points: Point[] = [];
    const dx = heart.x - from.x;
    const dy = heart.y - from.y;
    const length = Math.hypot(dx, dy);
    for (let i = 0; i <= 14; i++) {
      const t = i / 14;
      const side = Math.sin(t * Math.PI) * bend;
      const p = {
        x: from.x + dx * t - (dy / length) * side,
        y: from.y + dy * t + (dx / length) * side,
      };
      const pa = Math.atan2(p.y - pondCentre.y, p.x - pondCentre.x);
      const pr = Math.hypot(p.x - pondCentre.x, p.y - pondCentre.y);
      const keep = pondRadius(pa) + 14;
      points.push(
        pr < keep
          ? { x: pondCentre.x + Math.cos(pa) * keep, y: pondCentre.y + Math.sin(pa) * keep }
          : p,
      );
    }
    add(points, path, 90);
  }
  return { lines, pond: loop(pondCentre, 28, pondRadius) };
}

/** Cycleways on both banks, under the bridges, from the lake to the map's east. */
function drawRiverside(site: Site, spacing: Spacing): SketchLine[] {
  const { terrain, box } = site;
  let outlet = terrain.lakeCentre.x;
  while (terrain.lake(outlet, terrain.riverY(outlet)) > -0.07) outlet += 20;
  const centre: Point[] = [];
  for (let x = outlet + 40; x < box.east - 5; x += 25) centre.push({ x, y: terrain.riverY(x) });
  const lines: SketchLine[] = [];
  for (const side of [1, -1]) {
    const bank = offset(centre, side * 31);
    spacing.add(bank);
    // The surface changes where the town ends: three strokes that share their ends.
    const cutWest = bank.findIndex((p) => p.x > -1900);
    const cutEast = bank.findIndex((p) => p.x > 2300);
    const parts: [Point[], Tags][] = [
      [bank.slice(0, cutWest + 1), { surface: "compacted" }],
      [bank.slice(cutWest, cutEast + 1), { surface: "asphalt", lit: "yes" }],
      [bank.slice(cutEast), { surface: side > 0 ? "compacted" : "fine_gravel" }],
    ];
    parts.forEach(([points, more], k) => {
      const isSouthEast = side < 0 && k === 2;
      lines.push({
        points: thin(points, 0.6),
        tags: isSouthEast
          ? { highway: "track", tracktype: "grade2", ...more }
          : {
              highway: "cycleway",
              foot: "designated",
              segregated: "no",
              name: side > 0 ? "Uferweg" : "Auenweg",
              ...more,
            },
        layer: 0,
        reachM: 0,
        rank: 8,
      });
    });
    // Ramps up to the bridgeheads, and ways in from the streets between them.
    for (const x of site.bridges) {
      if (x < outlet + 150) continue;
      for (const away of [-1, 1]) {
        const i = bank.findIndex((p) => p.x > x + away * 75);
        if (i < 1) continue;
        const from = bank[i]!;
        const slope = (terrain.riverY(x + 5) - terrain.riverY(x - 5)) / 10;
        const norm = Math.sqrt(1 + slope * slope);
        const reach = terrain.riverHalfWidth(x) + 44;
        const head = {
          x: x - (slope / norm) * side * reach,
          y: terrain.riverY(x) + (side * reach) / norm,
        };
        const goal = { x: head.x + (from.x - head.x) * 0.12, y: head.y + (from.y - head.y) * 0.12 };
        lines.push({
          points: [from, { x: (from.x + goal.x) / 2, y: (from.y + goal.y) / 2 + side * 4 }, goal],
          tags: { highway: "footway", bicycle: "yes", surface: "asphalt" },
          layer: 0,
          reachM: 26,
          rank: 4,
        });
      }
    }
    for (
      let x = outlet + 300;
      x < box.east - 300;
      x += site.urban(x, terrain.riverY(x)) > 0 ? 190 : 640
    ) {
      if (site.bridges.some((b) => Math.abs(b - x) < 120)) continue;
      const i = bank.findIndex((p) => p.x > x);
      if (i < 1) continue;
      const a = bank[i - 1]!;
      const b = bank[i]!;
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      const goal = {
        x: b.x - ((b.y - a.y) / length) * side * 12,
        y: b.y + ((b.x - a.x) / length) * side * 12,
      };
      lines.push({
        points: [b, goal],
        tags: { highway: "footway", surface: "fine_gravel" },
        layer: 0,
        reachM: 170,
        rank: 2,
      });
    }
  }
  return lines;
}

/** The castle hill: a serpentine from the ring to the top and steps straight up. */
function drawCastle(site: Site, spacing: Spacing): { lines: SketchLine[]; top: Point } {
  const top = site.terrain.castle;
  const old = site.terrain.oldTown;
  const down = Math.atan2(old.y - top.y, old.x - top.x);
  const lines: SketchLine[] = [];
  const spiral: Point[] = [];
  for (let i = 0; i <= 46; i++) {
    const t = i / 46;
    const a = down - 0.5 + t * 2 * Math.PI * 1.6;
    const r = (205 * (1 - t) + 34) * (1 + 0.13 * Math.sin(2 * a + 1) * (1 - t));
    spiral.push({ x: top.x + Math.cos(a) * r, y: top.y + Math.sin(a) * r });
  }
  lines.push({
    points: thin(spiral, 0.7),
    tags: { highway: "footway", name: "Schlossweg", surface: "compacted" },
    layer: 0,
    reachM: 130,
    rank: 6,
  });
  spacing.add(spiral);
  const at = (r: number, turn: number): Point => ({
    x: top.x + Math.cos(down + turn) * r,
    y: top.y + Math.sin(down + turn) * r,
  });
  lines.push({
    points: [at(225, 0.05), at(170, 0.12), at(110, -0.05), at(36, 0.02)],
    tags: {
      highway: "steps",
      name: "Schlossstiege",
      step_count: "214",
      handrail: "yes",
      surface: "stone",
    },
    layer: 0,
    reachM: 150,
    rank: 5,
  });
  lines.push({
    points: loop(top, 14, (a) => 34 + 4 * Math.sin(2 * a)),
    tags: { highway: "footway", surface: "gravel" },
    layer: 0,
    reachM: 0,
    rank: 7,
  });
  return { lines, top };
}

function drawSuburbs(
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

function drawVillages(rng: Rng, site: Site, names: Names, spacing: Spacing): SketchLine[] {
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

function drawTracks(seed: number, rng: Rng, site: Site, spacing: Spacing): SketchLine[] {
  const { terrain, box } = site;
  const noise = createNoise(seed, 43);
  const bases: Basis[] = [
    {
      angle: (x, y) =>
        Math.atan2(
          terrain.heightAt(x, y + 140) - terrain.heightAt(x, y - 140),
          terrain.heightAt(x + 140, y) - terrain.heightAt(x - 140, y),
        ) +
        Math.PI / 2 +
        0.22 * Math.sin(x / 310 + y / 270),
      weight: (x, y) => 0.15 + terrain.slopeAt(x, y) * 5,
    },
    { angle: (x, y) => noise.fbm(x / 1300, y / 1300, 2) * 3.5, weight: () => 0.45 },
  ];
  const isOpen = (x: number, y: number): boolean =>
    site.urban(x, y) < -0.03 &&
    site.rural(x, y) < -0.05 &&
    terrain.lake(x, y) < -0.12 &&
    Math.abs(terrain.riverOffset(x, y)) > 70 &&
    Math.abs(site.railOffset(x, y)) > 45 &&
    x > box.west + 60 &&
    x < box.east - 60 &&
    y > box.south + 60 &&
    y < box.north - 60;
  const lines: SketchLine[] = [];
  const woods = streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: (x, y) => isOpen(x, y) && site.forest(x, y) > -0.05 && terrain.slopeAt(x, y) < 0.5,
    alongM: 270,
    acrossM: 560,
    minM: 420,
    maxM: 2600,
    stepM: 16,
  });
  for (const points of woods) {
    const grade = 2 + Math.floor(rng() * 3);
    lines.push({
      points: thin(relax(resample(points, 20), 3), 0.9),
      tags: {
        highway: "track",
        tracktype: `grade${grade}`,
        surface: grade === 2 ? "gravel" : grade === 3 ? "compacted" : "ground",
      },
      layer: 0,
      reachM: 260,
      rank: 3,
    });
  }
  const fields = streamlines(spacing, rng, {
    box,
    bases,
    isAllowed: (x, y) => isOpen(x, y) && site.forest(x, y) < 0 && terrain.slopeAt(x, y) < 0.22,
    alongM: 250,
    acrossM: 430,
    minM: 220,
    maxM: 1700,
    stepM: 16,
  });
  for (const points of fields) {
    const grade = 1 + Math.floor(rng() * 5);
    lines.push({
      points: thin(relax(resample(points, 20), 2), 0.9),
      tags: {
        highway: "track",
        tracktype: `grade${grade}`,
        surface: ["asphalt", "gravel", "compacted", "ground", "grass"][grade - 1]!,
      },
      layer: 0,
      reachM: 220,
      rank: 3,
    });
  }
  // Forest paths between the tracks: narrow, for walkers and mountain bikes.
  const paths = streamlines(spacing, rng, {
    box,
    bases: [...bases, { angle: (x, y) => noise.fbm(x / 260, y / 260, 2) * 3, weight: () => 0.5 }],
    isAllowed: (x, y) =>
      isOpen(x, y) &&
      site.forest(x, y) > 0.05 &&
      terrain.slopeAt(x, y) < 0.34 &&
      terrain.heightAt(x, y) < terrain.lakeLevelM + 260,
    alongM: 170,
    acrossM: 190,
    minM: 150,
    maxM: 900,
    stepM: 14,
  });
  for (const points of paths) {
    if (rng() < 0.35) continue;
    lines.push({
      points: thin(points, 0.8),
      tags: {
        highway: "path",
        surface: rng() < 0.6 ? "ground" : "dirt",
        "mtb:scale": String(Math.floor(rng() * 3)),
      },
      layer: 0,
      reachM: 130,
      rank: 2,
    });
  }
  return lines;
}

/**
 * The oldest part: a ring where the wall stood, two squares, crooked lanes from the market to the
 * gates, alleys between them, and the castle on its hill with a winding way and steps.
 */
import type { Rng } from "../../base/rng.ts";
import { createNoise } from "../noise.ts";
import { contains } from "./contour.ts";
import { loop, type SketchLine, type Tags, thin } from "./line.ts";
import type { Names } from "./name.ts";
import type { Site } from "./site.ts";
import { gridBasis, radialBasis, type Spacing, streamlines } from "./streamline.ts";
import type { Point } from "./terrain.ts";

export function drawOldTown(
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
    !contains(market, x, y) &&
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

/** The castle hill: a serpentine from the ring to the top and steps straight up. */
export function drawCastle(site: Site, spacing: Spacing): { lines: SketchLine[]; top: Point } {
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

/**
 * Where people run first: the paths of the park and the cycleways on both banks of the river, which
 * pass under the bridges and have ramps up to them.
 */
import type { Rng } from "../../base/rng.ts";
import { loop, offset, type SketchLine, type Tags, thin } from "./line.ts";
import type { Site } from "./site.ts";
import type { Spacing } from "./streamline.ts";
import type { Point } from "./terrain.ts";

export function drawPark(
  rng: Rng,
  site: Site,
  spacing: Spacing,
): { lines: SketchLine[]; pond: Point[] } {
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
export function drawRiverside(site: Site, spacing: Spacing): SketchLine[] {
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

/** Tracks of farmers and foresters along the contours, and narrow paths in the woods between them. */
import type { Rng } from "../../base/rng.ts";
import { createNoise } from "../noise.ts";
import { relax, resample, type SketchLine, thin } from "./line.ts";
import type { Site } from "./site.ts";
import { type Basis, type Spacing, streamlines } from "./streamline.ts";

export function drawTracks(seed: number, rng: Rng, site: Site, spacing: Spacing): SketchLine[] {
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

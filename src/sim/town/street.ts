/**
 * All streets inside: each stroke is drawn knowing only the spacing of those before it, the oldest
 * first; `planar.ts` makes them meet.
 */
import { createRng } from "../../base/rng.ts";
import type { SketchLine } from "./line.ts";
import type { Names } from "./name.ts";
import { drawCastle, drawOldTown } from "./old-town.ts";
import { drawPark, drawRiverside } from "./riverside.ts";
import type { Roads } from "./road.ts";
import type { Site } from "./site.ts";
import { Spacing } from "./streamline.ts";
import { drawSuburbs, drawVillages } from "./suburb.ts";
import type { Point } from "./terrain.ts";
import { drawTracks } from "./track.ts";

export interface Streets {
  readonly lines: SketchLine[];
  /** Outlines of squares, drawn as pedestrian areas; first point repeated. */
  readonly squares: readonly { readonly points: Point[]; readonly name: string }[];
  readonly pond: Point[];
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
  };
}

/** Car parks, pitches, schools, a cemetery: things with room of their own, placed before houses. */
import { createRng } from "../../base/rng.ts";
import type { Area, Ground } from "./building.ts";
import type { Tags } from "./line.ts";
import type { Names } from "./name.ts";
import type { Site } from "./site.ts";
import type { Point } from "./terrain.ts";

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

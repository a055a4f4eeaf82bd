/** The river's banks and the strip of sand on the lake. */
import type { Ring } from "./contour.ts";
import { offset, thinRing } from "./line.ts";
import type { Site } from "./site.ts";
import type { Point } from "./terrain.ts";

export function riverOutlines(site: Site): Point[][] {
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

/** A strip of sand on the shore that faces the town. */
export function beachOf(site: Site, lake: readonly Ring[]): Point[] {
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

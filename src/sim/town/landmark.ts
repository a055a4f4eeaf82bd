/** Church and station, drawn by hand before the houses, and the ground that houses must leave free. */

import type { Area, Ground } from "./building.ts";
import type { Tags } from "./line.ts";
import type { Site } from "./site.ts";
import type { Streets } from "./street.ts";
import type { Point } from "./terrain.ts";

export function takeWater(ground: Ground, site: Site): void {
  const { terrain } = site;
  for (let x = site.box.west; x < site.box.east; x += 8) {
    ground.takeDisc(x, terrain.riverY(x), terrain.riverHalfWidth(x) + 8);
    ground.takeDisc(x, site.railY(x), 9);
  }
  for (let y = terrain.lakeCentre.y - 1500; y < terrain.lakeCentre.y + 1500; y += 10) {
    for (let x = site.box.west; x < terrain.lakeCentre.x + 2500; x += 10) {
      if (terrain.lake(x, y) > -0.02) ground.takeDisc(x, y, 10);
    }
  }
  for (let a = 0; a < 360; a += 2) {
    for (let k = 0.05; k < 1; k += 0.02) {
      const r = site.parkRadiusM((a * Math.PI) / 180) * k;
      ground.takeDisc(
        site.parkCentre.x + Math.cos((a * Math.PI) / 180) * r,
        site.parkCentre.y + Math.sin((a * Math.PI) / 180) * r,
        6,
      );
    }
  }
  ground.takeDisc(terrain.castle.x, terrain.castle.y, 60);
}

/** Church, town hall and station: drawn by hand, so that houses leave them room. */
export function drawLandmarks(
  site: Site,
  streets: Streets,
  ground: Ground,
  townName: string,
): Area[] {
  for (const square of streets.squares) ground.takeLine(square.points, 4);
  const areas: Area[] = [];
  const put = (c: Point, angle: number, shape: readonly [number, number][], tags: Tags): void => {
    const ux = Math.cos(angle);
    const uy = Math.sin(angle);
    const points = shape.map(([a, b]) => ({ x: c.x + ux * a - uy * b, y: c.y + uy * a + ux * b }));
    for (const [a, b] of shape)
      ground.takeDisc(c.x + (ux * a - uy * b) * 0.5, c.y + (uy * a + ux * b) * 0.5, 9);
    areas.push({ outer: [points], inner: [], tags });
  };
  const church = streets.squares[1]!.points;
  const cx = church.reduce((s, p) => s + p.x, 0) / church.length;
  const cy = church.reduce((s, p) => s + p.y, 0) / church.length;
  put(
    { x: cx, y: cy },
    0.1,
    [
      [-19, -5],
      [6, -5],
      [6, -11],
      [13, -11],
      [13, -5],
      [17, -4],
      [20, 0],
      [17, 4],
      [13, 5],
      [13, 11],
      [6, 11],
      [6, 5],
      [-19, 5],
    ],
    { building: "church", amenity: "place_of_worship", religion: "christian", name: "St. Ursula" },
  );
  const stationX = site.terrain.oldTown.x + 230;
  const slope = Math.atan2(site.railY(stationX + 30) - site.railY(stationX - 30), 60);
  put(
    { x: stationX, y: site.railY(stationX) + 22 },
    slope,
    [
      [-42, -7],
      [42, -7],
      [42, 8],
      [14, 8],
      [14, 12],
      [-14, 12],
      [-14, 8],
      [-42, 8],
    ],
    { building: "train_station", name: `Bahnhof ${townName}` },
  );
  return areas;
}

/**
 * Polygons with holes from rings: every inner ring goes to the smallest outer ring that holds it, and
 * the place for a polygon's name lies inside it. Rings are flat [lon, lat, …] in degrees; areas are
 * metres² on the flat around the ring's own latitude.
 */
import { METRES_PER_DEGREE, metresPerLon } from "../lonlat.ts";

/** Closed ring: [lon, lat] pairs, first = last. */
export type Ring = [number, number][];

/** Outer ring first, then its holes. */
export type Polygon = Ring[];

/** Area in m² without sign (shoelace). */
export function ringArea(ring: Ring): number {
  if (ring.length < 4) return 0;
  const [lon0, lat0] = ring[0]!;
  let twice = 0;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1]!;
    const [bx, by] = ring[i]!;
    twice += (ax - lon0) * (by - lat0) - (bx - lon0) * (ay - lat0);
  }
  return (Math.abs(twice) / 2) * METRES_PER_DEGREE * metresPerLon(lat0);
}

/** Outer area less the holes, m². */
export function polygonArea(polygon: Polygon): number {
  return polygon.reduce((sum, ring, i) => sum + (i === 0 ? 1 : -1) * ringArea(ring), 0);
}

/** Whether a point lies inside a ring (even-odd rule; the edge may fall on either side). */
export function isInside(lon: number, lat: number, ring: Ring): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1]!;
    const [bx, by] = ring[i]!;
    if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/**
 * @returns one polygon per outer ring, and how many inner rings lie in none of them
 */
export function nestRings(
  outers: readonly Ring[],
  inners: readonly Ring[],
): { polygons: Polygon[]; lostInners: number } {
  const bySize = outers
    .map((ring) => ({ polygon: [ring] as Polygon, ring, area: ringArea(ring) }))
    .sort((a, b) => a.area - b.area);
  let lostInners = 0;
  for (const inner of inners) {
    // The middle of an edge: a corner may be shared with the outer ring.
    const lon = (inner[0]![0] + inner[1]![0]) / 2;
    const lat = (inner[0]![1] + inner[1]![1]) / 2;
    const home = bySize.find(({ ring }) => isInside(lon, lat, ring));
    if (home) home.polygon.push(inner);
    else lostInners++;
  }
  return { polygons: bySize.map(({ polygon }) => polygon), lostInners };
}

/**
 * A place for a name: the middle of the widest stretch inside the polygon on a few level lines.
 * Always inside, holes respected; a cheap stand-in for the pole of inaccessibility.
 * O(lines · vertices).
 */
export function labelPoint(polygon: Polygon): [number, number] {
  const outer = polygon[0]!;
  let south = Infinity;
  let north = -Infinity;
  for (const [, lat] of outer) {
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  const LINES = 9;
  let best: [number, number] = outer[0]!;
  let bestScore = -1;
  for (let k = 1; k <= LINES; k++) {
    const share = k / (LINES + 1);
    const lat = south + (north - south) * share;
    const crossings: number[] = [];
    for (const ring of polygon) {
      for (let i = 1; i < ring.length; i++) {
        const [ax, ay] = ring[i - 1]!;
        const [bx, by] = ring[i]!;
        if (ay > lat !== by > lat) crossings.push(((bx - ax) * (lat - ay)) / (by - ay) + ax);
      }
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const width = crossings[i + 1]! - crossings[i]!;
      // Lines near the middle win when they are nearly as wide.
      const score = width * (1 - Math.abs(share - 0.5));
      if (score > bestScore) {
        bestScore = score;
        best = [(crossings[i]! + crossings[i + 1]!) / 2, lat];
      }
    }
  }
  return best;
}

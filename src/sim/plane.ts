/**
 * The drawn town's own flat: metres east (x) and north (y) of one origin, equirectangular about its
 * latitude. Over ten kilometres the error against the sphere stays below one part in a thousand.
 */
import { METRES_PER_DEGREE, metresPerLon } from "../geo/lonlat.ts";

export interface Plane {
  readonly originLon: number;
  readonly originLat: number;
  toLon(x: number): number;
  toLat(y: number): number;
  toX(lon: number): number;
  toY(lat: number): number;
}

/** @param originLon degrees @param originLat degrees */
export function createPlane(originLon: number, originLat: number): Plane {
  const kx = metresPerLon(originLat);
  const ky = METRES_PER_DEGREE;
  return {
    originLon,
    originLat,
    toLon: (x) => originLon + x / kx,
    toLat: (y) => originLat + y / ky,
    toX: (lon) => (lon - originLon) * kx,
    toY: (lat) => (lat - originLat) * ky,
  };
}

/** A stretch of ground in metres: what is drawn lies inside. */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export function isInside(box: Box, x: number, y: number, margin = 0): boolean {
  return (
    x > box.west + margin &&
    x < box.east - margin &&
    y > box.south + margin &&
    y < box.north - margin
  );
}

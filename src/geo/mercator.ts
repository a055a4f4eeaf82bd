/**
 * Web Mercator (EPSG:3857) as the unit square: x grows east from the date line, y grows south from
 * 85.0511° N, so that one tile of zoom z is 1 / 2^z wide. Source: the XYZ tile convention of
 * OpenStreetMap's "Slippy map tilenames".
 */

/** Latitude at which the square ends: atan(sinh(π)). */
export const MAX_MERCATOR_LAT = 85.05112877980659;

const RADIANS = Math.PI / 180;

/** Longitude in degrees to x in [0, 1]. */
export function mercatorX(lon: number): number {
  return lon / 360 + 0.5;
}

/** Latitude in degrees to y in [0, 1]; beyond ±85.05° it is held at the edge. */
export function mercatorY(lat: number): number {
  const bounded = Math.max(-MAX_MERCATOR_LAT, Math.min(MAX_MERCATOR_LAT, lat));
  const sin = Math.sin(bounded * RADIANS);
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
}

/** x in [0, 1] to longitude in degrees. */
export function mercatorLon(x: number): number {
  return (x - 0.5) * 360;
}

/** y in [0, 1] to latitude in degrees. */
export function mercatorLat(y: number): number {
  return Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) / RADIANS;
}

/**
 * Longitude and latitude on the sphere (IUGG mean radius) and on the flat near one point. Degrees
 * WGS 84, always lon before lat; stored coordinates are int32 at 1e-7 degree, 1.1 cm at the equator.
 */

export const EARTH_RADIUS_M = 6_371_008.8;
/** Metres of one degree along a meridian: 111,195.08. */
export const METRES_PER_DEGREE = (EARTH_RADIUS_M * Math.PI) / 180;
/** Stored units in one degree. */
export const UNITS_PER_DEGREE = 1e7;
/** Metres of one stored unit along a meridian. */
export const METRES_PER_UNIT = METRES_PER_DEGREE / UNITS_PER_DEGREE;

const RADIANS = Math.PI / 180;

/** Great-circle distance in metres (haversine), exact on the sphere for any two points. */
export function haversine(lonA: number, latA: number, lonB: number, latB: number): number {
  const sinLat = Math.sin(((latB - latA) * RADIANS) / 2);
  const sinLon = Math.sin(((lonB - lonA) * RADIANS) / 2);
  const h = sinLat * sinLat + Math.cos(latA * RADIANS) * Math.cos(latB * RADIANS) * sinLon * sinLon;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Metres of one degree of longitude at this latitude. */
export function metresPerLon(lat: number): number {
  return METRES_PER_DEGREE * Math.cos(lat * RADIANS);
}

/** Initial bearing in degrees clockwise from north, in [0, 360). */
export function bearing(lonA: number, latA: number, lonB: number, latB: number): number {
  const y = Math.sin((lonB - lonA) * RADIANS) * Math.cos(latB * RADIANS);
  const x =
    Math.cos(latA * RADIANS) * Math.sin(latB * RADIANS) -
    Math.sin(latA * RADIANS) * Math.cos(latB * RADIANS) * Math.cos((lonB - lonA) * RADIANS);
  return (Math.atan2(y, x) / RADIANS + 360) % 360;
}

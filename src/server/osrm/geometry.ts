/**
 * A line as a client wants it: Google's polyline at 5 or 6 digits or a GeoJSON LineString, whole or
 * simplified to what is seen when all of it is on the screen.
 */
import { METRES_PER_DEGREE, metresPerLon } from "../../geo/lonlat.ts";
import { encodePolyline } from "../../geo/polyline.ts";
import { simplify } from "../../geo/simplify.ts";
import type { Geometries } from "./question.ts";

export type OsrmGeometry = string | { type: "LineString"; coordinates: [number, number][] };

/** Digits of degrees in JSON: a decimetre. */
const DIGITS = 1e6;
/** Pixels of a large screen: half of one is the tolerance of a simplified line. */
const SCREEN_PX = 1024;
/** Metres below which simplifying is not worth a kink. */
const LEAST_M = 1;

/** @param lon,lat degrees; a LineString has two positions even where they are one place */
export function encodeLine(
  lon: ArrayLike<number>,
  lat: ArrayLike<number>,
  geometries: Geometries,
): OsrmGeometry {
  if (geometries === "geojson") {
    return { type: "LineString", coordinates: Array.from(lon, (x, i) => position(x, lat[i]!)) };
  }
  return encodePolyline(Array.from(lon, wrapped), lat, geometries === "polyline6" ? 6 : 5);
}

/** Indices of the vertices that an overview keeps. O(n log n). */
export function overviewOf(lon: ArrayLike<number>, lat: ArrayLike<number>): Uint32Array {
  let [west, east, south, north] = [lon[0]!, lon[0]!, lat[0]!, lat[0]!];
  for (let i = 1; i < lon.length; i++) {
    west = Math.min(west, lon[i]!);
    east = Math.max(east, lon[i]!);
    south = Math.min(south, lat[i]!);
    north = Math.max(north, lat[i]!);
  }
  const extentM = Math.max(
    (east - west) * metresPerLon((south + north) / 2),
    (north - south) * METRES_PER_DEGREE,
  );
  return simplify(lon, lat, Math.max(LEAST_M, extentM / SCREEN_PX / 2));
}

export function position(lon: number, lat: number): [number, number] {
  return [Math.round(wrapped(lon) * DIGITS) / DIGITS, Math.round(lat * DIGITS) / DIGITS];
}

/** Lines run on beyond ±180; what is sent stays within. */
function wrapped(lon: number): number {
  return lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
}

/** Metres and seconds as OSRM writes them. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * Distance from one row to another. Steps of a track are metres to kilometres, so an equirectangular
 * step at the mean latitude is used up to a degree (error below 1e-4) and the haversine beyond.
 */
import { haversine, METRES_PER_DEGREE } from "../lonlat.ts";
import type { Streams } from "./recording.ts";

const RADIANS = Math.PI / 180;

/** Metres between the positions of rows `a` and `b`; NaN when one has none. */
export function stepM(streams: Streams, a: number, b: number): number {
  return distanceM(streams.lon[a]!, streams.lat[a]!, streams.lon[b]!, streams.lat[b]!);
}

/** Metres between two positions, the shorter way round the antimeridian. */
export function distanceM(lonA: number, latA: number, lonB: number, latB: number): number {
  let dLon = lonB - lonA;
  if (dLon > 180) dLon -= 360;
  else if (dLon < -180) dLon += 360;
  const dLat = latB - latA;
  if (dLon > 1 || dLon < -1 || dLat > 1 || dLat < -1) return haversine(lonA, latA, lonB, latB);
  const x = dLon * Math.cos(((latA + latB) / 2) * RADIANS);
  return METRES_PER_DEGREE * Math.sqrt(x * x + dLat * dLat);
}

/**
 * A recorder carried along a line at a steady speed: true positions every second, and the same with
 * the error of a receiver, a first-order autoregressive process per axis (what multipath and orbit
 * errors leave behind after filtering) or white noise. Everything from a seed. O(seconds).
 */
import { normal, type Rng } from "../../src/base/rng.ts";
import { haversine, METRES_PER_DEGREE, metresPerLon } from "../../src/geo/lonlat.ts";
import type { TrackPoints } from "../../src/geo/match/match.ts";
import type { Line } from "../score/line.ts";

export interface Noise {
  readonly name: string;
  /** Standard deviation per axis in metres. */
  readonly sigmaM: number;
  /** Seconds after which the correlation has fallen to 1/e; 0 is white noise. */
  readonly tauS: number;
}

/** 1 January 2024, 08:00 UTC: any moment would do, but a fixed one. */
const START_MS = 1_704_096_000_000;

/** True positions, one a second, the last at the end of the line. */
export function walk(line: Line, speedMps: number): TrackPoints {
  const lon: number[] = [];
  const lat: number[] = [];
  let toNext = 0;
  for (let i = 2; i < line.length; i += 2) {
    const [lonA, latA, lonB, latB] = [line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!];
    const length = haversine(lonA, latA, lonB, latB);
    for (; toNext < length; toNext += speedMps) {
      lon.push(lonA + (toNext / length) * (lonB - lonA));
      lat.push(latA + (toNext / length) * (latB - latA));
    }
    toNext -= length;
  }
  if (line.length >= 2) {
    lon.push(line.at(-2)!);
    lat.push(line.at(-1)!);
  }
  return {
    lon: Float64Array.from(lon),
    lat: Float64Array.from(lat),
    timeMs: Float64Array.from(lon, (_, i) => START_MS + i * 1000),
  };
}

/** The same rows as a receiver with this error would write them. */
export function withNoise(points: TrackPoints, noise: Noise, rng: Rng): TrackPoints {
  const { sigmaM, tauS } = noise;
  if (sigmaM === 0) return points;
  const keep = tauS === 0 ? 0 : Math.exp(-1 / tauS);
  const fresh = Math.sqrt(1 - keep * keep) * sigmaM;
  let east = sigmaM * normal(rng);
  let north = sigmaM * normal(rng);
  const lon = new Float64Array(points.lon.length);
  const lat = new Float64Array(points.lat.length);
  for (let i = 0; i < lon.length; i++) {
    lon[i] = points.lon[i]! + east / metresPerLon(points.lat[i]!);
    lat[i] = points.lat[i]! + north / METRES_PER_DEGREE;
    east = keep * east + fresh * normal(rng);
    north = keep * north + fresh * normal(rng);
  }
  return { ...points, lon, lat };
}

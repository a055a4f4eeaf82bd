/**
 * Recordings for tests: a straight or given way at a steady pace, one row a second, with whatever
 * columns the test sets. Nothing outside tests imports it.
 */
import { METRES_PER_DEGREE, metresPerLon } from "../lonlat.ts";
import type { Recording, Streams } from "./recording.ts";

export const START_MS = Date.UTC(2024, 4, 4, 8, 0, 0);

/** A recording around these streams. */
export function recordingOf(
  streams: Partial<Streams> & { readonly length: number },
  rest: Partial<Recording> = {},
): Recording {
  const { length } = streams;
  return {
    format: "fit",
    sport: "run",
    statedSport: "running/generic",
    isVirtual: false,
    device: {},
    laps: [],
    timerPauses: [],
    stated: {},
    ...rest,
    streams: {
      timeMs: Float64Array.from({ length }, (_, i) => START_MS + i * 1000),
      lon: new Float64Array(length).fill(Number.NaN),
      lat: new Float64Array(length).fill(Number.NaN),
      ...streams,
    },
  };
}

/** Positions `metres(i)` east and `north(i)` north of a place in Andorra. */
export function placesOf(
  length: number,
  east: (i: number) => number,
  north: (i: number) => number = () => 0,
): { length: number; lon: Float64Array; lat: Float64Array } {
  const lat0 = 42.5;
  const perLon = metresPerLon(lat0);
  return {
    length,
    lon: Float64Array.from({ length }, (_, i) => 1.5 + east(i) / perLon),
    lat: Float64Array.from({ length }, (_, i) => lat0 + north(i) / METRES_PER_DEGREE),
  };
}

/** A run of `seconds` due east at `mps`. */
export function steadyRun(seconds: number, mps = 3, rest: Partial<Recording> = {}): Recording {
  return recordingOf(
    placesOf(seconds + 1, (i) => i * mps),
    rest,
  );
}

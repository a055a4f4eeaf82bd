/**
 * What a client asks, as columns, whether it came in a URL, a form or JSON; and the checks that do
 * not depend on the form: counts, ranges and limits, with OSRM's codes.
 */
import type { ProfileName } from "../../geo/network/profile-name.ts";
import type { ANNOTATIONS, GAPS, GEOMETRIES, OVERVIEWS } from "../../schema/osrm.ts";
import { OsrmProblem } from "./problem.ts";

export type Geometries = (typeof GEOMETRIES)[number];
export type Overview = (typeof OVERVIEWS)[number];
export type AnnotationName = (typeof ANNOTATIONS)[number];

/** The places asked for, and what both services take for each of them. */
export interface Places {
  /** Degrees. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Metres, NaN for the default. */
  readonly radiusM?: Float64Array | undefined;
  /** Degrees and range as pairs, undefined for any direction. */
  readonly bearings?: readonly (readonly [number, number] | undefined)[] | undefined;
}

export interface MatchQuestion extends Places {
  readonly ask: "match";
  readonly profile: ProfileName;
  /** Seconds since 1970. */
  readonly timestampS?: Float64Array | undefined;
  /** Coordinates that end legs; absent: all. */
  readonly waypoints?: readonly number[] | undefined;
  readonly gaps: (typeof GAPS)[number];
  readonly tidy: boolean;
  readonly steps: boolean;
  readonly geometries: Geometries;
  readonly overview: Overview;
  readonly annotations: readonly AnnotationName[];
  readonly skipWaypoints: boolean;
}

export interface NearestQuestion extends Places {
  readonly ask: "nearest";
  readonly profile: ProfileName;
  readonly number: number;
  readonly skipWaypoints: boolean;
}

export type Question = MatchQuestion | NearestQuestion;

export interface Limits {
  /** Coordinates of one question in a URL, and in a body. */
  readonly maxUrlCoordinates: number;
  readonly maxBodyCoordinates: number;
  /** Bytes of a body. */
  readonly maxBodyBytes: number;
}

export const limitDefaults = {
  /** What fits into a request line of 64 KiB with timestamps and radiuses. */
  maxUrlCoordinates: 1_000,
  /** Nearly three hours at a row a second; a tenth of a second of a thread. */
  maxBodyCoordinates: 10_000,
  /** A coordinate with 15 digits, its timestamp, radius, bearing and hint, in JSON. */
  bytesPerCoordinate: 200,
  /** Bytes of a body around its coordinates. */
  bytesAround: 64 * 1024,
} as const;

export function limitsOf(maxBodyCoordinates: number = limitDefaults.maxBodyCoordinates): Limits {
  const { maxUrlCoordinates, bytesPerCoordinate, bytesAround } = limitDefaults;
  return {
    maxUrlCoordinates: Math.min(maxUrlCoordinates, maxBodyCoordinates),
    maxBodyCoordinates,
    maxBodyBytes: bytesAround + bytesPerCoordinate * maxBodyCoordinates,
  };
}

/** Segments that one nearest question may ask for. */
export const NUMBER_MAX = 100;
/** Later than any clock that counts seconds; milliseconds are beyond it. */
const TIMESTAMP_MAX_S = 1e11;

/** @throws OsrmProblem TooBig, InvalidOptions, InvalidValue */
export function checkMatch(question: MatchQuestion, maxCoordinates: number): void {
  const count = checkPlaces(question, maxCoordinates);
  const { timestampS, waypoints } = question;
  if (count < 2) {
    throw new OsrmProblem(
      "InvalidOptions",
      `${count === 0 ? "no coordinate came" : "one coordinate came"}; matching needs at least two`,
    );
  }
  if (timestampS) {
    checkCount("timestamps", timestampS.length, count);
    for (let i = 0; i < count; i++) {
      const time = timestampS[i]!;
      if (!(time >= 0 && time <= TIMESTAMP_MAX_S)) {
        throw new OsrmProblem(
          "InvalidValue",
          `timestamp ${i} is ${time}; timestamps are seconds since 1970, not milliseconds`,
        );
      }
      if (i > 0 && time < timestampS[i - 1]!) {
        throw new OsrmProblem(
          "InvalidValue",
          `timestamp ${i} is earlier than the one before; they need to be monotonically increasing`,
        );
      }
    }
  }
  if (waypoints) checkWaypoints(waypoints, count);
}

/** @throws OsrmProblem TooBig, InvalidOptions, InvalidValue */
export function checkNearest(question: NearestQuestion): void {
  const count = checkPlaces(question, 2);
  if (count !== 1) {
    throw new OsrmProblem("InvalidOptions", `nearest takes one coordinate; ${count} came`);
  }
  const { number } = question;
  if (!(Number.isInteger(number) && number >= 1)) {
    throw new OsrmProblem("InvalidOptions", `number is ${number}; it must be at least 1`);
  }
  if (number > NUMBER_MAX) {
    throw new OsrmProblem("TooBig", `number is ${number}; at most ${NUMBER_MAX} are given`);
  }
}

function checkPlaces({ lon, lat, radiusM, bearings }: Places, maxCoordinates: number): number {
  const count = lon.length;
  if (count > maxCoordinates) {
    throw new OsrmProblem(
      "TooBig",
      `${count} coordinates came; at most ${maxCoordinates} are taken this way`,
    );
  }
  if (radiusM) checkCount("radiuses", radiusM.length, count);
  if (bearings) checkCount("bearings", bearings.length, count);
  for (let i = 0; i < count; i++) {
    const [x, y] = [lon[i]!, lat[i]!];
    if (x >= -180 && x <= 180 && y >= -90 && y <= 90) continue;
    throw new OsrmProblem(
      "InvalidValue",
      `coordinate ${i} is ${x},${y}; a longitude is −180 to 180 and a latitude −90 to 90 degrees`,
    );
  }
  for (const [i, radius] of radiusM?.entries() ?? []) {
    if (radius < 0) throw new OsrmProblem("InvalidValue", `radius ${i} is ${radius}`);
  }
  for (const [i, bearing] of bearings?.entries() ?? []) {
    if (bearing === undefined) continue;
    const [value, range] = bearing;
    if (value >= 0 && value <= 360 && range >= 0 && range <= 180) continue;
    throw new OsrmProblem(
      "InvalidOptions",
      `bearing ${i} is ${value},${range}; a bearing is 0 to 360 degrees and its range 0 to 180`,
    );
  }
  return count;
}

/** @throws OsrmProblem InvalidOptions */
export function checkCount(name: string, came: number, count: number): void {
  if (came === count) return;
  throw new OsrmProblem(
    "InvalidOptions",
    `${came} ${name} came for ${count} coordinates; the numbers must be equal`,
  );
}

function checkWaypoints(waypoints: readonly number[], count: number): void {
  for (const [i, index] of waypoints.entries()) {
    const isOne = Number.isInteger(index) && index >= 0 && index < count;
    if (!isOne || (i > 0 && index <= waypoints[i - 1]!)) {
      throw new OsrmProblem(
        "InvalidOptions",
        `waypoint ${i} is ${index}; waypoints are rising indices of the ${count} coordinates`,
      );
    }
  }
  if (waypoints.length < 2) {
    throw new OsrmProblem("InvalidOptions", "waypoints names fewer than two coordinates");
  }
  if (waypoints[0] !== 0 || waypoints.at(-1) !== count - 1) {
    throw new OsrmProblem(
      "InvalidValue",
      "first and last coordinates must be specified as waypoints",
    );
  }
}

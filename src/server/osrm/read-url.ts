/**
 * A question out of a URL, or out of a form that carries the same words (Mapbox's POST):
 * `/{service}/v1/{profile}/{coordinates}[.json]?option=value`. Each option is read by its own rule;
 * what breaks one is InvalidQuery with the place and the choices, as OSRM answers.
 */
import { decodePolyline } from "../../geo/polyline.ts";
import {
  ANNOTATIONS,
  APPROACHES,
  GAPS,
  GEOMETRIES,
  OVERVIEWS,
  SNAPPINGS,
} from "../../schema/osrm.ts";
import { OsrmProblem } from "./problem.ts";
import { profileNamed } from "./profile.ts";
import {
  type AnnotationName,
  checkCount,
  type MatchQuestion,
  type NearestQuestion,
  type Places,
} from "./question.ts";

export interface OsrmUrl {
  readonly service: string;
  readonly profile: string;
  /** "" when the path ends with the profile. */
  readonly coordinates: string;
  readonly options: URLSearchParams;
}

/**
 * @param url path and query as they came
 * @throws OsrmProblem InvalidUrl, InvalidVersion
 */
export function splitUrl(url: string): OsrmUrl {
  const mark = url.indexOf("?");
  let path: string;
  try {
    path = decodeURIComponent(mark < 0 ? url : url.slice(0, mark));
  } catch {
    throw new OsrmProblem("InvalidUrl", "the URL holds a broken percent encoding");
  }
  const [, service = "", version = "", profile = "", ...rest] = path.split("/");
  if (version !== "v1") {
    throw new OsrmProblem(
      version === "" ? "InvalidUrl" : "InvalidVersion",
      `the URL must be /${service}/v1/{profile}/{coordinates}`,
    );
  }
  if (profile === "") throw new OsrmProblem("InvalidUrl", "the URL names no profile");
  const coordinates = rest.join("/").replace(/\.json$/, "");
  if (/\.flatbuffers$/.test(coordinates)) {
    throw new OsrmProblem("NotImplemented", "answers are JSON only");
  }
  const options = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  return { service, profile, coordinates, options };
}

/** @throws OsrmProblem InvalidQuery … */
export function readMatch(
  profile: string,
  coordinates: string,
  options: URLSearchParams,
): MatchQuestion {
  const read = readerOf(options, MATCH_OPTIONS);
  const places = readPlaces(coordinates, read);
  const timestamps = read.list("timestamps");
  const waypoints = read.list("waypoints");
  const annotations = read.text("annotations");
  refuseUnsupported(read, places.lon.length);
  return {
    ask: "match",
    profile: profileNamed(profile),
    ...places,
    timestampS: timestamps && Float64Array.from(timestamps, (t, i) => number("timestamps", t, i)),
    waypoints: waypoints?.map((w, i) => number("waypoints", w, i)),
    gaps: read.choice("gaps", GAPS) ?? "split",
    tidy: read.boolean("tidy"),
    steps: read.boolean("steps"),
    geometries: read.choice("geometries", GEOMETRIES) ?? "polyline",
    overview: read.choice("overview", OVERVIEWS) ?? "simplified",
    annotations: annotations === undefined ? [] : annotationsOf(annotations),
    skipWaypoints: read.boolean("skip_waypoints"),
  };
}

/** @throws OsrmProblem InvalidQuery … */
export function readNearest(
  profile: string,
  coordinates: string,
  options: URLSearchParams,
): NearestQuestion {
  const read = readerOf(options, NEAREST_OPTIONS);
  const places = readPlaces(coordinates, read);
  refuseUnsupported(read, places.lon.length);
  const count = read.text("number");
  return {
    ask: "nearest",
    profile: profileNamed(profile),
    ...places,
    number: count === undefined ? 1 : number("number", count),
    skipWaypoints: read.boolean("skip_waypoints"),
  };
}

const COMMON_OPTIONS = [
  "radiuses",
  "bearings",
  "hints",
  "approaches",
  "generate_hints",
  "skip_waypoints",
  "snapping",
  "exclude",
  "format",
  // For the door before the service; not read here.
  "access_token",
];
const NEAREST_OPTIONS = [...COMMON_OPTIONS, "number"];
const MATCH_OPTIONS = [
  ...COMMON_OPTIONS,
  "timestamps",
  "waypoints",
  "gaps",
  "tidy",
  "steps",
  "geometries",
  "overview",
  "annotations",
  "alternatives",
  "continue_straight",
];

interface Reader {
  text(name: string): string | undefined;
  list(name: string): string[] | undefined;
  boolean(name: string): boolean;
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined;
}

function readerOf(options: URLSearchParams, known: readonly string[]): Reader {
  for (const name of new Set(options.keys())) {
    if (!known.includes(name)) {
      const message = `option '${name.slice(0, 40)}' is unknown; choose some of ${known.join(", ")}`;
      throw new OsrmProblem("InvalidQuery", message, known);
    }
    if (options.getAll(name).length > 1) {
      throw new OsrmProblem("InvalidQuery", `option '${name}' came more than once`);
    }
  }
  const text = (name: string): string | undefined => options.get(name) ?? undefined;
  const choice = <T extends string>(name: string, choices: readonly T[]): T | undefined => {
    const came = text(name);
    if (came === undefined) return undefined;
    const chosen = choices.find((candidate) => candidate === came);
    if (chosen === undefined) throw noChoice(name, came, choices);
    return chosen;
  };
  return {
    text,
    list: (name) => text(name)?.split(";"),
    boolean: (name) => choice(name, ["true", "false"]) === "true",
    choice,
  };
}

function readPlaces(coordinates: string, read: Reader): Places {
  const radiuses = read.list("radiuses");
  const bearings = read.list("bearings");
  return {
    ...readCoordinates(coordinates),
    radiusM: radiuses && Float64Array.from(radiuses, radiusOf),
    bearings: bearings?.map(bearingOf),
  };
}

/** What OSRM has and Waymark has not is refused rather than passed over in silence. */
function refuseUnsupported(read: Reader, count: number): void {
  read.choice("snapping", SNAPPINGS);
  read.boolean("generate_hints");
  if ((read.choice("format", ["json", "flatbuffers"]) ?? "json") !== "json") {
    throw new OsrmProblem("NotImplemented", "answers are JSON only");
  }
  const hints = read.list("hints");
  if (hints) checkCount("hints", hints.length, count);
  const approaches = read.list("approaches");
  if (approaches) checkCount("approaches", approaches.length, count);
  for (const approach of approaches ?? []) {
    if (approach === "") continue;
    const known = APPROACHES.find((candidate) => candidate === approach);
    if (known === undefined) throw noChoice("approaches", approach, APPROACHES);
    refuseApproach(known);
  }
  const excluded = read.text("exclude");
  if (excluded !== undefined) refuseExclude(excluded.split(","));
}

/** @throws OsrmProblem NotImplemented */
export function refuseApproach(approach: (typeof APPROACHES)[number]): void {
  if (approach === "unrestricted") return;
  throw new OsrmProblem("NotImplemented", "approaches other than unrestricted are not supported");
}

/** @throws OsrmProblem InvalidValue */
export function refuseExclude(classes: readonly string[]): void {
  if (classes.every((name) => name === "none" || name === "")) return;
  throw new OsrmProblem(
    "InvalidValue",
    `exclude=${classes.join(",").slice(0, 60)} is not supported: Waymark's profiles have no classes ` +
      "that could be left out; choose another profile instead",
  );
}

/** Coordinates as `lon,lat;lon,lat…`, `polyline(…)` or `polyline6(…)`. */
export function readCoordinates(text: string): { lon: Float64Array; lat: Float64Array } {
  const encoded = /^polyline(6?)\(([\s\S]*)\)$/.exec(text);
  if (encoded) return readPolyline(encoded[2]!, encoded[1] === "6" ? 6 : 5);
  if (text === "") throw new OsrmProblem("InvalidQuery", "no coordinates came");
  const parts = text.split(";");
  const lon = new Float64Array(parts.length);
  const lat = new Float64Array(parts.length);
  for (let i = 0; i < parts.length; i++) {
    const comma = parts[i]!.indexOf(",");
    const x = parts[i]!.slice(0, comma);
    const y = parts[i]!.slice(comma + 1);
    if (comma < 0 || !DECIMAL.test(x) || !DECIMAL.test(y)) {
      throw new OsrmProblem(
        "InvalidQuery",
        `coordinate ${i} is '${parts[i]!.slice(0, 40)}'; it must be longitude,latitude`,
      );
    }
    lon[i] = Number(x);
    lat[i] = Number(y);
  }
  return { lon, lat };
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

function readPolyline(text: string, precision: 5 | 6): { lon: Float64Array; lat: Float64Array } {
  let values = 0;
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const chunk = text.charCodeAt(i) - 63;
    const isLong = ++run > 7;
    if (chunk < 0 || chunk > 63 || isLong) {
      throw new OsrmProblem("InvalidQuery", `the polyline is broken at its letter ${i}`);
    }
    if (chunk < 0x20) {
      values++;
      run = 0;
    }
  }
  if (run > 0 || values % 2 === 1) {
    throw new OsrmProblem("InvalidQuery", "the polyline ends within a coordinate");
  }
  return decodePolyline(text, precision);
}

function radiusOf(text: string, i: number): number {
  return text === "" || text === "unlimited" ? Number.NaN : number("radiuses", text, i);
}

function bearingOf(text: string, i: number): readonly [number, number] | undefined {
  if (text === "") return undefined;
  const match = /^(\d{1,9}),(\d{1,9})$/.exec(text);
  if (!match) {
    throw new OsrmProblem(
      "InvalidQuery",
      `bearing ${i} is '${text.slice(0, 40)}'; it must be degrees,range`,
    );
  }
  return [Number(match[1]), Number(match[2])];
}

function annotationsOf(text: string): AnnotationName[] {
  if (text === "true") return [...ANNOTATIONS];
  if (text === "false") return [];
  return text.split(",").map((name) => {
    const known = ANNOTATIONS.find((candidate) => candidate === name);
    if (known === undefined) throw noChoice("annotations", name, ["true", "false", ...ANNOTATIONS]);
    return known;
  });
}

function number(name: string, text: string, i?: number): number {
  if (DECIMAL.test(text)) return Number(text);
  const which = i === undefined ? name : `element ${i} of ${name}`;
  throw new OsrmProblem("InvalidQuery", `${which} is '${text.slice(0, 40)}', not a number`);
}

function noChoice(name: string, came: string, choices: readonly string[]): OsrmProblem {
  return new OsrmProblem(
    "InvalidQuery",
    `${name} is '${came.slice(0, 40)}'; choose one of ${choices.join(", ")}`,
    choices,
  );
}

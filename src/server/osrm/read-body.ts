/**
 * A question out of the body of a POST: JSON with OSRM's keys, or a form with the options of the URL
 * as Mapbox's clients send it. Both give the same question as the URL would.
 */
import { ANNOTATIONS, type MatchBody, matchBodySchema } from "../../schema/osrm.ts";
import { OsrmProblem } from "./problem.ts";
import { profileNamed } from "./profile.ts";
import { checkCount, type MatchQuestion } from "./question.ts";
import { readCoordinates, readMatch, refuseApproach, refuseExclude } from "./read-url.ts";

/**
 * @param coordinates of the URL, taken when the body has none
 * @throws OsrmProblem InvalidQuery …
 */
export function readMatchForm(
  profile: string,
  coordinates: string,
  options: URLSearchParams,
  body: string,
): MatchQuestion {
  const form = new URLSearchParams(body);
  for (const [name, value] of options) form.append(name, value);
  const own = form.get("coordinates");
  form.delete("coordinates");
  return readMatch(profile, own ?? coordinates, form);
}

/** @throws OsrmProblem InvalidQuery … */
export function readMatchJson(profile: string, coordinates: string, text: string): MatchQuestion {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new OsrmProblem("InvalidQuery", "the body is not JSON");
  }
  const parsed = matchBodySchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const where = path.length > 0 ? `'${path.join(".").slice(0, 60)}' of the body` : "the body";
    throw new OsrmProblem("InvalidQuery", `${where}: ${message.slice(0, 300)}`);
  }
  return questionOf(profile, coordinates, parsed.data);
}

function questionOf(profile: string, coordinates: string, body: MatchBody): MatchQuestion {
  const places = placesOf(body.coordinates ?? coordinates);
  const count = places.lon.length;
  if (body.format === "flatbuffers") {
    throw new OsrmProblem("NotImplemented", "answers are JSON only");
  }
  if (body.hints) checkCount("hints", body.hints.length, count);
  if (body.approaches) checkCount("approaches", body.approaches.length, count);
  for (const approach of body.approaches ?? []) if (approach !== null) refuseApproach(approach);
  refuseExclude(body.exclude ?? []);
  const { annotations = false, overview = "simplified" } = body;
  return {
    ask: "match",
    profile: profileNamed(profile),
    ...places,
    radiusM:
      body.radiuses &&
      Float64Array.from(body.radiuses, (r) => (typeof r === "number" ? r : Number.NaN)),
    bearings: body.bearings?.map((bearing) => bearing ?? undefined),
    timestampS: body.timestamps && Float64Array.from(body.timestamps),
    waypoints: body.waypoints,
    gaps: body.gaps ?? "split",
    tidy: body.tidy ?? false,
    steps: body.steps ?? false,
    geometries: body.geometries ?? "polyline",
    overview: overview === true ? "simplified" : overview === false ? "false" : overview,
    annotations: annotations === true ? ANNOTATIONS : annotations === false ? [] : annotations,
    skipWaypoints: body.skip_waypoints ?? false,
  };
}

function placesOf(coordinates: string | readonly (readonly [number, number])[]): {
  lon: Float64Array;
  lat: Float64Array;
} {
  if (typeof coordinates === "string") return readCoordinates(coordinates);
  return {
    lon: Float64Array.from(coordinates, ([lon]) => lon),
    lat: Float64Array.from(coordinates, ([, lat]) => lat),
  };
}

/**
 * From a trace to OSRM's answer: tidy, split at silences, match, join what turned back, place the
 * fixes on the line, cut it into legs. Stretches that no path explains split the answer, as a gap
 * does with OSRM, and are named under `waymark.offNetwork`.
 */

import { haversine } from "../../geo/lonlat.ts";
import type { MatchedPiece, Matcher, MatchPiece } from "../../geo/match/index.ts";
import { nearestPlaces } from "../../geo/match/nearest.ts";
import { SPEED_LIMIT_MPS, USUAL_SPEED_MPS } from "../../geo/match/options.ts";
import { placeRows } from "../../geo/match/place.ts";
import { travelledLine } from "../../geo/match/travelled-line.ts";
import type {
  OsrmMatchAnswer,
  OsrmMatching,
  OsrmOffNetwork,
  OsrmTracepoint,
} from "../../schema/osrm.ts";
import { encodeLine, overviewOf, position, tenths } from "./geometry.ts";
import { legOf } from "./leg.ts";
import type { ThreadMap } from "./match-map.ts";
import { OsrmProblem } from "./problem.ts";
import type { MatchQuestion } from "./question.ts";
import { RouteLine, sum } from "./route-line.ts";
import {
  outliersOf,
  splitAtLeaps,
  splitAtSilences,
  tidyTrace,
  usualInterval,
  usualStep,
} from "./tidy.ts";

/** Part of a trace that is matched in one go; rows of it are indices into `trace`. */
interface Part {
  readonly matcher: Matcher;
  readonly question: MatchQuestion;
  /** Row → coordinate as it was sent. */
  readonly trace: Uint32Array;
  readonly lon: Float64Array;
  readonly lat: Float64Array;
}

/** Matched pieces that make one line, with the rows that lie on it. */
interface Chain {
  readonly pieces: MatchedPiece[];
  /** Rows per piece, in order. */
  readonly rows: number[][];
}

/** Times the error that a fix states at which the matcher still looks for paths. */
const ERRORS_SEARCHED = 1.3;
/** Search radii from the line at which a fix was not matched to it. */
const FAR = 1.5;
/** Metres more than the chosen edge's distance at which another edge is as good. */
const ALTERNATIVE_M = 5;
/** Edges looked at for alternatives. */
const ALTERNATIVES_MAX = 12;

/** @throws OsrmProblem NoSegment, NoMatch */
export function answerMatch(threadMap: ThreadMap, question: MatchQuestion): OsrmMatchAnswer {
  const { profile, waypoints } = question;
  const { lon, lat, timestampS } = question;
  const kept = question.tidy ? tidyTrace(question) : Uint32Array.from(lon, (_, i) => i);
  const intervalS = timestampS
    ? usualInterval(kept, timestampS)
    : usualStep(kept, lon, lat) / USUAL_SPEED_MPS[profile];
  const matcher = threadMap.matcher(profile, intervalS);
  const matchings: OsrmMatching[] = [];
  const tracepoints = new Array<OsrmTracepoint | null>(question.lon.length).fill(null);
  const offNetwork: OsrmOffNetwork[] = [];
  let isAnyNear = false;
  let before: Part | undefined;
  for (const part of partsOf(question, kept, matcher)) {
    if (before) offNetwork.push(gapBetween(before, part));
    before = part;
    const isNear = nearness(part);
    if (!isNear.includes(true)) {
      offNetwork.push(...wholeOff(part));
      continue;
    }
    isAnyNear = true;
    if (part.trace.length < 2) continue;
    const { chains, off } = matchPart(part, outliersOf(part.lon, part.lat, isNear));
    offNetwork.push(...off);
    for (const chain of chains) {
      const matching = describe(part, chain, matchings.length, tracepoints);
      if (matching) matchings.push(matching);
    }
  }
  if (!isAnyNear) {
    throw new OsrmProblem("NoSegment", "no coordinate has a path near it that the profile may use");
  }
  if (matchings.length === 0) throw new OsrmProblem("NoMatch", "the trace could not be matched");
  if (waypoints && (matchings.length > 1 || waypoints.some((i) => tracepoints[i] === null))) {
    throw new OsrmProblem("NoMatch", "the trace could not be matched with the given waypoints");
  }
  return {
    code: "Ok",
    matchings,
    ...(!question.skipWaypoints && { tracepoints }),
    waymark: { networkVersion: matcher.network.version, profile, offNetwork },
  };
}

/** Split at silences, unless they are to be ignored, and where nobody could be so fast. */
function partsOf(question: MatchQuestion, kept: Uint32Array, matcher: Matcher): Part[] {
  const { timestampS, gaps } = question;
  const partOf = (trace: Uint32Array): Part => ({
    matcher,
    question,
    trace,
    lon: Float64Array.from(trace, (i) => question.lon[i]!),
    lat: Float64Array.from(trace, (i) => question.lat[i]!),
  });
  const speedLimit = matcher.options.maxSpeedMps ?? SPEED_LIMIT_MPS[question.profile];
  const spans = gaps === "split" ? splitAtSilences(kept, timestampS) : [[0, kept.length] as const];
  return spans.flatMap(([first, end]) => {
    const { trace, lon, lat } = partOf(kept.subarray(first, end));
    const timeS = timestampS && Float64Array.from(trace, (i) => timestampS[i]!);
    const runs = splitAtLeaps(lon, lat, timeS, speedLimit);
    return runs.map((rows) => partOf(Uint32Array.from(rows, (row) => trace[row]!)));
  });
}

/** The gap between two parts: its rows are the last before and the first after it. */
function gapBetween(left: Part, right: Part): OsrmOffNetwork {
  const end = left.lon.length - 1;
  const apartM = haversine(left.lon[end]!, left.lat[end]!, right.lon[0]!, right.lat[0]!);
  return {
    reason: "gap",
    first: left.trace[end]!,
    last: right.trace[0]!,
    distance: tenths(apartM),
  };
}

/** Per row: whether an edge that the profile may use lies within the search radius. */
function nearness(part: Part): boolean[] {
  const { matcher, lon, lat } = part;
  const { index, arcs } = matcher;
  return Array.from(lon, (x, row) => {
    const radiusM = searchRadius(part, row);
    return nearestPlaces(index, arcs, x, lat[row]!, { radiusM }).length > 0;
  });
}

/** Metres around a fix in which the matcher looks for paths. */
function searchRadius({ matcher, question, trace }: Part, row: number): number {
  const errorM = question.radiusM?.[trace[row]!] || 0;
  return Math.max(matcher.options.radiusM, ERRORS_SEARCHED * errorM);
}

function wholeOff({ trace, lon, lat }: Part): OsrmOffNetwork[] {
  if (trace.length < 2) return [];
  return [
    { reason: "outside", first: trace[0]!, last: trace.at(-1)!, distance: tenths(wayM(lon, lat)) },
  ];
}

function wayM(lon: ArrayLike<number>, lat: ArrayLike<number>): number {
  let total = 0;
  for (let i = 1; i < lon.length; i++)
    total += haversine(lon[i - 1]!, lat[i - 1]!, lon[i]!, lat[i]!);
  return total;
}

function matchPart(
  { matcher, question, trace, lon, lat }: Part,
  outliers: ReadonlySet<number>,
): { chains: Chain[]; off: OsrmOffNetwork[] } {
  const isUsed = (row: number): boolean => !outliers.has(row);
  const match = matcher.match({
    lon: lon.map((x, row) => (isUsed(row) ? x : Number.NaN)),
    lat: lat.map((y, row) => (isUsed(row) ? y : Number.NaN)),
    timeMs: question.timestampS && Float64Array.from(trace, (i) => question.timestampS![i]! * 1000),
    accuracyM:
      question.radiusM && Float32Array.from(trace, (i) => Math.max(0, question.radiusM![i]! || 0)),
  });
  const chains: Chain[] = [];
  const off: OsrmOffNetwork[] = [];
  let isOpen = false;
  for (const piece of match.pieces) {
    if (piece.kind === "off-network") {
      isOpen = false;
      off.push({
        reason: piece.reason,
        first: trace[piece.firstPoint]!,
        last: trace[piece.lastPoint]!,
        distance: tenths(piece.lengthM),
      });
      continue;
    }
    if (!isOpen) chains.push({ pieces: [], rows: [] });
    isOpen = true;
    const chain = chains.at(-1)!;
    chain.pieces.push(piece);
    chain.rows.push(rowsOf(piece).filter(isUsed));
  }
  claimGapRows(matcher, match.pieces, chains, lon, lat, isUsed);
  return { chains, off };
}

function rowsOf({ firstPoint, lastPoint }: MatchPiece): number[] {
  return Array.from({ length: lastPoint - firstPoint + 1 }, (_, i) => firstPoint + i);
}

/**
 * The rows of a gap lie on the paths at its two ends: the matcher found no way between them, but
 * each of them has its place. They become the last and first of the chains beside it.
 */
function claimGapRows(
  matcher: Matcher,
  pieces: readonly MatchPiece[],
  chains: readonly Chain[],
  lon: Float64Array,
  lat: Float64Array,
  isUsed: (row: number) => boolean,
): void {
  const radiusM = matcher.options.radiusM;
  let c = -1;
  for (const [p, piece] of pieces.entries()) {
    if (piece.kind === "matched") {
      if (pieces[p - 1]?.kind !== "matched") c++;
      continue;
    }
    if (piece.reason !== "gap") continue;
    const left = chains[c];
    const right = chains[c + 1];
    const rows = rowsOf(piece).filter(isUsed);
    const leftEnd = left && endOf(matcher, left.pieces.at(-1)!, "end");
    const rightEnd = right && endOf(matcher, right.pieces[0]!, "start");
    const awayM = (row: number, end: { lon: number; lat: number } | undefined): number =>
      end ? haversine(lon[row]!, lat[row]!, end.lon, end.lat) : Number.POSITIVE_INFINITY;
    while (rows.length > 0) {
      const toLeft = awayM(rows[0]!, leftEnd);
      if (toLeft > radiusM || toLeft > awayM(rows[0]!, rightEnd)) break;
      left!.rows.at(-1)!.push(rows.shift()!);
    }
    while (rows.length > 0) {
      if (awayM(rows.at(-1)!, rightEnd) > radiusM) break;
      right!.rows[0]!.unshift(rows.pop()!);
    }
  }
}

function endOf(
  { network }: Matcher,
  piece: MatchedPiece,
  which: "start" | "end",
): { lon: number; lat: number } {
  const { lon, lat } = travelledLine(network, [piece]);
  const at = which === "start" ? 0 : lon.length - 1;
  return { lon: lon[at]!, lat: lat[at]! };
}

/** Fills the chain's tracepoints; undefined when fewer than two fixes lie on it. */
function describe(
  part: Part,
  chain: Chain,
  matchingsIndex: number,
  tracepoints: (OsrmTracepoint | null)[],
): OsrmMatching | undefined {
  const { matcher, question, trace } = part;
  const rows = chain.rows.flat();
  if (rows.length < 2) return undefined;
  const { network, arcs, index } = matcher;
  const route = new RouteLine(travelledLine(network, chain.pieces), network, arcs);
  const along = placesAlong(part, chain, route);
  const held = question.waypoints && new Set(question.waypoints);
  const edges = new Set<number>();
  for (const arc of route.line.arc) edges.add(arc >>> 1);

  const stops: number[] = [];
  for (const [k, row] of rows.entries()) {
    const i = trace[row]!;
    const place = route.placeAt(along[k]!);
    const distanceM = haversine(question.lon[i]!, question.lat[i]!, place.lon, place.lat);
    // The matcher passed over it between its steps.
    if (distanceM > FAR * searchRadius(part, row)) continue;
    const isWaypoint = held === undefined || held.has(i);
    if (isWaypoint) stops.push(along[k]!);
    tracepoints[i] = {
      matchings_index: matchingsIndex,
      waypoint_index: isWaypoint ? stops.length - 1 : null,
      alternatives_count: alternativesAt(part, row, distanceM, place.edge, edges),
      name: route.nameOf(place.edge),
      location: position(place.lon, place.lat),
      distance: Math.round(distanceM * 1000) / 1000,
    };
  }
  if (stops.length < 2) {
    for (const row of rows) tracepoints[trace[row]!] = null;
    return undefined;
  }
  const legs = stops.slice(1).map((stop, k) => route.cut(stops[k]!, stop));
  const seconds = sum(legs.map((cut) => sum(cut.seconds)));
  return {
    confidence: confidenceOf(chain.pieces),
    distance: tenths(sum(legs.map((cut) => sum(cut.metres)))),
    duration: tenths(seconds),
    weight: tenths(seconds),
    weight_name: "duration",
    ...(question.overview !== "false" && {
      geometry: overview(route, stops[0]!, stops.at(-1)!, question),
    }),
    legs: legs.map((cut) => legOf(route, index, cut, question)),
  };
}

/** Metres along the line for each row of the chain. The line begins and ends at the outer rows. */
function placesAlong({ lon, lat }: Part, chain: Chain, { line }: RouteLine): Float64Array {
  const places: number[] = [];
  for (const [p, rows] of chain.rows.entries()) {
    const from = line.firstVertex[p]!;
    const to = line.firstVertex[p + 1]!;
    const x = rows.map((row) => lon[row]!);
    const y = rows.map((row) => lat[row]!);
    for (const metres of placeRows(line, from, to, x, y)) places.push(metres);
  }
  places[0] = 0;
  places[places.length - 1] = line.metres.at(-1)!;
  return Float64Array.from(places);
}

/** Share of the chain's length that is expected to be right. */
function confidenceOf(pieces: readonly MatchedPiece[]): number {
  let sure = 0;
  let total = 0;
  for (const { confidence, lengthM } of pieces) {
    // A piece without length counts a little, so that a chain of them has a confidence too.
    const weight = Math.max(lengthM, 0.001);
    sure += confidence * weight;
    total += weight;
  }
  return Math.round((sure / total) * 1e6) / 1e6;
}

/** Edges beside the line that lie as near to a fix and do not meet the edge it was placed on. */
function alternativesAt(
  { matcher, lon, lat }: Part,
  row: number,
  distanceM: number,
  edge: number,
  edges: ReadonlySet<number>,
): number {
  const { index, arcs, network } = matcher;
  const { source, target } = network;
  const ends = [source[edge]!, target[edge]!];
  const near = nearestPlaces(index, arcs, lon[row]!, lat[row]!, {
    radiusM: distanceM + ALTERNATIVE_M,
    limit: ALTERNATIVES_MAX,
  });
  return near.filter(
    (place) =>
      !edges.has(place.edge) &&
      !ends.includes(source[place.edge]!) &&
      !ends.includes(target[place.edge]!),
  ).length;
}

function overview(route: RouteLine, fromM: number, toM: number, question: MatchQuestion) {
  const { lon, lat } = route.cut(fromM, toM);
  if (question.overview === "full") return encodeLine(lon, lat, question.geometries);
  const kept = overviewOf(lon, lat);
  return encodeLine(
    Array.from(kept, (v) => lon[v]!),
    Array.from(kept, (v) => lat[v]!),
    question.geometries,
  );
}

/**
 * From the engines' activity and match to what the store keeps and the wire carries: NaN becomes
 * null, typed arrays become plain ones, lines become polylines of precision 6.
 */

import { haversine } from "../geo/lonlat.ts";
import type { Match, MatchPiece } from "../geo/match/match.ts";
import { type Network, nameOf } from "../geo/network/network.ts";
import { encodePolyline } from "../geo/polyline.ts";
import { simplify } from "../geo/simplify.ts";
import type { Activity } from "../geo/track/activity.ts";
import type { Repair } from "../geo/track/recording.ts";
import { isRoutine } from "../geo/track/routine.ts";
import type { ActivityDetail, ActivityStreams, Piece } from "../schema/activity.ts";
import type { StoredActivity } from "../store/activity-row.ts";
import { activityTitle } from "./activity-title.ts";
import { type Path, pieceLine } from "./match-recording.ts";

export const storeDefaults = {
  /**
   * Tolerance of the summary's line as a share of its box's diagonal. A list shows it 70 pixels wide,
   * where 0.01 would do; the map of all lines shows it larger. Measured on the demo world: 0.003 is
   * 10 m and 80 points, a summary of 0.8 kB (90 % under 1.1 kB); 0.01 was 33 m, 43 points, 0.7 kB.
   */
  thumbnailShare: 0.003,
  /** Metres by which the lines of pieces may be straightened: half a line's width at zoom 17. */
  lineToleranceM: 1,
} as const;

/** What the activity itself does not say. */
export interface Origin {
  readonly id: string;
  /** File name without folders. */
  readonly file: string;
  /** A name that somebody gave it (an export's list); else the file's own, else one is made. */
  readonly title?: string | undefined;
  /** What was lost while the file was read. */
  readonly repairs: readonly Repair[];
}

/** @param network the one of `match`; both or neither */
export function toStored(
  activity: Activity,
  origin: Origin,
  match?: Match,
  network?: Network,
): StoredActivity {
  const { streams, measures } = activity;
  const repairs = [...origin.repairs, ...activity.repairs];
  const path = positions(activity);
  const detail: ActivityDetail = {
    id: origin.id,
    title:
      origin.title ||
      activity.name ||
      activityTitle(activity.sport, activity.startMs, path.lon[0] ?? Number.NaN),
    // The store knows whose it is.
    athlete: "",
    sport: activity.sport,
    startMs: activity.startMs,
    distanceM: zeroIfUnknown(measures.distanceM),
    elapsedS: zeroIfUnknown(measures.elapsedS),
    movingS: zeroIfUnknown(measures.movingS),
    gainM: known(measures.gainM),
    lossM: known(measures.lossM),
    averageHeartRateBpm: known(measures.averageHeartRateBpm),
    points: streams.length,
    hasPosition: activity.hasPosition,
    repairCount: repairs.filter(({ code }) => !isRoutine(code)).length,
    matchedM: match?.statistics.matchedM ?? 0,
    offNetworkM: match?.statistics.offNetworkM ?? 0,
    line: thumbnail(path),
    bbox: boxOf(path),
    statedSport: activity.statedSport,
    isVirtual: activity.isVirtual,
    device: deviceName(activity.device),
    file: origin.file,
    format: activity.format,
    averageSpeedMps: known(measures.averageSpeedMps),
    maxSpeedMps: known(measures.maxSpeedMps),
    maxHeartRateBpm: known(measures.maxHeartRateBpm),
    averagePowerW: known(measures.averagePowerW),
    normalisedPowerW: known(measures.normalisedPowerW),
    gradeAdjustedPaceSPerM: known(measures.gradeAdjustedPaceSPerM),
    repairs: repairs.map(({ code, count, unit, message }) => ({ code, count, unit, message })),
    splits: measures.splits.map((split) => ({
      ...split,
      gainM: known(split.gainM),
      lossM: known(split.lossM),
      averageHeartRateBpm: known(split.averageHeartRateBpm),
    })),
    bestEfforts: measures.bestEfforts.map((effort) => ({ ...effort })),
    pauses: activity.pauses.map((pause) => ({ ...pause })),
    match: match && network ? toStoredMatch(match, streams, network) : null,
  };
  return { detail, streams: toStreams(activity) };
}

/** @param path the rows that were matched */
export function toStoredMatch(
  match: Match,
  path: Path,
  network: Network,
): NonNullable<ActivityDetail["match"]> {
  return {
    networkVersion: match.networkVersion,
    profile: match.profile,
    sigmaM: zeroIfUnknown(match.statistics.sigmaM),
    rmsM: zeroIfUnknown(match.statistics.rmsM),
    pieces: match.pieces.map((piece) => toPiece(piece, path, network)),
  };
}

/** "Wahoo ELEMNT BOLT": some products bear their maker's name already. */
export function deviceName({ manufacturer, product }: Activity["device"]): string {
  if (!manufacturer || !product) return manufacturer || product || "";
  const isNamed = product.toLowerCase().startsWith(manufacturer.toLowerCase());
  return isNamed ? product : `${manufacturer} ${product}`;
}

function toPiece(piece: MatchPiece, path: Path, network: Network): Piece {
  const { lon, lat } = pieceLine(piece, path, network);
  const kept = simplify(lon, lat, storeDefaults.lineToleranceM);
  return {
    kind: piece.kind,
    reason: piece.kind === "off-network" ? piece.reason : null,
    firstPoint: piece.firstPoint,
    lastPoint: piece.lastPoint,
    lengthM: zeroIfUnknown(piece.lengthM),
    confidence: piece.kind === "matched" ? known(piece.confidence) : null,
    line: encodePolyline(pick(lon, kept), pick(lat, kept), 6),
    names: piece.kind === "matched" ? namesOf(piece.arcs, network) : [],
  };
}

/** Names in the order travelled, each once. */
function namesOf(arcs: Uint32Array, network: Network): string[] {
  const seen = new Map<number, string>();
  for (const arc of arcs) {
    const i = network.name[arc >>> 1]!;
    if (i !== 0 && !seen.has(i)) seen.set(i, nameOf(network, arc >>> 1));
  }
  return [...new Set(seen.values())].filter((name) => name !== "");
}

function toStreams({ streams, startMs }: Activity): ActivityStreams {
  const columns: ActivityStreams = {
    timeS: Array.from(streams.timeMs, (ms) => zeroIfUnknown((ms - startMs) / 1000)),
    distanceM: Array.from(streams.distanceM, zeroIfUnknown),
    lon: Array.from(streams.lon, known),
    lat: Array.from(streams.lat, known),
    isMoving: Array.from(streams.isMoving),
  };
  for (const channel of [
    "altitudeM",
    "speedMps",
    "grade",
    "heartRateBpm",
    "cadenceRpm",
    "powerW",
    "temperatureC",
  ] as const) {
    const values = streams[channel];
    if (values) columns[channel] = Array.from(values, known);
  }
  return columns;
}

interface Line {
  readonly lon: readonly number[];
  readonly lat: readonly number[];
}

/** The rows that have a position. */
function positions({ streams }: Activity): Line {
  const lon: number[] = [];
  const lat: number[] = [];
  for (let i = 0; i < streams.length; i++) {
    if (Number.isNaN(streams.lon[i]!) || Number.isNaN(streams.lat[i]!)) continue;
    lon.push(streams.lon[i]!);
    lat.push(streams.lat[i]!);
  }
  return { lon, lat };
}

function thumbnail(path: Line): string {
  const box = boxOf(path);
  if (!box) return "";
  const diagonalM = haversine(box[0], box[1], box[2], box[3]);
  const kept = simplify(path.lon, path.lat, diagonalM * storeDefaults.thumbnailShare);
  return encodePolyline(pick(path.lon, kept), pick(path.lat, kept), 6);
}

function boxOf({ lon, lat }: Line): [number, number, number, number] | null {
  if (lon.length === 0) return null;
  const box: [number, number, number, number] = [lon[0]!, lat[0]!, lon[0]!, lat[0]!];
  for (let i = 1; i < lon.length; i++) {
    if (lon[i]! < box[0]) box[0] = lon[i]!;
    if (lat[i]! < box[1]) box[1] = lat[i]!;
    if (lon[i]! > box[2]) box[2] = lon[i]!;
    if (lat[i]! > box[3]) box[3] = lat[i]!;
  }
  return box;
}

function pick(values: ArrayLike<number>, index: Uint32Array): number[] {
  return Array.from(index, (i) => values[i]!);
}

export function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function zeroIfUnknown(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/**
 * An activity between the wire's shape and its rows: summary columns, the rest of the detail as JSON,
 * streams and match as zstd frames. Encoding is done by the thread that read the file.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { WaymarkError } from "../base/index.ts";
import {
  type ActivityDetail,
  type ActivityStreams,
  type ActivitySummary,
  activitySummarySchema,
  type Piece,
} from "../schema/activity.ts";
import { packStreams, unpackStreams } from "./stream-columns.ts";
import type { ActivityTable, DetailRest } from "./table.ts";
import { cleanJson, cleanText, plain } from "./text.ts";

/** Half the time of deflate's first level and 5 % smaller on streams; a frame ends in a checksum. */
const ZSTD = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

export interface StoredActivity {
  readonly detail: ActivityDetail;
  readonly streams: ActivityStreams;
}

/** An activity ready to be written; plain data that passes between threads. */
export interface EncodedActivity {
  readonly summary: ActivitySummary;
  /** DetailRest as JSON. */
  readonly detail: string;
  readonly streams: Uint8Array<ArrayBuffer>;
  readonly match: EncodedMatch | null;
}

export interface EncodedMatch {
  readonly networkVersion: string;
  readonly profile: string;
  readonly sigmaM: number;
  readonly rmsM: number;
  readonly matchedM: number;
  readonly offNetworkM: number;
  readonly pieces: Uint8Array<ArrayBuffer>;
}

export function encodeActivity({ detail, streams }: StoredActivity): EncodedActivity {
  const { match, ...rest } = detail;
  const summary = {} as Record<string, unknown>;
  const other: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    (key in activitySummarySchema.shape ? summary : other)[key] = value;
  }
  return {
    summary: summary as ActivitySummary,
    detail: cleanJson(other),
    streams: compress(packStreams(streams)),
    match: match && encodeMatch(match, detail.matchedM, detail.offNetworkM),
  };
}

export function encodeMatch(
  match: NonNullable<ActivityDetail["match"]>,
  matchedM: number,
  offNetworkM: number,
): EncodedMatch {
  const { networkVersion, profile, sigmaM, rmsM, pieces } = match;
  const bytes = compress(cleanJson(pieces));
  return { networkVersion, profile, sigmaM, rmsM, matchedM, offNetworkM, pieces: bytes };
}

/** The detail of an activity that was encoded and not stored. */
export function decodeActivity(
  { summary, detail, match }: EncodedActivity,
  athlete: string,
): ActivityDetail {
  return toDetail(
    { ...summary, athlete },
    JSON.parse(detail) as DetailRest,
    match && toMatch(match),
  );
}

/** Buffers that may move to another thread with an encoded activity. */
export function buffersOf({ streams, match }: EncodedActivity): ArrayBuffer[] {
  return match ? [streams.buffer, match.pieces.buffer] : [streams.buffer];
}

/** @throws WaymarkError STORE_DAMAGED */
export function decodeStreams(bytes: Uint8Array, what: string): ActivityStreams {
  return decompress(bytes, what, unpackStreams);
}

/** @throws WaymarkError STORE_DAMAGED */
export function decodePieces(bytes: Uint8Array, what: string): Piece[] {
  return decompress(bytes, what, (text) => JSON.parse(text) as Piece[]);
}

/** Columns of the summary's table, but for those of ownership. */
export function toColumns(summary: ActivitySummary, description: string) {
  const { bbox } = summary;
  const title = cleanText(summary.title);
  return {
    title,
    description: cleanText(description),
    sport: summary.sport,
    start_ms: Math.round(summary.startMs),
    end_ms: Math.round(summary.startMs + summary.elapsedS * 1000),
    distance_m: summary.distanceM,
    elapsed_s: summary.elapsedS,
    moving_s: summary.movingS,
    gain_m: summary.gainM,
    loss_m: summary.lossM,
    average_heart_rate_bpm: summary.averageHeartRateBpm,
    points: summary.points,
    has_position: summary.hasPosition,
    repair_count: summary.repairCount,
    matched_m: summary.matchedM,
    off_network_m: summary.offNetworkM,
    line: summary.line,
    west: bbox?.[0] ?? null,
    south: bbox?.[1] ?? null,
    east: bbox?.[2] ?? null,
    north: bbox?.[3] ?? null,
    search: searchText(title, summary.sport, description),
  };
}

/** What the words of a search are looked for in, beside the athlete's name. */
export function searchText(title: string, sport: string, description: string): string {
  return plain(`${title} ${sport} ${description}`);
}

export const SUMMARY_COLUMNS = [
  "activity.id",
  "activity.title",
  "activity.sport",
  "activity.start_ms",
  "activity.distance_m",
  "activity.elapsed_s",
  "activity.moving_s",
  "activity.gain_m",
  "activity.loss_m",
  "activity.average_heart_rate_bpm",
  "activity.points",
  "activity.has_position",
  "activity.repair_count",
  "activity.matched_m",
  "activity.off_network_m",
  "activity.line",
  "activity.west",
  "activity.south",
  "activity.east",
  "activity.north",
] as const;

type Named<S> = S extends `activity.${infer Name}` ? Name : never;
/** A row of those columns as it is read. */
export type SummaryRow = {
  readonly [K in Named<(typeof SUMMARY_COLUMNS)[number]>]: K extends "id"
    ? number
    : ActivityTable[K];
};

export function toSummary(row: SummaryRow, athlete: string): ActivitySummary {
  const { west, south, east, north } = row;
  return {
    id: String(row.id),
    title: row.title,
    athlete,
    sport: row.sport,
    startMs: row.start_ms,
    distanceM: row.distance_m,
    elapsedS: row.elapsed_s,
    movingS: row.moving_s,
    gainM: row.gain_m,
    lossM: row.loss_m,
    averageHeartRateBpm: row.average_heart_rate_bpm,
    points: row.points,
    hasPosition: row.has_position,
    repairCount: row.repair_count,
    matchedM: row.matched_m,
    offNetworkM: row.off_network_m,
    line: row.line,
    bbox:
      west === null || south === null || east === null || north === null
        ? null
        : [west, south, east, north],
  };
}

function toMatch(match: EncodedMatch): NonNullable<ActivityDetail["match"]> {
  const { networkVersion, profile, sigmaM, rmsM } = match;
  return { networkVersion, profile, sigmaM, rmsM, pieces: decodePieces(match.pieces, "the match") };
}

export function toDetail(
  summary: ActivitySummary,
  rest: DetailRest,
  match: ActivityDetail["match"],
): ActivityDetail {
  return { ...summary, ...rest, match };
}

/** Into memory of its own: what zlib gives may be a part of a shared pool. */
function compress(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(zstdCompressSync(text, ZSTD));
}

function decompress<T>(bytes: Uint8Array, what: string, read: (text: string) => T): T {
  try {
    return read(zstdDecompressSync(bytes).toString());
  } catch (cause) {
    throw new WaymarkError("STORE_DAMAGED", `${what} cannot be unpacked`, { cause });
  }
}

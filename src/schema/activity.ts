/**
 * Activities on the wire: what `GET /api/activities…` answers and the page reads. A missing number
 * is null. Lines are encoded polylines of precision 6 in display order.
 */
import { z } from "zod";
import { HIDDEN_M_MAX } from "./limit.ts";

const numberOrNull = z.number().nullable();

export const repairSchema = z.object({
  code: z.string(),
  count: z.number(),
  unit: z.enum(["record", "byte", "second", "file", "activity"]),
  message: z.string(),
});

export const activitySummarySchema = z.object({
  id: z.string(),
  title: z.string(),
  athlete: z.string(),
  sport: z.string(),
  startMs: z.number(),
  distanceM: z.number(),
  elapsedS: z.number(),
  movingS: z.number(),
  gainM: numberOrNull,
  lossM: numberOrNull,
  averageHeartRateBpm: numberOrNull,
  points: z.number(),
  hasPosition: z.boolean(),
  /** Kinds of repair that say something was wrong: `repairs` of the detail without the routine ones. */
  repairCount: z.number(),
  matchedM: z.number(),
  offNetworkM: z.number(),
  /** The cleaned line simplified for a thumbnail, polyline 6; "" without position. */
  line: z.string(),
  /** [west, south, east, north], null without position. */
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).nullable(),
});
export type ActivitySummary = z.infer<typeof activitySummarySchema>;

export const pieceSchema = z.object({
  kind: z.enum(["matched", "off-network"]),
  reason: z.enum(["left", "gap", "outside"]).nullable(),
  firstPoint: z.number(),
  lastPoint: z.number(),
  lengthM: z.number(),
  confidence: numberOrNull,
  /** polyline 6 */
  line: z.string(),
  /** Names of the ways in the order travelled, without repeats. */
  names: z.array(z.string()),
});
export type Piece = z.infer<typeof pieceSchema>;

export const splitSchema = z.object({
  index: z.number(),
  distanceM: z.number(),
  movingS: z.number(),
  elapsedS: z.number(),
  gainM: numberOrNull,
  lossM: numberOrNull,
  averageHeartRateBpm: numberOrNull,
});

export const bestEffortSchema = z.object({
  name: z.string(),
  distanceM: z.number(),
  elapsedS: z.number(),
  startMs: z.number(),
});

export const activityDetailSchema = activitySummarySchema.extend({
  statedSport: z.string(),
  isVirtual: z.boolean(),
  device: z.string(),
  file: z.string(),
  format: z.enum(["fit", "gpx", "tcx"]),
  averageSpeedMps: numberOrNull,
  maxSpeedMps: numberOrNull,
  maxHeartRateBpm: numberOrNull,
  averagePowerW: numberOrNull,
  normalisedPowerW: numberOrNull,
  gradeAdjustedPaceSPerM: numberOrNull,
  repairs: z.array(repairSchema),
  splits: z.array(splitSchema),
  bestEfforts: z.array(bestEffortSchema),
  pauses: z.array(
    z.object({ startMs: z.number(), endMs: z.number(), kind: z.enum(["timer", "auto", "gap"]) }),
  ),
  /** The network version and profile of the match, null when the activity was not matched. */
  match: z
    .object({
      networkVersion: z.string(),
      profile: z.string(),
      sigmaM: z.number(),
      rmsM: z.number(),
      pieces: z.array(pieceSchema),
    })
    .nullable(),
});
export type ActivityDetail = z.infer<typeof activityDetailSchema>;

/** One activity as `GET` and `PATCH /api/activities/{id}` answer it: with whose it is and who sees it. */
export const activityAnswerSchema = activityDetailSchema.extend({
  athleteId: z.string(),
  /** Whoever asks may change and delete it. */
  isOwn: z.boolean(),
  description: z.string(),
  visibility: z.enum(["everyone", "only_me"]),
  /** Metres at the ends that others do not see; null for those others. */
  hiddenStartM: numberOrNull,
  hiddenEndM: numberOrNull,
  /** The upload that brought it; null for others, and where the command line did. */
  uploadId: z.string().nullable(),
});
export type ActivityAnswer = z.infer<typeof activityAnswerSchema>;

const hiddenM = z.number().min(0).max(HIDDEN_M_MAX);

/** What `PATCH /api/activities/{id}` takes. */
export const activityChangeSchema = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  description: z.string().max(10_000).optional(),
  /** One of the sports; a wrong one is answered with the choices. */
  sport: z.string().max(40).optional(),
  visibility: z.enum(["everyone", "only_me"]).optional(),
  hiddenStartM: hiddenM.optional(),
  hiddenEndM: hiddenM.optional(),
});
export type ActivityChangeRequest = z.infer<typeof activityChangeSchema>;

/** Columns for the charts and the raw line, one entry per cleaned row; null is unknown. */
export const activityStreamsSchema = z.object({
  timeS: z.array(z.number()),
  distanceM: z.array(z.number()),
  lon: z.array(numberOrNull),
  lat: z.array(numberOrNull),
  altitudeM: z.array(numberOrNull).optional(),
  speedMps: z.array(numberOrNull).optional(),
  grade: z.array(numberOrNull).optional(),
  heartRateBpm: z.array(numberOrNull).optional(),
  cadenceRpm: z.array(numberOrNull).optional(),
  powerW: z.array(numberOrNull).optional(),
  temperatureC: z.array(numberOrNull).optional(),
  isMoving: z.array(z.number()),
});
export type ActivityStreams = z.infer<typeof activityStreamsSchema>;

/** Every error answer of the API has this one shape. */
export const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  choices: z.array(z.string()).optional(),
});

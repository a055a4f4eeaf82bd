/**
 * Strava's API v3 as far as Waymark speaks it, so that a client of Strava's needs no more than another
 * address. Names, units and shapes are Strava's: metres, seconds, metres a second, and `[lat, lon]`.
 * Source: developers.strava.com/docs/reference, read November 2026.
 */
import { z } from "zod";

export const DATA_TYPES = ["fit", "fit.gz", "gpx", "gpx.gz", "tcx", "tcx.gz"] as const;

/** The parts of a multipart upload, for the document; `file` is the bytes. */
export const stravaUploadRequestSchema = z.object({
  file: z.string(),
  data_type: z.enum(DATA_TYPES).optional(),
  external_id: z.string().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  sport_type: z.string().optional(),
  trainer: z.enum(["0", "1"]).optional(),
  commute: z.enum(["0", "1"]).optional(),
  /** Ours: who sees the activity; Strava asks the account. */
  visibility: z.enum(["everyone", "only_me"]).optional(),
});

export const stravaUploadSchema = z.object({
  id: z.number(),
  id_str: z.string(),
  external_id: z.string().nullable(),
  error: z.string().nullable(),
  status: z.string(),
  activity_id: z.number().nullable(),
});
export type StravaUpload = z.infer<typeof stravaUploadSchema>;

export const stravaAthleteSchema = z.object({
  id: z.number(),
  resource_state: z.number(),
  firstname: z.string(),
  lastname: z.string(),
  username: z.string().nullable(),
  measurement_preference: z.enum(["meters", "feet"]),
  created_at: z.string(),
  updated_at: z.string(),
});

const latlng = z.array(z.number());

export const stravaSummarySchema = z.object({
  id: z.number(),
  resource_state: z.number(),
  external_id: z.string().nullable(),
  upload_id: z.number().nullable(),
  upload_id_str: z.string().nullable(),
  athlete: z.object({ id: z.number(), resource_state: z.number() }),
  name: z.string(),
  distance: z.number(),
  moving_time: z.number(),
  elapsed_time: z.number(),
  total_elevation_gain: z.number(),
  type: z.string(),
  sport_type: z.string(),
  start_date: z.string(),
  start_date_local: z.string(),
  timezone: z.string(),
  utc_offset: z.number(),
  /** [lat, lon]; [] without position. */
  start_latlng: latlng,
  end_latlng: latlng,
  map: z.object({
    id: z.string(),
    summary_polyline: z.string(),
    polyline: z.string().optional(),
    resource_state: z.number(),
  }),
  trainer: z.boolean(),
  commute: z.boolean(),
  manual: z.boolean(),
  private: z.boolean(),
  visibility: z.enum(["everyone", "only_me"]),
  flagged: z.boolean(),
  average_speed: z.number(),
  has_heartrate: z.boolean(),
  average_heartrate: z.number().optional(),
  achievement_count: z.number(),
  kudos_count: z.number(),
  comment_count: z.number(),
  athlete_count: z.number(),
  photo_count: z.number(),
  total_photo_count: z.number(),
});
export type StravaSummary = z.infer<typeof stravaSummarySchema>;

export const stravaActivitySchema = stravaSummarySchema.extend({
  description: z.string().nullable(),
  device_name: z.string().nullable(),
  max_speed: z.number().optional(),
  max_heartrate: z.number().optional(),
  average_watts: z.number().optional(),
  weighted_average_watts: z.number().optional(),
  device_watts: z.boolean(),
  splits_metric: z.array(
    z.object({
      split: z.number(),
      distance: z.number(),
      elapsed_time: z.number(),
      moving_time: z.number(),
      elevation_difference: z.number().nullable(),
      average_speed: z.number(),
      average_heartrate: z.number().optional(),
    }),
  ),
  best_efforts: z.array(
    z.object({
      name: z.string(),
      distance: z.number(),
      elapsed_time: z.number(),
      moving_time: z.number(),
      start_date: z.string(),
    }),
  ),
  segment_efforts: z.array(z.object({})),
});
export type StravaActivity = z.infer<typeof stravaActivitySchema>;

const positive = z.coerce.number().int().min(1);
const epochS = z.coerce.number().int().min(-1e10).max(1e11);

export const stravaListQuerySchema = z.object({
  /** Epoch seconds. */
  before: epochS.optional(),
  after: epochS.optional(),
  page: positive.max(1_000_000).default(1),
  per_page: positive.max(200).default(30),
});

export const STREAM_KEYS = [
  "time",
  "distance",
  "latlng",
  "altitude",
  "velocity_smooth",
  "heartrate",
  "cadence",
  "watts",
  "temp",
  "moving",
  "grade_smooth",
] as const;
export type StreamKey = (typeof STREAM_KEYS)[number];

const words = z.union([z.string(), z.array(z.string()).max(40)]);
export const stravaStreamQuerySchema = z.object({
  /** Kinds, separated by commas or repeated. */
  keys: words.optional(),
  key_by_type: z.enum(["true", "false", "1", "0", ""]).optional(),
  /** Rows at most: low 100, medium 1,000, high 10,000; all of them where absent. */
  resolution: z.enum(["low", "medium", "high"]).optional(),
  series_type: z.enum(["time", "distance"]).default("distance"),
});

export const stravaStreamSchema = z.object({
  type: z.string().optional(),
  data: z.array(z.unknown()),
  series_type: z.string(),
  original_size: z.number(),
  resolution: z.string(),
});
export const stravaStreamsSchema = z.union([
  z.array(stravaStreamSchema),
  z.record(z.string(), stravaStreamSchema),
]);
export type StravaStream = z.infer<typeof stravaStreamSchema>;

export const stravaChangeSchema = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  description: z.string().max(10_000).nullable().optional(),
  sport_type: z.string().max(40).optional(),
  type: z.string().max(40).optional(),
  /** Ours. */
  visibility: z.enum(["everyone", "only_me"]).optional(),
  private: z.union([z.boolean(), z.enum(["true", "false", "0", "1"])]).optional(),
  // Taken and not kept: Waymark has no place for them.
  commute: z.unknown().optional(),
  trainer: z.unknown().optional(),
  hide_from_home: z.unknown().optional(),
  gear_id: z.unknown().optional(),
});

export const stravaFaultSchema = z.object({
  message: z.string(),
  errors: z.array(z.object({ resource: z.string(), field: z.string(), code: z.string() })),
  /** Ours: a code of the error registry. */
  code: z.string(),
  choices: z.array(z.string()).optional(),
});

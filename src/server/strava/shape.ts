/** Rows of ours in the shapes of Strava's API v3 (schema/strava.ts). */
import { decodePolyline, encodePolyline } from "../../geo/polyline.ts";
import type { ActivityDetail, ActivityStreams, ActivitySummary } from "../../schema/activity.ts";
import {
  STREAM_KEYS,
  type StravaActivity,
  type StravaStream,
  type StravaSummary,
  type StravaUpload,
  type StreamKey,
} from "../../schema/strava.ts";
import type { Ownership } from "../../store/activities.ts";
import type { Athlete } from "../../store/athletes.ts";
import type { Upload } from "../../store/uploads.ts";
import { oldType, sportType } from "./sport.ts";

const STATUS = {
  received: "Your activity is still being processed.",
  processing: "Your activity is still being processed.",
  ready: "Your activity is ready.",
  duplicate: "There was an error processing your activity.",
  failed: "There was an error processing your activity.",
} as const;
const DELETED = "The created activity has been deleted.";

export function toStravaUpload(upload: Upload): StravaUpload {
  const { id, status, fileName, activityIds, externalId, error } = upload;
  const activityId = activityIds[0];
  const said =
    status === "duplicate"
      ? `${fileName} duplicate of activity ${activityId ?? "that was deleted"}`
      : status === "failed"
        ? (error?.message ?? "the file could not be read")
        : null;
  return {
    id,
    id_str: String(id),
    external_id: externalId,
    error: said,
    status: status === "ready" && activityId === undefined ? DELETED : STATUS[status],
    // Of a duplicate Strava names none: its clients take an id for success.
    activity_id: status === "ready" ? (activityId ?? null) : null,
  };
}

export function toStravaAthlete(athlete: Athlete) {
  // We know one name; the first word is the first name.
  const [firstname = "", ...rest] = athlete.name.split(" ");
  const created = new Date(athlete.createdMs).toISOString();
  return {
    id: athlete.id,
    resource_state: 2,
    firstname,
    lastname: rest.join(" "),
    username: null,
    measurement_preference: athlete.units === "metric" ? ("meters" as const) : ("feet" as const),
    created_at: created,
    updated_at: created,
  };
}

/** The summary as the viewer may see it. */
export function toStravaSummary(summary: ActivitySummary, owned: Ownership): StravaSummary {
  const { lon, lat } = decodePolyline(summary.line, 6);
  const at = (i: number): number[] => (lon.length > 0 ? [lat.at(i)!, lon.at(i)!] : []);
  const start = isoSeconds(summary.startMs);
  const { averageHeartRateBpm } = summary;
  return {
    id: owned.number,
    resource_state: 2,
    external_id: owned.externalId,
    upload_id: owned.uploadId,
    upload_id_str: owned.uploadId === null ? null : String(owned.uploadId),
    athlete: { id: owned.athleteId, resource_state: 1 },
    name: summary.title,
    distance: summary.distanceM,
    moving_time: Math.round(summary.movingS),
    elapsed_time: Math.round(summary.elapsedS),
    total_elevation_gain: summary.gainM ?? 0,
    type: oldType(summary.sport),
    sport_type: sportType(summary.sport),
    start_date: start,
    // Recordings tell the time of the world, not of the wall.
    start_date_local: start,
    timezone: "(GMT+00:00) Etc/UTC",
    utc_offset: 0,
    start_latlng: at(0),
    end_latlng: at(-1),
    map: {
      id: `a${owned.number}`,
      summary_polyline: encodePolyline(lon, lat, 5),
      resource_state: 2,
    },
    trainer: summary.sport === "indoor-ride" || summary.sport === "treadmill",
    commute: false,
    manual: false,
    private: owned.visibility === "only_me",
    visibility: owned.visibility,
    flagged: false,
    average_speed: speed(summary.distanceM, summary.movingS),
    has_heartrate: averageHeartRateBpm !== null,
    ...(averageHeartRateBpm === null ? {} : { average_heartrate: averageHeartRateBpm }),
    achievement_count: 0,
    kudos_count: 0,
    comment_count: 0,
    athlete_count: 1,
    photo_count: 0,
    total_photo_count: 0,
  };
}

/** @param streams for the whole line; as the viewer may see them, like `detail` */
export function toStravaActivity(
  detail: ActivityDetail,
  owned: Ownership,
  streams: ActivityStreams,
): StravaActivity {
  const summary = toStravaSummary(detail, owned);
  const line = latlngOf(streams);
  const polyline = encodePolyline(
    line.map(([, lon]) => lon),
    line.map(([lat]) => lat),
    5,
  );
  return {
    ...summary,
    resource_state: 3,
    map: { ...summary.map, polyline, resource_state: 3 },
    start_latlng: line[0] ?? [],
    end_latlng: line.at(-1) ?? [],
    description: owned.description || null,
    device_name: detail.device || null,
    ...known("max_speed", detail.maxSpeedMps),
    ...known("max_heartrate", detail.maxHeartRateBpm),
    ...known("average_watts", detail.averagePowerW),
    ...known("weighted_average_watts", detail.normalisedPowerW),
    device_watts: detail.averagePowerW !== null,
    splits_metric: detail.splits.map((split) => ({
      split: split.index + 1,
      distance: split.distanceM,
      elapsed_time: Math.round(split.elapsedS),
      moving_time: Math.round(split.movingS),
      elevation_difference:
        split.gainM === null || split.lossM === null ? null : split.gainM - split.lossM,
      average_speed: speed(split.distanceM, split.movingS),
      ...known("average_heartrate", split.averageHeartRateBpm),
    })),
    best_efforts: detail.bestEfforts.map(({ name, distanceM, elapsedS, startMs }) => ({
      name,
      distance: distanceM,
      elapsed_time: Math.round(elapsedS),
      moving_time: Math.round(elapsedS),
      start_date: isoSeconds(startMs),
    })),
    segment_efforts: [],
  };
}

export const RESOLUTION = { low: 100, medium: 1000, high: 10_000 } as const;

/** Streams of the kinds that were asked and that there are; `distance` comes with them, as at Strava. */
export function toStravaStreams(
  streams: ActivityStreams,
  keys: readonly StreamKey[],
  resolution: keyof typeof RESOLUTION | undefined,
  seriesType: "time" | "distance",
): readonly (StravaStream & { readonly type: StreamKey })[] {
  const size = streams.timeS.length;
  const rows = spread(size, resolution === undefined ? size : RESOLUTION[resolution]);
  const wanted = new Set<StreamKey>([...keys, seriesType]);
  return STREAM_KEYS.filter((key) => wanted.has(key)).flatMap((type) => {
    const column = columnOf(streams, type);
    if (!column) return [];
    return {
      type,
      data: rows.map((i) => column[i]),
      series_type: seriesType,
      original_size: size,
      resolution: resolution ?? "high",
    };
  });
}

function columnOf(streams: ActivityStreams, key: StreamKey): readonly unknown[] | undefined {
  switch (key) {
    case "time":
      return streams.timeS.map(Math.round);
    case "distance":
      return streams.distanceM;
    case "latlng": {
      const line = latlngOf(streams);
      return line.length > 0 ? line : undefined;
    }
    case "altitude":
      return streams.altitudeM;
    case "velocity_smooth":
      return streams.speedMps;
    case "heartrate":
      return streams.heartRateBpm;
    case "cadence":
      return streams.cadenceRpm;
    case "watts":
      return streams.powerW;
    case "temp":
      return streams.temperatureC;
    case "moving":
      return streams.isMoving.map((moving) => moving !== 0);
    case "grade_smooth":
      return streams.grade?.map((grade) => (grade === null ? null : grade * 100));
  }
}

/** One [lat, lon] a row: where there is none, the one before, because Strava's clients expect one. */
function latlngOf({ lon, lat }: ActivityStreams): [number, number][] {
  const first = lon.findIndex((x, i) => x !== null && lat[i] !== null);
  if (first < 0) return [];
  let last: [number, number] = [lat[first]!, lon[first]!];
  return lon.map((x, i) => {
    const y = lat[i];
    if (typeof x === "number" && typeof y === "number") last = [y, x];
    return last;
  });
}

/** At most `most` of `size` rows, evenly, with the first and the last. */
function spread(size: number, most: number): number[] {
  if (size <= most) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (size - 1)) / (most - 1)));
}

function known<K extends string>(key: K, value: number | null): { readonly [k in K]?: number } {
  return (value === null ? {} : { [key]: value }) as { readonly [k in K]?: number };
}

function speed(distanceM: number, movingS: number): number {
  return movingS > 0 ? Math.round((distanceM / movingS) * 1000) / 1000 : 0;
}

/** Strava writes whole seconds. */
function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

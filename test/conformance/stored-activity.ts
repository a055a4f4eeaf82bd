// An activity in the store's shape, made of sines: no engine is needed to test where it rests.
import type { ActivityDetail } from "../../src/schema/activity.ts";
import type { StoredActivity } from "../../src/store/activity-row.ts";

export function storedActivity(
  id: string,
  { rows = 10, startMs = 1_700_000_000_000, title = "Morning run" } = {},
): StoredActivity {
  const column = (value: (i: number) => number): number[] =>
    Array.from({ length: rows }, (_, i) => Math.round(value(i) * 1e4) / 1e4);
  const detail: ActivityDetail = {
    id,
    title,
    athlete: "you",
    sport: "run",
    startMs,
    distanceM: rows * 3,
    elapsedS: rows,
    movingS: rows - 1,
    gainM: 12,
    lossM: null,
    averageHeartRateBpm: null,
    points: rows,
    hasPosition: true,
    repairCount: 1,
    matchedM: 0,
    offNetworkM: 0,
    line: "_p~iF~ps|U_ulLnnqC",
    bbox: [1.5, 42.5, 1.6, 42.6],
    statedSport: "running",
    isVirtual: false,
    device: "garmin fr255",
    file: `${id}.fit`,
    format: "fit",
    averageSpeedMps: 3,
    maxSpeedMps: 4.5,
    maxHeartRateBpm: null,
    averagePowerW: null,
    normalisedPowerW: null,
    gradeAdjustedPaceSPerM: null,
    repairs: [{ code: "gap", count: 3, unit: "second", message: "Nothing was recorded for 3 s." }],
    splits: [],
    bestEfforts: [],
    pauses: [],
    match: null,
  };
  return {
    detail,
    streams: {
      timeS: column((i) => i),
      distanceM: column((i) => i * 3),
      lon: column((i) => 1.5 + i / 10_000),
      lat: column((i) => 42.5 + Math.sin(i / 50) / 100),
      altitudeM: column((i) => Math.round(1000 + 50 * Math.sin(i / 100))),
      heartRateBpm: column((i) => Math.round(140 + 10 * Math.sin(i / 30))),
      isMoving: column((i) => (i > 0 ? 1 : 0)),
    },
  };
}

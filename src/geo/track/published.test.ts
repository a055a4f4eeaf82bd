// Our measures beside numbers that others published: elevate's expectations for eight device files
// (±1 %, as its own tests ask) and Strava's grade for five activities.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import type { Activity } from "./activity.ts";
import { cleanRecording } from "./clean.ts";
import { decodeFile } from "./decode/index.ts";
import { smoothProfile } from "./grade.ts";
import type { Recording } from "./recording.ts";

/** Values that depend on more than the file, with the reason why they are no measure of ours. */
const NOT_COMPARED: readonly (readonly [RegExp, string])[] = [
  [/(huez|frozen)\.fit power\./, "the file has no power meter; elevate estimates from physics"],
  [/calories/i, "an estimate from the athlete's weight and zones"],
  [/scores\.|power\.(avgKg|weightedKg|intensityFactor)|Reserve/, "needs the athlete's settings"],
  [/grade\.|cadence\.slope|ascentSpeed/, "elevate's own grade: smoothed and capped at 12 per cent"],
  [/gapAvg activity\.srcStats/, "Strava's model, typed in by hand: it stands in no file"],
  [
    /running.*movingTime activity\.srcStats/,
    "Strava's page, typed in by hand: it stands in no file",
  ],
  [/swim\.gpx distance activity\.srcStats/, "a GPX file states no distance"],
  [/power\.work activity\.srcStats/, "no field of the contract"],
];

/** Where we differ by more than 1 %, and why we stay. */
const DISAGREES: Readonly<Record<string, string>> = {
  "cycling/first-power-ride.fit elevationGain computedStats":
    "gain depends on the smoothing: 669 there, 626 by the device, 658 ours",
  "running/trosku.fit elevation.descent computedStats":
    "136 up and 142 down leave −6 m, but the file ends 2 m below its start, as ours does",
  "running/loup-blanc.fit pace.gapAvg computedStats":
    "342 s/km there, 346 by Strava, 347 by Minetti's published cost",
  "cycling/huez.fit cadence.stdDev computedStats":
    "14 there; 13.4 over the rows with turning cranks, whose mean and quartiles agree",
  "cycling/noroeste.fit power.weighted computedStats":
    "223 W; Coggan's definition gives 232 with or without the pauses, and agrees on the other ride",
};

interface Expected {
  readonly id: string;
  readonly fixture: string;
  readonly key: string;
  readonly kind: string;
  readonly value: number;
  /** 1 %, or half of the last printed digit where that is coarser. */
  readonly tolerance: number;
}

function readExpected(): Expected[] {
  const text = readFileSync(shared("data", "activities", "EXPECTED_elevate.share.csv"), "utf8");
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [fixture, key, kind, printed] = line.split(",") as [string, string, string, string];
      const value = printed.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
      const decimals = printed.split(".")[1]?.length ?? 0;
      const tolerance = Math.max(Math.abs(value) / 100, 0.5 * 10 ** -decimals);
      return { id: `${fixture} ${key} ${kind}`, fixture, key, kind, value, tolerance };
    });
}

/**
 * The named values. Elevate's means and quartiles count every row once, whatever time it stands
 * for, and its moving time is distance over that mean speed (within 0.4 % on all six files), so
 * these are compared as such; our own moving time is compared with the device's timer below.
 */
function valuesOf(activity: Activity, recording: Recording): Record<string, number> {
  const { measures, streams } = activity;
  const { stated } = recording;
  const speed = rowsOf(streams.speedMps);
  const heartRate = rowsOf(streams.heartRateBpm);
  const cadence = rowsOf(streams.cadenceRpm);
  const active = cadence.filter((c) => c > 0);
  const power = rowsOf(streams.powerW);
  const altitude = rowsOf(streams.altitudeM);
  const meanSpeed = mean(speed);
  const statedMps = (stated.distanceM ?? Number.NaN) / (stated.timerS ?? Number.NaN);
  const cycles = turnsOf(activity);
  return {
    distance: measures.distanceM,
    elapsedTime: measures.elapsedS,
    movingTime: measures.distanceM / meanSpeed,
    elevationGain: measures.gainM,
    "elevation.ascent": measures.gainM,
    "elevation.descent": measures.lossM,
    "pace.avg": 1000 / meanSpeed,
    "pace.gapAvg": 1000 * measures.gradeAdjustedPaceSPerM,
    "speed.avg": 3.6 * meanSpeed,
    "speed.max": 3.6 * measures.maxSpeedMps,
    "speed.best20min": 3.6 * bestMean(streams.timeMs, streams.speedMps, 1200),
    ...spread("speed", speed, 3.6),
    "heartRate.avg": measures.averageHeartRateBpm,
    "heartRate.max": measures.maxHeartRateBpm,
    "heartRate.best20min": bestMean(streams.timeMs, streams.heartRateBpm, 1200),
    "heartRate.best60min": bestMean(streams.timeMs, streams.heartRateBpm, 3600),
    ...spread("heartRate", heartRate),
    "power.avg": measures.averagePowerW,
    "power.max": Math.max(...power),
    "power.weighted": measures.normalisedPowerW,
    "power.variabilityIndex": measures.normalisedPowerW / measures.averagePowerW,
    "power.best20min": bestMean(streams.timeMs, streams.powerW, 1200),
    "power.work": (measures.averagePowerW * measures.movingS) / 1000,
    "cadence.avg": mean(cadence),
    "cadence.avgActive": measures.averageCadenceRpm,
    "cadence.max": Math.max(...cadence),
    "cadence.activeRatio": active.length / cadence.length,
    "cadence.cycles": cycles,
    "cadence.distPerCycle": measures.distanceM / cycles,
    ...spread("cadence", active),
    ...spread("elevation", altitude),
    "elevation.avg": mean(altitude),
    "elevation.max": Math.max(...altitude),
    "elevation.min": Math.min(...altitude),
    "src distance": stated.distanceM ?? Number.NaN,
    "src elevationGain": stated.gainM ?? Number.NaN,
    "src elapsedTime": stated.elapsedS ?? Number.NaN,
    "src movingTime": stated.timerS ?? Number.NaN,
    "src speed.avg": 3.6 * statedMps,
    "src pace.avg": 1000 / statedMps,
  };
}

const rowsOf = (column: ArrayLike<number> | undefined): number[] =>
  column ? Array.from(column).filter((value) => !Number.isNaN(value)) : [];

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function spread(name: string, values: readonly number[], factor = 1): Record<string, number> {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (q: number): number => factor * sorted[Math.floor(q * sorted.length)]!;
  const centre = mean(values);
  return {
    [`${name}.lowQ`]: quantile(0.25),
    [`${name}.median`]: quantile(0.5),
    [`${name}.upperQ`]: quantile(0.75),
    [`${name}.stdDev`]: factor * Math.sqrt(mean(values.map((value) => (value - centre) ** 2))),
  };
}

/** Turns of the cranks while moving. */
function turnsOf({ streams }: Activity): number {
  const { timeMs, cadenceRpm, isMoving } = streams;
  let turns = 0;
  for (let i = 1; i < timeMs.length; i++) {
    const perMs = (cadenceRpm?.[i] || 0) / 60_000;
    if (isMoving[i]) turns += perMs * Math.min(timeMs[i]! - timeMs[i - 1]!, 30_000);
  }
  return turns;
}

/** The best mean of the rows in a window of time that starts on a row. */
function bestMean(
  timeMs: ArrayLike<number>,
  column: ArrayLike<number> | undefined,
  windowS: number,
): number {
  if (!column) return Number.NaN;
  let best = Number.NaN;
  let sum = 0;
  let count = 0;
  for (let i = 0, j = 0; i < timeMs.length; i++) {
    while (j < timeMs.length && timeMs[j]! <= timeMs[i]! + windowS * 1000) {
      if (!Number.isNaN(column[j]!)) {
        sum += column[j]!;
        count++;
      }
      j++;
    }
    if (j === timeMs.length) break;
    if (!(best >= sum / count)) best = sum / count;
    if (!Number.isNaN(column[i]!)) {
      sum -= column[i]!;
      count--;
    }
  }
  return best;
}

describe.skipIf(SHARED === undefined)("elevate's numbers (needs ../shared)", () => {
  const activities = new Map<string, { activity: Activity; recording: Recording }>();
  const open = (fixture: string): { activity: Activity; recording: Recording } => {
    let found = activities.get(fixture);
    if (!found) {
      const name = fixture.slice(fixture.indexOf("/") + 1);
      const folder = name.slice(name.lastIndexOf(".") + 1);
      const bytes = readFileSync(shared("data", "activities", folder, `elevate__${name}`));
      const recording = decodeFile(bytes, name).recordings[0]!;
      found = { recording, activity: cleanRecording(recording) };
      activities.set(fixture, found);
    }
    return found;
  };

  it("agrees within 1 % but for the listed ones", () => {
    let compared = 0;
    const differing: string[] = [];
    for (const { id, fixture, key, kind, value, tolerance } of readExpected()) {
      if (NOT_COMPARED.some(([pattern]) => pattern.test(id))) continue;
      const { activity, recording } = open(fixture);
      const ours = valuesOf(activity, recording)[kind === "computedStats" ? key : `src ${key}`];
      compared++;
      if (!(Math.abs((ours ?? Number.NaN) - value) <= tolerance))
        differing.push(`${id}: ${value}, ours ${ours}`);
    }
    expect(differing.filter((line) => !(line.slice(0, line.indexOf(":")) in DISAGREES))).toEqual(
      [],
    );
    // Each listed difference is still one: a fixed one leaves the list.
    expect(differing.length).toBe(Object.keys(DISAGREES).length);
    expect(compared).toBeGreaterThan(100);
    expect(1 - differing.length / compared).toBeGreaterThanOrEqual(0.95);
    console.info(`elevate: ${compared - differing.length} of ${compared} values agree`);
  });

  it("moves as long as the timer ran, within 1.5 %, on files that stop the watch", () => {
    for (const name of ["huez", "first-power-ride", "frozen", "loup-blanc", "pyselsky", "trosku"]) {
      const folder =
        name === "huez" || name === "first-power-ride" || name === "frozen" ? "cycling" : "running";
      const { activity, recording } = open(`${folder}/${name}.fit`);
      const timerS = recording.stated.timerS!;
      expect(Math.abs(activity.measures.movingS / timerS - 1), name).toBeLessThan(0.015);
    }
  });
});

describe.skipIf(SHARED === undefined)("Strava's streams (needs ../shared)", () => {
  const folder = SHARED ? shared("data", "strava_streams") : "";
  const names = SHARED
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .map((file) => file.slice(0, -5))
    : [];

  it.each(names)("%s: grade, distance and elapsed time", (name) => {
    const strava = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as Record<
      "altitude" | "distance" | "grade_smooth" | "time",
      number[]
    >;
    const { grade } = smoothProfile(
      Float64Array.from(strava.distance),
      Float32Array.from(strava.altitude),
      "barometer",
    );
    const error = mean(strava.grade_smooth.map((g, i) => Math.abs(100 * grade[i]! - g)));
    // Upstream accepts 1.7 on the hilly ride and 2.1 on runs; ours measured 0.33 and 0.9–1.43.
    expect(error).toBeLessThan(name.startsWith("rides") ? 0.5 : 1.5);

    const bytes = readFileSync(`${folder}/${name}.fit`);
    const activity = cleanRecording(decodeFile(bytes, `${name}.fit`).recordings[0]!);
    const { distance, time } = strava;
    expect(Math.abs(activity.measures.distanceM / distance[distance.length - 1]! - 1)).toBeLessThan(
      0.001,
    );
    expect(activity.measures.elapsedS).toBe(time[time.length - 1]! - time[0]!);
  });
});

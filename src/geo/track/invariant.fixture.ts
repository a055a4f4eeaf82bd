/**
 * What is true of every activity, whatever the file: tests ask it of real files, of random ones and
 * of the simulated world. O(n).
 */
import type { Activity } from "./activity.ts";
import { gainDefaults } from "./gain.ts";
import type { Recording } from "./recording.ts";
import { REPAIR_CODES, type RepairCode } from "./repair.ts";
import { SPORT_BOUNDS } from "./sport.ts";

/** One sentence for each promise that the activity breaks; empty when it keeps them all. */
export function brokenPromises(activity: Activity, recording: Recording): string[] {
  return [
    ...brokenCounts(activity, recording),
    ...brokenRows(activity),
    ...brokenMeasures(activity),
    ...brokenSplits(activity),
  ];
}

/** Every row that came in went out or was counted, and every repair is documented. */
function brokenCounts(activity: Activity, recording: Recording): string[] {
  const broken: string[] = [];
  let removed = 0;
  for (const { code, count } of activity.repairs) {
    const kind = REPAIR_CODES[code as RepairCode];
    if (!kind) broken.push(`the repair ${code} is unknown`);
    else if (kind.removesRows) removed += count;
    if (!(count > 0)) broken.push(`the repair ${code} counts ${count}`);
  }
  const rows = activity.streams.length;
  if (rows + removed !== recording.streams.length) {
    broken.push(`${recording.streams.length} rows came in, ${rows} out, ${removed} were counted`);
  }
  return broken;
}

/** Times ascend, distance never falls, positions and speeds are possible. At most one of each. */
function brokenRows({ streams, sport, hasPosition }: Activity): string[] {
  const { timeMs, lon, lat, distanceM, speedMps, isMoving, length: n } = streams;
  const broken = new Map<string, string>();
  const fail = (promise: string, i: number): void => {
    if (!broken.has(promise)) broken.set(promise, `${promise} at row ${i}`);
  };
  const hasTime = n > 0 && !Number.isNaN(timeMs[0]!);
  const topMps = Math.fround(SPORT_BOUNDS[sport].topMps);
  let fixes = 0;
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(lon[i]!) !== Number.isNaN(lat[i]!)) fail("half a position", i);
    if (!Number.isNaN(lon[i]!)) fixes++;
    if (Math.abs(lon[i]!) > 180 || Math.abs(lat[i]!) > 90) fail("a position off the Earth", i);
    if (!(distanceM[i]! >= 0)) fail("no distance", i);
    if (speedMps[i]! > topMps || speedMps[i]! < 0) fail("an impossible speed", i);
    if (Number.isNaN(timeMs[i]!) === hasTime) fail("times for some rows only", i);
    if (isMoving[i]! > 1) fail("isMoving is neither 0 nor 1", i);
    if (i === 0) continue;
    if (hasTime && !(timeMs[i]! > timeMs[i - 1]!)) fail("time does not ascend", i);
    if (!(distanceM[i]! >= distanceM[i - 1]!)) fail("distance falls", i);
  }
  if (hasPosition !== fixes >= 2) fail(`hasPosition is ${hasPosition} with ${fixes} fixes`, 0);
  return [...broken.values()];
}

/** Totals agree with the rows, and pauses lie inside the activity. */
function brokenMeasures(activity: Activity): string[] {
  const { streams, measures, pauses, startMs } = activity;
  const { timeMs, distanceM, isMoving, altitudeM, length: n } = streams;
  const broken: string[] = [];
  const hasTime = n > 0 && !Number.isNaN(timeMs[0]!);
  let movingMs = 0;
  if (hasTime) for (let i = 1; i < n; i++) if (isMoving[i]) movingMs += timeMs[i]! - timeMs[i - 1]!;
  if (!isNear(measures.movingS, movingMs / 1000)) broken.push("movingS is not the moving rows'");
  if (measures.movingS > measures.elapsedS + 1e-6) broken.push("moved longer than elapsed");
  if (measures.distanceM !== (n > 0 ? distanceM[n - 1] : 0))
    broken.push("distance is not the last");
  if (startMs !== (hasTime ? timeMs[0] : 0)) broken.push("startMs is not the first row's");
  for (const pause of pauses) {
    const isInside = pause.startMs >= timeMs[0]! && pause.endMs <= timeMs[n - 1]!;
    if (!isInside || !(pause.endMs > pause.startMs)) broken.push("a pause outside the activity");
  }
  if (altitudeM) {
    const known = altitudeM.filter((z) => !Number.isNaN(z));
    const net = known[known.length - 1]! - known[0]!;
    // Only what is left below the threshold at the end may differ.
    const threshold = Math.max(...Object.values(gainDefaults.thresholdM)) + 0.01;
    const over = measures.gainM - measures.lossM - net;
    if (!(Math.abs(over) <= threshold))
      broken.push(`gain − loss is ${over} m beside the net change`);
  }
  let before = 0;
  for (const effort of measures.bestEfforts) {
    if (effort.elapsedS < before) broken.push(`${effort.name} was faster than a shorter effort`);
    if (effort.elapsedS > measures.elapsedS + 1e-6)
      broken.push(`${effort.name} outlasts the whole`);
    before = effort.elapsedS;
  }
  return broken;
}

/** Splits sum to the totals. */
function brokenSplits({ measures }: Activity): string[] {
  const { splits } = measures;
  if (splits.length === 0) return [];
  const broken: string[] = [];
  for (const name of ["distanceM", "elapsedS", "movingS", "gainM", "lossM"] as const) {
    if (Number.isNaN(measures[name])) continue;
    const sum = splits.reduce((total, split) => total + split[name], 0);
    if (!isNear(sum, measures[name])) broken.push(`the splits' ${name} sum to ${sum}`);
  }
  return broken;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 * (1 + Math.abs(b));
}

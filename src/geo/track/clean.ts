/**
 * From what a file says to what happened: a recording becomes an activity. Each step repairs one
 * thing and counts it; later steps trust the earlier ones, so their order is the story. O(n log n)
 * when times are out of order, else O(n).
 */
import type { ElevationGrid } from "../elevation/grid.ts";
import type { Activity, CleanStreams } from "./activity.ts";
import { cleanAltitude } from "./altitude.ts";
import { cleanSensors, dropEmptyChannels } from "./channel.ts";
import { cleanDistance } from "./distance.ts";
import { smoothProfile } from "./grade.ts";
import { cleanLaps } from "./lap.ts";
import { measure } from "./measure.ts";
import { orderRows } from "./order.ts";
import { findParked } from "./parked.ts";
import { cleanTimerPauses, findMovement, stoppedRows } from "./pause.ts";
import { cleanPositions } from "./position.ts";
import type { Recording } from "./recording.ts";
import { createRepairLog, type RepairLog } from "./repair.ts";
import { hasFix, isEmptyRow, type MutableStreams, selectRows } from "./rows.ts";
import { cleanSpeed } from "./speed.ts";
import { possibleSport, SPORT_BOUNDS } from "./sport.ts";

export interface CleanOptions {
  /** Ground elevations; they replace a GPS altitude and set a barometer's zero. */
  readonly elevation?: ElevationGrid | undefined;
}

/**
 * Repairs and measures one recording. Never throws on bad data: what cannot be used is counted in
 * `repairs`. A recording without rows makes an activity without rows.
 *
 * Without any time `startMs`, `elapsedS` and `movingS` are 0 and `timeMs` is NaN throughout.
 */
export function cleanRecording(recording: Recording, options: CleanOptions = {}): Activity {
  const log = createRepairLog();
  let streams = orderRows(recording.streams, recording.stated, log);
  const sport = possibleSport({ ...recording, streams });
  log.add("sport-impossible", sport === recording.sport ? 0 : 1);

  const breakRows = cleanPositions(streams, sport, log);
  cleanSensors(streams, log);
  const isBreak = new Uint8Array(streams.length);
  for (const i of breakRows) isBreak[i] = 1;
  const rows = filledRows(streams, log);
  if (rows.length < streams.length) streams = selectRows(streams, rows);
  const breaks: number[] = [];
  for (let k = 0; k < rows.length; k++) if (isBreak[rows[k]!]) breaks.push(k);

  const timerPauses = cleanTimerPauses(recording.timerPauses, streams, log);
  const isStopped = stoppedRows(streams, timerPauses);
  const isParked = findParked(streams, SPORT_BOUNDS[sport].stillMps);
  const distanceM = cleanDistance(
    { streams, sport, isVirtual: recording.isVirtual, isStopped, isParked, breaks },
    log,
  );
  const speedMps = cleanSpeed(streams, sport, distanceM, log);
  const { isMoving, pauses } = findMovement(
    streams,
    sport,
    distanceM,
    isStopped,
    isParked,
    timerPauses,
  );
  // The hills of a virtual world are not those of the Earth under its coordinates.
  const elevation = recording.isVirtual ? undefined : options.elevation;
  const source = cleanAltitude(streams, recording.isBarometric, elevation, log);
  const profile = streams.altitudeM
    ? smoothProfile(distanceM, streams.altitudeM, source)
    : undefined;
  dropEmptyChannels(streams);

  const clean: CleanStreams = {
    ...streams,
    distanceM,
    speedMps,
    isMoving,
    altitudeM: profile?.altitudeM,
    grade: profile?.grade,
  };
  const startMs = streams.length > 0 ? streams.timeMs[0]! : 0;
  return {
    format: recording.format,
    sport,
    statedSport: recording.statedSport,
    isVirtual: recording.isVirtual,
    hasPosition: countFixes(streams) >= 2,
    name: recording.name,
    device: recording.device,
    startMs: Number.isNaN(startMs) ? 0 : startMs,
    streams: clean,
    pauses,
    laps: cleanLaps(recording.laps, streams.timeMs, distanceM, log),
    stated: recording.stated,
    repairs: log.repairs(),
    measures: measure(clean, sport, source),
  };
}

/** Rows that say something besides their time; all of them when none does (a bare stopwatch). */
function filledRows(streams: MutableStreams, log: RepairLog): Uint32Array {
  const rows = new Uint32Array(streams.length);
  let count = 0;
  for (let i = 0; i < streams.length; i++) if (!isEmptyRow(streams, i)) rows[count++] = i;
  if (count === 0) return rows.map((_, i) => i);
  log.add("row-empty", streams.length - count);
  return rows.subarray(0, count);
}

function countFixes(streams: MutableStreams): number {
  let count = 0;
  for (let i = 0; i < streams.length; i++) if (hasFix(streams, i)) count++;
  return count;
}

/**
 * From the messages of FIT files to recordings. Each session of a multisport file is a recording and
 * takes the records of its own time; each file of a chain is read by itself; a file with sessions,
 * laps or pool lengths but no records still gives its stated totals. O(records · log sessions).
 */
import type { Device, Lap, Recording, StatedTotals, Streams, TimerPause } from "../recording.ts";
import {
  addRow,
  COLUMN,
  checkActivityCount,
  createRows,
  gatherRows,
  getValue,
  type Rows,
  setValue,
  sliceRows,
} from "./columns.ts";
import { readFit } from "./fit.ts";
import { createFitCollector, type FitFile, type FitLength, type FitSession } from "./fit-file.ts";
import {
  EVENT_TYPE_START,
  EVENT_TYPES_STOP,
  FILE_TYPE_ACTIVITY,
  FILE_TYPE_COURSE,
  FILE_TYPES,
  GARMIN_PRODUCTS,
  GARMIN_WITH_BAROMETER,
  GARMIN_WITHOUT_BAROMETER,
  LAP_TRIGGERS,
  LENGTH_TYPE_ACTIVE,
  LOCAL_DEVICE_BAROMETER,
  MANUFACTURER_GARMIN,
  MANUFACTURERS,
  SOURCE_TYPE_LOCAL,
  statedFitSport,
  VIRTUAL_MANUFACTURERS,
} from "./fit-profile.ts";
import type { Ledger } from "./ledger.ts";
import { sportOfFit } from "./sport.ts";
import { isVirtualPlace } from "./virtual.ts";

const SUB_SPORT_VIRTUAL = 58;
/** Some devices write a session for the whole beside those of its parts. */
const SPORT_MULTISPORT = 18;

export interface FitContent {
  readonly recordings: readonly Recording[];
  /** What the files are for, as words: "activity", "settings". */
  readonly fileTypes: readonly string[];
}

/** Decodes FIT bytes; faults go to the ledger. No recording is no error here. */
export function decodeFit(bytes: Uint8Array, ledger: Ledger): FitContent {
  const collector = createFitCollector(bytes, ledger);
  readFit(bytes, collector, ledger);
  shareBeats(collector.files);
  const recordings: Recording[] = [];
  let others = 0;
  for (const file of collector.files) {
    const found = toRecordings(file, ledger);
    if (found.length === 0 && file.messageCount > 0) others++;
    for (const recording of found) recordings.push(recording);
    checkActivityCount(recordings.length);
  }
  if (recordings.length > 0) {
    ledger.add("no-recording-in-part", others);
  }
  return {
    recordings,
    fileTypes: collector.files.map((file) =>
      Number.isNaN(file.fileType)
        ? "untyped"
        : (FILE_TYPES[file.fileType] ?? `type ${file.fileType}`),
    ),
  };
}

function toRecordings(file: FitFile, ledger: Ledger): Recording[] {
  const isCourse = file.fileType === FILE_TYPE_COURSE;
  const { rows } = file;
  const isOther = !Number.isNaN(file.fileType) && file.fileType !== FILE_TYPE_ACTIVITY && !isCourse;
  if (isOther && rows.length === 0 && file.sessions.length === 0) return [];
  if (isCourse) {
    rows.data[COLUMN.timeMs]!.fill(Number.NaN);
    ledger.add("planned-route", rows.length);
  }
  if (file.beats.bpm.length > 0) mergeBeats(file);
  const byLengths = !isCourse && needsLengths(file);
  if (byLengths) {
    ledger.add("pool-lengths", rows.length);
  }

  const sessions = orderedSessions(file, ledger);
  if (sessions.length === 0) {
    if (rows.length === 0 && file.laps.length === 0 && file.lengths.length === 0) return [];
    return [
      makeRecording(file, undefined, wholeStreams(file, undefined, byLengths), -Infinity, Infinity),
    ];
  }
  const parts = byLengths ? undefined : splitRows(rows, sessions);
  return sessions.map((session, i) => {
    const start = i === 0 ? -Infinity : session.startMs;
    const end = i + 1 < sessions.length ? sessions[i + 1]!.startMs : Infinity;
    return makeRecording(
      file,
      session,
      parts?.[i] ?? wholeStreams(file, session, byLengths),
      start,
      end,
    );
  });
}

/** Whether the lengths of a pool tell more than the records: there are none, or none has a time. */
function needsLengths(file: FitFile): boolean {
  if (file.lengths.length === 0 || Number.isNaN(file.lengths[0]!.endMs)) return false;
  const timeMs = file.rows.data[COLUMN.timeMs]!;
  for (let i = 0; i < file.rows.length; i++) if (!Number.isNaN(timeMs[i]!)) return false;
  return true;
}

/** By start time, each activity once. */
function orderedSessions(file: FitFile, ledger: Ledger): readonly FitSession[] {
  const { sessions } = file;
  if (sessions.length < 2) return sessions;
  const parts = sessions.filter((session) => session.sport !== SPORT_MULTISPORT);
  const timed = parts.filter((session) => !Number.isNaN(session.startMs));
  if (timed.length === 0) {
    ledger.add("session-without-start", sessions.length - 1);
    return sessions.slice(0, 1);
  }
  ledger.add("session-without-start", parts.length - timed.length);
  ledger.add(
    "repeated-session",
    sessions.length - parts.length,
    "A session that sums up the others was passed over.",
  );
  return dropRepeated(timed, ledger);
}

function dropRepeated(sessions: readonly FitSession[], ledger: Ledger): readonly FitSession[] {
  const sorted = [...sessions].sort((a, b) => a.startMs - b.startMs);
  const kept: FitSession[] = [];
  for (const session of sorted) {
    const last = kept.at(-1);
    if (last?.startMs === session.startMs && last.sport === session.sport) {
      kept[kept.length - 1] = session;
      ledger.add("repeated-session", 1);
      continue;
    }
    kept.push(session);
  }
  return kept;
}

/** A row belongs to the last session that had begun; rows before the first belong to the first. */
function splitRows(rows: Rows, sessions: readonly FitSession[]): readonly Streams[] {
  if (sessions.length === 1) return [sliceRows(rows, 0, rows.length)];
  const owner = new Int32Array(rows.length);
  const count = new Int32Array(sessions.length);
  const timeMs = rows.data[COLUMN.timeMs]!;
  let current = 0;
  for (let i = 0; i < rows.length; i++) {
    const t = timeMs[i]!;
    if (!Number.isNaN(t)) current = lastStarted(sessions, t);
    owner[i] = current;
    count[current]!++;
  }
  const index = sessions.map((_, s) => new Int32Array(count[s]!));
  const filled = new Int32Array(sessions.length);
  for (let i = 0; i < rows.length; i++) {
    const s = owner[i]!;
    index[s]![filled[s]!++] = i;
  }
  return index.map((rowsOfSession) => gatherRows(rows, rowsOfSession));
}

function lastStarted(sessions: readonly FitSession[], timeMs: number): number {
  let low = 0;
  let high = sessions.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sessions[middle]!.startMs <= timeMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

function wholeStreams(file: FitFile, session: FitSession | undefined, byLengths: boolean): Streams {
  if (!byLengths) return sliceRows(file.rows, 0, file.rows.length);
  const lengths = file.lengths.filter((length) => isWithin(length, session));
  return lengths.length === 0
    ? sliceRows(file.rows, 0, 0)
    : lengthRows(lengths, session?.poolLengthM ?? Number.NaN);
}

function isWithin(length: FitLength, session: FitSession | undefined): boolean {
  if (session === undefined) return true;
  const t = Number.isNaN(length.startMs) ? length.endMs : length.startMs;
  return !(t < session.startMs || t > session.endMs + 1000);
}

/** A swim without records: a row where it starts and one at the end of every length. */
function lengthRows(lengths: readonly FitLength[], poolLengthM: number): Streams {
  const rows = createRows();
  const first = addRow(rows);
  setValue(rows, first, COLUMN.timeMs, lengths[0]!.startMs);
  if (!Number.isNaN(poolLengthM)) setValue(rows, first, COLUMN.distanceM, 0);
  let distanceM = 0;
  for (const length of lengths) {
    const row = addRow(rows);
    const isActive = length.type === LENGTH_TYPE_ACTIVE || Number.isNaN(length.type);
    if (isActive) distanceM += poolLengthM;
    setValue(rows, row, COLUMN.timeMs, length.endMs);
    if (!Number.isNaN(distanceM)) setValue(rows, row, COLUMN.distanceM, distanceM);
    if (isActive && !Number.isNaN(length.speedMps)) {
      setValue(rows, row, COLUMN.speedMps, length.speedMps);
    }
    if (isActive && !Number.isNaN(length.cadenceRpm)) {
      setValue(rows, row, COLUMN.cadenceRpm, length.cadenceRpm);
    }
  }
  return sliceRows(rows, 0, rows.length);
}

function makeRecording(
  file: FitFile,
  session: FitSession | undefined,
  streams: Streams,
  startMs: number,
  endMs: number,
): Recording {
  const sport = firstNumber(session?.sport, file.sport, file.laps[0]?.sport);
  const subSport =
    sport === session?.sport
      ? session.subSport
      : sport === file.sport
        ? file.subSport
        : (file.laps[0]?.subSport ?? Number.NaN);
  const name = session?.profileName || (file.sessions.length > 1 ? "" : file.name);
  const laps: Lap[] = [];
  for (const lap of file.laps) {
    const t = Number.isNaN(lap.startMs) ? lap.endMs : lap.startMs;
    if (t < startMs || t >= endMs) continue;
    laps.push({
      startMs: lap.startMs,
      endMs: lap.endMs,
      distanceM: known(lap.distanceM),
      timerS: known(lap.timerS),
      trigger: LAP_TRIGGERS[lap.trigger],
    });
  }
  return {
    format: "fit",
    sport: sportOfFit(sport, subSport),
    statedSport: statedFitSport(sport, subSport),
    isVirtual:
      subSport === SUB_SPORT_VIRTUAL ||
      VIRTUAL_MANUFACTURERS.has(file.manufacturer) ||
      isVirtualPlace(streams),
    name: name === "" ? undefined : name,
    device: deviceOf(file),
    streams,
    laps,
    timerPauses: timerPauses(file, startMs, endMs),
    stated: session === undefined ? statedByLaps(laps) : statedBySession(session),
    isBarometric: isBarometric(file),
  };
}

/** From the list of the recorder's own sensors; for older Garmins, which list none, from the model. */
function isBarometric(file: FitFile): boolean | undefined {
  const isListed = file.devices.some(
    (device) => device.sourceType === SOURCE_TYPE_LOCAL && device.type === LOCAL_DEVICE_BAROMETER,
  );
  if (isListed) return true;
  if (file.manufacturer !== MANUFACTURER_GARMIN) return undefined;
  if (GARMIN_WITH_BAROMETER.has(file.product)) return true;
  return GARMIN_WITHOUT_BAROMETER.has(file.product) ? false : undefined;
}

function firstNumber(...values: readonly (number | undefined)[]): number {
  for (const value of values) if (value !== undefined && !Number.isNaN(value)) return value;
  return Number.NaN;
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function statedBySession(session: FitSession): StatedTotals {
  return {
    distanceM: known(session.distanceM),
    elapsedS: known(session.elapsedS),
    timerS: known(session.timerS),
    movingS: known(session.movingS),
    gainM: known(session.gainM),
    lossM: known(session.lossM),
    calories: known(session.calories),
  };
}

function statedByLaps(laps: readonly Lap[]): StatedTotals {
  let distanceM = 0;
  let timerS = 0;
  for (const lap of laps) {
    distanceM += lap.distanceM ?? Number.NaN;
    timerS += lap.timerS ?? Number.NaN;
  }
  if (laps.length === 0) return {};
  return { distanceM: known(distanceM), timerS: known(timerS) };
}

/** Numbers of maker and product that name none are zero in some files. */
function deviceOf(file: FitFile): Device {
  const creator = file.devices.find((device) => device.index === 0);
  const maker = firstNumber(file.manufacturer, creator?.manufacturer) || Number.NaN;
  const number = firstNumber(file.product, creator?.product) || Number.NaN;
  const stated = file.productName || creator?.productName;
  const garmin = maker === MANUFACTURER_GARMIN ? GARMIN_PRODUCTS[number] : undefined;
  return {
    manufacturer: Number.isNaN(maker) ? undefined : (MANUFACTURERS[maker] ?? String(maker)),
    product: stated || garmin || (Number.isNaN(number) ? undefined : String(number)),
  };
}

/** From each stop of the timer to the next start. */
function timerPauses(file: FitFile, startMs: number, endMs: number): readonly TimerPause[] {
  const pauses: TimerPause[] = [];
  let stoppedMs = Number.NaN;
  for (const timer of file.timers) {
    if (EVENT_TYPES_STOP.has(timer.type)) {
      if (Number.isNaN(stoppedMs)) stoppedMs = timer.timeMs;
    } else if (timer.type === EVENT_TYPE_START) {
      if (timer.timeMs > stoppedMs && stoppedMs >= startMs && stoppedMs < endMs) {
        pauses.push({ startMs: stoppedMs, endMs: timer.timeMs });
      }
      stoppedMs = Number.NaN;
    }
  }
  return pauses;
}

// Heart rate that a strap kept by itself and handed over afterwards

/** A beat is shown at rows up to this long after it. */
const BEAT_HOLD_MS = 5000;

/** Straps hand their beats over in files of their own, chained behind the activity. */
function shareBeats(files: readonly FitFile[]): void {
  const owner = files.find((file) => file.rows.length > 0);
  if (owner === undefined) return;
  for (const file of files) {
    if (file === owner || file.rows.length > 0) continue;
    for (let i = 0; i < file.beats.bpm.length; i++) {
      owner.beats.timeMs.push(file.beats.timeMs[i]!);
      owner.beats.bpm.push(file.beats.bpm[i]!);
    }
  }
}

/** Rows without a heart rate take that of the last beat before them. */
function mergeBeats(file: FitFile): void {
  const { rows, beats } = file;
  const order = Uint32Array.from(beats.timeMs.keys()).sort(
    (a, b) => beats.timeMs[a]! - beats.timeMs[b]!,
  );
  const times = Float64Array.from(order, (i) => beats.timeMs[i]!);
  for (let row = 0; row < rows.length; row++) {
    const t = getValue(rows, row, COLUMN.timeMs);
    if (Number.isNaN(t) || !Number.isNaN(getValue(rows, row, COLUMN.heartRateBpm))) continue;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle]! <= t) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && t - times[low - 1]! <= BEAT_HOLD_MS) {
      setValue(rows, row, COLUMN.heartRateBpm, beats.bpm[order[low - 1]!]!);
    }
  }
}

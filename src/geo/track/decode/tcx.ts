/**
 * TCX (Garmin Training Center Database v2) to recordings: every Activity, alone or inside a
 * multisport session, is one; laps and their totals are kept; a further Track inside a lap means that
 * the timer stood. Watts, speed and run cadence are taken from extensions under any prefix. One pass.
 */
import type { Lap, Recording, StatedTotals, TimerPause } from "../recording.ts";
import {
  addRow,
  COLUMN,
  type Column,
  checkActivityCount,
  createRows,
  getValue,
  type Rows,
  setValue,
  sliceRows,
} from "./columns.ts";
import { parseDecimal, parseIsoTime } from "./iso-time.ts";
import type { Ledger } from "./ledger.ts";
import { sportOfWords } from "./sport.ts";
import { isVirtualCreator, isVirtualPlace } from "./virtual.ts";
import { readXml, type XmlOutcome } from "./xml.ts";

const ACTIVITY = 1;
const LAP = 2;
const TRACK = 3;
const TRACKPOINT = 4;
const TIME = 5;
const LATITUDE = 6;
const LONGITUDE = 7;
const ALTITUDE = 8;
const DISTANCE = 9;
const HEART_RATE = 10;
const VALUE = 11;
const CADENCE = 12;
const SPEED = 13;
const WATTS = 14;
const TOTAL_TIME = 15;
const CALORIES = 16;
const TRIGGER = 17;
const CREATOR = 18;
const AUTHOR = 19;
const NAME = 20;
const COURSE = 21;
const NOTES = 22;
const ID = 23;

const CODES: Readonly<Record<string, number>> = {
  Activity: ACTIVITY,
  Lap: LAP,
  Track: TRACK,
  Trackpoint: TRACKPOINT,
  Time: TIME,
  LatitudeDegrees: LATITUDE,
  LongitudeDegrees: LONGITUDE,
  AltitudeMeters: ALTITUDE,
  DistanceMeters: DISTANCE,
  HeartRateBpm: HEART_RATE,
  Value: VALUE,
  Cadence: CADENCE,
  RunCadence: CADENCE,
  Speed: SPEED,
  Watts: WATTS,
  TotalTimeSeconds: TOTAL_TIME,
  Calories: CALORIES,
  TriggerMethod: TRIGGER,
  Creator: CREATOR,
  Author: AUTHOR,
  Name: NAME,
  Course: COURSE,
  Notes: NOTES,
  Id: ID,
};

const COLUMN_OF_ELEMENT: Readonly<Record<number, Column>> = {
  [LATITUDE]: COLUMN.lat,
  [LONGITUDE]: COLUMN.lon,
  [ALTITUDE]: COLUMN.altitudeM,
  [DISTANCE]: COLUMN.distanceM,
  [CADENCE]: COLUMN.cadenceRpm,
  [SPEED]: COLUMN.speedMps,
  [WATTS]: COLUMN.powerW,
};

interface OpenLap {
  startMs: number;
  readonly firstRow: number;
  lastRow: number;
  timerS: number;
  distanceM: number;
  calories: number;
  trigger: string;
  trackCount: number;
}

interface OpenActivity {
  readonly sport: string;
  readonly isCourse: boolean;
  readonly firstRow: number;
  lastRow: number;
  name: string;
  creator: string;
  readonly laps: OpenLap[];
  /** Rows before which a further track of the same lap begins. */
  readonly breaks: number[];
}

/** In one file; an ultramarathon of short laps has a thousand. */
const LAPS_MAX = 100_000;

export interface TcxContent {
  readonly recordings: readonly Recording[];
  readonly outcome: XmlOutcome;
}

/** Decodes TCX bytes; faults go to the ledger. No recording is no error here. */
export function decodeTcx(bytes: Uint8Array, ledger: Ledger): TcxContent {
  const rows = createRows();
  const activities: OpenActivity[] = [];
  let activity: OpenActivity | undefined;
  let lap: OpenLap | undefined;
  let row = -1;
  let unreadable = 0;
  let author = "";
  let emptyCount = 0;
  let lapCount = 0;
  let surplus = 0;

  const openActivity = (sport: string, isCourse: boolean): OpenActivity => {
    lap = undefined;
    row = -1;
    const last = activities.at(-1);
    if (last !== undefined && last.lastRow === last.firstRow && !hasTotals(last)) {
      activities.pop();
      emptyCount++;
    }
    checkActivityCount(activities.length + 1);
    const opened = {
      sport,
      isCourse,
      firstRow: rows.length,
      lastRow: rows.length,
      name: "",
      creator: "",
      laps: [],
      breaks: [],
    };
    activities.push(opened);
    activity = opened;
    return opened;
  };
  const number = (text: string): number => {
    const value = parseDecimal(text);
    if (Number.isNaN(value) && text.trim() !== "") unreadable++;
    return value;
  };

  const outcome = readXml(
    bytes,
    CODES,
    {
      open(code, attributes) {
        switch (code) {
          case TRACKPOINT:
            activity ??= openActivity("", false);
            row = addRow(rows);
            activity.lastRow = row + 1;
            if (lap !== undefined) lap.lastRow = row + 1;
            break;
          case TRACK:
            if (activity === undefined || lap === undefined) break;
            if (lap.trackCount++ > 0 && rows.length > lap.firstRow) noteBreak(activity, rows);
            break;
          case LAP:
            activity ??= openActivity("", false);
            lap = {
              startMs: parseIsoTime(attributes.StartTime ?? ""),
              firstRow: rows.length,
              lastRow: rows.length,
              timerS: Number.NaN,
              distanceM: Number.NaN,
              calories: Number.NaN,
              trigger: "",
              trackCount: 0,
            };
            if (++lapCount <= LAPS_MAX) activity.laps.push(lap);
            else surplus++;
            break;
          case ACTIVITY:
            openActivity(attributes.Sport ?? "", false);
            break;
          case COURSE:
            openActivity("", true);
            break;
        }
      },
      close(code, text, parent) {
        if (code === 0) return;
        if (row >= 0) {
          const column = COLUMN_OF_ELEMENT[code];
          if (column !== undefined) {
            const value = number(text);
            if (!Number.isNaN(value)) setValue(rows, row, column, value);
          } else if (code === VALUE && parent === HEART_RATE) {
            const value = number(text);
            if (!Number.isNaN(value)) setValue(rows, row, COLUMN.heartRateBpm, value);
          } else if (code === TIME && parent === TRACKPOINT) {
            const timeMs = parseIsoTime(text);
            if (Number.isNaN(timeMs)) unreadable++;
            else rows.data[COLUMN.timeMs]![row] = timeMs;
          } else if (code === TRACKPOINT) row = -1;
          return;
        }
        if (parent === LAP && lap !== undefined) {
          if (code === TOTAL_TIME) lap.timerS = number(text);
          else if (code === DISTANCE) lap.distanceM = number(text);
          else if (code === CALORIES) lap.calories = number(text);
          else if (code === TRIGGER) lap.trigger = text.trim();
          return;
        }
        if (code === LAP) lap = undefined;
        else if (code === ACTIVITY || code === COURSE) {
          activity = undefined;
          lap = undefined;
        } else if (code === NAME && parent === CREATOR && activity !== undefined) {
          activity.creator = text.trim();
        } else if (code === NAME && parent === AUTHOR) author = text.trim();
        else if (code === NAME && parent === COURSE && activity !== undefined) {
          activity.name = text.trim();
        } else if (code === NOTES && parent === ACTIVITY && activity !== undefined) {
          activity.name ||= firstLine(text);
        }
      },
    },
    ledger,
  );

  ledger.add("unreadable-value", unreadable);
  ledger.add("surplus-messages", surplus);
  const held = activities.filter((part) => part.lastRow > part.firstRow || hasTotals(part));
  const isRecorded = held.some((part) => !part.isCourse);
  const chosen = held.filter((part) => part.isCourse !== isRecorded);
  if (chosen.length > 0) {
    ledger.add("empty-track", emptyCount + activities.length - held.length);
    ledger.add("route-passed-over", held.length - chosen.length);
  }
  const recordings = chosen.map((part) => makeRecording(rows, part, author, ledger));
  return { recordings, outcome };
}

function noteBreak(activity: OpenActivity, rows: Rows): void {
  if (activity.breaks.at(-1) !== rows.length) activity.breaks.push(rows.length);
}

function hasTotals(activity: OpenActivity): boolean {
  return activity.laps.some((lap) => lap.timerS > 0 || lap.distanceM > 0);
}

/** The first line of a note names the activity in most exports. */
function firstLine(text: string): string {
  return text
    .trim()
    .split(/[\r\n]/)[0]!
    .slice(0, 200);
}

function makeRecording(
  rows: Rows,
  activity: OpenActivity,
  author: string,
  ledger: Ledger,
): Recording {
  if (activity.isCourse) {
    rows.data[COLUMN.timeMs]!.fill(Number.NaN, activity.firstRow, activity.lastRow);
    ledger.add("planned-route", activity.lastRow - activity.firstRow);
  }
  const streams = sliceRows(rows, activity.firstRow, activity.lastRow);
  const product = activity.creator || author;
  return {
    format: "tcx",
    sport: sportOfWords(activity.sport),
    statedSport: activity.sport,
    isVirtual: isVirtualCreator(product) || isVirtualPlace(streams),
    name: activity.name === "" ? undefined : activity.name,
    device: { product: product === "" ? undefined : product },
    streams,
    laps: activity.isCourse
      ? []
      : activity.laps.map((lap, i) => closeLap(rows, lap, activity.laps[i + 1])),
    timerPauses: activity.isCourse ? [] : pausesAtBreaks(rows, activity),
    stated: activity.isCourse ? {} : statedTotals(activity.laps),
  };
}

/** A lap ends where the next begins; the last at its last point, or after its timer time. */
function closeLap(rows: Rows, lap: OpenLap, next: OpenLap | undefined): Lap {
  const lastMs =
    lap.lastRow > lap.firstRow ? getValue(rows, lap.lastRow - 1, COLUMN.timeMs) : Number.NaN;
  const byTimerMs = lap.startMs + lap.timerS * 1000;
  const candidates = [next?.startMs ?? Number.NaN, lastMs, byTimerMs];
  return {
    startMs: lap.startMs,
    endMs: candidates.find((ms) => ms >= lap.startMs) ?? lap.startMs,
    distanceM: known(lap.distanceM),
    timerS: known(lap.timerS),
    trigger: lap.trigger === "" ? undefined : lap.trigger.toLowerCase(),
  };
}

function pausesAtBreaks(rows: Rows, activity: OpenActivity): readonly TimerPause[] {
  const pauses: TimerPause[] = [];
  // Behind an empty track the next row may open the next lap, where the timer went on.
  const lapStarts = new Set(activity.laps.map((lap) => lap.firstRow));
  for (const row of activity.breaks) {
    if (row >= activity.lastRow || lapStarts.has(row)) continue;
    const startMs = getValue(rows, row - 1, COLUMN.timeMs);
    const endMs = getValue(rows, row, COLUMN.timeMs);
    if (endMs > startMs) pauses.push({ startMs, endMs });
  }
  return pauses;
}

function statedTotals(laps: readonly OpenLap[]): StatedTotals {
  if (laps.length === 0) return {};
  let distanceM = 0;
  let timerS = 0;
  let calories = 0;
  for (const lap of laps) {
    distanceM += lap.distanceM;
    timerS += lap.timerS;
    calories += lap.calories;
  }
  return { distanceM: known(distanceM), timerS: known(timerS), calories: known(calories) };
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

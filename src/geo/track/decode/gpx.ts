/**
 * GPX 1.0 and 1.1 (topografix.com/gpx.asp) to recordings: tracks are activities, the breaks between
 * segments are timer pauses, a lone route is a line without times. Heart rate, cadence, power and
 * temperature are taken from extensions under any namespace prefix or none. One pass.
 */
import type { Recording, Streams, TimerPause } from "../recording.ts";
import {
  addRow,
  COLUMN,
  type Column,
  checkActivityCount,
  createRows,
  type Rows,
  setValue,
  sliceRows,
} from "./columns.ts";
import { parseDecimal, parseIsoTime } from "./iso-time.ts";
import type { Ledger } from "./ledger.ts";
import { sportOfWords } from "./sport.ts";
import { isVirtualCreator, isVirtualPlace } from "./virtual.ts";
import { readXml, type XmlOutcome } from "./xml.ts";

const GPX = 1;
const METADATA = 2;
const TRK = 3;
const TRKSEG = 4;
const TRKPT = 5;
const RTE = 6;
const RTEPT = 7;
const WPT = 8;
const NAME = 9;
const TYPE = 10;
const TIME = 11;
/** Codes from here on are columns of a point. */
const FIRST_COLUMN = 20;

const columnCode = (column: Column): number => FIRST_COLUMN + column;

const CODES: Readonly<Record<string, number>> = {
  gpx: GPX,
  metadata: METADATA,
  trk: TRK,
  trkseg: TRKSEG,
  trkpt: TRKPT,
  rte: RTE,
  rtept: RTEPT,
  wpt: WPT,
  name: NAME,
  type: TYPE,
  time: TIME,
  ele: columnCode(COLUMN.altitudeM),
  hr: columnCode(COLUMN.heartRateBpm),
  heartrate: columnCode(COLUMN.heartRateBpm),
  heartRate: columnCode(COLUMN.heartRateBpm),
  cad: columnCode(COLUMN.cadenceRpm),
  cadence: columnCode(COLUMN.cadenceRpm),
  RunCadence: columnCode(COLUMN.cadenceRpm),
  power: columnCode(COLUMN.powerW),
  Power: columnCode(COLUMN.powerW),
  PowerInWatts: columnCode(COLUMN.powerW),
  watts: columnCode(COLUMN.powerW),
  Watts: columnCode(COLUMN.powerW),
  atemp: columnCode(COLUMN.temperatureC),
  temp: columnCode(COLUMN.temperatureC),
  temperature: columnCode(COLUMN.temperatureC),
  speed: columnCode(COLUMN.speedMps),
  distance: columnCode(COLUMN.distanceM),
  accuracy: columnCode(COLUMN.accuracyM),
};

interface Track {
  readonly firstRow: number;
  lastRow: number;
  name: string;
  type: string;
  /** Rows before which a segment begins, the first one excepted. */
  readonly breaks: number[];
}

/** Two tracks are one activity when the second begins this soon after the first ends. */
const CONTINUES_MS = 30 * 60_000;

export interface GpxContent {
  readonly recordings: readonly Recording[];
  readonly outcome: XmlOutcome;
  readonly waypointCount: number;
}

/** Decodes GPX bytes; faults go to the ledger. No recording is no error here. */
export function decodeGpx(bytes: Uint8Array, ledger: Ledger): GpxContent {
  const rows = createRows();
  const tracks: Track[] = [];
  const routes: Track[] = [];
  let creator = "";
  let documentName = "";
  let waypointCount = 0;
  let unreadable = 0;
  let track: Track | undefined;
  let row = -1;
  let isInWaypoint = false;

  let emptyCount = 0;
  const dropIfEmpty = (list: Track[]): void => {
    const last = list.at(-1);
    if (last === undefined || last.lastRow > last.firstRow) return;
    list.pop();
    if (list === tracks) emptyCount++;
  };
  const openTrack = (list: Track[]): void => {
    dropIfEmpty(list);
    checkActivityCount(list.length + 1);
    track = { firstRow: rows.length, lastRow: rows.length, name: "", type: "", breaks: [] };
    list.push(track);
    row = -1;
  };
  const outcome = readXml(
    bytes,
    CODES,
    {
      open(code, attributes) {
        switch (code) {
          case TRKPT:
          case RTEPT:
            if (track === undefined) openTrack(code === TRKPT ? tracks : routes);
            row = addRow(rows);
            track!.lastRow = row + 1;
            unreadable += setNumber(rows, row, COLUMN.lat, attributes.lat);
            unreadable += setNumber(rows, row, COLUMN.lon, attributes.lon);
            break;
          case TRK:
            openTrack(tracks);
            break;
          case RTE:
            openTrack(routes);
            break;
          case TRKSEG:
            if (track === undefined) openTrack(tracks);
            if (rows.length > track!.firstRow && track!.breaks.at(-1) !== rows.length) {
              track!.breaks.push(rows.length);
            }
            break;
          case WPT:
            waypointCount++;
            isInWaypoint = true;
            break;
          case GPX:
            creator = attributes.creator ?? "";
            break;
        }
      },
      close(code, text, parent) {
        if (code === 0) return;
        if (row >= 0) {
          if (code > FIRST_COLUMN) {
            unreadable += setNumber(rows, row, (code - FIRST_COLUMN) as Column, text);
          } else if (code === TIME && (parent === TRKPT || parent === RTEPT)) {
            const timeMs = parseIsoTime(text);
            if (Number.isNaN(timeMs)) unreadable += text.trim() === "" ? 0 : 1;
            else rows.data[COLUMN.timeMs]![row] = timeMs;
          } else if (code === TRKPT || code === RTEPT) row = -1;
          if (code !== TRK && code !== RTE) return;
        }
        if (code === TRK || code === RTE) {
          track = undefined;
          row = -1;
        } else if (code === WPT) isInWaypoint = false;
        else if (isInWaypoint) return;
        else if (code === NAME && track !== undefined) track.name = text.trim();
        else if (code === TYPE && track !== undefined) track.type = text.trim();
        else if (code === NAME && (parent === METADATA || parent === GPX))
          documentName = text.trim();
      },
    },
    ledger,
  );

  ledger.add("unreadable-value", unreadable);
  dropIfEmpty(tracks);
  dropIfEmpty(routes);
  if (tracks.length > 0) {
    ledger.add("empty-track", emptyCount);
    ledger.add("route-passed-over", routes.length);
  }
  const chosen: Chosen[] =
    tracks.length > 0
      ? joinContinued(tracks, rows).map((part) => ({ ...part, isRoute: false }))
      : routes.map((part) => ({ ...part, isRoute: true }));
  const recordings = chosen.map((part) => makeRecording(rows, part, creator, documentName, ledger));
  return { recordings, outcome, waypointCount };
}

/** @returns 1 when a text stands there that is no number */
function setNumber(rows: Rows, row: number, column: Column, text: string | undefined): number {
  const value = parseDecimal(text);
  if (Number.isNaN(value)) return text === undefined || text.trim() === "" ? 0 : 1;
  setValue(rows, row, column, value);
  return 0;
}

interface Chosen extends Track {
  readonly isRoute: boolean;
}

/** Tracks are one where they continue in time. */
function joinContinued(tracks: readonly Track[], rows: Rows): readonly Track[] {
  const joined: Track[] = [];
  for (const track of tracks) {
    const last = joined.at(-1);
    if (last !== undefined && last.lastRow === track.firstRow && continues(last, track, rows)) {
      last.breaks.push(track.firstRow);
      for (const row of track.breaks) last.breaks.push(row);
      last.lastRow = track.lastRow;
    } else joined.push(track);
  }
  return joined;
}

function continues(first: Track, second: Track, rows: Rows): boolean {
  const timeMs = rows.data[COLUMN.timeMs]!;
  const gapMs = timeMs[second.firstRow]! - timeMs[first.lastRow - 1]!;
  return first.type === second.type && gapMs >= 0 && gapMs <= CONTINUES_MS;
}

function makeRecording(
  rows: Rows,
  track: Chosen,
  creator: string,
  documentName: string,
  ledger: Ledger,
): Recording {
  if (track.isRoute) {
    rows.data[COLUMN.timeMs]!.fill(Number.NaN, track.firstRow, track.lastRow);
    ledger.add("planned-route", track.lastRow - track.firstRow);
  }
  const streams = sliceRows(rows, track.firstRow, track.lastRow);
  const name = track.name || documentName;
  return {
    format: "gpx",
    sport: sportOfWords(track.type, /strava/i.test(creator)),
    statedSport: track.type,
    isVirtual: isVirtualCreator(creator) || isVirtualPlace(streams),
    name: name === "" ? undefined : name,
    device: { product: creator === "" ? undefined : creator },
    streams,
    laps: [],
    timerPauses: pausesAtBreaks(streams, track),
    stated: {},
  };
}

/** The timer stood between the last point of a segment and the first of the next. */
function pausesAtBreaks(streams: Streams, track: Track): readonly TimerPause[] {
  const pauses: TimerPause[] = [];
  for (const row of track.breaks) {
    const i = row - track.firstRow;
    if (i <= 0 || i >= streams.length) continue;
    const startMs = streams.timeMs[i - 1]!;
    const endMs = streams.timeMs[i]!;
    if (endMs > startMs) pauses.push({ startMs, endMs });
  }
  return pauses;
}

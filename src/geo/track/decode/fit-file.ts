/**
 * One FIT file of a chain, message by message: records go into columns, the few other messages that
 * matter into small lists. A record message is read by a plan that is made once per definition, so
 * a record costs some ten number reads and no allocation.
 */
import {
  addRow,
  COLUMN,
  type Column,
  checkActivityCount,
  createRows,
  getValue,
  type Rows,
  setValue,
} from "./columns.ts";
import {
  BASE_STRING,
  baseTypeWidth,
  type FitDefinition,
  type FitHandler,
  fitTimeMs,
  readNumber,
  readString,
} from "./fit.ts";
import {
  COURSE,
  DEVICE_INFO,
  EVENT,
  EVENT_TIMER,
  FIELD_DESCRIPTION,
  FILE_ID,
  HR,
  LAP,
  LENGTH,
  MESSAGE,
  RECORD_COMPRESSED_SPEED_DISTANCE,
  RECORD_FIELDS,
  RECORD_FRACTIONAL_CADENCE,
  SESSION,
  SPORT,
} from "./fit-profile.ts";
import type { Ledger } from "./ledger.ts";

/** Times are epoch milliseconds; a value that the message does not hold is NaN, a text "". */
export interface FitSession {
  startMs: number;
  endMs: number;
  sport: number;
  subSport: number;
  elapsedS: number;
  timerS: number;
  movingS: number;
  distanceM: number;
  gainM: number;
  lossM: number;
  calories: number;
  poolLengthM: number;
  profileName: string;
}

export interface FitLap {
  startMs: number;
  endMs: number;
  timerS: number;
  distanceM: number;
  trigger: number;
  sport: number;
  subSport: number;
}

/** One length of a pool. */
export interface FitLength {
  startMs: number;
  endMs: number;
  elapsedS: number;
  speedMps: number;
  cadenceRpm: number;
  type: number;
}

export interface FitDevice {
  index: number;
  type: number;
  manufacturer: number;
  product: number;
  sourceType: number;
  productName: string;
}

export interface FitFile {
  /** file_id.type, NaN if the file does not tell. */
  fileType: number;
  manufacturer: number;
  product: number;
  productName: string;
  createdMs: number;
  /** The sport or course message. */
  sport: number;
  subSport: number;
  name: string;
  readonly rows: Rows;
  readonly sessions: FitSession[];
  readonly laps: FitLap[];
  readonly lengths: FitLength[];
  readonly devices: FitDevice[];
  /** Timer events in the order of the file: epoch milliseconds and whether the timer starts. */
  readonly timers: { timeMs: number; type: number }[];
  /** Beats of hr messages: epoch milliseconds and beats per minute, in the order of the file. */
  readonly beats: { timeMs: number[]; bpm: number[] };
  /** Data messages of any kind. */
  messageCount: number;
}

/** Of one kind of small message a file may hold this many; a recording of a day has hundreds. */
const LIST_MAX = 100_000;
/** Sessions are recordings, each with records of its own; a decathlon has ten. */
const SESSIONS_MAX = 1000;

/** Floats of developer fields may hold anything; NaN is caught by the same comparison. */
const MAGNITUDE_MAX = 1e12;

const MILLI = 1000;
const CENTI = 100;
const SPEED_BITS = 0xfff;

/** Collects the messages of a chain; `files` grows by one at each `file()`. */
export function createFitCollector(
  bytes: Uint8Array,
  ledger: Ledger,
): FitHandler & { readonly files: readonly FitFile[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: FitFile[] = [];
  let file: FitFile | undefined;
  let records: RecordReader | undefined;
  let developerFields = createDeveloperFields();
  const beatCount = { total: 0 };
  let hr: HrReader | undefined;
  return {
    files,
    file() {
      file = createFile();
      files.push(file);
      checkActivityCount(files.length);
      developerFields = createDeveloperFields();
      records = createRecordReader(bytes, view, file.rows, developerFields, ledger);
      hr = createHrReader(bytes, view, file.beats, beatCount);
    },
    message(definition, at, timestamp) {
      file!.messageCount++;
      if (definition.globalMessage === MESSAGE.record) records!(definition, at, timestamp);
      else if (definition.globalMessage === MESSAGE.hr) hr!(definition, at, timestamp);
      else readSmallMessage(bytes, view, file!, developerFields, definition, at, timestamp, ledger);
    },
  };
}

function createFile(): FitFile {
  return {
    fileType: Number.NaN,
    manufacturer: Number.NaN,
    product: Number.NaN,
    productName: "",
    createdMs: Number.NaN,
    sport: Number.NaN,
    subSport: Number.NaN,
    name: "",
    rows: createRows(),
    sessions: [],
    laps: [],
    lengths: [],
    devices: [],
    timers: [],
    beats: { timeMs: [], bpm: [] },
    messageCount: 0,
  };
}

// Records

interface RecordPlan {
  readonly count: number;
  readonly at: Int32Array;
  readonly baseType: Uint8Array;
  readonly column: readonly Column[];
  readonly divisor: Float64Array;
  readonly offset: Float64Array;
  /** Positions whose value fills a row only where no field before it did: developer fields. */
  readonly isFallback: Uint8Array;
  readonly compressedAt: number;
  readonly fractionalCadenceAt: number;
}

type RecordReader = (definition: FitDefinition, at: number, timestamp: number) => void;

function createRecordReader(
  bytes: Uint8Array,
  view: DataView,
  rows: Rows,
  developerFields: DeveloperFields,
  ledger: Ledger,
): RecordReader {
  // One per local type: a hostile file may define as often as it has records.
  const plans: ({ definition: FitDefinition; plan: RecordPlan } | undefined)[] = [];
  let describedFields = 0;
  let accumulated = Number.NaN;
  let lastTicks = 0;

  const planOf = (definition: FitDefinition): RecordPlan => {
    if (describedFields !== developerFields.described) {
      plans.length = 0;
      describedFields = developerFields.described;
    }
    const known = plans[definition.local];
    if (known?.definition === definition) return known.plan;
    const plan = planRecord(definition, developerFields);
    plans[definition.local] = { definition, plan };
    return plan;
  };

  return (definition, at, timestamp) => {
    const plan = planOf(definition);
    const { count, column, divisor, offset, isFallback, baseType } = plan;
    const isLittleEndian = definition.isLittleEndian;
    if (count === 0 && plan.compressedAt < 0 && Number.isNaN(timestamp)) {
      ledger.add("empty-record", 1);
      return;
    }
    const row = addRow(rows);
    if (!Number.isNaN(timestamp)) rows.data[COLUMN.timeMs]![row] = fitTimeMs(timestamp);

    if (plan.compressedAt >= 0) {
      const p = at + plan.compressedAt;
      const low = bytes[p]!;
      const middle = bytes[p + 1]!;
      const high = bytes[p + 2]!;
      if ((low & middle & high) !== 0xff) {
        const speed = low | ((middle & 0x0f) << 8);
        const ticks = (middle >> 4) | (high << 4);
        accumulated = Number.isNaN(accumulated)
          ? ticks
          : accumulated + ((ticks - lastTicks) & SPEED_BITS);
        lastTicks = ticks;
        if (speed !== SPEED_BITS) setValue(rows, row, COLUMN.speedMps, speed / CENTI);
        setValue(rows, row, COLUMN.distanceM, accumulated / 16);
      }
    }
    for (let i = 0; i < count; i++) {
      const raw = readNumber(view, at + plan.at[i]!, baseType[i]!, isLittleEndian);
      if (!(Math.abs(raw) <= MAGNITUDE_MAX)) continue;
      if (isFallback[i] && !Number.isNaN(getValue(rows, row, column[i]!))) continue;
      setValue(rows, row, column[i]!, raw / divisor[i]! - offset[i]!);
    }
    if (plan.fractionalCadenceAt >= 0) {
      const fraction = bytes[at + plan.fractionalCadenceAt]!;
      const cadence = getValue(rows, row, COLUMN.cadenceRpm);
      if (fraction !== 0xff && !Number.isNaN(cadence)) {
        setValue(rows, row, COLUMN.cadenceRpm, cadence + fraction / 128);
      }
    }
  };
}

function planRecord(definition: FitDefinition, developerFields: DeveloperFields): RecordPlan {
  const at: number[] = [];
  const baseType: number[] = [];
  const column: Column[] = [];
  const divisor: number[] = [];
  const offset: number[] = [];
  const isFallback: number[] = [];
  for (const field of RECORD_FIELDS) {
    const i = lastIndexOf(definition.number, field.number);
    if (i < 0 || !isReadable(definition.size[i]!, definition.baseType[i]!)) continue;
    at.push(definition.offset[i]!);
    baseType.push(positionType(field.number, definition.baseType[i]!));
    column.push(field.column);
    divisor.push(field.divisor);
    offset.push(field.offset);
    isFallback.push(0);
  }
  for (let i = 0; i < definition.devNumber.length; i++) {
    const field = developerFields.byKey.get(
      definition.developer[i]! * 256 + definition.devNumber[i]!,
    );
    if (field?.column === undefined || !isReadable(definition.devSize[i]!, field.baseType))
      continue;
    at.push(definition.devOffset[i]!);
    baseType.push(field.baseType);
    column.push(field.column);
    divisor.push(field.divisor);
    offset.push(field.offset);
    isFallback.push(1);
  }
  const compressed = definition.number.indexOf(RECORD_COMPRESSED_SPEED_DISTANCE);
  const fraction = definition.number.indexOf(RECORD_FRACTIONAL_CADENCE);
  return {
    count: at.length,
    at: Int32Array.from(at),
    baseType: Uint8Array.from(baseType),
    column,
    divisor: Float64Array.from(divisor),
    offset: Float64Array.from(offset),
    isFallback: Uint8Array.from(isFallback),
    compressedAt:
      compressed >= 0 && definition.size[compressed]! >= 3 ? definition.offset[compressed]! : -1,
    fractionalCadenceAt:
      fraction >= 0 && definition.size[fraction]! >= 1 ? definition.offset[fraction]! : -1,
  };
}

function lastIndexOf(numbers: Uint8Array, number: number): number {
  return numbers.lastIndexOf(number);
}

/** At least one whole element; of an array field the first is read. */
function isReadable(size: number, baseType: number): boolean {
  const width = baseTypeWidth(baseType);
  return width > 0 && size >= width;
}

/** Some writers declare positions unsigned; they are signed all the same. */
function positionType(number: number, baseType: number): number {
  const isPosition = number === 0 || number === 1;
  return isPosition && (baseType & 0x1f) === 6 ? 0x85 : baseType;
}

// Developer fields

interface DeveloperField {
  readonly baseType: number;
  /** Undefined when Waymark has no column for it. */
  readonly column: Column | undefined;
  readonly divisor: number;
  readonly offset: number;
}

/** Names that Connect IQ fields and pods use for what has a column, when they name no native field. */
const COLUMN_BY_DEVELOPER_NAME: Readonly<Record<string, Column>> = {
  power: COLUMN.powerW,
  "heart rate": COLUMN.heartRateBpm,
  heart_rate: COLUMN.heartRateBpm,
  cadence: COLUMN.cadenceRpm,
};

/** By developer and number; a later description replaces an earlier one. */
interface DeveloperFields {
  readonly byKey: Map<number, DeveloperField>;
  /** Descriptions so far: plans that were made before the last are stale. */
  described: number;
}

function createDeveloperFields(): DeveloperFields {
  return { byKey: new Map(), described: 0 };
}

function describeDeveloperField(
  fields: DeveloperFields,
  read: (number: number) => number,
  name: string,
): void {
  const developer = read(FIELD_DESCRIPTION.developer);
  const number = read(FIELD_DESCRIPTION.number);
  const baseType = read(FIELD_DESCRIPTION.baseType);
  if (Number.isNaN(developer) || Number.isNaN(number) || Number.isNaN(baseType)) return;
  const nativeMessage = read(FIELD_DESCRIPTION.nativeMessage);
  const nativeField = read(FIELD_DESCRIPTION.nativeField);
  const isOfRecords = Number.isNaN(nativeMessage) || nativeMessage === MESSAGE.record;
  const native = isOfRecords
    ? RECORD_FIELDS.find((field) => field.number === nativeField)?.column
    : undefined;
  const scale = read(FIELD_DESCRIPTION.scale);
  const offset = read(FIELD_DESCRIPTION.offset);
  fields.described++;
  fields.byKey.set(developer * 256 + number, {
    baseType,
    column: native ?? (isOfRecords ? COLUMN_BY_DEVELOPER_NAME[name.toLowerCase()] : undefined),
    divisor: scale > 0 ? scale : 1,
    offset: Number.isNaN(offset) ? 0 : offset,
  });
}

// The small messages

function readSmallMessage(
  bytes: Uint8Array,
  view: DataView,
  file: FitFile,
  developerFields: DeveloperFields,
  definition: FitDefinition,
  at: number,
  timestamp: number,
  ledger: Ledger,
): void {
  const list = listOf(file, definition.globalMessage);
  const most = definition.globalMessage === MESSAGE.session ? SESSIONS_MAX : LIST_MAX;
  if (list !== undefined && list.length >= most) {
    ledger.add("surplus-messages", 1);
    return;
  }
  const read = (number: number): number => readField(view, definition, at, number);
  const text = (number: number): string => readText(bytes, definition, at, number);
  const endMs = fitTimeMs(timestamp);
  switch (definition.globalMessage) {
    case MESSAGE.fileId:
      file.fileType = read(FILE_ID.type);
      file.manufacturer = read(FILE_ID.manufacturer);
      file.product = read(FILE_ID.product);
      file.productName = text(FILE_ID.productName);
      file.createdMs = fitTimeMs(read(FILE_ID.timeCreated));
      return;
    case MESSAGE.sport:
      file.sport = read(SPORT.sport);
      file.subSport = read(SPORT.subSport);
      if (file.name === "") file.name = text(SPORT.name);
      return;
    case MESSAGE.course:
      file.sport = read(COURSE.sport);
      file.subSport = read(COURSE.subSport);
      file.name = text(COURSE.name);
      return;
    case MESSAGE.session: {
      const startMs = fitTimeMs(read(SESSION.startTime));
      const elapsedS = read(SESSION.totalElapsedTime) / MILLI;
      file.sessions.push({
        startMs,
        endMs: endOf(startMs, elapsedS, endMs),
        sport: read(SESSION.sport),
        subSport: read(SESSION.subSport),
        elapsedS,
        timerS: read(SESSION.totalTimerTime) / MILLI,
        movingS: read(SESSION.totalMovingTime) / MILLI,
        distanceM: read(SESSION.totalDistance) / CENTI,
        gainM: read(SESSION.totalAscent),
        lossM: read(SESSION.totalDescent),
        calories: read(SESSION.totalCalories),
        poolLengthM: read(SESSION.poolLength) / CENTI,
        profileName: text(SESSION.sportProfileName),
      });
      return;
    }
    case MESSAGE.lap: {
      const startMs = fitTimeMs(read(LAP.startTime));
      const elapsedS = read(LAP.totalElapsedTime) / MILLI;
      const lapEndMs = endOf(startMs, elapsedS, endMs);
      const distanceM = read(LAP.totalDistance) / CENTI;
      const timerS = read(LAP.totalTimerTime) / MILLI;
      if (
        Number.isNaN(startMs) &&
        Number.isNaN(lapEndMs) &&
        Number.isNaN(distanceM) &&
        Number.isNaN(timerS)
      )
        return;
      file.laps.push({
        startMs,
        endMs: lapEndMs,
        timerS,
        distanceM,
        trigger: read(LAP.trigger),
        sport: read(LAP.sport),
        subSport: read(LAP.subSport),
      });
      return;
    }
    case MESSAGE.length: {
      const startMs = fitTimeMs(read(LENGTH.startTime));
      const elapsedS = read(LENGTH.totalElapsedTime) / MILLI;
      if (Number.isNaN(startMs) && Number.isNaN(endMs) && Number.isNaN(elapsedS)) return;
      file.lengths.push({
        startMs,
        endMs: endOf(startMs, elapsedS, endMs),
        elapsedS,
        speedMps: read(LENGTH.averageSpeed) / MILLI,
        cadenceRpm: read(LENGTH.averageCadence),
        type: read(LENGTH.type),
      });
      return;
    }
    case MESSAGE.event:
      if (read(EVENT.event) === EVENT_TIMER && !Number.isNaN(timestamp)) {
        file.timers.push({ timeMs: endMs, type: read(EVENT.type) });
      }
      return;
    case MESSAGE.deviceInfo:
      file.devices.push({
        index: read(DEVICE_INFO.index),
        type: read(DEVICE_INFO.type),
        manufacturer: read(DEVICE_INFO.manufacturer),
        product: read(DEVICE_INFO.product),
        sourceType: read(DEVICE_INFO.sourceType),
        productName: text(DEVICE_INFO.productName),
      });
      return;
    case MESSAGE.fieldDescription:
      describeDeveloperField(developerFields, read, text(FIELD_DESCRIPTION.name));
      return;
    default:
      return;
  }
}

/** The list that grows with each message of this kind. */
function listOf(file: FitFile, globalMessage: number): readonly unknown[] | undefined {
  switch (globalMessage) {
    case MESSAGE.session:
      return file.sessions;
    case MESSAGE.lap:
      return file.laps;
    case MESSAGE.length:
      return file.lengths;
    case MESSAGE.event:
      return file.timers;
    case MESSAGE.deviceInfo:
      return file.devices;
    default:
      return undefined;
  }
}

/** The end that start and elapsed time tell, else the message's own timestamp. */
function endOf(startMs: number, elapsedS: number, timestampMs: number): number {
  const endMs = startMs + elapsedS * 1000;
  return Number.isNaN(endMs) ? timestampMs : endMs;
}

function readField(view: DataView, definition: FitDefinition, at: number, number: number): number {
  const i = definition.number.lastIndexOf(number);
  if (i < 0 || !isReadable(definition.size[i]!, definition.baseType[i]!)) return Number.NaN;
  return readNumber(
    view,
    at + definition.offset[i]!,
    definition.baseType[i]!,
    definition.isLittleEndian,
  );
}

function readText(
  bytes: Uint8Array,
  definition: FitDefinition,
  at: number,
  number: number,
): string {
  const i = definition.number.lastIndexOf(number);
  if (i < 0 || (definition.baseType[i]! & 0x1f) !== BASE_STRING) return "";
  return readString(bytes, at + definition.offset[i]!, definition.size[i]!);
}

// Heart beats of a strap that records by itself (hr messages)

type HrReader = (definition: FitDefinition, at: number, timestamp: number) => void;

const TICKS_PER_SECOND = 1024;
const EVENT_TIME_BITS = 0xfff;
const BEATS_MAX = 5_000_000;

/**
 * An hr message gives beats per minute with event times: absolute 32-bit ticks of 1/1024 s, or the
 * low 12 bits packed two in three bytes. The first message ties ticks to a timestamp.
 */
function createHrReader(
  bytes: Uint8Array,
  view: DataView,
  beats: FitFile["beats"],
  /** Of the whole chain. */
  count: { total: number },
): HrReader {
  let anchorMs = Number.NaN;
  let anchorTicks = Number.NaN;
  let lastTicks = Number.NaN;
  const push = (ticks: number, bpm: number): void => {
    lastTicks = ticks;
    if (Number.isNaN(anchorMs) || bpm === 0xff || count.total >= BEATS_MAX) return;
    count.total++;
    beats.timeMs.push(anchorMs + ((ticks - anchorTicks) / TICKS_PER_SECOND) * 1000);
    beats.bpm.push(bpm);
  };
  return (definition, at, timestamp) => {
    const bpmField = definition.number.indexOf(HR.filteredBpm);
    const wide = definition.number.indexOf(HR.eventTimestamp);
    const packed = definition.number.indexOf(HR.eventTimestamp12);
    const bpmAt = bpmField < 0 ? -1 : at + definition.offset[bpmField]!;
    const bpmCount = bpmField < 0 ? 0 : definition.size[bpmField]!;
    if (wide >= 0 && definition.size[wide]! >= 4) {
      const n = Math.floor(definition.size[wide]! / 4);
      for (let i = 0; i < n; i++) {
        const ticks = view.getUint32(
          at + definition.offset[wide]! + 4 * i,
          definition.isLittleEndian,
        );
        if (ticks === 0xffffffff) continue;
        if (i === 0 && !Number.isNaN(timestamp)) {
          const fraction = readField(view, definition, at, HR.fractionalTimestamp);
          anchorMs =
            fitTimeMs(timestamp) + (Number.isNaN(fraction) ? 0 : (fraction / 32768) * 1000);
          anchorTicks = ticks;
        }
        push(ticks, i < bpmCount ? bytes[bpmAt + i]! : 0xff);
      }
      return;
    }
    if (packed < 0 || Number.isNaN(lastTicks)) return;
    const n = Math.floor((definition.size[packed]! * 2) / 3);
    for (let i = 0; i < n; i++) {
      const p = at + definition.offset[packed]! + (i >> 1) * 3;
      const low =
        i % 2 === 0
          ? bytes[p]! | ((bytes[p + 1]! & 0x0f) << 8)
          : (bytes[p + 1]! >> 4) | (bytes[p + 2]! << 4);
      const ticks = lastTicks + ((low - (lastTicks & EVENT_TIME_BITS)) & EVENT_TIME_BITS);
      push(ticks, i < bpmCount ? bytes[bpmAt + i]! : 0xff);
    }
  };
}

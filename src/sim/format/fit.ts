/**
 * FIT activity files as devices write them: header, definitions, records, laps, session, events and
 * both checksums (FIT Protocol, D00001275). One pass into a growing buffer, about 20 ns a field.
 */
import type { SimSport } from "../athlete/athlete.ts";
import type { Recorded } from "../device/sensor.ts";
import { type ActivityInfo, lapsOf, timerSeconds } from "./summary.ts";

/** Seconds from the Unix epoch to FIT's, 31 December 1989. */
export const FIT_EPOCH_S = 631_065_600;

const ENUM = 0x00;
const SINT8 = 0x01;
const UINT8 = 0x02;
const STRING = 0x07;
const UINT16 = 0x84;
const SINT32 = 0x85;
const UINT32 = 0x86;
const UINT32Z = 0x8c;
const SIZE: Readonly<Record<number, number>> = {
  [ENUM]: 1,
  [SINT8]: 1,
  [UINT8]: 1,
  [UINT16]: 2,
  [SINT32]: 4,
  [UINT32]: 4,
  [UINT32Z]: 4,
};

type Field = readonly [number: number, type: number, size?: number];

const SPORT: Readonly<Record<SimSport, readonly [sport: number, subSport: number]>> = {
  run: [1, 0],
  "trail-run": [1, 3],
  walk: [11, 0],
  hike: [17, 0],
  ride: [2, 7],
  "gravel-ride": [2, 46],
  "mountain-bike": [2, 8],
  "indoor-ride": [2, 6],
};
const VIRTUAL_ACTIVITY = 58;
const ZWIFT = 260;

class FitWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #at = 14;

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  define(local: number, global: number, fields: readonly Field[]): void {
    this.#room(6 + 3 * fields.length);
    this.u8(0x40 | local);
    this.u8(0);
    this.u8(0);
    this.u16(global);
    this.u8(fields.length);
    for (const [number, type, size] of fields) {
      this.u8(number);
      this.u8(size ?? SIZE[type]!);
      this.u8(type);
    }
  }

  /** Starts a data message of at most 120 bytes. */
  begin(header: number): void {
    this.#room(128);
    this.u8(header);
  }

  u8(value: number): void {
    this.#bytes[this.#at++] = value;
  }
  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }
  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }
  s32(value: number): void {
    this.#view.setInt32(this.#at, value, true);
    this.#at += 4;
  }
  text(value: string, size: number): void {
    for (let i = 0; i < size; i++)
      this.u8(i < value.length && i < size - 1 ? value.charCodeAt(i) & 0x7f : 0);
  }

  finish(): Uint8Array {
    const dataSize = this.#at - 14;
    this.#room(2);
    this.#bytes[0] = 14;
    this.#bytes[1] = 0x20;
    this.#view.setUint16(2, 2140, true);
    this.#view.setUint32(4, dataSize, true);
    this.#bytes.set([0x2e, 0x46, 0x49, 0x54], 8);
    this.#view.setUint16(12, fitCrc(this.#bytes, 0, 12), true);
    this.#view.setUint16(this.#at, fitCrc(this.#bytes, 0, this.#at), true);
    return this.#bytes.slice(0, this.#at + 2);
  }
}

const CRC_TABLE: Uint16Array = (() => {
  const nibble = [
    0, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401,
    0x5000, 0x9c01, 0x8801, 0x4400,
  ];
  // The specification works by nibbles; whole bytes are the same sum in one step.
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = nibble[byte & 15]!;
    crc = ((crc >> 4) & 0x0fff) ^ nibble[crc & 15]! ^ nibble[(byte >> 4) & 15]!;
    return crc;
  });
})();

/** FIT's CRC-16 over bytes[from … to). */
export function fitCrc(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = (crc >> 8) ^ CRC_TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return crc;
}

/** @param isCompressed write most records with compressed timestamps */
export function writeFit(
  recorded: Recorded,
  info: ActivityInfo,
  isCompressed: boolean,
): Uint8Array {
  const fit = new FitWriter();
  const { device } = info;
  const time = (ms: number): number => Math.floor(ms / 1000) - FIT_EPOCH_S;
  const startMs = recorded.timeMs[0]!;
  const endMs = recorded.timeMs[recorded.length - 1]!;
  const manufacturer = info.isVirtual ? ZWIFT : device.manufacturer;

  fit.define(0, 0, [
    [0, ENUM],
    [1, UINT16],
    [2, UINT16],
    [3, UINT32Z],
    [4, UINT32],
  ]);
  fit.begin(0);
  fit.u8(4);
  fit.u16(manufacturer);
  fit.u16(device.product);
  fit.u32(3_900_000_000 + info.serial);
  fit.u32(time(startMs));

  fit.define(1, 23, [
    [253, UINT32],
    [0, UINT8],
    [2, UINT16],
    [4, UINT16],
    [5, UINT16],
    [27, STRING, 20],
  ]);
  fit.begin(1);
  fit.u32(time(startMs));
  fit.u8(0);
  fit.u16(manufacturer);
  fit.u16(device.product);
  fit.u16(1140);
  fit.text(device.creator, 20);

  fit.define(2, 21, [
    [253, UINT32],
    [0, ENUM],
    [1, ENUM],
  ]);
  const event = (ms: number, type: number): void => {
    fit.begin(2);
    fit.u32(time(ms));
    fit.u8(0);
    fit.u8(type);
  };
  event(startMs, 0);

  const hasAltitude = recorded.hasPosition;
  const fields: Field[] = [];
  if (recorded.hasPosition) fields.push([0, SINT32], [1, SINT32]);
  if (hasAltitude) fields.push([2, UINT16]);
  fields.push([5, UINT32], [6, UINT16]);
  if (recorded.heartRateBpm) fields.push([3, UINT8]);
  if (recorded.cadenceRpm) fields.push([4, UINT8]);
  if (recorded.powerW) fields.push([7, UINT16]);
  if (recorded.temperatureC) fields.push([13, SINT8]);
  fit.define(3, 20, [[253, UINT32], ...fields]);
  // Local type 0 was the file id; it is free again and small enough for a compressed header.
  if (isCompressed) fit.define(0, 20, fields);

  const pauses = new Set(recorded.pauseAfter);
  const semicircles = 2 ** 31 / 180;
  let reference = -100;
  for (let r = 0; r < recorded.length; r++) {
    const t = time(recorded.timeMs[r]!);
    if (isCompressed && t - reference < 32 && t >= reference) {
      fit.begin(0x80 | (t & 31));
    } else {
      fit.begin(3);
      fit.u32(t);
    }
    reference = t;
    if (recorded.hasPosition) {
      const lat = recorded.lat[r]!;
      const lon = recorded.lon[r]!;
      fit.s32(Number.isNaN(lat) ? 0x7fffffff : Math.round(lat * semicircles));
      fit.s32(Number.isNaN(lon) ? 0x7fffffff : Math.round(lon * semicircles));
      const altitude = recorded.altitudeM[r]!;
      fit.u16(Number.isNaN(altitude) ? 0xffff : Math.round((altitude + 500) * 5));
    }
    fit.u32(Math.round(recorded.distanceM[r]! * 100));
    fit.u16(Math.round(recorded.speedMps[r]! * 1000));
    if (recorded.heartRateBpm) fit.u8(orInvalid(recorded.heartRateBpm[r]!, 0xff));
    if (recorded.cadenceRpm) fit.u8(orInvalid(recorded.cadenceRpm[r]!, 0xff));
    if (recorded.powerW) fit.u16(orInvalid(recorded.powerW[r]!, 0xffff));
    if (recorded.temperatureC) fit.u8(orInvalid(recorded.temperatureC[r]!, 0x7f) & 0xff);
    if (pauses.has(r) && r + 1 < recorded.length) {
      event(recorded.timeMs[r]!, 4);
      event(recorded.timeMs[r + 1]!, 0);
      // The clock of compressed headers follows every timestamp in the file.
      reference = time(recorded.timeMs[r + 1]!);
    }
  }
  event(endMs, 4);

  const [sport, subSport] = SPORT[info.sport];
  const sub = info.isVirtual ? VIRTUAL_ACTIVITY : subSport;
  const laps = lapsOf(recorded, info.sport);
  fit.define(1, 19, [
    [253, UINT32],
    [2, UINT32],
    [7, UINT32],
    [8, UINT32],
    [9, UINT32],
    [24, ENUM],
    [25, ENUM],
  ]);
  laps.forEach((lap, k) => {
    fit.begin(1);
    fit.u32(time(lap.endMs));
    fit.u32(time(lap.startMs));
    fit.u32(lap.endMs - lap.startMs);
    fit.u32(Math.round(lap.timerS * 1000));
    fit.u32(Math.round(lap.distanceM * 100));
    fit.u8(k === laps.length - 1 ? 7 : 2);
    fit.u8(sport);
  });
  const elapsedMs = endMs - startMs;
  const timerMs = Math.round(timerSeconds(recorded, 0, recorded.length - 1) * 1000);
  fit.define(1, 18, [
    [253, UINT32],
    [2, UINT32],
    [5, ENUM],
    [6, ENUM],
    [7, UINT32],
    [8, UINT32],
    [9, UINT32],
    [25, UINT16],
    [26, UINT16],
  ]);
  fit.begin(1);
  fit.u32(time(endMs));
  fit.u32(time(startMs));
  fit.u8(sport);
  fit.u8(sub);
  fit.u32(elapsedMs);
  fit.u32(timerMs);
  fit.u32(Math.round(recorded.distanceM[recorded.length - 1]! * 100));
  fit.u16(0);
  fit.u16(laps.length);
  fit.define(1, 34, [
    [253, UINT32],
    [0, UINT32],
    [1, UINT16],
    [2, ENUM],
    [3, ENUM],
    [4, ENUM],
  ]);
  fit.begin(1);
  fit.u32(time(endMs));
  fit.u32(timerMs);
  fit.u16(1);
  fit.u8(0);
  fit.u8(26);
  fit.u8(1);
  return fit.finish();
}

function orInvalid(value: number, invalid: number): number {
  return Number.isNaN(value) ? invalid : Math.max(-127, Math.min(invalid - 1, value));
}

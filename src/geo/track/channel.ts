/**
 * Sensor values that no body or machine has become unknown, counted by channel; a channel without a
 * single value leaves the streams. A heart-rate strap writes 0 when it lost the skin; a power meter's
 * and a cadence sensor's 0 is a fact and stays. O(rows).
 */
import { CHANNELS } from "./recording.ts";
import type { RepairCode, RepairLog } from "./repair.ts";
import type { MutableStreams } from "./rows.ts";

type SensorChannel = "heartRateBpm" | "cadenceRpm" | "powerW" | "temperatureC";

/** Lowest and highest value that can be, and the code for what is outside. */
const SENSOR_RANGE: Readonly<Record<SensorChannel, readonly [number, number, RepairCode]>> = {
  // Apnoea divers reach 20, infants 220; optical sensors report up to 255.
  heartRateBpm: [20, 250, "heart-rate-impossible"],
  // 255 is FIT's "invalid"; track sprinters spin 250.
  cadenceRpm: [0, 254, "cadence-impossible"],
  // The largest one-second power on record is below 2,700 W.
  powerW: [0, 3000, "power-impossible"],
  temperatureC: [-60, 70, "temperature-impossible"],
};

export function cleanSensors(streams: MutableStreams, log: RepairLog): void {
  for (const channel of Object.keys(SENSOR_RANGE) as SensorChannel[]) {
    const column = streams[channel];
    if (!column) continue;
    const [low, high, code] = SENSOR_RANGE[channel];
    let bad = 0;
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      if (Number.isNaN(value) || (value >= low && value <= high)) continue;
      column[i] = Number.NaN;
      bad++;
    }
    log.add(code, bad);
  }
}

/** Removes the channels that hold no number at all. */
export function dropEmptyChannels(streams: MutableStreams): void {
  for (const channel of CHANNELS) {
    const column = streams[channel];
    if (column && !column.some((value) => !Number.isNaN(value))) streams[channel] = undefined;
  }
}

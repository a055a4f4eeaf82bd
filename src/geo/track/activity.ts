/**
 * An activity: a cleaned recording with its repairs, pauses and measures. Cleaning makes it;
 * matching, the store and the page read it.
 */
import type { Device, FileFormat, Lap, Repair, Sport, StatedTotals, Streams } from "./recording.ts";

/** A stretch without movement or without record, [startMs, endMs]. */
export interface Pause {
  readonly startMs: number;
  readonly endMs: number;
  /** timer: the person stopped the watch; auto: stood still; gap: the device recorded nothing. */
  readonly kind: "timer" | "auto" | "gap";
}

/**
 * Streams after cleaning: times strictly ascending, positions possible, distance monotone and
 * always present, altitude smoothed when present. NaN still means "unknown".
 */
export interface CleanStreams extends Streams {
  readonly distanceM: Float64Array;
  readonly speedMps: Float32Array;
  /** Rise over run as a fraction (0.1 is ten per cent), from smoothed altitude; NaN if unknown. */
  readonly grade?: Float32Array | undefined;
  /** 1 where the person moved since the row before. */
  readonly isMoving: Uint8Array;
}

export interface Activity {
  readonly format: FileFormat;
  readonly sport: Sport;
  readonly statedSport: string;
  readonly isVirtual: boolean;
  /** At least two rows have a position. */
  readonly hasPosition: boolean;
  readonly name?: string | undefined;
  readonly device: Device;
  readonly startMs: number;
  readonly streams: CleanStreams;
  readonly pauses: readonly Pause[];
  readonly laps: readonly Lap[];
  readonly stated: StatedTotals;
  readonly repairs: readonly Repair[];
  readonly measures: Measures;
}

export interface Measures {
  readonly distanceM: number;
  readonly elapsedS: number;
  readonly movingS: number;
  /** Metres up and down from the smoothed profile; NaN without altitude. */
  readonly gainM: number;
  readonly lossM: number;
  readonly averageSpeedMps: number;
  readonly maxSpeedMps: number;
  readonly averageHeartRateBpm: number;
  readonly maxHeartRateBpm: number;
  readonly averageCadenceRpm: number;
  readonly averagePowerW: number;
  /** Coggan: fourth-power mean of the 30 s rolling mean. */
  readonly normalisedPowerW: number;
  /** Seconds per metre on the flat for the same effort (Minetti 2002), runs only. */
  readonly gradeAdjustedPaceSPerM: number;
  /** One row per kilometre. */
  readonly splits: readonly Split[];
  readonly bestEfforts: readonly BestEffort[];
}

export interface Split {
  /** 1, 2, 3 …; the last may be shorter than a kilometre. */
  readonly index: number;
  readonly distanceM: number;
  readonly movingS: number;
  readonly elapsedS: number;
  readonly gainM: number;
  readonly lossM: number;
  readonly averageHeartRateBpm: number;
}

export interface BestEffort {
  readonly name: string;
  readonly distanceM: number;
  readonly elapsedS: number;
  readonly startMs: number;
}

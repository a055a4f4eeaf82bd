/**
 * A recording: what one activity in a device file says, before anything is repaired. Decoders make
 * it, cleaning reads it. Many of anything is a column: one typed array per quantity.
 */

/** Sports, the small vocabulary that every format is mapped to. */
export const SPORTS = [
  "run",
  "trail-run",
  "walk",
  "hike",
  "ride",
  "mountain-bike",
  "gravel-ride",
  "e-bike",
  "indoor-ride",
  "treadmill",
  "swim",
  "open-water-swim",
  "row",
  "ski",
  "nordic-ski",
  "skate",
  "paddle",
  "strength",
  "transition",
  "other",
] as const;
export type Sport = (typeof SPORTS)[number];

export type FileFormat = "fit" | "gpx" | "tcx";

/**
 * One row per record, in the order of the file. A missing value is NaN; a channel that no record
 * has is undefined. Nothing here is sorted, bounded or repaired.
 */
export interface Streams {
  readonly length: number;
  /** Epoch milliseconds UTC. */
  readonly timeMs: Float64Array;
  /** Degrees WGS 84. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Metres above sea level, as the device says. */
  readonly altitudeM?: Float32Array | undefined;
  /** Cumulative metres, as the device says (wheel, footpod or its own sum). */
  readonly distanceM?: Float64Array | undefined;
  /** Metres per second, as the device says. */
  readonly speedMps?: Float32Array | undefined;
  readonly heartRateBpm?: Float32Array | undefined;
  /** Revolutions (ride) or steps of one foot (run) per minute. */
  readonly cadenceRpm?: Float32Array | undefined;
  readonly powerW?: Float32Array | undefined;
  readonly temperatureC?: Float32Array | undefined;
  /** The device's own estimate of its horizontal error in metres. */
  readonly accuracyM?: Float32Array | undefined;
}

/** The optional columns of `Streams`, by name. */
export const CHANNELS = [
  "altitudeM",
  "distanceM",
  "speedMps",
  "heartRateBpm",
  "cadenceRpm",
  "powerW",
  "temperatureC",
  "accuracyM",
] as const;
export type Channel = (typeof CHANNELS)[number];

/** A lap as the device closed it. */
export interface Lap {
  readonly startMs: number;
  readonly endMs: number;
  readonly distanceM?: number | undefined;
  readonly timerS?: number | undefined;
  readonly trigger?: string | undefined;
}

/** The timer was stopped between two moments (FIT timer events, GPX segment ends, TCX track ends). */
export interface TimerPause {
  readonly startMs: number;
  readonly endMs: number;
}

/** Totals that the device stated for the whole activity, to compare with ours. */
export interface StatedTotals {
  readonly distanceM?: number | undefined;
  readonly elapsedS?: number | undefined;
  readonly timerS?: number | undefined;
  readonly movingS?: number | undefined;
  readonly gainM?: number | undefined;
  readonly lossM?: number | undefined;
  readonly calories?: number | undefined;
}

export interface Device {
  readonly manufacturer?: string | undefined;
  readonly product?: string | undefined;
}

export interface Recording {
  readonly format: FileFormat;
  readonly sport: Sport;
  /** The file's own words for the sport, e.g. "cycling/mountain". */
  readonly statedSport: string;
  /** True when the coordinates are of a virtual world or the trainer says so (Zwift, Watopia). */
  readonly isVirtual: boolean;
  readonly name?: string | undefined;
  readonly device: Device;
  readonly streams: Streams;
  readonly laps: readonly Lap[];
  readonly timerPauses: readonly TimerPause[];
  readonly stated: StatedTotals;
  /** Whether the altitude column comes from a barometer; undefined when the file does not tell. */
  readonly isBarometric?: boolean | undefined;
}

/**
 * Something that was lost or set right, counted. `code` is a stable kebab-case word of
 * docs/reference/repairs.md; `count` is how many records, bytes or seconds; `unit` says which.
 */
export interface Repair {
  readonly code: string;
  readonly count: number;
  readonly unit: "record" | "byte" | "second" | "file" | "activity";
  /** One sentence for people. */
  readonly message: string;
}

/** What a decoder makes of the bytes of one file. */
export interface DecodedFile {
  readonly format: FileFormat;
  /** Zero or more activities (multisport, chained files, several tracks). */
  readonly recordings: readonly Recording[];
  /** What could not be read or had to be bridged while reading. */
  readonly repairs: readonly Repair[];
}

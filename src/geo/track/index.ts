/** What the area offers: recordings in, activities out. */
export type { Activity, BestEffort, CleanStreams, Measures, Pause, Split } from "./activity.ts";
export { type CleanOptions, cleanRecording } from "./clean.ts";
export * from "./decode/index.ts";
export { decodeStreams, encodeStreams } from "./encode.ts";
export {
  CHANNELS,
  type Channel,
  type DecodedFile,
  type Device,
  type FileFormat,
  type Lap,
  type Recording,
  type Repair,
  SPORTS,
  type Sport,
  type StatedTotals,
  type Streams,
  type TimerPause,
} from "./recording.ts";
export { REPAIR_CODES, type RepairCode, repairOf } from "./repair.ts";
export { isRoutine } from "./routine.ts";
export { splitRecording } from "./split-recording.ts";
export { SPORT_BOUNDS, type SportBounds } from "./sport.ts";

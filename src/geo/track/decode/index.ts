export {
  type Archive,
  type ArchiveEntry,
  type ArchiveOptions,
  archiveDefaults,
  type ByteSource,
  readArchive,
} from "./archive.ts";
export { type DecodeOptions, decodeDefaults, decodeFile } from "./decode.ts";
export { type Detected, detectFormat } from "./detect.ts";
export { READING_CODES, type ReadingCode } from "./ledger.ts";
export { readStravaExport, type StravaActivity, type StravaExport } from "./strava-export.ts";

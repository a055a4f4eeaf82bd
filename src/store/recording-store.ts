/**
 * What an import needs of a store beyond activities: a memory of the recordings that were read, by
 * the sha256 of their bytes, so that an interrupted or repeated import passes over them.
 */
import type { ActivitySummary } from "../schema/activity.ts";
import type { ImportedFile } from "../schema/import.ts";
import type { EncodedActivity } from "./activity-file.ts";
import type { ActivityStore } from "./activity-store.ts";

/** One recording that was read to its end, and what came of it. */
export interface RecordingEntry {
  /** sha256 of the file's bytes, 64 lower-case hex digits. */
  readonly hash: string;
  /** Which engine and map read it: an entry with another key is read again. */
  readonly readWith: string;
  readonly result: ImportedFile;
}

export interface RecordingStore extends ActivityStore {
  /** As `put`, for an activity that a worker thread has already encoded. */
  putEncoded(encoded: EncodedActivity): Promise<void>;
  /** Takes an activity away for good; nothing happens when there is none. */
  remove(id: string): Promise<void>;
  /** The newest entry of these bytes. */
  recording(hash: string): RecordingEntry | undefined;
  /** All newest entries, in no order. */
  recordings(): Iterable<RecordingEntry>;
  /** Durable when the promise resolves. Call it after the activities of the recording are. */
  putRecording(entry: RecordingEntry): Promise<void>;
  /** All summaries at this moment, newest first, without touching the disk. */
  summaries(): readonly ActivitySummary[];
  /** Waits for what is under way and gives the folder free. */
  close(): Promise<void>;
}

/**
 * What came of every file that was read, by athlete and hash: known bytes are not read again, and a
 * file's activities appear together with the note that it was read, or not at all.
 */
import type { ActivityDetail, ActivitySummary } from "../schema/activity.ts";
import type { ImportedActivity, ImportedFile } from "../schema/import.ts";
import type { EncodedActivity } from "./activity-row.ts";
import type { Blob } from "./blob-store.ts";
import type { Tx } from "./database.ts";
import type { UploadFields } from "./table.ts";

export interface RecordingEntry {
  readonly athleteId: number;
  readonly sha256: string;
  readonly reader: Reader;
  readonly result: ImportedFile;
}

/** What read a recording: another would give other activities or other matches. */
export interface Reader {
  /** jobs/read-with.ts */
  readonly engine: number;
  /** Undefined: nothing was matched. */
  readonly networkVersion: string | undefined;
}

/** A file that was read, ready to be kept. */
export interface KeptRecording {
  readonly athleteId: number;
  /** Bytes that the BlobStore has answered for. */
  readonly blob: Blob;
  readonly file: string;
  readonly reader: Reader;
  readonly status: ImportedFile["status"];
  readonly repairs: readonly ImportedFile["repairs"][number][];
  /** In the order of the file; their ids are provisional. */
  readonly activities: readonly {
    readonly encoded: EncodedActivity;
    readonly said: ImportedActivity;
  }[];
  /** The upload that brought it: finished in the same transaction. */
  readonly uploadId?: number | undefined;
  /** Of an import: the path as the person wrote it, noted among the uploads in the same transaction. */
  readonly path?: string | undefined;
  readonly fields?: UploadFields | undefined;
}

export interface KeepOptions {
  readonly now: number;
  /** Whether two activities of one athlete are the same one (jobs/duplicate.ts). */
  readonly isDuplicate: (a: ActivitySummary, b: ActivitySummary) => boolean;
  /** Runs inside the transaction, last. */
  readonly also?: ((tx: Tx, result: ImportedFile) => Promise<void>) | undefined;
}

/** A match that is ready to be kept. */
export interface KeptMatch {
  readonly activityId: number;
  readonly networkVersion: string;
  /** Null: it was tried, and this activity has none. */
  readonly match: ActivityDetail["match"];
  readonly matchedM: number;
  readonly offNetworkM: number;
}

export interface Recordings {
  /** The entry of these bytes, for an athlete who has them. */
  find(athleteId: number, sha256: string): Promise<RecordingEntry | undefined>;
  /**
   * Hashes that this reader need not read again, per athlete. Without a network of its own, what was
   * matched on any is as good as new.
   */
  known(reader: Reader): Promise<ReadonlyMap<number, ReadonlySet<string>>>;
  /**
   * In one transaction: the blob's row, new activities with streams and matches, the recording, and
   * the fate of the upload. An activity that repeats another is not added; one that an earlier
   * reading of the same bytes gave keeps its id, its title as edited, and its visibility.
   */
  keep(recording: KeptRecording, options: KeepOptions): Promise<ImportedFile>;
  /** Ids of activities with a position that have no match on this network, oldest first. */
  unmatched(
    networkVersion: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<readonly number[]>;
  countUnmatched(networkVersion: string): Promise<number>;
  /** Beside the activity's other matches; not served before `serveNetwork`. */
  keepMatch(match: KeptMatch, now: number): Promise<void>;
  /** The network whose matches are served. */
  servedNetwork(): Promise<string | undefined>;
  /** From now on the matches on this network are served, and older ones are dropped. */
  serveNetwork(version: string, now: number): Promise<void>;
}

/**
 * Files that athletes sent, and their fate. A row stands before anybody is told that the file was
 * received; what becomes of it is decided by the job that reads it (jobs/read-upload.ts).
 */
import type { Tx } from "./database.ts";
import type { UploadFields, UploadStatus } from "./table.ts";

export interface Upload {
  readonly id: number;
  readonly athleteId: number;
  readonly externalId: string | null;
  readonly fileName: string;
  readonly sha256: string | null;
  readonly byteLength: number;
  readonly dataType: string;
  readonly fields: UploadFields;
  readonly status: UploadStatus;
  /** Set when `status` is "failed", and for a "duplicate" what it repeats. */
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly choices: readonly string[];
  } | null;
  readonly activityIds: readonly number[];
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface NewUpload {
  readonly athleteId: number;
  /** A blob that `BlobStore.put` has answered for. */
  readonly blob: { readonly sha256: string; readonly byteLength: number };
  readonly fileName: string;
  readonly externalId?: string | null;
  readonly dataType?: string;
  readonly fields?: UploadFields;
}

export interface UploadPage {
  readonly uploads: readonly Upload[];
  /** Id to ask for next, as `before`; null on the last page. */
  readonly next: number | null;
}

export interface Uploads {
  /**
   * Durable when it resolves: tell the client then, not before.
   *
   * @param enqueue called inside the transaction: what it writes stands or falls with the upload
   */
  receive(
    upload: NewUpload,
    now: number,
    enqueue?: (tx: Tx, upload: Upload) => Promise<void>,
  ): Promise<Upload>;
  /** @throws WaymarkError NOT_FOUND */
  get(id: number): Promise<Upload>;
  /** Newest first. */
  list(
    athleteId: number,
    options?: {
      readonly limit?: number;
      readonly before?: number | undefined;
      readonly status?: readonly UploadStatus[];
    },
  ): Promise<UploadPage>;
  /** How many uploads of an athlete have each status. */
  count(athleteId: number): Promise<Readonly<Record<UploadStatus, number>>>;
  /** Everybody's that no job has finished yet, oldest first: what a restarted server goes on with. */
  unfinished(): Promise<readonly Upload[]>;
  /** Received → processing. @returns the tries so far, this one included; 0 when it is finished */
  begin(id: number, now: number): Promise<number>;
  /** Finished: failed with its reason. */
  fail(
    id: number,
    error: {
      readonly code: string;
      readonly message: string;
      readonly choices?: readonly string[];
    },
    now: number,
  ): Promise<void>;
}

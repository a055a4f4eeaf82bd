/**
 * Files that athletes sent, and their fate. A row stands before anybody is told that the file was
 * received; what becomes of it is decided by the job that reads it (jobs/read-upload.ts).
 */
import { type Selectable, sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { BlobRows } from "./blob-rows.ts";
import type { Database, Tx } from "./database.ts";
import { type NotedFile, noteFiles } from "./note-files.ts";
import {
  UPLOAD_STATUSES,
  type UploadFields,
  type UploadStatus,
  type UploadTable,
} from "./table.ts";
import { cleanJson, cleanText } from "./text.ts";

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
  /** Set when `status` is "failed"; what a duplicate repeats are its `activityIds`. */
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
   * For uploads that are to be read use `receiveUpload` (platform/job): it sends the job too.
   *
   * @throws WaymarkError NOT_FOUND when the account went away meanwhile
   * @param enqueue called inside the transaction: what it writes stands or falls with the upload
   */
  receive(
    upload: NewUpload,
    now: number,
    enqueue?: (tx: Tx, upload: Upload) => Promise<void>,
  ): Promise<Upload>;
  /** @throws WaymarkError NOT_FOUND */
  get(id: number): Promise<Upload>;
  /** The newest upload of these bytes by an athlete. */
  find(athleteId: number, sha256: string): Promise<Upload | undefined>;
  /** Newest first. */
  list(
    athleteId: number,
    options?: {
      readonly limit?: number;
      readonly before?: number | undefined;
      readonly status?: readonly UploadStatus[];
      /** Only those of these bytes. */
      readonly sha256?: string | undefined;
    },
  ): Promise<UploadPage>;
  /** How many uploads of an athlete have each status. */
  count(athleteId: number): Promise<Readonly<Record<UploadStatus, number>>>;
  /** Everybody's that no job has finished yet, oldest first: what a restarted server goes on with. */
  unfinished(): Promise<readonly Upload[]>;
  countUnfinished(): Promise<number>;
  /** Received → processing. @returns undefined when it is finished, or gone */
  begin(id: number, now: number): Promise<Upload | undefined>;
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
  /**
   * Failed → received: another version may read what this one could not.
   *
   * @param enqueue called inside the transaction, as of `receive`
   * @throws WaymarkError USAGE when it has not failed, or its bytes were not kept
   */
  retry(
    id: number,
    now: number,
    enqueue: (tx: Tx, upload: Upload) => Promise<void>,
  ): Promise<Upload>;
  /** What became of imported files, one note a path and bytes (note-files.ts). */
  note(files: readonly NotedFile[], now: number): Promise<void>;
}

export const uploadDefaults = {
  /** Uploads of a page. */
  limit: 50,
} as const;

const UNFINISHED = ["received", "processing"] as const;

export function createUploads(database: Database, blobRows: BlobRows): Uploads {
  return {
    receive: (upload, now, enqueue) =>
      database.transaction(async (tx) => {
        const { athleteId, blob, fileName, externalId = null, dataType = "", fields = {} } = upload;
        const owner = await tx
          .selectFrom("athlete")
          .select("id")
          .where("id", "=", athleteId)
          .forKeyShare()
          .executeTakeFirst();
        if (!owner) throw new WaymarkError("NOT_FOUND", `there is no account ${athleteId}`);
        await blobRows.add(tx, blob, now);
        const row = await tx
          .insertInto("upload")
          .values({
            athlete_id: athleteId,
            external_id: externalId && cleanText(externalId),
            file_name: cleanText(fileName),
            sha256: blob.sha256,
            byte_length: blob.byteLength,
            data_type: cleanText(dataType),
            fields: cleanJson(fields),
            status: "received",
            error_code: null,
            error_message: null,
            error_choices: "[]",
            activity_ids: "[]",
            created_ms: now,
            updated_ms: now,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        const received = toUpload(row);
        await enqueue?.(tx, received);
        return received;
      }),
    async get(id) {
      const row = await database.sql
        .selectFrom("upload")
        .selectAll()
        .where("id", "=", id)
        .executeTakeFirst();
      if (!row) throw new WaymarkError("NOT_FOUND", `there is no upload ${id}`);
      return toUpload(row);
    },
    async find(athleteId, sha256) {
      const row = await database.sql
        .selectFrom("upload")
        .selectAll()
        .where("sha256", "=", sha256)
        .where("athlete_id", "=", athleteId)
        .orderBy("id", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && toUpload(row);
    },
    async list(athleteId, { limit = uploadDefaults.limit, before, status, sha256 } = {}) {
      let query = database.sql
        .selectFrom("upload")
        .selectAll()
        .where("athlete_id", "=", athleteId)
        .orderBy("id", "desc")
        .limit(limit + 1);
      if (before !== undefined) query = query.where("id", "<", before);
      if (status) query = query.where("status", "in", [...status]);
      if (sha256 !== undefined) query = query.where("sha256", "=", sha256);
      const rows = await query.execute();
      const uploads = rows.slice(0, limit).map(toUpload);
      return { uploads, next: rows.length > limit ? (uploads.at(-1)?.id ?? null) : null };
    },
    async count(athleteId) {
      const rows = await database.sql
        .selectFrom("upload")
        .select(["status", sql<number>`count(*)`.as("count")])
        .where("athlete_id", "=", athleteId)
        .groupBy("status")
        .execute();
      const counts = Object.fromEntries(UPLOAD_STATUSES.map((status) => [status, 0]));
      for (const { status, count } of rows) counts[status] = count;
      return counts as Record<UploadStatus, number>;
    },
    async unfinished() {
      const rows = await database.sql
        .selectFrom("upload")
        .selectAll()
        .where("status", "in", UNFINISHED)
        .orderBy("id")
        .execute();
      return rows.map(toUpload);
    },
    async countUnfinished() {
      const row = await database.sql
        .selectFrom("upload")
        .select(sql<number>`count(*)`.as("count"))
        .where("status", "in", UNFINISHED)
        .executeTakeFirstOrThrow();
      return row.count;
    },
    async begin(id, now) {
      const row = await database.sql
        .updateTable("upload")
        .set({ status: "processing", attempts: sql`attempts + 1`, updated_ms: now })
        .where("id", "=", id)
        .where("status", "in", UNFINISHED)
        .returningAll()
        .executeTakeFirst();
      return row && toUpload(row);
    },
    async fail(id, { code, message, choices = [] }, now) {
      await database.sql
        .updateTable("upload")
        .set({
          status: "failed",
          error_code: code,
          error_message: cleanText(message),
          error_choices: cleanJson(choices),
          updated_ms: now,
        })
        .where("id", "=", id)
        .where("status", "in", UNFINISHED)
        .execute();
    },
    retry: (id, now, enqueue) =>
      database.transaction(async (tx) => {
        const row = await tx
          .updateTable("upload")
          .set({ status: "received", error_code: null, error_message: null, updated_ms: now })
          .where("id", "=", id)
          .where("status", "=", "failed")
          .where("sha256", "is not", null)
          .returningAll()
          .executeTakeFirst();
        if (!row) {
          throw new WaymarkError(
            "USAGE",
            `upload ${id} cannot be tried again: it has not failed, or its bytes were not kept`,
          );
        }
        const upload = toUpload(row);
        await enqueue(tx, upload);
        return upload;
      }),
    note: (files, now) => database.transaction((tx) => noteFiles(tx, files, now)),
  };
}

function toUpload(row: Selectable<UploadTable>): Upload {
  return {
    id: row.id,
    athleteId: row.athlete_id,
    externalId: row.external_id,
    fileName: row.file_name,
    sha256: row.sha256,
    byteLength: row.byte_length,
    dataType: row.data_type,
    fields: row.fields,
    status: row.status,
    error:
      row.error_code === null
        ? null
        : {
            code: row.error_code,
            message: row.error_message ?? "",
            choices: row.error_choices,
          },
    activityIds: row.activity_ids,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
  };
}

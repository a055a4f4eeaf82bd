/**
 * What became of imported files, among the uploads: nobody waited for them, but their athlete looks for
 * them in the same list. A path whose bytes were imported before has its note already, which then says
 * the newest fate; one file again and again is one note. Two statements a file, by the index of athlete
 * and path.
 */
import { sql } from "kysely";
import type { ImportedFile } from "../schema/import.ts";
import type { Tx } from "./database.ts";
import type { UploadStatus } from "./table.ts";
import { cleanJson, cleanText } from "./text.ts";

export interface NotedFile {
  readonly athleteId: number;
  /** As the person wrote it. */
  readonly path: string;
  /** Null for a file that was refused: its bytes are not kept. */
  readonly sha256: string | null;
  readonly byteLength: number;
  readonly fate: Fate;
}

export interface Fate {
  readonly status: Extract<UploadStatus, "ready" | "duplicate" | "failed">;
  /** Of a failed one. */
  readonly code: string | null;
  /** Why it failed, or what a duplicate repeats. */
  readonly message: string | null;
  readonly activityIds: readonly number[];
}

export const noteDefaults = {
  /** Characters of a path that are kept, from its end. */
  pathLength: 300,
} as const;

/** A file of which nothing was new is a duplicate, and says of what. */
export function fateOf({ error, activities }: ImportedFile): Fate {
  if (error) return { status: "failed", ...error, activityIds: [] };
  const activityIds = [...new Set(activities.map((activity) => Number(activity.id)))];
  const isDuplicate = activities.length > 0 && activities.every((a) => a.duplicateOf !== undefined);
  return {
    status: isDuplicate ? "duplicate" : "ready",
    code: null,
    message: isDuplicate ? `duplicate of activity ${activityIds.join(", ")}` : null,
    activityIds,
  };
}

/** Files of an account that went away meanwhile are passed over, and bytes that did. */
export async function noteFiles(tx: Tx, files: readonly NotedFile[], now: number): Promise<void> {
  for (const file of files) await noteFile(tx, file, now);
}

async function noteFile(
  tx: Tx,
  { athleteId, path, sha256, byteLength, fate }: NotedFile,
  now: number,
): Promise<void> {
  const external = cleanText(path).slice(-noteDefaults.pathLength).toWellFormed();
  const words = {
    status: fate.status,
    error_code: fate.code,
    error_message: fate.message && cleanText(fate.message),
    activity_ids: cleanJson(fate.activityIds),
    updated_ms: now,
  };
  const known = await tx
    .selectFrom("upload")
    .select(["id", "status", "error_code", "error_message", "activity_ids"])
    .where("athlete_id", "=", athleteId)
    .where("external_id", "=", external)
    // A note without bytes is of a refused file; one whose bytes were deleted since is history.
    .where((e) =>
      sha256 === null
        ? e.and([e("sha256", "is", null), e("status", "=", "failed")])
        : e("sha256", "=", sha256),
    )
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (known) {
    const isSaid =
      known.status === words.status &&
      known.error_code === words.error_code &&
      known.error_message === words.error_message &&
      JSON.stringify(known.activity_ids) === words.activity_ids;
    // What a job is about is the job's to say.
    const isWaiting = known.status === "received" || known.status === "processing";
    if (isSaid || isWaiting) return;
    await tx.updateTable("upload").set(words).where("id", "=", known.id).execute();
    return;
  }
  await sql`
    insert into upload (athlete_id, external_id, file_name, sha256, byte_length, data_type, fields,
      status, error_code, error_message, activity_ids, created_ms, updated_ms)
    select id, ${external}, ${nameOf(external)}, ${sha256}, ${byteLength}, '', '{}',
      ${words.status}, ${words.error_code}, ${words.error_message}, ${words.activity_ids}::jsonb,
      ${now}, ${now}
    from athlete where id = ${athleteId}
      and (${sha256}::text is null or exists (select from blob where sha256 = ${sha256}))`.execute(
    tx,
  );
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) || path;
}

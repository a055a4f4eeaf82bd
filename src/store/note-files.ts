/**
 * What became of imported files, among the uploads: nobody waited for them, but their athlete looks for
 * them in the same list. A path whose bytes were imported before has its note already, which then says
 * the newest fate; one file again and again is one note. Two statements, however many files: the index
 * by athlete and path finds what is there.
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

/** Files of an account that went away meanwhile, and bytes that did, are passed over. */
export async function noteFiles(tx: Tx, files: readonly NotedFile[], now: number): Promise<void> {
  if (files.length === 0) return;
  const said = saidBy(files);
  await sql`
    update upload u set status = s.status, error_code = s.error_code,
      error_message = s.error_message, activity_ids = s.activity_ids, updated_ms = ${now}
    from ${said}
    where u.athlete_id = s.athlete_id and u.external_id = s.external_id and ${isSame}
      and u.status in ('ready', 'duplicate', 'failed')
      and (u.status, u.error_code, u.error_message, u.activity_ids)
        is distinct from (s.status, s.error_code, s.error_message, s.activity_ids)`.execute(tx);
  await sql`
    insert into upload (athlete_id, external_id, file_name, sha256, byte_length, data_type, fields,
      status, error_code, error_message, activity_ids, created_ms, updated_ms)
    select s.athlete_id, s.external_id, s.file_name, s.sha256, s.byte_length, '', '{}',
      s.status, s.error_code, s.error_message, s.activity_ids, ${now}, ${now}
    from ${said}
    where exists (select from athlete where id = s.athlete_id)
      and (s.sha256 is null or exists (select from blob where sha256 = s.sha256))
      and not exists (select from upload u
        where u.athlete_id = s.athlete_id and u.external_id = s.external_id and ${isSame})
    order by s.place`.execute(tx);
}

/** A note without bytes is of a refused file; one whose bytes were deleted since is history. */
const isSame = sql`(u.sha256 = s.sha256
  or (u.sha256 is null and s.sha256 is null and u.status = 'failed'))`;

/** The files as a table `s`, each path and bytes once: the last word counts. */
function saidBy(files: readonly NotedFile[]) {
  const rows = new Map<string, object>();
  for (const [place, { athleteId, path, sha256, byteLength, fate }] of files.entries()) {
    const external = cleanText(path).slice(-noteDefaults.pathLength);
    rows.set(`${athleteId} ${sha256} ${external}`, {
      place,
      athlete_id: athleteId,
      external_id: external,
      file_name: external.split(/[/\\]/).at(-1) || external,
      sha256,
      byte_length: byteLength,
      status: fate.status,
      error_code: fate.code,
      error_message: fate.message,
      activity_ids: fate.activityIds,
    });
  }
  return sql`jsonb_to_recordset(${cleanJson([...rows.values()])}::jsonb) as s(place integer,
    athlete_id bigint, external_id text, file_name text, sha256 text, byte_length bigint,
    status text, error_code text, error_message text, activity_ids jsonb)`;
}

/**
 * Activities in the database. Who may see a row is part of each statement, so that what is hidden
 * cannot be told from what does not exist.
 */
import { type Selectable, type SqlBool, sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { ActivityDetail } from "../schema/activity.ts";
import type { Activities, ActivityChange, OwnedSummary, Ownership, Viewer } from "./activities.ts";
import { listActivities } from "./activity-list.ts";
import {
  decodePieces,
  decodeStreams,
  SUMMARY_COLUMNS,
  type SummaryRow,
  searchText,
  toDetail,
  toSummary,
} from "./activity-row.ts";
import type { BlobRows } from "./blob-rows.ts";
import type { Database, Sql, Tx } from "./database.ts";
import { eraseActivityEvents } from "./erase-activity.ts";
import type { ActivityTable, MatchTable } from "./table.ts";
import { cleanJson, cleanText } from "./text.ts";
import { isChangeableBy, isVisibleTo } from "./viewer.ts";

/** Activities read at once for an export. */
const EXPORT_PAGE = 200;

export function createActivities(database: Database, blobRows: BlobRows): Activities {
  const get: Activities["get"] = async (id, viewer) => {
    const row = await owned(database.sql)
      .select("activity.detail")
      .where("activity.id", "=", id)
      .where(isVisibleTo(viewer))
      .executeTakeFirst();
    if (!row) throw notFound(id);
    const { summary, ...ownership } = toOwned(row);
    const match = await currentMatch(database.sql, id);
    return { ...ownership, detail: toDetail(summary, row.detail, match) };
  };

  return {
    list: (query, viewer) => listActivities(database.sql, query, viewer),
    async page({ athleteId, viewer, beforeMs, afterMs, page, perPage }) {
      const isOldestFirst = afterMs !== undefined && beforeMs === undefined;
      const direction = isOldestFirst ? "asc" : "desc";
      let query = owned(database.sql)
        .where("activity.athlete_id", "=", athleteId)
        .where(isVisibleTo(viewer ?? { athleteId }))
        .orderBy("activity.start_ms", direction)
        .orderBy("activity.id", direction)
        .limit(perPage)
        .offset((page - 1) * perPage);
      if (beforeMs !== undefined) query = query.where("activity.start_ms", "<", beforeMs);
      if (afterMs !== undefined) query = query.where("activity.start_ms", ">", afterMs);
      return (await query.execute()).map(toOwned);
    },
    get,
    async streams(id, viewer) {
      const row = await database.sql
        .selectFrom("activity")
        .innerJoin("activity_stream", "activity_stream.activity_id", "activity.id")
        .select("activity_stream.columns")
        .where("activity.id", "=", id)
        .where(isVisibleTo(viewer))
        .executeTakeFirst();
      if (!row) throw notFound(id);
      return decodeStreams(row.columns, `the streams of activity ${id}`);
    },
    async update(id, change, viewer, now) {
      const isChanged = await database.transaction((tx) => update(tx, id, change, viewer, now));
      return isChanged ? await get(id, viewer) : undefined;
    },
    async remove(id, viewer, now) {
      const hashes = await database.transaction(async (tx) => {
        const released = await remove(tx, id, viewer);
        await eraseActivityEvents(tx, [id], now);
        return released;
      });
      await blobRows.collect(hashes);
    },
    async *all(athleteId) {
      for (let after = 0; ; ) {
        const rows = await owned(database.sql)
          .where("activity.athlete_id", "=", athleteId)
          .where("activity.id", ">", after)
          .orderBy("activity.id")
          .limit(EXPORT_PAGE)
          .execute();
        for (const row of rows) yield toOwned(row);
        if (rows.length < EXPORT_PAGE) return;
        after = rows.at(-1)!.id;
      }
    },
  };
}

/** Summary, ownership, the athlete's name and the upload that brought it first. */
function owned(db: Sql) {
  return db
    .selectFrom("activity")
    .innerJoin("athlete", "athlete.id", "activity.athlete_id")
    .leftJoinLateral(
      (e) =>
        e
          .selectFrom("upload")
          .select(["upload.id as upload_id", "upload.external_id"])
          .whereRef("upload.sha256", "=", "activity.sha256")
          .whereRef("upload.athlete_id", "=", "activity.athlete_id")
          .orderBy("upload.id")
          .limit(1)
          .as("brought"),
      (join) => join.onTrue(),
    )
    .select([
      ...SUMMARY_COLUMNS,
      "athlete.name",
      "activity.athlete_id",
      "activity.description",
      "activity.visibility",
      "activity.hidden_start_m",
      "activity.hidden_end_m",
      "activity.shared",
      "activity.sha256",
      "activity.created_ms",
      "activity.updated_ms",
      "brought.upload_id",
      "brought.external_id",
    ]);
}

type OwnedRow = SummaryRow &
  Pick<
    Selectable<ActivityTable>,
    | "athlete_id"
    | "description"
    | "visibility"
    | "hidden_start_m"
    | "hidden_end_m"
    | "shared"
    | "sha256"
    | "created_ms"
    | "updated_ms"
  > & {
    readonly name: string;
    readonly upload_id: number | null;
    readonly external_id: string | null;
  };

function toOwned(row: OwnedRow): OwnedSummary {
  const ownership: Ownership = {
    number: row.id,
    athleteId: row.athlete_id,
    description: row.description,
    visibility: row.visibility,
    hiddenStartM: row.hidden_start_m,
    hiddenEndM: row.hidden_end_m,
    shared: row.shared,
    sha256: row.sha256,
    uploadId: row.upload_id,
    externalId: row.external_id,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
  };
  return { ...ownership, summary: toSummary(row, row.name) };
}

async function currentMatch(db: Sql, id: number): Promise<ActivityDetail["match"]> {
  const row: Selectable<MatchTable> | undefined = await db
    .selectFrom("match")
    .selectAll()
    .where("activity_id", "=", id)
    .where("is_current", "=", true)
    .executeTakeFirst();
  return row
    ? {
        networkVersion: row.network_version,
        profile: row.profile,
        sigmaM: row.sigma_m,
        rmsM: row.rms_m,
        pieces: decodePieces(row.pieces, `the match of activity ${id}`),
      }
    : null;
}

async function update(
  tx: Tx,
  id: number,
  change: ActivityChange,
  viewer: Viewer,
  now: number,
): Promise<boolean> {
  const row = await tx
    .selectFrom("activity")
    .select(["title", "sport", "description", "hidden_start_m", "hidden_end_m"])
    .where("id", "=", id)
    .where(isChangeableBy(viewer))
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw notFound(id);
  const before = change.hiddenBefore;
  if (before && (before[0] !== row.hidden_start_m || before[1] !== row.hidden_end_m)) return false;
  const title = cleanText(change.title ?? row.title);
  const sport = change.sport ?? row.sport;
  const description = cleanText(change.description ?? row.description);
  const { visibility, hiddenStartM, hiddenEndM, shared } = change;
  await tx
    .updateTable("activity")
    .set({
      title,
      sport,
      description,
      search: searchText(title, sport, description),
      updated_ms: now,
      ...(title === row.title && sport === row.sport ? {} : { is_edited: true }),
      ...(visibility === undefined ? {} : { visibility }),
      ...(hiddenStartM === undefined ? {} : { hidden_start_m: hiddenStartM }),
      ...(hiddenEndM === undefined ? {} : { hidden_end_m: hiddenEndM }),
      ...(shared === undefined ? {} : { shared: shared && cleanJson(shared) }),
    })
    .where("id", "=", id)
    .execute();
  return true;
}

/** @returns hashes of raw bytes that may have lost their last reference */
async function remove(tx: Tx, id: number, viewer: Viewer): Promise<string[]> {
  const removed = await tx
    .deleteFrom("activity")
    .where("id", "=", id)
    .where(isChangeableBy(viewer))
    .returning(["athlete_id", "sha256"])
    .executeTakeFirst();
  if (!removed) throw notFound(id);
  const athleteId = removed.athlete_id;
  // Its own file, and those that were passed over because they repeat it: all may come again.
  const forgotten = await tx
    .deleteFrom("recording")
    .where("athlete_id", "=", athleteId)
    .where(sql<SqlBool>`result @> ${JSON.stringify({ activities: [{ id: String(id) }] })}::jsonb`)
    .returning("sha256")
    .execute();
  const hashes = [...new Set([removed.sha256, ...forgotten.map((row) => row.sha256)])];
  await sql`update upload set activity_ids = activity_ids - ${String(id)}
    where athlete_id = ${athleteId} and activity_ids @> ${JSON.stringify([id])}::jsonb`.execute(tx);
  // The raw bytes go with the last activity that they gave, and what was said of them; a file that came
  // again and is not read yet was sent to stay.
  await sql`update upload u set sha256 = null, fields = '{}'
    where athlete_id = ${athleteId} and sha256 = any(${hashes})
      and status not in ('received', 'processing')
      and not exists (select from activity a
        where a.athlete_id = u.athlete_id and a.sha256 = u.sha256)`.execute(tx);
  return hashes;
}

function notFound(id: number): WaymarkError {
  return new WaymarkError("NOT_FOUND", `no activity '${id}' is stored`);
}

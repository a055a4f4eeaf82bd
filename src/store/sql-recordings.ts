/**
 * Recordings in the database. A file is kept in one transaction that holds the athlete's row, so that
 * of two files of one activity, uploaded at once, the second sees the first.
 */
import { sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { ActivitySummary } from "../schema/activity.ts";
import type { ImportedActivity, ImportedFile } from "../schema/import.ts";
import {
  type EncodedMatch,
  encodeMatch,
  SUMMARY_COLUMNS,
  type SummaryRow,
  toColumns,
  toSummary,
} from "./activity-row.ts";
import type { BlobRows } from "./blob-rows.ts";
import type { Database, Sql, Tx } from "./database.ts";
import { fateOf, noteFiles } from "./note-files.ts";
import type { KeepOptions, KeptRecording, RecordingEntry, Recordings } from "./recordings.ts";
import { cleanJson, cleanText } from "./text.ts";

const DAY_MS = 86_400_000;
/** Two instants this near have the same time (jobs/duplicate.ts). */
const INSTANT_MS = 2000;
/** Nobody sees what was never said to be seen. */
const DEFAULT_VISIBILITY = "only_me";

export function createRecordings(database: Database, blobRows: BlobRows): Recordings {
  return {
    async find(athleteId, sha256) {
      const row = await database.sql
        .selectFrom("recording")
        .selectAll()
        .where("athlete_id", "=", athleteId)
        .where("sha256", "=", sha256)
        .executeTakeFirst();
      if (!row) return undefined;
      const networkVersion = row.network_version ?? undefined;
      const reader = { engine: row.engine, networkVersion };
      return { athleteId, sha256, reader, result: row.result } satisfies RecordingEntry;
    },
    async known({ engine, networkVersion }) {
      let query = database.sql
        .selectFrom("recording")
        .select(["athlete_id", "sha256"])
        .where("engine", "=", engine);
      if (networkVersion !== undefined) query = query.where("network_version", "=", networkVersion);
      const known = new Map<number, Set<string>>();
      for (const { athlete_id, sha256 } of await query.execute()) {
        known.set(athlete_id, (known.get(athlete_id) ?? new Set()).add(sha256));
      }
      return known;
    },
    keep: (recording, options) =>
      database.transaction((tx) => keep(tx, blobRows, recording, options)),
    async countUnmatched(networkVersion) {
      const row = await waiting(database.sql, networkVersion)
        .select(sql<number>`count(*)`.as("count"))
        .executeTakeFirstOrThrow();
      return row.count;
    },
    async unmatched(networkVersion, { after, limit }) {
      const rows = await waiting(database.sql, networkVersion)
        .select("id")
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },
    keepMatch: ({ activityId, networkVersion, match, matchedM, offNetworkM }, now) =>
      database.transaction(async (tx) => {
        const row = await tx
          .updateTable("activity")
          .set({ tried_network: networkVersion })
          .where("id", "=", activityId)
          .returning("id")
          .executeTakeFirst();
        // It was deleted while it was matched.
        if (!row || !match) return;
        await addMatch(tx, activityId, encodeMatch(match, matchedM, offNetworkM), false, now);
      }),
    async servedNetwork() {
      const row = await database.sql
        .selectFrom("network_version")
        .select("version")
        .where("current_ms", "is not", null)
        .orderBy("current_ms", "desc")
        .executeTakeFirst();
      return row?.version;
    },
    serveNetwork: (version, now) => database.transaction((tx) => serveNetwork(tx, version, now)),
  };
}

/** Activities that have not been tried on a network. */
function waiting(db: Sql, networkVersion: string) {
  return (
    db
      .selectFrom("activity")
      .where((e) => e.ref("has_position"))
      // "is distinct from" in words that an index knows.
      .where((e) =>
        e.or([
          e("tried_network", "<", networkVersion),
          e("tried_network", ">", networkVersion),
          e("tried_network", "is", null),
        ]),
      )
  );
}

async function keep(
  tx: Tx,
  blobRows: BlobRows,
  recording: KeptRecording,
  options: KeepOptions,
): Promise<ImportedFile> {
  const { athleteId, blob, file, reader, status, repairs } = recording;
  const { now } = options;
  const athlete = await tx
    .selectFrom("athlete")
    .select("name")
    .where("id", "=", athleteId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!athlete) throw new WaymarkError("NOT_FOUND", `there is no account ${athleteId}`);
  await blobRows.add(tx, blob, now);

  const activities: ImportedActivity[] = [];
  const parts: number[] = [];
  for (const [part, { encoded, said }] of recording.activities.entries()) {
    const summary = { ...encoded.summary, athlete: athlete.name };
    const other = await findDuplicate(tx, recording, part, summary, options);
    if (other) {
      activities.push({ ...said, id: other.id, duplicateOf: other.id });
      continue;
    }
    parts.push(part);
    const id = await putActivity(tx, recording, part, now);
    activities.push({ ...said, id: String(id) });
  }
  await removeForgotten(tx, recording, parts);

  const result: ImportedFile = { file, status, repairs: [...repairs], activities };
  const row = {
    engine: reader.engine,
    network_version: reader.networkVersion ?? null,
    file_name: cleanText(file),
    result: cleanJson(result),
  };
  await tx
    .insertInto("recording")
    .values({ athlete_id: athleteId, sha256: blob.sha256, created_ms: now, ...row })
    .onConflict((conflict) => conflict.columns(["athlete_id", "sha256"]).doUpdateSet(row))
    .execute();
  const { uploadId, path } = recording;
  if (uploadId !== undefined) await finishUpload(tx, uploadId, result, now);
  if (path !== undefined) {
    await noteFiles(tx, [{ athleteId, path, ...blob, fate: fateOf(result) }], now);
  }
  await options.also?.(tx, result);
  return result;
}

/** Of the same athlete and time; never a later part of the same file, which is decided after it. */
async function findDuplicate(
  tx: Tx,
  { athleteId, blob }: KeptRecording,
  part: number,
  summary: ActivitySummary,
  { isDuplicate }: KeepOptions,
): Promise<ActivitySummary | undefined> {
  const elapsedMs = summary.elapsedS * 1000;
  const rows = await tx
    .selectFrom("activity")
    .select(SUMMARY_COLUMNS)
    .where("athlete_id", "=", athleteId)
    .where("start_ms", ">=", Math.round(summary.startMs - Math.max(DAY_MS, elapsedMs)))
    .where("start_ms", "<=", Math.round(summary.startMs + elapsedMs + INSTANT_MS))
    .where("end_ms", ">=", Math.round(summary.startMs - INSTANT_MS))
    .where((e) => e.or([e("sha256", "<>", blob.sha256), e("part", "<", part)]))
    .orderBy("id")
    .execute();
  return rows
    .map((row) => toSummary(row as SummaryRow, summary.athlete))
    .find((other) => isDuplicate(summary, other));
}

async function putActivity(
  tx: Tx,
  { athleteId, blob, reader, activities, fields }: KeptRecording,
  part: number,
  now: number,
): Promise<number> {
  const { encoded } = activities[part]!;
  const columns = toColumns(encoded.summary, fields?.description ?? "");
  const { title, sport, description: _, search, ...measured } = columns;
  const reading = { detail: encoded.detail, tried_network: reader.networkVersion ?? null };
  const { id } = await tx
    .insertInto("activity")
    .values({
      athlete_id: athleteId,
      sha256: blob.sha256,
      part,
      ...columns,
      ...reading,
      visibility: fields?.visibility ?? DEFAULT_VISIBILITY,
      created_ms: now,
      updated_ms: now,
    })
    .onConflict((conflict) =>
      conflict.columns(["athlete_id", "sha256", "part"]).doUpdateSet({
        ...measured,
        ...reading,
        // What the athlete chose outlives another reading.
        title: sql`case when activity.is_edited then activity.title else ${title} end`,
        sport: sql`case when activity.is_edited then activity.sport else ${sport} end`,
        search: sql`case when activity.is_edited then activity.search else ${search} end`,
        updated_ms: now,
      }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  const columnsRow = { columns: encoded.streams };
  await tx
    .insertInto("activity_stream")
    .values({ activity_id: id, ...columnsRow })
    .onConflict((conflict) => conflict.column("activity_id").doUpdateSet(columnsRow))
    .execute();
  // Older matches speak of rows that may have changed.
  await tx.deleteFrom("match").where("activity_id", "=", id).execute();
  if (encoded.match) await addMatch(tx, id, encoded.match, true, now);
  return id;
}

async function addMatch(
  tx: Tx,
  activityId: number,
  match: EncodedMatch,
  isCurrent: boolean,
  now: number,
): Promise<void> {
  await tx
    .insertInto("network_version")
    .values({ version: match.networkVersion, created_ms: now, current_ms: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = {
    profile: match.profile,
    sigma_m: match.sigmaM,
    rms_m: match.rmsM,
    matched_m: match.matchedM,
    off_network_m: match.offNetworkM,
    pieces: match.pieces,
    created_ms: now,
  };
  await tx
    .insertInto("match")
    .values({
      activity_id: activityId,
      network_version: match.networkVersion,
      is_current: isCurrent,
      ...row,
    })
    .onConflict((conflict) => conflict.columns(["activity_id", "network_version"]).doUpdateSet(row))
    .execute();
}

/** An earlier engine may have found more activities in the same bytes. */
async function removeForgotten(
  tx: Tx,
  { athleteId, blob }: KeptRecording,
  parts: readonly number[],
): Promise<void> {
  let query = tx
    .deleteFrom("activity")
    .where("athlete_id", "=", athleteId)
    .where("sha256", "=", blob.sha256);
  if (parts.length > 0) query = query.where("part", "not in", [...parts]);
  await query.execute();
}

export async function finishUpload(
  tx: Tx,
  uploadId: number,
  result: ImportedFile,
  now: number,
): Promise<void> {
  const { status, message, activityIds } = fateOf(result);
  await tx
    .updateTable("upload")
    .set({
      status,
      error_code: null,
      error_message: message,
      activity_ids: cleanJson(activityIds),
      updated_ms: now,
    })
    .where("id", "=", uploadId)
    .where("status", "in", ["received", "processing"])
    .execute();
}

/** Old matches go only where a new one stands, or was tried in vain. */
async function serveNetwork(tx: Tx, version: string, now: number): Promise<void> {
  const row = { current_ms: now };
  await tx
    .insertInto("network_version")
    .values({ version, created_ms: now, ...row })
    .onConflict((conflict) => conflict.column("version").doUpdateSet(row))
    .execute();
  await sql`delete from match m using activity a
    where a.id = m.activity_id and a.tried_network = ${version}
      and m.network_version <> ${version}`.execute(tx);
  await sql`update match set is_current = true
    where network_version = ${version} and not is_current`.execute(tx);
  await sql`update activity a
    set matched_m = coalesce(m.matched_m, 0), off_network_m = coalesce(m.off_network_m, 0)
    from activity b left join match m on m.activity_id = b.id and m.is_current
    where a.id = b.id and a.tried_network = ${version}
      and (a.matched_m, a.off_network_m)
        is distinct from (coalesce(m.matched_m, 0), coalesce(m.off_network_m, 0))`.execute(tx);
  await sql`update recording set network_version = ${version}
    where network_version is distinct from ${version}`.execute(tx);
  await sql`delete from network_version n where version <> ${version}
    and not exists (select from match where network_version = n.version)`.execute(tx);
}

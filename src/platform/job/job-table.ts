/**
 * The queue's statements. A claim is one UPDATE over rows that nobody else is looking at (FOR UPDATE
 * SKIP LOCKED), so any number of processes take each job once; every later write names its claim, so
 * a process that was thought dead cannot finish what another has taken up.
 */
import { sql } from "kysely";
import { WaymarkError } from "../../base/index.ts";
import type { Database, Sql } from "../../store/database.ts";
import { cleanJson } from "../../store/text.ts";
import type { JobKind, JobProgress, JobState, JobStatus } from "./queue.ts";

export interface ClaimedJob {
  readonly id: number;
  readonly data: unknown;
  readonly tries: number;
  /** Times that a process died while it ran the job. */
  readonly deaths: number;
  readonly isCancelled: boolean;
  readonly createdMs: number;
}

export interface JobError {
  readonly code: string;
  readonly message: string;
}

export interface JobTable {
  insert(db: Sql, kind: JobKind<unknown>, row: NewJob, now: number): Promise<number>;
  /** Due jobs of a kind, and those whose claim has lapsed, now this claim's until `until`. */
  claim(
    kind: string,
    claim: string,
    limit: number,
    now: number,
    until: number,
  ): Promise<ClaimedJob[]>;
  /** Holds on to what this claim runs. @returns each held job, and whether it was cancelled */
  hold(claim: string, until: number): Promise<ReadonlyMap<number, boolean>>;
  progress(id: number, claim: string, progress: JobProgress, now: number): Promise<void>;
  end(
    id: number,
    claim: string,
    state: JobState,
    error: JobError | null,
    now: number,
  ): Promise<void>;
  /** Waits for another try; one that is given back does not count. */
  again(
    id: number,
    claim: string,
    options: {
      readonly due: number;
      readonly error: JobError | null;
      readonly isGivenBack: boolean;
    },
    now: number,
  ): Promise<void>;
  /** Jobs of processes that have died: due at once. Only where no other process can be running. */
  release(now: number): Promise<number>;
  cancel(id: number, now: number): Promise<void>;
  status(id: number): Promise<JobStatus>;
  list(kind: string | undefined, limit: number): Promise<JobStatus[]>;
  count(): Promise<{ kind: string; state: JobState; count: number }[]>;
  purge(before: number): Promise<void>;
}

export interface NewJob {
  readonly data: unknown;
  readonly key: string | null;
  readonly due: number;
}

export function createJobTable(database: Pick<Database, "sql">): JobTable {
  const { sql: db } = database;
  const ofClaim = (id: number, claim: string) =>
    db.updateTable("job").where("id", "=", id).where("claim", "=", claim);
  return {
    async insert(inside, kind, { data, key, due }, now) {
      const row = await inside
        .insertInto("job")
        .values({
          kind: kind.name,
          key,
          data: cleanJson(data),
          state: "waiting",
          due_ms: due,
          tries_max: kind.tries,
          claim: null,
          progress: null,
          error: null,
          created_ms: now,
          updated_ms: now,
        })
        .onConflict((conflict) =>
          conflict
            .columns(["kind", "key"])
            .where("state", "in", ["waiting", "running"])
            // Nothing changes but that the id comes back.
            .doUpdateSet({ kind: kind.name }),
        )
        .returning("id")
        .executeTakeFirstOrThrow();
      return row.id;
    },
    async claim(kind, claim, limit, now, until) {
      const { rows } = await sql<ClaimedJob>`
        update job set state = 'running', claim = ${claim}, due_ms = ${until}, updated_ms = ${now},
          tries = tries + (state = 'waiting')::integer, deaths = deaths + (state = 'running')::integer
        where id in (
          select id from job
          where kind = ${kind} and state in ('waiting', 'running') and due_ms <= ${now}
          order by due_ms, id limit ${limit} for update skip locked
        )
        returning id, data, tries, deaths, is_cancelled as "isCancelled",
          created_ms as "createdMs"`.execute(db);
      return [...rows].sort((a, b) => a.id - b.id);
    },
    async hold(claim, until) {
      const rows = await db
        .updateTable("job")
        .set({ due_ms: until })
        .where("claim", "=", claim)
        .where("state", "=", "running")
        .returning(["id", "is_cancelled"])
        .execute();
      return new Map(rows.map((row) => [row.id, row.is_cancelled]));
    },
    async progress(id, claim, progress, now) {
      await ofClaim(id, claim)
        .set({ progress: cleanJson(progress), updated_ms: now })
        .execute();
    },
    async end(id, claim, state, error, now) {
      const values = { state, error: error && cleanJson(error), claim: null, updated_ms: now };
      await ofClaim(id, claim).set(values).execute();
    },
    async again(id, claim, { due, error, isGivenBack }, now) {
      await ofClaim(id, claim)
        .set({
          state: "waiting",
          due_ms: due,
          claim: null,
          updated_ms: now,
          ...(error ? { error: cleanJson(error) } : {}),
          ...(isGivenBack ? { tries: sql<number>`tries - 1` } : {}),
        })
        .execute();
    },
    async release(now) {
      const { numUpdatedRows } = await db
        .updateTable("job")
        .set({ due_ms: now, claim: null })
        .where("state", "=", "running")
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },
    async cancel(id, now) {
      await db
        .updateTable("job")
        .set({
          is_cancelled: true,
          updated_ms: now,
          state: sql`case when state = 'waiting' then 'cancelled' else state end`,
        })
        .where("id", "=", id)
        .where("state", "in", ["waiting", "running"])
        .execute();
    },
    async status(id) {
      const row = await rowsOf(db).where("id", "=", id).executeTakeFirst();
      if (!row) throw new WaymarkError("NOT_FOUND", `there is no job ${id}`);
      return toStatus(row);
    },
    async list(kind, limit) {
      let query = rowsOf(db).orderBy("id", "desc").limit(limit);
      if (kind !== undefined) query = query.where("kind", "=", kind);
      return (await query.execute()).map(toStatus);
    },
    async count() {
      return await db
        .selectFrom("job")
        .select(["kind", "state", sql<number>`count(*)`.as("count")])
        .groupBy(["kind", "state"])
        .orderBy("kind")
        .orderBy("state")
        .execute();
    },
    async purge(before) {
      await db
        .deleteFrom("job")
        .where("state", "in", ["done", "failed", "cancelled"])
        .where("updated_ms", "<", before)
        .execute();
    },
  };
}

function rowsOf(db: Sql) {
  return db
    .selectFrom("job")
    .select(["id", "kind", "key", "state", "tries", "progress", "error"])
    .select(["created_ms", "updated_ms"]);
}

type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>["executeTakeFirstOrThrow"]>>;

function toStatus(row: Row): JobStatus {
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    state: row.state,
    tries: row.tries,
    progress: row.progress as JobProgress | null,
    error: row.error as JobError | null,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
  };
}

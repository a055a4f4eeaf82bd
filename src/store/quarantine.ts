/**
 * What came and could not be kept as an event, with the reason, so that a person can look at it and put
 * the sender right. Bodies are cut and old rows go: a broken app must not fill the store.
 */
import { type Selectable, sql } from "kysely";
import type { Database, Sql, Tx } from "./database.ts";
import type { QuarantineTable } from "./member-table.ts";
import { storedJson } from "./stored-json.ts";
import { cleanText } from "./text.ts";

/** Code → what it means, in one sentence. */
export const QUARANTINE_REASONS = {
  not_an_object: "The message is not a JSON object.",
  unknown_type: "The type is not one of track, identify, page, screen, group, alias.",
  no_identity: "There is neither a userId nor an anonymousId.",
  placeholder_identity: "The id is a word that programs write when they know none.",
  long_identity: "An id is longer than 255 characters.",
  bad_field: "A field has another type than it must have.",
  no_event_name: "A track call does not say what was done.",
  long_name: "The name is longer than 200 characters.",
  bad_time: "The time cannot be read, or lies before the year 2000.",
  too_large: "The event has more than 32 KB.",
  too_deep: "The event is nested deeper than 20 levels.",
} as const;

export type QuarantineReason = keyof typeof QUARANTINE_REASONS;

export interface NewQuarantined {
  readonly source: string;
  readonly reason: string;
  /** What came, what was expected. */
  readonly message: string;
  /** What came, as text; cut when it is long. */
  readonly body: string;
}

export interface Quarantined extends NewQuarantined {
  readonly id: number;
  readonly receivedMs: number;
}

export interface Quarantine {
  add(rows: readonly NewQuarantined[], now: number, tx?: Tx): Promise<void>;
  /** Newest first. */
  list(query?: {
    readonly reason?: string | undefined;
    readonly limit?: number | undefined;
    /** Ids below this one. */
    readonly before?: number | undefined;
  }): Promise<readonly Quarantined[]>;
  /** Of those that are still there, the most frequent first. */
  count(): Promise<
    readonly { readonly source: string; readonly reason: string; readonly count: number }[]
  >;
}

export const quarantineDefaults = {
  /** Rows that are kept: the newest. */
  rows: 10_000,
  /** Characters of a body. */
  bodyChars: 4000,
  /** Rows after which it is looked how many there are. */
  lookEvery: 500,
} as const;

export function createQuarantine({ sql: db }: Pick<Database, "sql">): Quarantine {
  let added = 0;
  const purge = async (on: Sql): Promise<void> => {
    await sql`delete from quarantine where id <= (
      select id from quarantine order by id desc offset ${quarantineDefaults.rows}::int limit 1
    )`.execute(on);
  };
  return {
    async add(rows, now, tx) {
      if (rows.length === 0) return;
      const cut = rows.slice(-quarantineDefaults.rows).map((row) => ({
        s: row.source,
        r: row.reason,
        m: row.message.slice(0, 500),
        b: row.body.slice(0, quarantineDefaults.bodyChars),
      }));
      await sql`insert into quarantine (source, reason, message, body, received_ms)
        select s, r, m, b, ${now}::bigint
        from json_to_recordset(${storedJson(cut)}::json) as r(s text, r text, m text, b text)`.execute(
        tx ?? db,
      );
      added += cut.length;
      if (added < quarantineDefaults.lookEvery) return;
      added = 0;
      await purge(tx ?? db);
    },
    async list({ reason, limit = 100, before } = {}) {
      let query = db.selectFrom("quarantine").selectAll();
      if (reason !== undefined) query = query.where("reason", "=", cleanText(reason));
      if (before !== undefined) query = query.where("id", "<", before);
      const rows = await query.orderBy("id", "desc").limit(limit).execute();
      return rows.map(toQuarantined);
    },
    async count() {
      const rows = await db
        .selectFrom("quarantine")
        .select((of) => ["source", "reason", of.fn.countAll<number>().as("count")])
        .groupBy(["source", "reason"])
        .orderBy("count", "desc")
        .orderBy("reason")
        .execute();
      return rows;
    },
  };
}

function toQuarantined(row: Selectable<QuarantineTable>): Quarantined {
  const { id, source, reason, message, body, received_ms: receivedMs } = row;
  return { id, source, reason, message, body, receivedMs };
}

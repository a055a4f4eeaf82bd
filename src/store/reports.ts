/**
 * Figures that were computed of many members, by name and key. They are of nobody: when a member is
 * erased they stay. A name's rows are replaced together, and never by older ones.
 */
import { type Selectable, sql } from "kysely";
import type { Database } from "./database.ts";
import type { ReportTable } from "./member-table.ts";
import { storedJson } from "./stored-json.ts";

export interface Report {
  readonly payload: unknown;
  readonly builtMs: number;
  /** The log up to here was in it. */
  readonly seq: number;
}

export interface Reports {
  /** Undefined when there is none. */
  get(name: string, key: string): Promise<Report | undefined>;
  /** Those that exist, by key. */
  getAll(name: string, keys: readonly string[]): Promise<ReadonlyMap<string, Report>>;
  keys(name: string): Promise<readonly string[]>;
  /** From now on the name has these rows and no others; where newer ones stand they stay. */
  replace(
    name: string,
    rows: ReadonlyMap<string, unknown>,
    built: { readonly atMs: number; readonly seq: number },
  ): Promise<void>;
}

/** Characters of JSON that go in one statement. */
const STATEMENT_LENGTH = 1_000_000;

export function createReports(database: Pick<Database, "sql" | "transaction">): Reports {
  const { sql: db } = database;
  return {
    async get(name, key) {
      const row = await db
        .selectFrom("report")
        .selectAll()
        .where("name", "=", name)
        .where("key", "=", key)
        .executeTakeFirst();
      return row && toReport(row);
    },
    async getAll(name, keys) {
      if (keys.length === 0) return new Map();
      const rows = await db
        .selectFrom("report")
        .selectAll()
        .where("name", "=", name)
        .where("key", "in", keys)
        .execute();
      return new Map(rows.map((row) => [row.key, toReport(row)]));
    },
    async keys(name) {
      const rows = await db
        .selectFrom("report")
        .select("key")
        .where("name", "=", name)
        .orderBy("key")
        .execute();
      return rows.map(({ key }) => key);
    },
    async replace(name, rows, { atMs, seq }) {
      await database.transaction(async (tx) => {
        for (const batch of batches(rows)) {
          await sql`insert into report (name, key, built_ms, seq, payload)
            select ${name}, k, ${atMs}::bigint, ${seq}::bigint, p
            from json_to_recordset(${batch}::json) as r(k text, p jsonb)
            on conflict (name, key) do update
              set built_ms = excluded.built_ms, seq = excluded.seq, payload = excluded.payload
              where report.built_ms <= excluded.built_ms`.execute(tx);
        }
        await tx
          .deleteFrom("report")
          .where("name", "=", name)
          .where("built_ms", "<", atMs)
          .execute();
      });
    },
  };
}

function toReport({ payload, built_ms, seq }: Selectable<ReportTable>): Report {
  return { payload, builtMs: built_ms, seq };
}

/** JSON arrays of {k, p}. */
function* batches(rows: ReadonlyMap<string, unknown>): Iterable<string> {
  let parts: string[] = [];
  let length = 0;
  for (const [key, payload] of rows) {
    const part = storedJson({ k: key, p: payload });
    if (parts.length > 0 && length + part.length > STATEMENT_LENGTH) {
      yield `[${parts.join(",")}]`;
      parts = [];
      length = 0;
    }
    parts.push(part);
    length += part.length;
  }
  if (parts.length > 0) yield `[${parts.join(",")}]`;
}

/**
 * The rows of a store as JSON lines that any database of the same schema takes: PostgreSQL itself
 * writes and reads them, so that a number, a time or bytes mean the same on both sides. Sessions and
 * jobs stay behind: people sign in again, and a start finds the uploads that wait. So does what follows
 * from the log of members' events, and how far its readers have come: it is built again.
 */
import { sql } from "kysely";
import type { Database, Tx } from "./database.ts";
import type { Tables } from "./table.ts";

/** What a backup holds, referred-to tables before those that refer; rows of a page. */
export const TABLES = {
  athlete: 500,
  access_token: 500,
  invitation: 500,
  blob: 2000,
  upload: 500,
  recording: 200,
  activity: 100,
  // An hour's streams are 25 kB: a page stays below a few megabytes.
  activity_stream: 50,
  network_version: 500,
  match: 100,
  athlete_cell: 10,
  setting: 100,
  audit: 500,
  member: 500,
  identity: 2000,
  erased_identity: 2000,
  erased_member: 2000,
  erased_event: 2000,
  merged_member: 2000,
  write_key: 500,
  webhook_endpoint: 100,
  // A webhook is some kilobytes, and a megabyte at most.
  webhook: 100,
  event: 2000,
  quarantine: 50,
  model_version: 20,
  model_alias: 100,
  model_move: 500,
  feature_log: 500,
  report: 20,
} as const satisfies Partial<Record<keyof Tables, number>>;

export type PortableTable = keyof typeof TABLES;

/** What stays behind. */
export const LEFT_BEHIND = [
  "session",
  "job",
  "log_reader",
  "refold",
  "membership_change",
  "active_day",
  "feature_state",
  "score",
] as const satisfies readonly (keyof Tables)[];

/**
 * Every row, as of one moment.
 *
 * @param onPage takes rows as JSON, a line each; the next page comes when it has resolved. On PGlite
 *   everybody else waits meanwhile
 */
export async function exportRows(
  database: Database,
  onPage: (table: PortableTable, lines: readonly string[]) => Promise<void>,
): Promise<void> {
  await database.transaction(async (tx) => {
    await sql`set transaction isolation level repeatable read, read only`.execute(tx);
    for (const [name, page] of Object.entries(TABLES) as [PortableTable, number][]) {
      await sql`declare rows cursor for
        select to_jsonb(t)::text as line from ${sql.table(name)} t`.execute(tx);
      for (;;) {
        const { rows } = await sql<{ line: string }>`
          fetch ${sql.lit(page)} from rows`.execute(tx);
        if (rows.length === 0) break;
        await onPage(
          name,
          rows.map((row) => row.line),
        );
      }
      await sql`close rows`.execute(tx);
    }
  });
}

/** @param lines of one page of `exportRows`, in its order of tables */
export async function importRows(
  tx: Tx,
  table: PortableTable,
  lines: readonly string[],
): Promise<void> {
  const page = `[${lines.join(",")}]`;
  await sql`insert into ${sql.table(table)}
    select * from jsonb_populate_recordset(null::${sql.table(table)}, ${page}::jsonb)`.execute(tx);
}

/** After the last row: new rows get ids above those that came. */
export async function finishImport(tx: Tx): Promise<void> {
  for (const table of Object.keys(TABLES)) {
    const { rows } = await sql<{ sequence: string; name: string }>`
      select pg_get_serial_sequence(${table}, attname) as sequence, attname as name
      from pg_attribute where attrelid = ${table}::regclass and attidentity <> ''`.execute(tx);
    for (const { sequence, name } of rows) {
      await sql`select setval(${sequence}, coalesce(max(${sql.ref(name)}), 0) + 1, false)
        from ${sql.table(table)}`.execute(tx);
    }
  }
}

/** Whether a store holds nothing that a restore could meet. */
export async function isEmptyStore(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`
    select not exists (select from athlete) and not exists (select from blob)
      and not exists (select from member) as is`.execute(tx);
  return rows[0]!.is;
}

/** What an empty store may have: settings, networks, and the audit of accounts that went. */
export async function clearLeftovers(tx: Tx): Promise<void> {
  const names = [...Object.keys(TABLES), ...LEFT_BEHIND].map((name) => sql.table(name));
  await sql`truncate ${sql.join(names)}`.execute(tx);
}

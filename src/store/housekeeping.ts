/**
 * What PostgreSQL's background processes would do, and PGlite has none of: checkpoints, so that the
 * log stays short and a start quick, and vacuum with statistics where rows have changed.
 */
import { sql } from "kysely";
import type { Log } from "../base/index.ts";
import type { Sql } from "./database.ts";

export const houseDefaults = {
  /** Milliseconds between two looks. */
  everyMs: 30_000,
  /** Bytes of log that call for a checkpoint: replayed in a quarter of a second at a start. */
  logBytes: 32 << 20,
  /** Looks until a checkpoint is due however little was written. */
  looks: 10,
  /** Rows of a table that must have changed, and their share of all, before it is vacuumed. */
  changed: 2000,
  changedShare: 0.2,
} as const;

export interface House {
  /** One look now, as the timer takes it. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export function keepHouse(db: Sql, log: Log): House {
  let written = 0;
  let looks = 0;
  let running: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const now = await logPosition(db);
    const grown = now - written;
    looks++;
    if (grown < houseDefaults.logBytes && (grown === 0 || looks < houseDefaults.looks)) return;
    await vacuum(db);
    await sql`checkpoint`.execute(db);
    written = await logPosition(db);
    looks = 0;
  };
  const timer = setInterval(() => {
    running ??= look()
      .catch((error: Error) => log.warn("the database could not be tidied", { why: error.message }))
      .finally(() => {
        running = undefined;
      });
  }, houseDefaults.everyMs);
  timer.unref();
  return {
    look,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Bytes of log that were ever written. */
async function logPosition(db: Sql): Promise<number> {
  const { rows } = await sql<{ at: number }>`
    select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as at`.execute(db);
  return rows[0]!.at;
}

async function vacuum(db: Sql): Promise<void> {
  const { changed, changedShare } = houseDefaults;
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_stat_user_tables
    where greatest(n_dead_tup, n_mod_since_analyze) > ${changed}::float8 + ${changedShare}::float8 * n_live_tup
  `.execute(db);
  for (const { name } of rows) await sql`vacuum (analyze) ${sql.table(name)}`.execute(db);
}

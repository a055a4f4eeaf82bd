/**
 * Brings the schema up to date: numbered files, upwards only, each in a transaction of its own. What
 * ran is noted with its hash, so that a file that was changed afterwards, or a database of a newer
 * version, is told from one that may be used.
 */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { Database, Tx } from "./database.ts";
import { type Migration, migrations } from "./migration/index.ts";

/** Any constant: processes that start together take turns at it. */
const LOCK = 0x5741594d;

interface Applied {
  readonly number: number;
  readonly hash: string;
}

/**
 * @returns how many migrations were run
 * @throws WaymarkError STORE_FOREIGN
 */
export async function migrate(
  database: Pick<Database, "transaction">,
  all: readonly Migration[] = migrations,
  now: number = Date.now(),
): Promise<number> {
  for (let count = 0; ; count++) {
    const next = await database.transaction(async (tx) => {
      await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(tx);
      const migration = nextOf(await applied(tx), all);
      if (migration) await run(tx, migration, now);
      return migration;
    });
    if (!next) return count;
  }
}

/** The version of the schema that this code knows. */
export function schemaVersion(all: readonly Migration[] = migrations): number {
  return all.at(-1)?.number ?? 0;
}

export function migrationHash(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}

async function applied(tx: Tx): Promise<readonly Applied[]> {
  await sql`create table if not exists migration (
    number integer primary key, name text not null, hash text not null, applied_ms bigint not null
  )`.execute(tx);
  const { rows } = await sql<Applied>`select number, hash from migration order by number`.execute(
    tx,
  );
  return rows;
}

function nextOf(done: readonly Applied[], all: readonly Migration[]): Migration | undefined {
  for (const [i, { number, hash }] of done.entries()) {
    const migration = all[i];
    if (!migration) {
      throw new WaymarkError(
        "STORE_FOREIGN",
        `the database has schema ${done.length} and this version knows ${all.length}: it was made by a newer Waymark`,
      );
    }
    if (migration.number !== number || migrationHash(migration) !== hash) {
      throw new WaymarkError(
        "STORE_FOREIGN",
        `migration ${number} of the database is not the one that this version knows as '${migration.name}'`,
      );
    }
  }
  return all[done.length];
}

async function run(tx: Tx, migration: Migration, now: number): Promise<void> {
  const { number, name } = migration;
  for (const statement of migration.sql.split(/;\s*\n/)) {
    if (statement.trim() !== "") await sql.raw(statement).execute(tx);
  }
  await sql`insert into migration (number, name, hash, applied_ms)
    values (${number}, ${name}, ${migrationHash(migration)}, ${now})`.execute(tx);
}

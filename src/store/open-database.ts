/**
 * Opens the database of a data folder, or the one that an address names, and brings its schema up to
 * date. A new PGlite takes about 2 s, an old one 0.3 s.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Dialect, Kysely, sql } from "kysely";
import { assert, type Log, silentLog, WaymarkError } from "../base/index.ts";
import type { Database, Tx } from "./database.ts";
import { StatementError } from "./database-error.ts";
import { keepHouse } from "./housekeeping.ts";
import { holdsLog } from "./log-lock.ts";
import { migrate } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { createPgliteDialect } from "./pglite-dialect.ts";
import { createPostgresDialect } from "./postgres-dialect.ts";
import type { Tables } from "./table.ts";

export interface DatabaseOptions {
  /** Holds `db/`; absent: in memory. Its lock is the caller's. */
  readonly dataFolder?: string | undefined;
  /** postgres://…; goes before the folder. */
  readonly url?: string | undefined;
  /** What an in-memory database begins with. */
  readonly snapshot?: Uint8Array<ArrayBuffer> | undefined;
  readonly log?: Log | undefined;
}

export interface OpenDatabase extends Database {
  /** The whole of a PGlite as a gzipped tar, for `snapshot`. */
  dump(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Writes nothing more from now on; every question fails with STORE_UNAVAILABLE and this reason. Of a
   * PGlite only: a folder that another process has taken.
   */
  abandon(reason: string): Promise<void>;
}

/** What a transaction's work begins may outlive it: a timer is inside only while it is open. */
const inside = new AsyncLocalStorage<{ isOpen: boolean }>();
const isInside = (): boolean => inside.getStore()?.isOpen === true;

/** Times that a transaction which lost a race is tried. */
const RACE_TRIES = 5;

/** @throws WaymarkError STORE_DAMAGED, STORE_UNAVAILABLE, STORE_FOREIGN */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const { dataFolder, url, snapshot, log = silentLog } = options;
  if (url !== undefined) {
    checkUrl(url);
    return await opened("postgres", createPostgresDialect(url));
  }
  const folder = dataFolder === undefined ? undefined : join(dataFolder, "db");
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const pglite = await openPglite({ folder, snapshot });
  const database = await opened("pglite", createPgliteDialect(pglite, isInside));
  const house = folder === undefined ? undefined : keepHouse(database.sql, log);
  return {
    ...database,
    dump: () => pglite.dump(),
    async abandon(reason) {
      await Promise.all([pglite.abandon(reason), house?.stop()]);
    },
    async close() {
      await house?.stop();
      await database.close();
    },
  };
}

async function opened(kind: Database["kind"], dialect: Dialect): Promise<OpenDatabase> {
  const kysely = new Kysely<Tables>({ dialect });
  const logListeners = new Set<() => void>();
  const once = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    let isOfLog = false;
    const result = await kysely.transaction().execute(async (tx) => {
      const state = { isOpen: true };
      try {
        return await inside.run(state, () => work(tx));
      } finally {
        state.isOpen = false;
        isOfLog = holdsLog(tx);
      }
    });
    if (isOfLog) for (const listener of logListeners) listener();
    return result;
  };
  const database: OpenDatabase = {
    kind,
    sql: kysely,
    async transaction(work) {
      assert(!isInside(), "a transaction within a transaction");
      for (let i = 1; ; i++) {
        try {
          return await once(work);
        } catch (error) {
          if (!(error instanceof StatementError && error.isRace) || i === RACE_TRIES) throw error;
        }
      }
    },
    onLogWritten(listener) {
      logListeners.add(listener);
      return () => logListeners.delete(listener);
    },
    async ping() {
      await sql`select 1`.execute(kysely);
    },
    dump() {
      throw new Error("bug: only PGlite can be dumped");
    },
    abandon() {
      throw new Error("bug: only PGlite can lose its folder");
    },
    close: () => kysely.destroy(),
  };
  try {
    await migrate(database);
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  return database;
}

/** The sentence must not hold the address: it may hold a password. */
function checkUrl(url: string): void {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return;
  throw new WaymarkError(
    "USAGE",
    "DATABASE_URL is not an address of PostgreSQL; expected postgres://user:password@host:port/database",
  );
}

/**
 * The one SQL database of a data folder: PGlite in a thread of its own, or a PostgreSQL server. Both
 * speak the same dialect and hold the same schema; nothing outside `store` knows which it is.
 */
import type { Kysely, Transaction } from "kysely";
import type { Tables } from "./table.ts";

/** Runs statements: the database itself or a transaction of it. */
export type Sql = Kysely<Tables>;
export type Tx = Transaction<Tables>;

export interface Database {
  readonly kind: "pglite" | "postgres";
  readonly sql: Sql;
  /**
   * All or nothing. On PostgreSQL a transaction that lost a race (serialisation, deadlock) is run
   * again, so `work` must have no effect besides its statements.
   *
   * @throws what `work` throws, after rolling back; WaymarkError STORE_UNAVAILABLE
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Calls after each commit of this process that held the log (log-lock.ts). @returns what ends it */
  onLogWritten(listener: () => void): () => void;
  /** @throws WaymarkError STORE_UNAVAILABLE when the database does not answer */
  ping(): Promise<void>;
  close(): Promise<void>;
}

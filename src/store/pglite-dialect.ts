/**
 * Kysely over the one session that PGlite has: whoever holds the connection is alone with it, others
 * wait in line, so that a transaction is never mixed with a stranger's statement.
 */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import { assert, WaymarkError } from "../base/index.ts";
import type { Pglite } from "./pglite.ts";

/** @param isInside whether the caller holds the connection: it would wait for itself for ever */
export function createPgliteDialect(pglite: Pglite, isInside: () => boolean): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(pglite, isInside),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

function createDriver(pglite: Pglite, isInside: () => boolean): Driver {
  let tail: Promise<void> = Promise.resolve();
  let release: () => void = () => {};
  /** The generation of the open transaction; −1 outside of one. */
  let begunIn = -1;
  let hasFailed = false;

  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      if (begunIn >= 0 && begunIn !== pglite.generation) {
        throw new WaymarkError("STORE_UNAVAILABLE", "the database was begun anew meanwhile");
      }
      const { rows, affected } = await pglite.query(sql, parameters).catch((error) => {
        hasFailed = true;
        throw error;
      });
      const result = { rows: rows as R[] };
      return affected === undefined ? result : { ...result, numAffectedRows: BigInt(affected) };
    },
    // biome-ignore lint/correctness/useYield: the interface asks for a stream, which PGlite has not.
    async *streamQuery() {
      throw new Error("bug: PGlite has no cursors; read in pages");
    },
  };
  const execute = async (text: string): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(text));
  };

  return {
    async init() {},
    async acquireConnection() {
      assert(!isInside(), "a statement goes round the transaction that it is in");
      const before = tail;
      let free = (): void => {};
      tail = new Promise((resolve) => {
        free = resolve;
      });
      await before;
      release = free;
      return connection;
    },
    async beginTransaction() {
      await execute("begin");
      begunIn = pglite.generation;
      hasFailed = false;
    },
    async commitTransaction() {
      // PostgreSQL would answer this COMMIT with a silent rollback.
      assert(!hasFailed, "a transaction went on after one of its statements had failed");
      try {
        await execute("commit");
      } finally {
        begunIn = -1;
      }
    },
    async rollbackTransaction() {
      const isSame = begunIn === pglite.generation;
      begunIn = -1;
      // A session that is gone took its transaction with it.
      if (isSame) await execute("rollback");
    },
    async releaseConnection() {
      release();
    },
    async destroy() {
      await pglite.close();
    },
  };
}

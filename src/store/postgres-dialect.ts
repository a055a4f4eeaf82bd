/**
 * Kysely over a pool of PostgreSQL connections. Whatever the driver throws becomes our own errors
 * here, so that a server that is down is told from a statement that is wrong.
 */
import { type Dialect, PostgresDialect, type PostgresPoolClient } from "kysely";
import { Pool, type PoolClient, types } from "pg";
import { databaseError, StatementError } from "./database-error.ts";

export const postgresDefaults = {
  /** Connections of one process; PostgreSQL allows 100 in all unless told otherwise. */
  connections: 10,
  /** Milliseconds until a server that does not answer counts as gone. */
  connectMs: 5000,
  /** Milliseconds that one statement may take: the longest of ours is a page of a backup. */
  statementMs: 120_000,
} as const;

/** @param url postgres://… */
export function createPostgresDialect(url: string): Dialect {
  const pool = new Pool({
    connectionString: url,
    max: postgresDefaults.connections,
    connectionTimeoutMillis: postgresDefaults.connectMs,
    statement_timeout: postgresDefaults.statementMs,
    application_name: "waymark",
    keepAlive: true,
    types: {
      // Ids and times stay below 2^53; both drivers give numbers.
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === types.builtins.INT8 && format !== "binary"
          ? Number
          : (types.getTypeParser(oid, format as "text") as (text: string) => unknown),
    },
  } as ConstructorParameters<typeof Pool>[0]);
  // An idle connection that broke: the pool opens another at the next question.
  pool.on("error", () => {});
  return new PostgresDialect({
    pool: {
      async connect() {
        try {
          return mapped(await pool.connect());
        } catch (error) {
          throw databaseError(error);
        }
      },
      end: () => pool.end(),
      options: pool.options,
    },
  });
}

const seen = new WeakMap<PoolClient, PostgresPoolClient>();

function mapped(client: PoolClient): PostgresPoolClient {
  const known = seen.get(client);
  if (known) return known;
  // Without a listener a broken connection would end the process; its statement is told anyway.
  client.on("error", () => {});
  let isBroken = false;
  const wrapped = {
    async query(sql: string, parameters: readonly unknown[]) {
      try {
        return await client.query(sql, parameters as unknown[]);
      } catch (cause) {
        const error = databaseError(cause);
        isBroken ||= !(error instanceof StatementError);
        throw error;
      }
    },
    release: (destroy?: boolean) => client.release(destroy || isBroken),
  } as unknown as PostgresPoolClient;
  seen.set(client, wrapped);
  return wrapped;
}

// Every engine that the store runs on, each with a store of its own per test. A suite that is run on
// all of them is the definition of what a store promises.
import { describe } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { createMemoryBlobStore } from "../../src/store/memory-blob-store.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { createStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { emptyDatabase, openMemoryDatabase } from "../memory-store.ts";
import { NO_POSTGRES, type PostgresServer, postgresBin, startPostgres } from "../postgres.ts";

export interface StoreKind {
  readonly name: string;
  begin(): Promise<void>;
  /** A new, empty store. */
  open(): Promise<Store>;
  end(): Promise<void>;
}

function pglite(): StoreKind {
  return emptied("PGlite", openMemoryDatabase, async () => {});
}

function postgres(): StoreKind {
  let server: PostgresServer | undefined;
  const open = async (): Promise<Database> => {
    server = await startPostgres({ hasSync: false });
    return await openDatabase({ url: await server.createDatabase() });
  };
  return emptied("PostgreSQL", open, async () => server?.remove());
}

/** One database for all tests of a file: emptying it costs 20 ms, opening another a second. */
function emptied(
  name: string,
  openIt: () => Promise<Database>,
  remove: () => Promise<void>,
): StoreKind {
  let database: Database | undefined;
  return {
    name,
    async begin() {
      database = await openIt();
    },
    async open() {
      await emptyDatabase(database!);
      return { ...createStore(database!, createMemoryBlobStore()), close: async () => {} };
    },
    async end() {
      await database?.close();
      await remove();
    },
  };
}

/** Runs the suite on every engine; one that is not on this machine is skipped by name. */
export function describeStores(what: string, suite: (kind: StoreKind) => void): void {
  describe(`${what} on PGlite`, () => suite(pglite()));
  if (postgresBin === undefined) describe.skip(`${what} on PostgreSQL: ${NO_POSTGRES}`, () => {});
  else describe(`${what} on PostgreSQL`, () => suite(postgres()));
}

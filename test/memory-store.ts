/**
 * Stores that tests begin with. Making a database anew costs 3 s of a core, so the first test of a
 * machine keeps one as a tar: a store in memory is read from it (0.5 s), a data folder unpacked (0.1 s).
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { sql } from "kysely";
import type { Database } from "../src/store/database.ts";
import { createMemoryBlobStore } from "../src/store/memory-blob-store.ts";
import { migrationHash } from "../src/store/migrate.ts";
import { migrations } from "../src/store/migration/index.ts";
import { openDatabase } from "../src/store/open-database.ts";
import { createStore } from "../src/store/open-store.ts";
import type { Store } from "../src/store/store.ts";

export async function openMemoryStore(): Promise<Store> {
  return createStore(await openMemoryDatabase(), createMemoryBlobStore());
}

export async function openMemoryDatabase(): Promise<Database> {
  return await openDatabase({ snapshot: new Uint8Array(readFileSync(await snapshot())) });
}

/** A data folder with an empty database in it, as the first command leaves one. */
export async function makeDataFolder(dataFolder: string): Promise<void> {
  const path = await snapshot();
  const db = join(dataFolder, "db");
  mkdirSync(db, { recursive: true });
  execFileSync("tar", ["-xf", path, "-C", db], { stdio: "pipe" });
  // Of the process that made the snapshot.
  rmSync(join(db, "postmaster.pid"), { force: true });
}

/**
 * As a new one: no rows, and ids from 1. Rows are deleted where there are some: to truncate makes new
 * files for every table and index (of both engines 10 times as slow). References are not checked, for
 * whatever refers to a row goes too.
 */
export async function emptyDatabase({ sql: db }: Database): Promise<void> {
  await sql`do $$ declare found record; begin
    set local session_replication_role = replica;
    for found in select oid, relname as name from pg_class where relkind = 'r'
      and relnamespace = 'public'::regnamespace and relname <> 'migration'
    loop
      if pg_relation_size(found.oid) > 0 then execute format('delete from %I', found.name); end if;
    end loop;
    for found in select objid::regclass as name from pg_depend
      join pg_class on pg_class.oid = objid and relkind = 'S'
      where deptype = 'i' and relnamespace = 'public'::regnamespace
    loop
      perform setval(found.name, 1, false);
    end loop;
    -- Nobody is who they were.
    perform nextval('member_epoch');
  end $$`.execute(db);
}

/** @returns path of the tar, made when it is not there */
async function snapshot(): Promise<string> {
  const path = snapshotPath();
  if (existsSync(path)) return path;
  const database = await openDatabase({});
  const tar = gunzipSync(await database.dump());
  await database.close();
  // Aside and renamed: several test files may do this at once.
  const aside = `${path}.${process.pid}.${Math.round(performance.now() * 1000)}`;
  writeFileSync(aside, tar);
  renameSync(aside, path);
  return path;
}

/** Another schema, engine or user has another snapshot. */
function snapshotPath(): string {
  const key = createHash("sha256");
  for (const migration of migrations) key.update(migrationHash(migration));
  const lock = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  key.update(/"@electric-sql\/pglite": "([^"]+)"/.exec(lock)?.[1] ?? "");
  const name = `waymark-test-${process.getuid?.() ?? 0}-${key.digest("hex").slice(0, 16)}.tar`;
  return join(tmpdir(), name);
}

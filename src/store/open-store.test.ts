// A store on disk: who may open it, what survives, and what keeps it small.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeDataFolder } from "../../test/memory-store.ts";
import { silentLog } from "../base/index.ts";
import { keepHouse } from "./housekeeping.ts";
import { lockDefaults, lockOwner } from "./lock.ts";
import { openStore } from "./open-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-open-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it("holds everything after it was closed and opened again, and is one process's at a time", async () => {
  const first = await openStore({ dataFolder: folder });
  await first.settings.set("a", 1, 0);
  await expect(openStore({ dataFolder: folder })).rejects.toMatchObject({
    code: "STORE_LOCKED",
    message: expect.stringContaining(String(process.pid)),
  });
  expect(lockOwner(folder)).toMatchObject({ pid: process.pid, url: undefined });
  first.announce("http://127.0.0.1:9696");
  expect(lockOwner(folder)).toMatchObject({ url: "http://127.0.0.1:9696" });
  await first.close();
  expect(lockOwner(folder)).toBeUndefined();
  const second = await openStore({ dataFolder: folder });
  expect(await second.settings.get("a")).toBe(1);
  await second.close();
});

it("writes nothing more to a folder that another process has taken over", async () => {
  await makeDataFolder(folder);
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const lost = await openStore({ dataFolder: folder });
  await lost.settings.set("mine", 1, 0);
  const path = join(folder, "lock");
  const owner = JSON.parse(readFileSync(path, "utf8")) as object;
  writeFileSync(path, JSON.stringify({ ...owner, token: "another", pid: 1 }));
  // The next beat sees it.
  vi.advanceTimersByTime(lockDefaults.heartbeatMs);
  vi.useRealTimers();
  const away = {
    code: "STORE_UNAVAILABLE",
    message: expect.stringContaining("was taken over by another process"),
  };
  for (let i = 0; i < 3; i++) {
    await expect(lost.settings.set("mine", i, 0)).rejects.toMatchObject(away);
    await expect(lost.database.transaction(async () => {})).rejects.toMatchObject(away);
  }
  await lost.close();
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ token: "another" });
});

it("gives the folder free when the database cannot be opened, and says why", async () => {
  await makeDataFolder(folder);
  const store = await openStore({ dataFolder: folder });
  await store.close();
  writeFileSync(join(folder, "db", "global", "pg_control"), "not a control file");
  await expect(openStore({ dataFolder: folder })).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  await expect(openStore({ dataFolder: folder })).rejects.toMatchObject({ code: "STORE_DAMAGED" });
});

it("refuses an address that is none, without repeating it", async () => {
  const wrong = openStore({ dataFolder: folder, databaseUrl: "mysql://root:secret@host/db" });
  await expect(wrong).rejects.toMatchObject({ code: "USAGE" });
  await wrong.catch(({ message }: Error) => expect(message).not.toContain("secret"));
  const nobody = "postgres://waymark:secret@127.0.0.1:1/none";
  const away = openStore({ dataFolder: folder, databaseUrl: nobody });
  await expect(away).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await away.catch(({ message }: Error) => expect(message).not.toContain("secret"));
});

it("writes a checkpoint when the log has grown, and vacuums what has changed", async () => {
  await makeDataFolder(folder);
  const store = await openStore({ dataFolder: folder });
  const { sql: db } = store.database;
  const house = keepHouse(db, silentLog);
  const since = async (): Promise<number> => {
    const { rows } = await sql<{ bytes: number }>`
      select (pg_current_wal_insert_lsn() - redo_lsn)::float8 as bytes
      from pg_control_checkpoint()`.execute(db);
    return rows[0]!.bytes;
  };
  for (let i = 0; i < 4; i++) {
    await sql`insert into audit (at_ms, action, subject, detail)
      select i, 'x', (select string_agg(md5(i * j || ''), '') from generate_series(1, 55) j), '{}'
      from generate_series(1, 6000) i`.execute(db);
  }
  await sql`delete from audit where at_ms % 2 = 0`.execute(db);
  expect(await since()).toBeGreaterThan(32 << 20);
  // What was changed is counted a second late else.
  await sql`select pg_stat_force_next_flush()`.execute(db);
  await house.look();
  expect(await since()).toBeLessThan(1 << 20);
  const { rows } = await sql<{ dead: number; vacuumed: Date | null }>`
    select n_dead_tup as dead, last_vacuum as vacuumed from pg_stat_user_tables
    where relname = 'audit'`.execute(db);
  expect(rows[0]!.dead).toBeLessThan(100);
  expect(rows[0]!.vacuumed).not.toBeNull();
  await house.stop();
  await store.close();
}, 60_000);

// A backup goes round: from each engine to each, with every row and every byte; and an archive that
// is not whole restores nothing.
import {
  createWriteStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRng, integer, WaymarkError } from "../../src/base/index.ts";
import { backup, openBackup } from "../../src/jobs/backup.ts";
import { restore } from "../../src/jobs/restore.ts";
import type { Database } from "../../src/store/database.ts";
import { createMemoryBlobStore } from "../../src/store/memory-blob-store.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { createStore } from "../../src/store/open-store.ts";
import { exportRows, LEFT_BEHIND, TABLES } from "../../src/store/portable.ts";
import type { Store } from "../../src/store/store.ts";
import { emptyDatabase, openMemoryDatabase } from "../memory-store.ts";
import { NO_POSTGRES, type PostgresServer, postgresBin, startPostgres } from "../postgres.ts";
import { keepFile, NOW, storedActivity } from "./kept-recording.ts";

let folder: string;
let server: PostgresServer | undefined;
const databases = new Map<string, Database>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-backup-"));
  databases.set("PGlite", await openMemoryDatabase());
  if (postgresBin === undefined) return;
  server = await startPostgres({ hasSync: false });
  databases.set("PostgreSQL", await openDatabase({ url: await server.createDatabase() }));
});
afterAll(async () => {
  for (const database of databases.values()) await database.close();
  server?.remove();
  rmSync(folder, { recursive: true });
});

async function emptyStore(engine: string): Promise<Store> {
  const database = databases.get(engine)!;
  await emptyDatabase(database);
  return createStore(database, createMemoryBlobStore());
}

async function fill(store: Store): Promise<void> {
  const ann = await store.athletes.create(
    { name: "Änn", email: "a@example.org", passwordHash: "$x$" },
    NOW,
  );
  const bob = await store.athletes.create({ name: "Bob", role: "admin" }, NOW);
  await store.tokens.create(
    { hash: "h", athleteId: ann.id, name: "t", scopes: ["read"], expiresMs: null },
    NOW,
  );
  await store.invitations.create({ hash: "i", createdBy: bob.id, expiresMs: NOW * 2 }, NOW);
  await store.settings.set("signup", { open: true, words: ["a", "ü\n"] }, NOW);
  await store.audit.add({ atMs: NOW, athleteId: bob.id, action: "x", subject: "y" });
  for (let i = 0; i < 7; i++) {
    const activity = storedActivity("x", {
      rows: 40,
      startMs: NOW + i * 1e9,
      title: `t ${i} "\\ ü`,
    });
    const match = {
      networkVersion: "net-1",
      profile: "foot",
      sigmaM: Math.PI,
      rmsM: 1e-7,
      pieces: [],
    };
    const blob = await store.blobs.put(Buffer.from(`${i}.fit`));
    const upload = await store.uploads.receive(
      { athleteId: ann.id, blob, fileName: `${i}.fit` },
      NOW,
    );
    await keepFile(
      store,
      ann.id,
      `${i}.fit`,
      [{ ...activity, detail: { ...activity.detail, match } }],
      {
        uploadId: upload.id,
      },
    );
  }
}

async function everyRow(database: Database): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  await exportRows(database, async (table, lines) => {
    all[table] = [...(all[table] ?? []), ...lines.map((line) => JSON.parse(line))];
  });
  for (const rows of Object.values(all))
    rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return all;
}

/** A member with everything that is known of one, and a model. */
async function fillMembers({ database, webhooks, webhookEndpoints, events, blobs }: Store) {
  const endpoint = await webhookEndpoints.create(
    { processor: "stripe", name: "s", secret: "whsec", kind: "live", options: { sandbox: true } },
    NOW,
  );
  const told = (n: number) => ({
    source: "stripe" as const,
    messageId: `m${n}`,
    kind: "payment",
    eventMs: NOW,
    createdMs: NOW,
    value: Math.PI,
    payload: { words: 'ü "\\' },
  });
  for (const n of [1, 2, 3]) {
    await webhooks.receive({
      processor: "stripe",
      endpointId: endpoint.id,
      externalId: `evt_${n}`,
      type: "charge.succeeded",
      eventMs: NOW,
      receivedMs: NOW,
      body: "{}",
      content: {
        identities: [{ kind: "stripe_customer", value: `cus_${n}` }],
        events: [told(n)],
        prices: [],
      },
      isSame: () => true,
    });
  }
  expect(await events.lastSeq()).toBe(3);
  const { sha256, byteLength } = await blobs.put(Buffer.from("a model"));
  for (const statement of [
    sql`insert into athlete_cell values (1, '\\x0102')`,
    sql`insert into erased_identity values ('hash', 1)`,
    sql`insert into erased_member values (9, 1)`,
    sql`insert into erased_event values (99, 1, 1)`,
    sql`insert into merged_member values (8, 1, 1)`,
    sql`insert into write_key (hash, name, kind, created_ms) values ('h', 'n', 'live', 1)`,
    sql`insert into quarantine (source, reason, message, body, received_ms)
      values ('segment', 'r', 'm', 'b', 1)`,
    sql`insert into blob values (${sha256}, ${byteLength}, 1)`,
    sql`insert into model_version values ('churn', 1, 1, '{"a": 0.1}', ${sha256}, 'card')`,
    sql`insert into model_alias values ('churn', 'champion', 1, 1)`,
    sql`insert into model_move (model, alias, to_version, at_ms, reason)
      values ('churn', 'champion', 1, 1, 'r')`,
    sql`insert into feature_log (member_id, at_ms, seq, model, version, feature_set, feature_values, score)
      values (1, 1, 3, 'churn', 1, 's', '\\x00ff', '{}')`,
    sql`insert into report values ('r', 'k', 1, 3, '[1]')`,
    sql`insert into log_reader values ('follow', 3, 1)`,
  ]) {
    await statement.execute(database.sql);
  }
}

const PAIRS = [
  ["PGlite", "PGlite"],
  ["PGlite", "PostgreSQL"],
  ["PostgreSQL", "PGlite"],
] as const;

describe("a backup", () => {
  it.each(PAIRS)("goes from %s to %s and is the same there", async (from, to) => {
    if (!databases.has(from) || !databases.has(to)) return console.warn(`skipped: ${NO_POSTGRES}`);
    const path = join(folder, `${from}-${to}.tar`);
    const store = await emptyStore(from);
    await fill(store);
    await fillMembers(store);
    const before = await everyRow(store.database);
    const said = await backup({ store, path, now: NOW });
    expect(said).toMatchObject({ blobs: 8, rows: { athlete: 2, activity: 7, match: 7 } });

    const other = await emptyStore(to);
    const { byteLength: _, ...end } = said;
    expect(await restore({ store: other, path })).toEqual(end);
    expect(await everyRow(other.database)).toEqual(before);
    expect(Object.keys(before).sort()).toEqual(Object.keys(TABLES).sort());
    for (const { sha256 } of before.blob as { sha256: string }[]) {
      expect(await other.blobs.has(sha256)).toBe(true);
    }
    const streams = await other.activities.streams(1, { athleteId: null, seesAll: true });
    expect(streams).toEqual(storedActivity("x", { rows: 40 }).streams);
    // New rows come after those that were restored.
    expect((await other.athletes.create({ name: "New" }, NOW)).id).toBe(3);
    const event = { source: "segment", messageId: "new", memberId: 1, kind: "identify" } as const;
    await other.events.append([{ ...event, eventMs: NOW, createdMs: NOW, payload: {} }]);
    expect(await other.events.lastSeq()).toBe(4);
    // Readers begin anew, and build what follows from the log.
    expect(await other.events.position("follow")).toBe(0);
  });

  it("holds every table but those that are to be left", async () => {
    const { rows } = await databases
      .get("PGlite")!
      .sql.selectFrom("pg_tables" as never)
      .select("tablename" as never)
      .where("schemaname" as never, "=", "public" as never)
      .execute()
      .then((found) => ({ rows: found as unknown as { tablename: string }[] }));
    const names = rows.map((row) => row.tablename).filter((name) => name !== "migration");
    expect(names.sort()).toEqual([...Object.keys(TABLES), ...LEFT_BEHIND].sort());
  });

  it("is refused by a store that holds something", async () => {
    const path = join(folder, "full.tar");
    const store = await emptyStore("PGlite");
    await fill(store);
    await backup({ store, path, now: NOW });
    await expect(restore({ store, path })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("restores without what was deleted while the backup ran", async () => {
    const path = join(folder, "meanwhile.tar");
    const store = await emptyStore("PGlite");
    await fill(store);
    const before = await store.database.sql.selectFrom("activity").select("sha256").execute();
    const { sha256 } = before[0]!;
    const get: typeof store.blobs.get = async (hash) => {
      if (hash === sha256) throw new WaymarkError("NOT_FOUND", "deleted meanwhile");
      return await store.blobs.get(hash);
    };
    await backup({ store: { ...store, blobs: { ...store.blobs, get } }, path, now: NOW });
    const other = await emptyStore("PGlite");
    await restore({ store: other, path });
    const after = await other.database.sql.selectFrom("activity").select("sha256").execute();
    expect(after).toEqual(before.filter((row) => row.sha256 !== sha256));
    expect(await other.blobs.has(sha256)).toBe(false);
  });

  it("cut short or damaged anywhere restores nothing, and says why", async () => {
    const path = join(folder, "whole.tar");
    const store = await emptyStore("PGlite");
    await fill(store);
    await backup({ store, path, now: NOW });
    const bytes = readFileSync(path);
    const other = await emptyStore("PGlite");
    const rng = createRng(3);
    const broken = join(folder, "broken.tar");
    for (let i = 0; i < 40; i++) {
      const copy = Buffer.from(
        i % 2 ? bytes : bytes.subarray(0, integer(rng, bytes.length - 1500)),
      );
      if (i % 2) copy[integer(rng, copy.length)]! ^= 1 << integer(rng, 8);
      writeFileSync(broken, copy);
      try {
        await restore({ store: other, path: broken });
      } catch (error) {
        expect(error).toMatchObject({
          name: expect.stringMatching(/^(WaymarkError|StatementError)$/),
        });
        expect(await other.athletes.list()).toEqual([]);
        continue;
      }
      // Padding between entries, and times of entries, mean nothing.
      expect(i % 2).toBe(1);
      await emptyDatabase(other.database);
    }
    await expect(restore({ store: other, path: join(folder, "none.tar") })).rejects.toMatchObject({
      code: "FILE_READ",
    });
  });

  it("gives the store free when nobody takes it any more, and leaves no file when it is stopped", async () => {
    const store = await emptyStore("PGlite");
    await fill(store);
    // Five pages, each more than fits between the store and its reader.
    await sql`insert into audit (at_ms, action, subject, detail)
      select i, 'x', (select string_agg(md5(i * j || ''), '') from generate_series(1, 20) j), '{}'
      from generate_series(1, 2500) i`.execute(store.database.sql);
    let phase = "";
    const { bytes, end } = openBackup({
      store,
      now: NOW,
      onProgress: (now) => {
        phase = now;
      },
    });
    while (phase !== "Rows") if (bytes.read() === null) await sleep(5);
    // It waits for its reader, inside the transaction.
    await sleep(300);
    bytes.destroy();
    await expect(end).rejects.toThrow();
    expect(await store.athletes.list()).toHaveLength(2);

    const path = join(folder, "stopped.tar");
    const stop = new AbortController();
    const onProgress = (phase: string): void => {
      if (phase === "Rows") stop.abort();
    };
    const stopped = backup({ store, path, now: NOW, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect(await store.athletes.list()).toHaveLength(2);
    const nowhere = join(folder, "none", "x.tar");
    await expect(backup({ store, path: nowhere, now: NOW })).rejects.toMatchObject({
      code: "FILE_READ",
    });
    writeFileSync(path, "precious");
    await expect(backup({ store, path, now: NOW })).rejects.toMatchObject({ code: "USAGE" });
    expect(readFileSync(path, "utf8")).toBe("precious");
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("takes the place of what an empty store has: settings, networks, an old audit", async () => {
    const path = join(folder, "leftovers.tar");
    const store = await emptyStore("PGlite");
    await fill(store);
    const before = await everyRow(store.database);
    await backup({ store, path, now: NOW });
    for (const { id } of await store.athletes.list()) await store.athletes.remove(id, 1);
    await store.settings.set("signup", "closed", NOW);
    await restore({ store, path });
    expect(await everyRow(store.database)).toEqual(before);
  });

  it("of another schema, or no backup at all, is told apart", async () => {
    const store = await emptyStore("PGlite");
    for (const [name, text, code] of [
      ["waymark.json", '{"format":1,"schema":99}', "STORE_FOREIGN"],
      ["photo.jpg", "x", "STORE_DAMAGED"],
      ["waymark.json", "not json", "STORE_DAMAGED"],
    ] as const) {
      const path = join(folder, "other.tar");
      const tar = pack();
      tar.entry({ name }, text);
      tar.finalize();
      await pipeline(tar, createWriteStream(path));
      await expect(restore({ store, path })).rejects.toMatchObject({ code });
    }
  });
});

// A PostgreSQL that is stopped as by a power cut, and comes back: questions fail with one code
// meanwhile, nothing that was acknowledged is lost, and the jobs go on by themselves.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUploadReader } from "../../src/jobs/read-upload.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { READ_UPLOAD } from "../../src/platform/job/kinds.ts";
import { receiveUpload } from "../../src/platform/job/receive-upload.ts";
import { createMemoryBlobStore } from "../../src/store/memory-blob-store.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { createStore } from "../../src/store/open-store.ts";
import { walkGpx } from "../cli/gpx.ts";
import { NO_POSTGRES, type PostgresServer, postgresBin, startPostgres } from "../postgres.ts";

const NOW = Date.UTC(2026, 10, 20);
const title = "a database that goes away and comes back";

describe.skipIf(postgresBin === undefined)(postgresBin ? title : `${title}: ${NO_POSTGRES}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  it("fails with STORE_UNAVAILABLE meanwhile, and then goes on without being opened anew", async () => {
    const database = await openDatabase({ url: await server.createDatabase() });
    const store = createStore(database, createMemoryBlobStore());
    const queue = await createJobQueue(database, { pollMs: 50, leaseMs: 2000, heartbeatMs: 200 });
    const reader = createUploadReader({
      store,
      map: { get: async () => undefined },
      threads: 1,
    });
    const { id: athleteId } = await store.athletes.create({ name: "Ann" }, NOW);
    const ids: number[] = [];
    for (let i = 0; i < 6; i++) {
      const text = walkGpx({ startMs: NOW + i * 86_400_000, seconds: 20 });
      const blob = await store.blobs.put(new TextEncoder().encode(text));
      const upload = { athleteId, blob, fileName: `${i}.gpx` };
      ids.push((await receiveUpload(store, queue, upload, NOW)).id);
    }
    queue.work(READ_UPLOAD, 1, reader);
    while ((await store.uploads.get(ids[0]!)).status !== "ready") await sleep(5);

    server.kill();
    const codes = await Promise.all(
      Array.from({ length: 15 }, () =>
        store.athletes.get(athleteId).catch((error: { code: string }) => error.code),
      ),
    );
    expect(new Set(codes)).toEqual(new Set(["STORE_UNAVAILABLE"]));
    await expect(database.ping()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(
      store.athletes.create({ name: "Bob", email: "b@example.org" }, NOW),
    ).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await sleep(500);
    server.start();

    for (const id of ids) {
      for (let i = 0; i < 400 && (await store.uploads.get(id)).status !== "ready"; i++) {
        await sleep(50);
      }
      expect(await store.uploads.get(id)).toMatchObject({ status: "ready" });
    }
    const { total } = await store.activities.list({ limit: 10, zone: "UTC" }, { athleteId });
    expect(total).toBe(6);
    await queue.stop();
    await reader.close();
    await store.close();
  }, 60_000);
});

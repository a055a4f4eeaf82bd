// Files that break whatever reads them: each ends as a failed upload with a reason, and the files
// beside them are read.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { WaymarkError } from "../../src/base/error.ts";
import { createUploadReader, type UploadReader } from "../../src/jobs/read-upload.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { READ_UPLOAD } from "../../src/platform/job/kinds.ts";
import type { JobQueue } from "../../src/platform/job/queue.ts";
import { receiveUpload } from "../../src/platform/job/receive-upload.ts";
import type { Store } from "../../src/store/store.ts";
import type { Upload } from "../../src/store/uploads.ts";
import { walkGpx } from "../cli/gpx.ts";
import { describeStores } from "../conformance/store-kinds.ts";

const POISON = { ...READ_UPLOAD, backoffMs: 10 };
const NOW = Date.UTC(2026, 10, 20);

describeStores("poison files", (kind) => {
  let store: Store;
  let queue: JobQueue;
  let reader: UploadReader;
  let athleteId: number;
  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
    athleteId = (await store.athletes.create({ name: "Ann" }, NOW)).id;
    queue = await createJobQueue(store.database, { pollMs: 20 });
  });
  afterEach(async () => {
    await queue.stop(0);
    await reader.close();
  });
  const work = (options: Partial<Parameters<typeof createUploadReader>[0]> = {}): void => {
    reader = createUploadReader({
      store,
      map: { get: async () => undefined },
      threads: 2,
      ...options,
    });
    queue.work(POISON, 2, reader);
  };
  const upload = async (fileName: string, bytes: string | Uint8Array): Promise<Upload> => {
    const blob = await store.blobs.put(Buffer.from(bytes));
    return await receiveUpload(store, queue, { athleteId, blob, fileName }, NOW);
  };
  const ended = async ({ id }: Upload): Promise<Upload> => {
    for (let i = 0; i < 1000; i++) {
      const now = await store.uploads.get(id);
      if (now.status !== "received" && now.status !== "processing") return now;
      await sleep(20);
    }
    throw new Error(`upload ${id} did not end`);
  };

  it("says of each file that cannot be read why, at the first try", async () => {
    work();
    const files: [string, string | Uint8Array, string][] = [
      ["empty.fit", "", "TRACK_EMPTY"],
      ["picture.gpx", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), "TRACK_FORMAT"],
      ["none.gpx", '<gpx version="1.1"><trk></trk></gpx>', "TRACK_NO_RECORD"],
    ];
    for (const [name, bytes, code] of files) {
      const failed = await ended(await upload(name, bytes));
      expect(failed).toMatchObject({ status: "failed", error: { code }, activityIds: [] });
      expect(failed.error!.message.length).toBeGreaterThan(20);
    }
    await expect
      .poll(() => queue.count())
      .toEqual([{ kind: "read-upload", state: "done", count: 3 }]);
  });

  it("tells a fault of the store by its code, never where it lies", async () => {
    work({
      map: { get: () => Promise.reject(new WaymarkError("STORE_DAMAGED", "/srv/map is damaged")) },
    });
    const failed = await ended(await upload("walk.gpx", walkGpx({ startMs: NOW, seconds: 20 })));
    expect(failed.error).toMatchObject({ code: "STORE_DAMAGED" });
    expect(failed.error!.message).not.toContain("/srv");
    const reason = async () => (await queue.list())[0]!.error?.message;
    await expect.poll(reason).toContain("/srv/map");
  });

  it("ends what kills, fills, hangs or breaks the thread as failed, and reads the rest", async () => {
    work({
      workerUrl: new URL("./poison-worker.ts", import.meta.url),
      fileLimitMs: 2000,
      heapMb: 64,
    });
    const names = ["exit.gpx", "memory.gpx", "hang.gpx", "bug.gpx"];
    const poisons = await Promise.all(names.map((name) => upload(name, walkGpx())));
    const good = await upload("good.gpx", walkGpx({ startMs: NOW }));
    expect(await ended(good)).toMatchObject({ status: "ready", error: null });
    const messages = [];
    for (const poison of poisons) {
      const failed = await ended(poison);
      expect(failed).toMatchObject({ status: "failed", error: { code: "TRACK_FAILED" } });
      messages.push(failed.error!.message);
    }
    expect(messages[0]).toMatch(/^exit.gpx broke the reader: .*exited with 9/);
    expect(messages[1]).toMatch(/^memory.gpx broke the reader: .*memory/);
    expect(messages[2]).toBe("hang.gpx was given up: it took longer than 2 s");
    expect(messages[3]).toBe("bug.gpx broke the reader: undefined is not a function");
    // An upload says how it ended before its job does.
    const tries = async (): Promise<number[]> =>
      (await queue.list()).filter((job) => job.state === "failed").map((job) => job.tries);
    await expect.poll(tries).toEqual([3, 3, 3, 3]);
  }, 60_000);

  it("20 uploads of one file at once make one activity", async () => {
    work();
    const uploads = await Promise.all(
      Array.from({ length: 20 }, (_, i) => upload(`${i}.gpx`, walkGpx())),
    );
    const ends = await Promise.all(uploads.map(ended));
    const statuses = new Set(ends.map(({ status }) => status));
    expect(new Set(ends.flatMap(({ activityIds }) => activityIds)).size).toBe(1);
    expect([...statuses].every((status) => status === "ready" || status === "duplicate")).toBe(
      true,
    );
    const { total } = await store.activities.list({ limit: 10, zone: "UTC" }, { athleteId });
    expect(total).toBe(1);
  });

  it("goes on with an upload whose athlete went away meanwhile", async () => {
    await upload("a.gpx", walkGpx());
    await store.athletes.remove(athleteId, Date.now());
    work();
    while ((await queue.count()).some(({ state }) => state !== "done")) await sleep(20);
    expect(await store.database.sql.selectFrom("activity").select("id").execute()).toEqual([]);
  });
});

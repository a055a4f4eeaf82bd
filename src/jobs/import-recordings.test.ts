// The import with real threads over real files and a store in memory; what only a process can show
// (kill -9, Ctrl-C, locks) is in test/cli/import.test.ts.
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { streetOsm, walkGpx } from "../../test/cli/gpx.ts";
import { emptyDatabase, openMemoryStore } from "../../test/memory-store.ts";
import { activityDetailSchema, activityStreamsSchema } from "../schema/activity.ts";
import { type ImportedFile, importedFileSchema } from "../schema/import.ts";
import { type ActivityStore, allActivities } from "../store/activity-store.ts";
import type { Store } from "../store/store.ts";
import { buildMapFolder } from "./ensure-map.ts";
import type { RecordingSource } from "./find-recordings.ts";
import { loadSharedMap, type SharedMap } from "./import-map.ts";
import { type ImportOptions, importRecordings } from "./import-recordings.ts";
import { isServed, rematchActivities } from "./rematch-activities.ts";

const DAY = 86_400_000;
const START = Date.UTC(2024, 4, 4, 8);

let folder: string;
let store: Store;
let list: ActivityStore["list"];
beforeAll(async () => {
  store = await openMemoryStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await emptyDatabase(store.database);
  list = allActivities(store.activities).list;
  folder = mkdtempSync(join(tmpdir(), "waymark-job-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function* inMemory(sources: readonly (readonly [string, string, string?])[]) {
  for (const [file, text, athlete] of sources) {
    const bytes = new TextEncoder().encode(text);
    yield { file, byteLength: bytes.length, bytes: () => bytes, athlete } satisfies RecordingSource;
  }
}

const detailOf = (id: string) => allActivities(store.activities).detail(id);
const recordingCount = async () =>
  (await store.database.sql.selectFrom("recording").selectAll().execute()).length;
const unmatched = async (version: string) =>
  await store.recordings.unmatched(version, { after: 0, limit: 10 });
const rematch = (map: SharedMap) => rematchActivities({ store, map, threads: 1, now: START });

async function imported(options: Partial<ImportOptions> & Pick<ImportOptions, "paths">) {
  const files: ImportedFile[] = [];
  const summary = await importRecordings({
    threads: 2,
    onFile: (file) => files.push(importedFileSchema.parse(file)),
    ...options,
    store,
  });
  return { files, summary };
}

async function streetMap(shift = 0): Promise<SharedMap> {
  const osmFile = join(folder, `street-${shift}.osm`);
  const outFolder = join(folder, `map-${shift}`);
  writeFileSync(osmFile, streetOsm({ lon: 1.52 + shift }));
  await buildMapFolder({ osmFile, outFolder, threads: 1 });
  return await loadSharedMap(outFolder);
}

describe("an import", () => {
  it("notes among the uploads what became of every file, and notes it once", async () => {
    mkdirSync(join(folder, "in"));
    for (const [name, text] of [
      ["a.gpx", walkGpx()],
      ["b.gpx", walkGpx()],
      ["c.gpx", walkGpx({ startMs: START + DAY })],
      ["poem.gpx", "Whose woods these are"],
      ["empty.fit", ""],
    ] as const) {
      writeFileSync(join(folder, "in", name), text);
    }
    const zip = { "d.gpx": strToU8(walkGpx({ startMs: START + 2 * DAY })), "e.txt": strToU8("e") };
    writeFileSync(join(folder, "in/f.zip"), zipSync({ ...zip, "../../out.gpx": zip["d.gpx"] }));
    const paths = [join(folder, "in"), join(folder, "in/nowhere.gpx")];
    const { summary } = await imported({ paths });
    const noted = async () => {
      const [{ id } = { id: 0 }] = await store.athletes.list();
      const { uploads } = await store.uploads.list(id, { limit: 100 });
      return [...uploads].sort((a, b) => (a.externalId! < b.externalId! ? -1 : 1));
    };
    const uploads = await noted();
    expect(uploads).toHaveLength(summary.files);
    expect(
      uploads.map(({ externalId, status, error }) => [
        externalId!.slice(folder.length + 4),
        status,
        status === "failed" ? error?.code : error,
      ]),
    ).toEqual([
      ["a.gpx", "ready", null],
      ["b.gpx", "duplicate", null],
      ["c.gpx", "ready", null],
      ["empty.fit", "failed", "TRACK_EMPTY"],
      ["f.zip/../../out.gpx", "failed", "ZIP_UNSAFE"],
      ["f.zip/d.gpx", "ready", null],
      ["f.zip/e.txt", "failed", "TRACK_FORMAT"],
      ["nowhere.gpx", "failed", "FILE_READ"],
      ["poem.gpx", "failed", "TRACK_FORMAT"],
    ]);
    for (const { error, status } of uploads)
      if (status === "failed") expect(error?.message).toBeTruthy();
    const [ready] = uploads;
    expect(ready).toMatchObject({ fileName: "a.gpx", byteLength: walkGpx().length });
    expect(await detailOf(String(ready!.activityIds[0]))).toMatchObject({ file: "a.gpx" });

    await imported({ paths });
    expect(await noted()).toEqual(uploads);
    // Read anew, on a map: the same notes.
    await imported({ paths, map: await streetMap() });
    expect((await noted()).map(({ id }) => id)).toEqual(uploads.map(({ id }) => id));
  });

  it("keeps activities in the shapes of the wire, with unknown measures as null", async () => {
    const map = await streetMap();
    const { summary } = await imported({ paths: inMemory([["a.gpx", walkGpx()]]), map });
    expect(summary).toMatchObject({ files: 1, refused: 0, activities: 1, points: 120 });
    const [{ id } = { id: "" }] = await list();
    const detail = activityDetailSchema.parse(await detailOf(id));
    const streams = activityStreamsSchema.parse(await allActivities(store.activities).streams(id));
    expect(detail).toMatchObject({
      title: "Morning walk",
      athlete: "you",
      file: "a.gpx",
      format: "gpx",
      gainM: null,
      averageHeartRateBpm: null,
      match: { profile: "foot", networkVersion: map.network.version },
    });
    expect(detail.match?.pieces[0]).toMatchObject({ kind: "matched", names: ["Long Street"] });
    expect(detail.bbox?.[0]).toBeCloseTo(1.52, 6);
    expect(streams.timeS).toHaveLength(120);
    expect(streams.timeS[119]).toBe(119);
    expect(streams.altitudeM).toBeUndefined();
  });

  it("does not match swims, indoor rides and what has no position", async () => {
    const map = await streetMap();
    const { files } = await imported({
      paths: inMemory([["swim.gpx", walkGpx({ type: "open_water_swimming" })]]),
      map,
    });
    expect(files[0]?.activities[0]).toMatchObject({ hasPosition: true, matchedM: null });
  });

  it("of equal files, in one run too, one makes an activity: the first by name", async () => {
    const text = walkGpx({ seconds: 2000 });
    const names = ["c.gpx", "a.gpx", "b.gpx"];
    for (const name of names) writeFileSync(join(folder, name), text);
    for (let run = 0; run < 3; run++) {
      await emptyDatabase(store.database);
      const { files, summary } = await imported({ paths: [folder] });
      expect(files.map(({ activities }) => activities[0]?.duplicateOf !== undefined)).toEqual([
        false,
        true,
        true,
      ]);
      expect(summary.activities).toBe(1);
      expect((await list()).map(({ id }) => id)).toEqual([files[0]?.activities[0]?.id]);
    }
  });

  it("two people on one walk have two activities", async () => {
    await imported({
      paths: inMemory([
        ["1.gpx", walkGpx(), "Ana"],
        ["2.gpx", `${walkGpx()}\n`, "Ben"],
      ]),
    });
    expect((await list()).map(({ athlete }) => athlete).sort()).toEqual(["Ana", "Ben"]);
  });

  it("refuses a file that takes too long, with the reason, and keeps nothing of it", async () => {
    const { files } = await imported({
      paths: inMemory([["slow.gpx", walkGpx()]]),
      fileLimitMs: 1,
    });
    expect(files[0]).toMatchObject({ status: "refused", error: { code: "TRACK_FAILED" } });
    expect(files[0]?.error?.message).toContain(
      "slow.gpx was given up: it took longer than 0.001 s",
    );
    expect(await list()).toEqual([]);
    expect(await recordingCount()).toBe(0);
  });

  it("refuses a file of 300 MiB by its size, without reading it", async () => {
    writeFileSync(join(folder, "huge.gpx"), "");
    truncateSync(join(folder, "huge.gpx"), 300 * 2 ** 20);
    const start = process.memoryUsage().rss;
    const { files } = await imported({ paths: [folder] });
    expect(files[0]?.error).toEqual({
      code: "TRACK_TOO_LARGE",
      message: `${join(folder, "huge.gpx")} has 300 MiB; a recording may have 256 MiB at most`,
    });
    expect(process.memoryUsage().rss - start).toBeLessThan(200 * 2 ** 20);
  });

  it("ends early when told to, with whole activities", async () => {
    const controller = new AbortController();
    const sources = Array.from(
      { length: 200 },
      (_, i) => [`${i}.gpx`, walkGpx({ startMs: START + i * DAY, seconds: 300 })] as const,
    );
    const { summary } = await imported({
      paths: inMemory(sources),
      signal: controller.signal,
      onProgress: ({ files }) => {
        if (files === 20) controller.abort();
      },
    });
    expect(summary.isInterrupted).toBe(true);
    const { length } = await list();
    expect(length).toBeGreaterThanOrEqual(20);
    expect(length).toBeLessThan(200);
    expect(await recordingCount()).toBe(length);
  });

  it("passes over known bytes, and reads again what was deleted since", async () => {
    const first = await imported({ paths: inMemory([["a.gpx", walkGpx()]]) });
    const again = await imported({ paths: inMemory([["b.gpx", walkGpx()]]) });
    const id = first.files[0]?.activities[0]?.id;
    expect(again.summary).toMatchObject({ known: 1, activities: 0 });
    expect(again.files[0]).toMatchObject({ isKnown: true, activities: [{ id, duplicateOf: id }] });
    await store.activities.remove(Number(id), { athleteId: null, seesAll: true }, Date.now());
    const { files } = await imported({ paths: inMemory([["a.gpx", walkGpx()]]) });
    expect(files[0]?.isKnown).toBeUndefined();
    expect(await list()).toHaveLength(1);
  });

  it("counts progress in files and bytes up to all of them", async () => {
    for (let i = 0; i < 5; i++) {
      writeFileSync(join(folder, `${i}.gpx`), walkGpx({ startMs: START + i * DAY }));
    }
    const seen: { files: number; allFiles: number; bytes: number; allBytes: number }[] = [];
    await imported({ paths: [folder], onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1)!;
    expect(last.files).toBe(5);
    expect(last.allFiles).toBe(5);
    expect(last.bytes).toBe(last.allBytes);
  });
});

describe("another map", () => {
  it("matches what is stored again, once, and serves it when all is done", async () => {
    await imported({ paths: inMemory([["a.gpx", walkGpx()]]) });
    const [before] = await list();
    expect(before?.matchedM).toBe(0);

    const map = await streetMap();
    const { version } = map.network;
    expect(await unmatched(version)).toEqual([Number(before?.id)]);
    expect(await isServed(store, version)).toBe(false);
    expect(await rematch(map)).toBe(1);
    expect(await rematch(map)).toBe(0);
    const [after] = await list();
    expect(after?.id).toBe(before?.id);
    expect(after?.matchedM).toBeGreaterThan(150);
    expect(await isServed(store, version)).toBe(true);
    expect((await imported({ paths: inMemory([["a.gpx", walkGpx()]]), map })).summary.known).toBe(
      1,
    );

    const elsewhere = await streetMap(1);
    await rematch(elsewhere);
    const [gone] = await list();
    expect(gone?.matchedM).toBe(0);
    expect((await detailOf(gone?.id ?? "")).match?.pieces[0]?.reason).toBe("outside");
  });

  it("serves the old match until every new one is there, also after an interruption", async () => {
    const map = await streetMap();
    const days = [0, 1, 2].map((i) => [`${i}.gpx`, walkGpx({ startMs: START + i * DAY })] as const);
    await imported({ paths: inMemory(days), map });
    await rematch(map);
    const elsewhere = await streetMap(1);
    const controller = new AbortController();
    await rematchActivities({
      store,
      map: elsewhere,
      threads: 1,
      now: START,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(await unmatched(elsewhere.network.version)).toHaveLength(2);
    for (const { matchedM } of await list()) expect(matchedM).toBeGreaterThan(150);
    expect(await rematch(elsewhere)).toBe(2);
    for (const { matchedM } of await list()) expect(matchedM).toBe(0);
  });

  it("matches as the import itself would have", async () => {
    const map = await streetMap();
    await imported({ paths: inMemory([["a.gpx", walkGpx()]]) });
    await rematch(map);
    const again = await detailOf((await list())[0]!.id);
    await emptyDatabase(store.database);
    await imported({ paths: inMemory([["a.gpx", walkGpx()]]), map });
    const once = await detailOf((await list())[0]!.id);
    expect(again.match?.pieces.map(({ line }) => line)).toEqual(
      once.match?.pieces.map(({ line }) => line),
    );
    expect(again.matchedM).toBeCloseTo(once.matchedM, 3);
  });
});

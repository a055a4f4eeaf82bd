// What every ActivityStore promises. A new store joins the list below; the suite is the definition.
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { activityDetailSchema, activityStreamsSchema } from "../../src/schema/activity.ts";
import { openFolderStore } from "../../src/store/folder-store.ts";
import { createMemoryStore } from "../../src/store/memory-store.ts";
import type { RecordingStore } from "../../src/store/recording-store.ts";
import { storedActivity } from "./stored-activity.ts";

interface Kind {
  readonly name: string;
  /** `folder` is empty and removed after the test; a second call opens the same store again. */
  open(folder: string): RecordingStore;
  readonly isDurable: boolean;
}

const KINDS: readonly Kind[] = [
  { name: "folder", open: (folder) => openFolderStore(folder, { write: true }), isDurable: true },
  { name: "memory", open: () => createMemoryStore(), isDurable: false },
];

describe.each(KINDS)("the $name store", ({ open, isDurable }) => {
  let folder: string;
  let store: RecordingStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "waymark-store-"));
    store = open(folder);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it("is empty at first", async () => {
    expect(await store.list()).toEqual([]);
    expect(await store.has("a")).toBe(false);
  });

  it("gives back what was put, in the shapes of the wire", async () => {
    const activity = storedActivity("a1", { rows: 500 });
    await store.put(activity);
    expect(await store.detail("a1")).toEqual(activity.detail);
    expect(await store.streams("a1")).toEqual(activity.streams);
    activityDetailSchema.parse(await store.detail("a1"));
    activityStreamsSchema.parse(await store.streams("a1"));
    expect(await store.has("a1")).toBe(true);
  });

  it("keeps unknown values unknown and absent columns absent", async () => {
    const { detail, streams } = storedActivity("a1", { rows: 4 });
    const indoor = {
      timeS: [0, 1, 2, 3],
      distanceM: [0, 2.5, 5, 7.5],
      lon: [null, null, null, null],
      lat: [null, null, null, null],
      heartRateBpm: [null, 120, null, 131],
      isMoving: [0, 1, 1, 1],
    };
    await store.put({ detail, streams: indoor });
    expect(await store.streams("a1")).toEqual(indoor);
    expect(streams.altitudeM).toBeDefined();
  });

  it("lists summaries newest first, without the detail", async () => {
    await store.put(storedActivity("old", { startMs: 1_000 }));
    await store.put(storedActivity("new", { startMs: 3_000 }));
    await store.put(storedActivity("mid", { startMs: 2_000 }));
    const list = await store.list();
    expect(list.map((a) => a.id)).toEqual(["new", "mid", "old"]);
    expect(list[0]).not.toHaveProperty("splits");
  });

  it("replaces an activity of the same id", async () => {
    await store.put(storedActivity("a", { title: "first" }));
    await store.put(storedActivity("a", { title: "second" }));
    expect((await store.list()).map((a) => a.title)).toEqual(["second"]);
    expect((await store.detail("a")).title).toBe("second");
  });

  it("removes an activity for good, once", async () => {
    await store.put(storedActivity("a"));
    await store.put(storedActivity("b"));
    await store.remove("a");
    await store.remove("a");
    await store.remove("never");
    expect((await store.list()).map((activity) => activity.id)).toEqual(["b"]);
    expect(await store.has("a")).toBe(false);
    await expect(store.detail("a")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("says NOT_FOUND for what it does not hold, whatever the id looks like", async () => {
    for (const id of ["missing", "", "../activity", "a/b", "a\0b", "x".repeat(300)]) {
      await expect(store.detail(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(store.streams(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect(await store.has(id)).toBe(false);
    }
  });

  it("takes many puts at once", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `a${i}`);
    await Promise.all(ids.map((id, i) => store.put(storedActivity(id, { startMs: i * 1000 }))));
    expect(new Set((await store.list()).map((a) => a.id))).toEqual(new Set(ids));
  });

  it("remembers recordings by their bytes, the newest entry of each", async () => {
    const hash = "0".repeat(64);
    const result = { file: "a.fit", status: "ok" as const, repairs: [], activities: [] };
    expect(store.recording(hash)).toBeUndefined();
    await store.putRecording({ hash, readWith: "1", result });
    await store.putRecording({ hash, readWith: "2", result });
    expect(store.recording(hash)?.readWith).toBe("2");
    expect([...store.recordings()]).toHaveLength(1);
  });

  it.runIf(isDurable)("holds everything after it was closed and opened again", async () => {
    const activity = storedActivity("a1", { rows: 50 });
    await store.put(activity);
    await store.putRecording({
      hash: "f".repeat(64),
      readWith: "1",
      result: { file: "a.fit", status: "ok", repairs: [], activities: [] },
    });
    const before = await store.list();
    await store.close();
    store = open(folder);
    expect(await store.list()).toEqual(before);
    expect(await store.detail("a1")).toEqual(activity.detail);
    expect(store.recording("f".repeat(64))?.result.file).toBe("a.fit");
  });
});

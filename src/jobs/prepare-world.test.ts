// From an empty folder to the demo world, and from there to a real map.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { streetOsm, walkGpx } from "../../test/cli/gpx.ts";
import { openMemoryStore } from "../../test/memory-store.ts";
import { createJobQueue } from "../platform/job/create-queue.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import { allActivities } from "../store/activity-store.ts";
import type { Store } from "../store/store.ts";
import { isDemoUnfinished } from "./build-demo.ts";
import { isMapFolder } from "./ensure-map.ts";
import { importRecordings } from "./import-recordings.ts";
import { prepareWorld } from "./prepare-world.ts";
import { startWorkers, type Workers } from "./start-workers.ts";

const NOW = Date.UTC(2026, 10, 20);
let folder: string;
let store: Store;
let queue: JobQueue;
let workers: Workers;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-demo-"));
  store = await openMemoryStore();
  queue = await createJobQueue(store.database);
  workers = await startWorkers({ store, queue, mapFolder: join(folder, "map"), threads: 2 });
});
afterAll(async () => {
  await queue.stop();
  await workers.close();
  await store.close();
  rmSync(folder, { recursive: true });
});
const list = async () => await allActivities(store.activities).list();
const prepare = (more: Partial<Parameters<typeof prepareWorld>[0]> = {}) =>
  prepareWorld({
    store,
    queue,
    workers,
    dataFolder: folder,
    mapFolder: join(folder, "map"),
    threads: 2,
    now: NOW,
    signal: new AbortController().signal,
    onProgress: () => {},
    world: { athletes: 12, days: 30 },
    ...more,
  });

it("a demo that was interrupted is finished by the next start, and then left alone", async () => {
  const controller = new AbortController();
  let files = 0;
  await prepare({
    signal: controller.signal,
    onProgress: (phase) => {
      if (phase === "A year goes by" && ++files === 10) controller.abort();
    },
  });
  expect(isDemoUnfinished(folder)).toBe(true);
  const part = await list();

  const phases: string[] = [];
  await prepare({ now: NOW + 86_400_000, onProgress: (phase) => phases.push(phase) });
  expect(isDemoUnfinished(folder)).toBe(false);
  // The map of the first run stands; only recordings were missing.
  expect(new Set(phases)).toEqual(new Set(["Drawing a town", "A year goes by"]));
  const whole = await list();
  expect(whole.length).toBeGreaterThan(part.length);
  expect(whole).toEqual(expect.arrayContaining([...part]));
  expect(new Set(whole.map(({ athlete }) => athlete)).size).toBeGreaterThan(1);
  const onPaths = whole.reduce((sum, { matchedM }) => sum + matchedM, 0);
  const offPaths = whole.reduce((sum, { offNetworkM }) => sum + offNetworkM, 0);
  expect(onPaths).toBeGreaterThan(10 * offPaths);
  for (const { id } of await store.athletes.list()) {
    const { ready, duplicate, failed } = await store.uploads.count(id);
    expect(ready).toBeGreaterThan(0);
    expect([duplicate, failed]).toEqual([0, 0]);
  }

  await prepare();
  expect(await list()).toEqual(whole);
}, 120_000);

it("a real map takes the simulated athletes' place and keeps one's own activities", async () => {
  writeFileSync(join(folder, "walk.gpx"), walkGpx());
  writeFileSync(join(folder, "street.osm"), streetOsm());
  await importRecordings({ paths: [join(folder, "walk.gpx")], store, threads: 1 });
  await prepare({ osmFile: join(folder, "street.osm") });

  for (let i = 0; i < 300 && !(await list())[0]?.matchedM; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const [own, ...others] = await list();
  expect(others).toEqual([]);
  expect(own?.athlete).toBe("you");
  expect(own?.matchedM).toBeGreaterThan(150);
  expect(existsSync(join(folder, "demo"))).toBe(false);
  expect(isMapFolder(join(folder, "map"))).toBe(true);
}, 60_000);

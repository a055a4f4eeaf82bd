// From an empty folder to the demo world, and from there to a real map.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { streetOsm, walkGpx } from "../../test/cli/gpx.ts";
import { openFolderStore } from "../store/folder-store.ts";
import { buildDemo, isDemoUnfinished } from "./build-demo.ts";
import { isMapFolder } from "./ensure-map.ts";
import { importRecordings } from "./import-recordings.ts";
import { prepareWorld } from "./prepare-world.ts";

const NOW = Date.UTC(2026, 10, 20);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-demo-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const list = async () => await openFolderStore(folder, { write: false }).list();
const common = () => ({
  dataFolder: folder,
  mapFolder: join(folder, "map"),
  threads: 2,
  now: NOW,
  onProgress: () => {},
});

it("a demo that was interrupted is finished by the next start, and then left alone", async () => {
  const controller = new AbortController();
  const store = openFolderStore(folder, { write: true });
  await buildDemo({
    ...common(),
    store,
    // More recordings than an import reads ahead, so that some are stored before it stops.
    world: { athletes: 24, days: 40 },
    signal: controller.signal,
    onProgress: (phase) => {
      if (phase === "A year goes by" && store.summaries().length >= 3) controller.abort();
    },
  });
  await store.close();
  expect(isDemoUnfinished(folder)).toBe(true);
  const part = await list();
  expect(part.length).toBeGreaterThanOrEqual(3);

  const phases: string[] = [];
  await prepareWorld({
    ...common(),
    now: NOW + 86_400_000,
    signal: new AbortController().signal,
    onProgress: (phase) => phases.push(phase),
  });
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

  await prepareWorld({ ...common(), signal: new AbortController().signal });
  expect(await list()).toEqual(whole);
}, 120_000);

it("a real map takes the simulated athletes' place and keeps one's own activities", async () => {
  writeFileSync(join(folder, "walk.gpx"), walkGpx());
  writeFileSync(join(folder, "street.osm"), streetOsm());
  const store = openFolderStore(folder, { write: true });
  await importRecordings({ paths: [join(folder, "walk.gpx")], store, threads: 1 });
  await store.close();

  await prepareWorld({
    ...common(),
    osmFile: join(folder, "street.osm"),
    signal: new AbortController().signal,
  });
  const [own, ...others] = await list();
  expect(others).toEqual([]);
  expect(own?.athlete).toBe("you");
  expect(own?.matchedM).toBeGreaterThan(150);
  expect(existsSync(join(folder, "demo"))).toBe(false);
  expect(isMapFolder(join(folder, "map"))).toBe(true);
  expect(existsSync(join(folder, "lock"))).toBe(false);
}, 60_000);

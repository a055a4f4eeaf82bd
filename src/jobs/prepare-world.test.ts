// From an empty store to a demo world, drawn or on a real map, and from the one to the other.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { streetOsm, walkGpx } from "../../test/cli/gpx.ts";
import { openMemoryStore } from "../../test/memory-store.ts";
import { createJobQueue } from "../platform/job/create-queue.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import { mapSchema } from "../schema/map.ts";
import { allActivities } from "../store/activity-store.ts";
import type { Store } from "../store/store.ts";
import { readDemo } from "./build-demo.ts";
import { MAP_FILE } from "./build-map.ts";
import { buildMapFolder, isMapFolder } from "./ensure-map.ts";
import { gridOsm } from "./grid.fixture.ts";
import { importRecordings } from "./import-recordings.ts";
import { type PrepareOptions, prepareWorld } from "./prepare-world.ts";
import { startWorkers, type Workers } from "./start-workers.ts";

const NOW = Date.UTC(2026, 10, 20);

/** A server's data folder, store and workers. */
interface Place {
  readonly folder: string;
  readonly mapFolder: string;
  readonly store: Store;
  readonly queue: JobQueue;
  readonly workers: Workers;
}

let folder: string;
const open = new Map<string, Place>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-demo-"));
  writeFileSync(join(folder, "grid.osm"), gridOsm());
  writeFileSync(join(folder, "street.osm"), streetOsm());
  writeFileSync(join(folder, "walk.gpx"), walkGpx());
});
afterAll(async () => {
  for (const name of [...open.keys()]) await leave(name);
  rmSync(folder, { recursive: true });
});

async function at(name: string, mapFolder = join(folder, name, "map")): Promise<Place> {
  const known = open.get(name);
  if (known) return known;
  const store = await openMemoryStore();
  const queue = await createJobQueue(store.database);
  const workers = await startWorkers({ store, queue, mapFolder, threads: 2 });
  const place = { folder: join(folder, name), mapFolder, store, queue, workers };
  open.set(name, place);
  return place;
}

async function leave(name: string): Promise<void> {
  const { queue, workers, store } = await at(name);
  open.delete(name);
  await queue.stop();
  await workers.close();
  await store.close();
}

const list = async ({ store }: Place) => await allActivities(store.activities).list();
/** Two stores number the same activities as they come. */
const withoutIds = async (place: Place) =>
  (await list(place)).map(({ id: _, ...activity }) => activity);

function prepare(place: Place, options: Partial<PrepareOptions> = {}) {
  const { store, queue, workers, mapFolder } = place;
  return prepareWorld({
    store,
    queue,
    workers,
    dataFolder: place.folder,
    mapFolder,
    isMapNamed: false,
    hasDemo: true,
    threads: 2,
    now: NOW,
    signal: new AbortController().signal,
    world: { athletes: 24, days: 14 },
    onProgress: () => {},
    ...options,
  });
}
const onMap = (place: Place, osm: string, options: Partial<PrepareOptions> = {}) =>
  prepare(place, { osmFile: join(folder, osm), isMapNamed: true, ...options });

it("without a map a town is drawn as it was begun, and the next start leaves it alone", async () => {
  const drawn = await at("drawn");
  // As a start leaves it that was killed while it drew.
  const begun = {
    seed: 4,
    athletes: 12,
    days: 8,
    untilMs: NOW,
    isComplete: false,
    isDrawn: true,
    athleteIds: [],
  };
  mkdirSync(join(drawn.folder, "demo"), { recursive: true });
  writeFileSync(join(drawn.folder, "demo/demo.json"), JSON.stringify(begun));
  const note = await prepare(drawn, { now: NOW + 86_400_000 });
  expect(note).toMatch(/^Simulated athletes on \w+$/);
  const athletes = await drawn.store.athletes.list();
  const athleteIds = athletes.map(({ id }) => id);
  expect(readDemo(drawn.folder)).toMatchObject({ ...begun, isComplete: true, athleteIds });
  // Nobody has mapped the town.
  const map = mapSchema.parse(JSON.parse(readFileSync(join(drawn.mapFolder, MAP_FILE), "utf8")));
  expect(map.attribution).toBe("An invented town, drawn by Waymark");
  const whole = await list(drawn);
  expect(whole.length).toBeGreaterThan(4);
  expect(new Set(whole.map(({ athlete }) => athlete)).size).toBeGreaterThan(1);
  const onPaths = whole.reduce((sum, { matchedM }) => sum + matchedM, 0);
  const offPaths = whole.reduce((sum, { offNetworkM }) => sum + offNetworkM, 0);
  expect(onPaths).toBeGreaterThan(10 * offPaths);

  const phases: string[] = [];
  const again = { onProgress: (phase: string) => void phases.push(phase) };
  expect(await prepare(drawn, again)).toBe(note);
  expect(phases).toEqual([]);
  expect(await list(drawn)).toEqual(whole);
  await leave("drawn");
}, 60_000);

it("a demo that was interrupted is finished by the next start", async () => {
  const cut = await at("cut");
  const controller = new AbortController();
  const world = { athletes: 24, days: 40 };
  let files = 0;
  await onMap(cut, "grid.osm", {
    world,
    signal: controller.signal,
    onProgress: (phase) => {
      if (phase === "A year goes by" && ++files === 10) controller.abort();
    },
  });
  expect(readDemo(cut.folder)).toMatchObject({ isComplete: false, place: "grid" });
  // What was uploaded is read, although nobody waits for it.
  await expect
    .poll(async () => (await list(cut)).length, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(3);
  const part = await list(cut);

  const phases = new Set<string>();
  const note = await prepare(cut, {
    now: NOW + 86_400_000,
    onProgress: (phase) => phases.add(phase),
  });
  expect(note).toBe("Simulated athletes on grid");
  expect(readDemo(cut.folder)).toMatchObject({ ...world, isComplete: true, untilMs: NOW });
  expect(phases).toEqual(new Set(["A year goes by"]));
  const whole = await list(cut);
  expect(whole.length).toBeGreaterThan(part.length);
  expect(whole).toEqual(expect.arrayContaining([...part]));
  await leave("cut");
}, 60_000);

describe("on a real map", () => {
  it("athletes live in an empty store, matched to that map, and are known as simulated", async () => {
    const real = await at("real");
    expect(await onMap(real, "grid.osm")).toBe("Simulated athletes on grid");
    const map = mapSchema.parse(JSON.parse(readFileSync(join(real.mapFolder, MAP_FILE), "utf8")));
    expect(map.attribution).toContain("OpenStreetMap");
    const all = await list(real);
    expect(all.length).toBeGreaterThan(15);
    expect(existsSync(join(real.folder, "demo/demo.json"))).toBe(true);
    for (const { id } of await real.store.athletes.list()) {
      const { uploads } = await real.store.uploads.list(id);
      expect(uploads.length).toBeGreaterThan(0);
      for (const { fileName, status, fields } of uploads) {
        expect(fileName).toMatch(/^simulated-/);
        // A TCX cannot say how people moved; the upload does.
        expect(fields.sport).toBeDefined();
        expect(status).toBe("ready");
      }
    }
    const outdoors = all.filter(({ matchedM, offNetworkM }) => matchedM + offNetworkM > 0);
    expect(outdoors.length).toBeGreaterThan(10);
    const matchedM = outdoors.reduce((sum, one) => sum + one.matchedM, 0);
    const offNetworkM = outdoors.reduce((sum, one) => sum + one.offNetworkM, 0);
    expect(matchedM / (matchedM + offNetworkM)).toBeGreaterThan(0.9);
    // Where nobody knows heights nothing is climbed.
    expect(outdoors.every(({ gainM }) => gainM === null)).toBe(true);
  }, 60_000);

  it("the same map and seed give the same athletes again, and a later start leaves them", async () => {
    const [real, again] = [await at("real"), await at("again")];
    await onMap(again, "grid.osm", { threads: 1 });
    expect(await withoutIds(again)).toEqual(await withoutIds(real));
    const phases: string[] = [];
    const note = await prepare(real, { onProgress: (phase) => phases.push(phase) });
    expect(note).toBe("Simulated athletes on grid");
    expect(phases).toEqual([]);
  }, 60_000);

  it("athletes leave with their map, and one's own activities stay and are alone", async () => {
    const again = await at("again");
    await importRecordings({
      paths: [join(folder, "walk.gpx")],
      store: again.store,
      threads: 1,
    });
    expect(await onMap(again, "street.osm")).toBeUndefined();
    // The workers match it to the new map in their own time.
    await expect
      .poll(async () => (await list(again))[0]?.matchedM, { timeout: 30_000 })
      .toBeGreaterThan(150);
    expect((await list(again)).map(({ athlete }) => athlete)).toEqual(["you"]);
    expect((await again.store.athletes.list()).map(({ name }) => name)).toEqual(["you"]);
    expect(existsSync(join(again.folder, "demo"))).toBe(false);
    await leave("again");
  }, 60_000);

  it("a map that is too small is served without athletes, and the reason is given", async () => {
    const small = await at("small");
    expect(await onMap(small, "street.osm")).toBe(
      "No simulated athletes: street is too small: 0.9 km of ways hang together on foot, 20 km are needed",
    );
    expect(await list(small)).toEqual([]);
    expect(isMapFolder(small.mapFolder)).toBe(true);
    // Without the map being named again nobody asks for athletes.
    expect(await prepare(small)).toBeUndefined();
    await leave("small");
  }, 30_000);

  it("a store that is to stay empty stays empty, and so does one that belongs to somebody", async () => {
    const none = await at("none");
    expect(await onMap(none, "grid.osm", { hasDemo: false })).toBeUndefined();
    const bare = await at("bare");
    expect(await prepare(bare, { hasDemo: false })).toBeUndefined();
    for (const place of [none, bare]) expect(await list(place)).toEqual([]);
    expect(isMapFolder(none.mapFolder)).toBe(true);
    expect(isMapFolder(bare.mapFolder)).toBe(false);

    await none.store.athletes.create({ name: "Ada", email: "ada@example.org" }, NOW);
    expect(await onMap(none, "grid.osm")).toBeUndefined();
    expect(await list(none)).toEqual([]);
    await leave("none");
    await leave("bare");
  }, 30_000);

  it("a folder that was built elsewhere is lived on and never written to", async () => {
    const mapFolder = join(folder, "elsewhere");
    await buildMapFolder({ osmFile: join(folder, "grid.osm"), outFolder: mapFolder, now: NOW });
    const before = readFileSync(join(mapFolder, MAP_FILE), "utf8");
    const far = await at("far", mapFolder);
    // Its owner opened the page before anybody was there.
    await far.store.athletes.local("you", NOW);
    const note = await prepare(far, { isMapNamed: true });
    expect(note).toBe("Simulated athletes on grid");
    expect(await withoutIds(far)).toEqual(await withoutIds(await at("real")));
    expect(readFileSync(join(mapFolder, MAP_FILE), "utf8")).toBe(before);

    const lost = await at("lost", join(folder, "nothing"));
    await expect(prepare(lost, { isMapNamed: true })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(existsSync(lost.mapFolder)).toBe(false);
  }, 60_000);
});

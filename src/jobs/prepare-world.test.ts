// From an empty folder to a demo world, drawn or on a real map, and from the one to the other.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { streetOsm, walkGpx } from "../../test/cli/gpx.ts";
import type { ActivitySummary } from "../schema/activity.ts";
import { openFolderStore } from "../store/folder-store.ts";
import { readDemo } from "./build-demo.ts";
import { buildMapFolder, isMapFolder } from "./ensure-map.ts";
import { gridOsm } from "./grid.fixture.ts";
import { importRecordings } from "./import-recordings.ts";
import { type PrepareOptions, prepareWorld } from "./prepare-world.ts";

const NOW = Date.UTC(2026, 10, 20);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-demo-"));
  writeFileSync(join(folder, "grid.osm"), gridOsm());
  writeFileSync(join(folder, "street.osm"), streetOsm());
  writeFileSync(join(folder, "walk.gpx"), walkGpx());
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const dataOf = (name: string): string => join(folder, name);
const list = async (name: string): Promise<readonly ActivitySummary[]> =>
  await openFolderStore(dataOf(name), { write: false }).list();
const common = (name: string) => ({
  dataFolder: dataOf(name),
  mapFolder: join(dataOf(name), "map"),
  isMapNamed: false,
  hasDemo: true,
  threads: 2,
  now: NOW,
  signal: new AbortController().signal,
  world: { athletes: 24, days: 14 },
  onProgress: () => {},
});
const onMap = (name: string, osm: string, options: Partial<PrepareOptions> = {}) =>
  prepareWorld({
    ...common(name),
    osmFile: join(folder, osm),
    isMapNamed: true,
    ...options,
  });

it("without a map a town is drawn as it was begun, and the next start leaves it alone", async () => {
  // As a start leaves it that was killed while it drew.
  const begun = { seed: 4, athletes: 12, days: 8, untilMs: NOW, isComplete: false, isDrawn: true };
  mkdirSync(join(dataOf("drawn"), "demo"), { recursive: true });
  writeFileSync(join(dataOf("drawn"), "demo/demo.json"), JSON.stringify(begun));
  const note = await prepareWorld({ ...common("drawn"), now: NOW + 86_400_000 });
  expect(note).toMatch(/^Simulated athletes on \w+$/);
  expect(readDemo(dataOf("drawn"))).toMatchObject({ ...begun, isComplete: true });
  const shown = JSON.parse(readFileSync(join(common("drawn").mapFolder, "map.json"), "utf8"));
  expect(shown.attribution).toBe("An invented town, drawn by Waymark");
  const whole = await list("drawn");
  expect(whole.length).toBeGreaterThan(4);
  expect(new Set(whole.map(({ athlete }) => athlete)).size).toBeGreaterThan(1);
  const onPaths = whole.reduce((sum, { matchedM }) => sum + matchedM, 0);
  const offPaths = whole.reduce((sum, { offNetworkM }) => sum + offNetworkM, 0);
  expect(onPaths).toBeGreaterThan(10 * offPaths);

  const phases: string[] = [];
  const again = { ...common("drawn"), onProgress: (phase: string) => void phases.push(phase) };
  expect(await prepareWorld(again)).toBe(note);
  expect(phases).toEqual([]);
  expect(await list("drawn")).toEqual(whole);
}, 60_000);

it("a demo that was interrupted is finished by the next start", async () => {
  const controller = new AbortController();
  const world = { athletes: 24, days: 40 };
  const store = () => openFolderStore(dataOf("cut"), { write: false });
  await onMap("cut", "grid.osm", {
    // More recordings than an import reads ahead, so that some are stored before it stops.
    world,
    signal: controller.signal,
    onProgress: (phase) => {
      if (phase === "A year goes by" && store().summaries().length >= 3) controller.abort();
    },
  });
  expect(readDemo(dataOf("cut"))?.isComplete).toBe(false);
  const part = await list("cut");
  expect(part.length).toBeGreaterThanOrEqual(3);

  const phases = new Set<string>();
  const note = await prepareWorld({
    ...common("cut"),
    now: NOW + 86_400_000,
    onProgress: (phase) => phases.add(phase),
  });
  expect(note).toBe("Simulated athletes on grid");
  expect(readDemo(dataOf("cut"))).toMatchObject({ ...world, isComplete: true, untilMs: NOW });
  expect(phases).toEqual(new Set(["A year goes by"]));
  const whole = await list("cut");
  expect(whole.length).toBeGreaterThan(part.length);
  expect(whole).toEqual(expect.arrayContaining([...part]));
}, 60_000);

describe("on a real map", () => {
  it("athletes live in an empty store, matched to that map, and are known as simulated", async () => {
    expect(await onMap("real", "grid.osm")).toBe("Simulated athletes on grid");
    const all = await list("real");
    expect(all.length).toBeGreaterThan(15);
    expect(existsSync(join(dataOf("real"), "demo/demo.json"))).toBe(true);
    const store = openFolderStore(dataOf("real"), { write: false });
    for (const { result } of store.recordings()) {
      expect(result.file).toMatch(/^demo\/simulated-/);
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
    await onMap("again", "grid.osm", { threads: 1 });
    expect(await list("again")).toEqual(await list("real"));
    const phases: string[] = [];
    const note = await prepareWorld({
      ...common("real"),
      onProgress: (phase) => phases.push(phase),
    });
    expect(note).toBe("Simulated athletes on grid");
    expect(phases).toEqual([]);
  }, 60_000);

  it("athletes leave with their map, and one's own activities stay and are alone", async () => {
    const store = openFolderStore(dataOf("again"), { write: true });
    await importRecordings({ paths: [join(folder, "walk.gpx")], store, threads: 1 });
    await store.close();
    expect(await onMap("again", "street.osm")).toBeUndefined();
    const [own, ...others] = await list("again");
    expect(others).toEqual([]);
    expect(own?.athlete).toBe("you");
    expect(own?.matchedM).toBeGreaterThan(150);
    expect(existsSync(join(dataOf("again"), "demo"))).toBe(false);
    expect(existsSync(join(dataOf("again"), "lock"))).toBe(false);
  }, 60_000);

  it("a map that is too small is served without athletes, and the reason is given", async () => {
    expect(await onMap("small", "street.osm")).toBe(
      "No simulated athletes: street is too small: 0.9 km of ways hang together on foot, 20 km are needed",
    );
    expect(await list("small")).toEqual([]);
    expect(isMapFolder(join(dataOf("small"), "map"))).toBe(true);
    // Without the map being named again nobody asks for athletes.
    expect(await prepareWorld(common("small"))).toBeUndefined();
  });

  it("a store that is to stay empty stays empty", async () => {
    expect(await onMap("none", "grid.osm", { hasDemo: false })).toBeUndefined();
    expect(await prepareWorld({ ...common("bare"), hasDemo: false })).toBeUndefined();
    for (const name of ["none", "bare"]) expect(await list(name)).toEqual([]);
    expect(isMapFolder(join(dataOf("none"), "map"))).toBe(true);
    expect(isMapFolder(join(dataOf("bare"), "map"))).toBe(false);
  });

  it("a folder that was built elsewhere is lived on and never written to", async () => {
    const mapFolder = join(folder, "elsewhere");
    await buildMapFolder({ osmFile: join(folder, "grid.osm"), outFolder: mapFolder, now: NOW });
    const before = readFileSync(join(mapFolder, "map.json"), "utf8");
    const note = await prepareWorld({ ...common("far"), mapFolder, isMapNamed: true });
    expect(note).toBe("Simulated athletes on grid");
    expect(await list("far")).toEqual(await list("real"));
    expect(readFileSync(join(mapFolder, "map.json"), "utf8")).toBe(before);

    const empty = join(folder, "nothing");
    await expect(
      prepareWorld({ ...common("lost"), mapFolder: empty, isMapNamed: true }),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(existsSync(empty)).toBe(false);
  }, 60_000);
});

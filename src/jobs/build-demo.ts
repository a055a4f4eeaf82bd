/**
 * The demo world: a year of athletes' files through the real import. They live in a drawn town, which
 * is written as an extract and an elevation tile and built by the real map builder, or on a real map
 * that is built already. Seeded, so that after an interruption the same world goes on growing. About
 * 1,400 recordings, 2.8 M points; 30–40 s on two cores.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { mapSchema } from "../schema/map.ts";
import {
  drawTown,
  hgtName,
  type Region,
  recordWorld,
  type Town,
  writeHgt,
  writeOsmPbf,
} from "../sim/index.ts";
import type { RecordingStore } from "../store/recording-store.ts";
import { MAP_FILE } from "./build-map.ts";
import { ensureMap, STAGE_LABELS } from "./ensure-map.ts";
import type { RecordingSource } from "./find-recordings.ts";
import { loadSharedMap, openMap, type SharedMap } from "./import-map.ts";
import { importRecordings } from "./import-recordings.ts";
import { regionOf } from "./region-of.ts";

export const demoDefaults = {
  /** Any integer; this town has a river, a lake and hills in view of each other. */
  seed: 1,
  /** People: enough for groups and habits, few enough for a minute. */
  athletes: 36,
  /** A year, so that every season and month heading is there. */
  days: 365,
} as const;

/** Recordings of the demo are filed under this name, so that they can leave with their world. */
const FILE_PREFIX = "demo/";
/** What the name of each file begins with, so that nobody takes it for a person's. */
const NAME_PREFIX = "simulated-";
const DAY_MS = 86_400_000;

export interface DemoOptions {
  readonly dataFolder: string;
  readonly mapFolder: string;
  /** True: a town is drawn and its map built into the map folder. False: its map is lived on. */
  readonly isDrawn: boolean;
  readonly store: RecordingStore;
  readonly threads: number;
  /** Epoch milliseconds: the year ends here, unless the world was begun before. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, total: number) => void;
  readonly world?: Partial<Pick<DemoWorld, "seed" | "athletes" | "days">> | undefined;
}

/** What `data/demo/demo.json` holds. */
export interface DemoWorld {
  readonly seed: number;
  readonly athletes: number;
  readonly days: number;
  readonly untilMs: number;
  readonly isComplete: boolean;
  readonly isDrawn: boolean;
  /** Where the athletes live, for people; absent until that is known. */
  readonly place?: string;
  /** Of the map that they live on; absent until that is built. */
  readonly networkVersion?: string;
}

/** @returns why nobody can live on the map, in words; undefined when the world is built */
export async function buildDemo(options: DemoOptions): Promise<string | undefined> {
  const { dataFolder, isDrawn, store, threads, signal, onProgress } = options;
  const begun: DemoWorld = readDemo(dataFolder) ?? {
    ...demoDefaults,
    ...options.world,
    untilMs: options.now,
    isComplete: false,
    isDrawn,
  };
  const settled = isDrawn ? await draw(begun, options) : await settleOn(begun, options);
  if (typeof settled === "string") return settled;
  const { map, region } = settled;
  const world = { ...begun, place: region.name, networkVersion: map.network.version };
  await writeDemo(dataFolder, world);
  const summary = await importRecordings({
    paths: recordings(region, world, (day) => onProgress("A year goes by", day, world.days)),
    store,
    map,
    threads,
    signal,
  });
  if (!summary.isInterrupted) await writeDemo(dataFolder, { ...world, isComplete: true });
  return undefined;
}

/** The demo world of a data folder, finished or not. */
export function readDemo(dataFolder: string): DemoWorld | undefined {
  try {
    return JSON.parse(readFileSync(join(demoFolder(dataFolder), "demo.json"), "utf8")) as DemoWorld;
  } catch {
    // None, or cut short before anything was built: it is begun anew.
    return undefined;
  }
}

/** Takes the simulated athletes out of a store, and the town's files with them. */
export async function removeDemo(dataFolder: string, store: RecordingStore): Promise<void> {
  for (const { result } of store.recordings()) {
    if (!result.file.startsWith(FILE_PREFIX)) continue;
    for (const { id, duplicateOf } of result.activities) {
      if (duplicateOf === undefined) await store.remove(id);
    }
  }
  await rm(demoFolder(dataFolder), { recursive: true, force: true });
}

interface Settled {
  readonly map: SharedMap;
  readonly region: Region;
}

/** Noted first, so that what was begun is gone on with and the same town drawn again. */
async function draw(world: DemoWorld, options: DemoOptions): Promise<Settled> {
  const { dataFolder, mapFolder, threads, onProgress } = options;
  await writeDemo(dataFolder, world);
  onProgress("Drawing a town", 0, 0);
  await setImmediate();
  const town = drawTown(world.seed);
  const [osmFile, demFile] = await writeTown(town, demoFolder(dataFolder));
  await ensureMap({
    osmFile,
    outFolder: mapFolder,
    demFiles: [demFile],
    name: town.name,
    attribution: "An invented town, drawn by Waymark",
    threads,
    onProgress: (stage, done, total) => onProgress(STAGE_LABELS[stage], done, total),
  });
  return { map: await loadSharedMap(mapFolder), region: town };
}

async function settleOn(
  { seed }: DemoWorld,
  { mapFolder }: DemoOptions,
): Promise<Settled | string> {
  const map = await loadSharedMap(mapFolder);
  const { elevation } = openMap(map);
  const info = mapSchema.parse(JSON.parse(await readFile(join(mapFolder, MAP_FILE), "utf8")));
  const settled = regionOf(map.network, { name: info.name ?? "this map", seed, elevation });
  return typeof settled === "string" ? settled : { map, region: settled.region };
}

/** Oldest first; each is simulated when its turn comes. */
async function* recordings(
  region: Region,
  world: DemoWorld,
  onDay: (day: number) => void,
): AsyncGenerator<RecordingSource> {
  const { seed, athletes, days, untilMs } = world;
  for (const recording of recordWorld({ seed, athletes, days, until: untilMs, region })) {
    const { fileName, bytes, athlete, title, sport } = recording;
    onDay(days - Math.ceil((untilMs - recording.startMs) / DAY_MS));
    yield {
      file: FILE_PREFIX + NAME_PREFIX + fileName,
      byteLength: bytes.length,
      // A copy of its own: the bytes move to a thread.
      bytes: () => bytes.slice(),
      athlete: athlete.name,
      title,
      // TCX knows running, biking and other; people know better.
      sport,
    };
    // Simulating keeps this thread busy; the server answers in between.
    await setImmediate();
  }
}

/** @returns the paths of the extract and of the elevation tile; files that are there stay */
async function writeTown(town: Town, folder: string): Promise<[string, string]> {
  const [west, south] = town.bbox;
  const osmFile = join(folder, `${town.name.toLowerCase()}.osm.pbf`);
  const demFile = join(folder, hgtName(south, west));
  if (!existsSync(osmFile)) await writeWhole(osmFile, writeOsmPbf(town.osm));
  if (!existsSync(demFile)) {
    await writeWhole(demFile, writeHgt(town.elevationAt, Math.floor(south), Math.floor(west)));
  }
  return [osmFile, demFile];
}

function demoFolder(dataFolder: string): string {
  return join(dataFolder, "demo");
}

async function writeDemo(dataFolder: string, world: DemoWorld): Promise<void> {
  await mkdir(demoFolder(dataFolder), { recursive: true });
  await writeWhole(join(demoFolder(dataFolder), "demo.json"), JSON.stringify(world));
}

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

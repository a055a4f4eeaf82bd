/**
 * The demo world: a drawn town written as an extract and an elevation tile, built by the real map
 * builder, and a year of its athletes' files through the real import. Seeded, so that after an
 * interruption the same world goes on growing. About 1,400 recordings, 2.8 M points; 30–40 s on two
 * cores.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { drawTown, hgtName, recordWorld, type Town, writeHgt, writeOsmPbf } from "../sim/index.ts";
import type { RecordingStore } from "../store/recording-store.ts";
import { ensureMap, STAGE_LABELS } from "./ensure-map.ts";
import type { RecordingSource } from "./find-recordings.ts";
import { loadSharedMap } from "./import-map.ts";
import { importRecordings } from "./import-recordings.ts";

export const demoDefaults = {
  /** Any integer; this town has a river, a lake and hills in view of each other. */
  seed: 1,
  /** People: enough for groups and habits, few enough for a minute. */
  athletes: 36,
  /** A year, so that every season and month heading is there. */
  days: 365,
} as const;

/** Recordings of the demo are filed under this name, so that they can leave with their town. */
const FILE_PREFIX = "demo/";
const DAY_MS = 86_400_000;

export interface DemoOptions {
  readonly dataFolder: string;
  readonly mapFolder: string;
  readonly store: RecordingStore;
  readonly threads: number;
  /** Epoch milliseconds: the year ends here, unless the world was begun before. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, total: number) => void;
  readonly world?: Partial<Omit<DemoWorld, "untilMs" | "isComplete">>;
}

/** What `data/demo/demo.json` holds. */
interface DemoWorld {
  readonly seed: number;
  readonly athletes: number;
  readonly days: number;
  readonly untilMs: number;
  readonly isComplete: boolean;
}

export async function buildDemo(options: DemoOptions): Promise<void> {
  const { dataFolder, mapFolder, store, threads, signal, onProgress } = options;
  const begun = readWorld(dataFolder);
  const world: DemoWorld = begun ?? {
    ...demoDefaults,
    ...options.world,
    untilMs: options.now,
    isComplete: false,
  };
  if (!begun) await writeWorld(dataFolder, world);

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
  const summary = await importRecordings({
    paths: recordings(town, world, (day) => onProgress("A year goes by", day, world.days)),
    store,
    map: await loadSharedMap(mapFolder),
    threads,
    signal,
  });
  if (!summary.isInterrupted) await writeWorld(dataFolder, { ...world, isComplete: true });
}

/** Whether a demo world was begun here and not finished. */
export function isDemoUnfinished(dataFolder: string): boolean {
  return readWorld(dataFolder)?.isComplete === false;
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

/** Oldest first; each is simulated when its turn comes. */
async function* recordings(
  town: Town,
  world: DemoWorld,
  onDay: (day: number) => void,
): AsyncGenerator<RecordingSource> {
  const { seed, athletes, days, untilMs } = world;
  for (const recording of recordWorld({ seed, athletes, days, until: untilMs, town })) {
    const { fileName, bytes, athlete, title } = recording;
    onDay(days - Math.ceil((untilMs - recording.startMs) / DAY_MS));
    yield {
      file: FILE_PREFIX + fileName,
      byteLength: bytes.length,
      // A copy of its own: the bytes move to a thread.
      bytes: () => bytes.slice(),
      athlete: athlete.name,
      title,
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

function readWorld(dataFolder: string): DemoWorld | undefined {
  try {
    return JSON.parse(readFileSync(join(demoFolder(dataFolder), "demo.json"), "utf8")) as DemoWorld;
  } catch {
    // None, or cut short before anything was built: it is begun anew.
    return undefined;
  }
}

async function writeWorld(dataFolder: string, world: DemoWorld): Promise<void> {
  await mkdir(demoFolder(dataFolder), { recursive: true });
  await writeWhole(join(demoFolder(dataFolder), "demo.json"), JSON.stringify(world));
}

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

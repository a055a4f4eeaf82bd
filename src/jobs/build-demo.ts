/**
 * The demo world: a drawn town written as an extract and an elevation tile, built by the real map
 * builder, and a year of its athletes' files, uploaded as any client's are. Seeded, so that after an
 * interruption the same world goes on growing. About 1,400 recordings, 2.8 M points; 40–50 s on two
 * cores.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobQueue } from "../platform/job/queue.ts";
import { receiveUpload } from "../platform/job/receive-upload.ts";
import type { Store } from "../store/store.ts";
import { buildInThread, type SimulatedFile } from "./world-thread.ts";
import { writeWhole } from "./write-town.ts";

export const demoDefaults = {
  /** Any integer; this town has a river, a lake and hills in view of each other. */
  seed: 1,
  /** People: enough for groups and habits, few enough for a minute. */
  athletes: 36,
  /** A year, so that every season and month heading is there. */
  days: 365,
  /** Uploads that may wait for their job: they hold nothing but their rows. */
  waiting: 64,
  /** Milliseconds between two looks at those. */
  lookMs: 50,
} as const;

const DAY_MS = 86_400_000;

export interface DemoOptions {
  readonly dataFolder: string;
  readonly mapFolder: string;
  readonly store: Store;
  /** Somebody must be at work on its uploads (start-workers.ts). */
  readonly queue: JobQueue;
  readonly threads: number;
  /** Epoch milliseconds: the year ends here, unless the world was begun before. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, total: number) => void;
  readonly onMap?: (isNew: boolean) => void;
  readonly world?: Partial<Pick<DemoWorld, "seed" | "athletes" | "days">>;
}

/** What `data/demo/demo.json` holds. */
interface DemoWorld {
  readonly seed: number;
  readonly athletes: number;
  readonly days: number;
  readonly untilMs: number;
  readonly isComplete: boolean;
  /** Accounts of the simulated athletes, so that they can leave with their town. */
  readonly athleteIds: readonly number[];
}

export async function buildDemo(options: DemoOptions): Promise<void> {
  const { dataFolder, mapFolder, store, threads, now, signal, onProgress, onMap } = options;
  let world: DemoWorld = readWorld(dataFolder) ?? {
    seed: demoDefaults.seed,
    athletes: demoDefaults.athletes,
    days: demoDefaults.days,
    ...options.world,
    untilMs: now,
    isComplete: false,
    athleteIds: [],
  };
  await writeWorld(dataFolder, world);
  const { seed, athletes, days, untilMs } = world;
  const townFolder = demoFolder(dataFolder);

  const athleteOf = async (name: string): Promise<number> => {
    const { id } = await store.athletes.local(name, now);
    if (!world.athleteIds.includes(id)) {
      world = { ...world, athleteIds: [...world.athleteIds, id] };
      await writeWorld(dataFolder, world);
    }
    return id;
  };
  await buildInThread(
    { kind: "demo", seed, athletes, days, untilMs, townFolder, mapFolder, threads },
    {
      signal,
      onProgress,
      ...(onMap ? { onMap } : {}),
      async onFile(file) {
        const day = days - Math.ceil((untilMs - file.startMs) / DAY_MS);
        onProgress("A year goes by", day, days);
        await upload(file, await athleteOf(file.athlete), options);
      },
    },
  );
  if (signal.aborted) return;
  await waitForUploads(options, 0);
  if (!signal.aborted) await writeWorld(dataFolder, { ...world, isComplete: true });
}

/** Whether a demo world was begun here and not finished. */
export function isDemoUnfinished(dataFolder: string): boolean {
  return readWorld(dataFolder)?.isComplete === false;
}

/** Takes the simulated athletes out of a store, and the town's files with them. */
export async function removeDemo(dataFolder: string, store: Store): Promise<void> {
  for (const id of readWorld(dataFolder)?.athleteIds ?? []) await store.athletes.remove(id);
  await rm(demoFolder(dataFolder), { recursive: true, force: true });
}

async function upload(
  { fileName, bytes, title }: SimulatedFile,
  athleteId: number,
  options: DemoOptions,
): Promise<void> {
  const { store, queue, now } = options;
  // A world that was interrupted brings its first recordings again.
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (await store.uploads.find(athleteId, sha256)) return;
  const blob = await store.blobs.put(bytes);
  const fields = { name: title, visibility: "everyone" } as const;
  await receiveUpload(store, queue, { athleteId, blob, fileName, fields }, now);
  await waitForUploads(options, demoDefaults.waiting);
}

async function waitForUploads({ store, signal }: DemoOptions, most: number): Promise<void> {
  while (!signal.aborted && (await store.uploads.unfinished()).length > most) {
    await sleep(demoDefaults.lookMs);
  }
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

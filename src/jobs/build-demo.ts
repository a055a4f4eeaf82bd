/**
 * The demo world: a year of athletes' files, uploaded as any client's are. They live in a drawn town,
 * which is written as an extract and an elevation tile and built by the real map builder, or on a real
 * map that is built already. Seeded, so that after an interruption the same world goes on growing.
 * About 1,400 recordings, 2.8 M points; 36 s on two cores. Then its athletes and others are members
 * for a year, by the doors of the running server (simulate-members.ts).
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BUILD_REPORTS, TRAIN_CHURN } from "../platform/job/kinds.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import { receiveUpload } from "../platform/job/receive-upload.ts";
import type { KnownPerson } from "../sim/member/index.ts";
import type { Store } from "../store/store.ts";
import { closeDoors, openDoors, removeMembers, simulateMembers } from "./simulate-members.ts";
import { buildInThread, type Settlement, type SimulatedFile } from "./world-thread.ts";
import { writeWhole } from "./write-town.ts";

export const demoDefaults = {
  /** Any integer; this town has a river, a lake and hills in view of each other. */
  seed: 1,
  /** People: enough for groups and habits, few enough for a minute. */
  athletes: 36,
  /** A year, so that every season and month heading is there. */
  days: 365,
  /** Members, the athletes among them: enough for a model to learn from. */
  members: 2000,
  /** Uploads that are sent at once, as a client with several files does. */
  sending: 4,
  /** Uploads that may wait for their job: they hold nothing but their rows. */
  waiting: 64,
  /** Milliseconds between two looks at those. */
  lookMs: 50,
} as const;

/** What the name of each file begins with, so that nobody takes it for a person's. */
const NAME_PREFIX = "simulated-";
const DAY_MS = 86_400_000;

export interface DemoOptions {
  readonly dataFolder: string;
  readonly mapFolder: string;
  /** True: a town is drawn and its map built into the map folder. False: its map is lived on. */
  readonly isDrawn: boolean;
  readonly store: Store;
  /** Somebody must be at work on its uploads (start-workers.ts). */
  readonly queue: JobQueue;
  readonly threads: number;
  /** Epoch milliseconds: the year ends here, unless the world was begun before. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, total: number) => void;
  readonly world?: Partial<Pick<DemoWorld, "seed" | "athletes" | "days" | "members">> | undefined;
  /** Of the server that shows the store; absent: there are no members. */
  readonly serverUrl?: string | undefined;
}

/** What `data/demo/demo.json` holds. */
export interface DemoWorld {
  readonly seed: number;
  readonly athletes: number;
  readonly days: number;
  /** Absent in worlds that were made before there were any. */
  readonly members?: number;
  readonly untilMs: number;
  readonly isComplete: boolean;
  readonly isDrawn: boolean;
  /** Accounts of the simulated athletes, so that they can leave with their world. */
  readonly athleteIds: readonly number[];
  /** Where the athletes live, for people; absent until that is known. */
  readonly place?: string;
  /** Of the map that they live on; absent until that is built. */
  readonly networkVersion?: string;
}

/** @returns why nobody can live on the map, in words; undefined when the world is built */
export async function buildDemo(options: DemoOptions): Promise<string | undefined> {
  const { dataFolder, mapFolder, isDrawn, store, threads, now, signal, onProgress } = options;
  const before = readDemo(dataFolder);
  // Then its first recordings are brought again.
  const isBegun = before !== undefined;
  let world: DemoWorld = before ?? {
    seed: demoDefaults.seed,
    athletes: demoDefaults.athletes,
    days: demoDefaults.days,
    members: options.serverUrl === undefined ? 0 : demoDefaults.members,
    ...options.world,
    untilMs: now,
    isComplete: false,
    isDrawn,
    athleteIds: [],
  };
  const note = async (change: Partial<DemoWorld>): Promise<void> => {
    world = { ...world, ...change };
    await writeDemo(dataFolder, world);
  };
  // A town before it is drawn, so that after an interruption the same one is drawn again.
  if (isDrawn) await note({});
  const { seed, athletes, days, untilMs } = world;
  const townFolder = demoFolder(dataFolder);

  const ids = new Map<string, number>();
  const athleteOf = async (name: string): Promise<number> => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const { id } = await store.athletes.local(name, now);
    ids.set(name, id);
    if (!world.athleteIds.includes(id)) await note({ athleteIds: [...world.athleteIds, id] });
    return id;
  };
  const sending = new Set<Promise<void>>();
  let sentSinceLook = 0;
  let outings: Settlement["outings"] = [];
  const refusal = await buildInThread(
    { kind: "demo", isDrawn, seed, athletes, days, untilMs, townFolder, mapFolder, threads },
    {
      signal,
      onProgress,
      onSettled: async ({ place, networkVersion, outings: known }) => {
        outings = known;
        await note({ place, networkVersion });
      },
      async onFile(file) {
        const day = days - Math.ceil((untilMs - file.startMs) / DAY_MS);
        onProgress("A year goes by", day, days);
        const athleteId = await athleteOf(file.athlete);
        const sent = upload(file, athleteId, isBegun, options).then(() => {
          sending.delete(sent);
        });
        sending.add(sent);
        // A rejection is met below, in its turn.
        sent.catch(() => {});
        if (sending.size >= demoDefaults.sending) await Promise.race(sending);
        if (++sentSinceLook < demoDefaults.waiting / 2) return;
        await waitForUploads(options, demoDefaults.waiting / 2);
        sentSinceLook = 0;
      },
    },
  );
  await Promise.all(sending);
  if (refusal !== undefined || signal.aborted) return refusal;
  await waitForUploads(options, 0);
  const known = outings.map(({ id, name, startsMs }): KnownPerson => {
    return { userId: id, name, athleteId: ids.get(name), outingsMs: startsMs };
  });
  await sendMembers(world, known, options);
  if (!signal.aborted) await note({ isComplete: true });
  return undefined;
}

/** The athletes and others as members of the app, then what is computed of them. */
async function sendMembers(
  { seed, days, untilMs: until, members = 0 }: DemoWorld,
  known: readonly KnownPerson[],
  { dataFolder, store, queue, serverUrl, now, signal, onProgress }: DemoOptions,
): Promise<void> {
  if (serverUrl === undefined || members === 0 || signal.aborted) return;
  const doors = await openDoors(store, serverUrl, now);
  try {
    await simulateMembers({
      doors,
      world: { seed, members, days, until, known },
      noteFile: join(demoFolder(dataFolder), "members.json"),
      signal,
      onProgress: (done, total) => onProgress("Members come and go", done, total),
    });
  } finally {
    await closeDoors(store, doors, now);
  }
  if (signal.aborted) return;
  await queue.send(BUILD_REPORTS, {}, { key: "all" });
  await queue.send(TRAIN_CHURN, {}, { key: "churn" });
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

/** Takes the simulated athletes and members out of a store, and the town's files with them. */
export async function removeDemo(dataFolder: string, store: Store): Promise<void> {
  const demo = readDemo(dataFolder);
  for (const id of demo?.athleteIds ?? []) await store.athletes.remove(id, Date.now());
  if (demo?.members) {
    const { seed, athletes, members } = demo;
    await removeMembers(store, seed, athletes, members);
  }
  await rm(demoFolder(dataFolder), { recursive: true, force: true });
}

async function upload(
  { fileName, bytes, title, sport }: SimulatedFile,
  athleteId: number,
  isBegun: boolean,
  { store, queue, now }: DemoOptions,
): Promise<void> {
  if (isBegun) {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (await store.uploads.find(athleteId, sha256)) return;
  }
  const blob = await store.blobs.put(bytes);
  // TCX knows running, biking and other; people know better.
  const fields = { name: title, sport, visibility: "everyone" } as const;
  const file = { athleteId, blob, fileName: NAME_PREFIX + fileName, fields };
  await receiveUpload(store, queue, file, now);
}

async function waitForUploads({ store, signal }: DemoOptions, most: number): Promise<void> {
  while (!signal.aborted && (await store.uploads.countUnfinished()) > most) {
    await sleep(demoDefaults.lookMs);
  }
}

function demoFolder(dataFolder: string): string {
  return join(dataFolder, "demo");
}

async function writeDemo(dataFolder: string, world: DemoWorld): Promise<void> {
  await mkdir(demoFolder(dataFolder), { recursive: true });
  await writeWhole(join(demoFolder(dataFolder), "demo.json"), JSON.stringify(world));
}

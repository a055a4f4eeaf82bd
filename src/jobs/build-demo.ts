/**
 * The demo world: a year of athletes' files, uploaded as any client's are. They live in a drawn town,
 * which is written as an extract and an elevation tile and built by the real map builder, or on a real
 * map that is built already. Seeded, so that after an interruption the same world goes on growing.
 * About 890 recordings, 1.5 M rows. Meanwhile its athletes and others are members for a year, by the
 * doors of the running server (simulate-members.ts); at last figures are counted and churn is learned.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { BUILD_REPORTS, TRAIN_CHURN } from "../platform/job/kinds.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import { receiveUpload } from "../platform/job/receive-upload.ts";
import { createPool } from "../platform/job/worker-pool.ts";
import type { KnownPerson } from "../sim/member/index.ts";
import type { Store } from "../store/store.ts";
import type { MembersOrder } from "./members-worker.ts";
import { closeDoors, openDoors, removeMembers, type Sent } from "./simulate-members.ts";
import { buildInThread, type SimulatedFile } from "./world-thread.ts";
import { writeWhole } from "./write-town.ts";

export const demoDefaults = {
  /** Any integer; this town has a river, a lake and hills in view of each other. */
  seed: 1,
  /** People: enough for groups and habits, few enough for a minute and a half in all. */
  athletes: 24,
  /** A year, so that every season and month heading is there. */
  days: 365,
  /** Members, the athletes among them: enough for a model to learn from. */
  members: 2000,
  /** Of their lives. Another day is another year of theirs: its model may be held back by its gates. */
  membersSeed: 4,
  /** Uploads that are sent at once, as a client with several files does. */
  sending: 4,
  /** Uploads that may wait for their job: they hold nothing but their rows. */
  waiting: 64,
  /** Milliseconds between two looks at those, and at the jobs that come last. */
  lookMs: 50,
  jobMs: 250,
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
  /** Somebody must be at work on its uploads, reports and trainings (start-workers.ts). */
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
  const hasMembers = options.serverUrl !== undefined && (world.members ?? 0) > 0;
  const tell = shareOf(hasMembers ? 2 : 1, days, onProgress);
  const sending = new Set<Promise<void>>();
  let sentSinceLook = 0;
  let living: Promise<void> | undefined;
  const refusal = await buildInThread(
    { kind: "demo", isDrawn, seed, athletes, days, untilMs, townFolder, mapFolder, threads },
    {
      signal,
      onProgress,
      onSettled: async ({ place, networkVersion, outings }) => {
        await note({ place, networkVersion });
        if (!hasMembers) return;
        const known: KnownPerson[] = [];
        for (const { id, name, startsMs } of outings) {
          const athleteId = await athleteOf(name);
          known.push({ userId: id, name, athleteId, outingsMs: startsMs });
        }
        living = sendMembers(world, known, options, (share) => tell(1, share));
        // A rejection is met below, when the recordings are there.
        living.catch(() => {});
      },
      async onFile(file) {
        tell(0, 1 - (untilMs - file.startMs) / (days * DAY_MS));
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
  if (refusal === undefined && !signal.aborted) {
    await waitForUploads(options, 0);
    tell(0, 1);
  }
  await living;
  if (refusal !== undefined || signal.aborted) return refusal;
  if (hasMembers) await learnOfMembers(options);
  await note({ isComplete: true });
  if (hasMembers) await watchLearning(options);
  return undefined;
}

/** Tells how far several are on average who live through the same days. */
function shareOf(
  count: number,
  days: number,
  onProgress: DemoOptions["onProgress"],
): (which: number, share: number) => void {
  const shares = new Array<number>(count).fill(0);
  return (which, share) => {
    shares[which] = Math.max(shares[which]!, share);
    const mean = shares.reduce((sum, of) => sum + of, 0) / count;
    onProgress("A year goes by", Math.floor(days * mean), days);
  };
}

/** The athletes and others as members of the app, from a thread of its own. */
async function sendMembers(
  { days, untilMs: until, members = 0 }: DemoWorld,
  known: readonly KnownPerson[],
  { dataFolder, store, serverUrl, now, signal }: DemoOptions,
  onShare: (share: number) => void,
): Promise<void> {
  const doors = await openDoors(store, serverUrl!, now);
  const { port1, port2 } = new MessageChannel();
  port1.on("message", ([done, total]: readonly [number, number]) => onShare(done / total));
  const pool = createPool<MembersOrder, Sent>(new URL("./members-worker.ts", import.meta.url), {
    size: 1,
  });
  const stop = (): void => port1.postMessage("stop");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const noteFile = join(demoFolder(dataFolder), "members.json");
    const world = { seed: demoDefaults.membersSeed, members, days, until, known };
    if (!signal.aborted) await pool.run({ doors, world, noteFile, port: port2 }, [port2]);
  } finally {
    signal.removeEventListener("abort", stop);
    port1.close();
    await pool.close();
    await closeDoors(store, doors, now);
  }
}

async function learnOfMembers({ queue }: DemoOptions): Promise<void> {
  await queue.send(TRAIN_CHURN, {}, { key: "churn" });
  await queue.send(BUILD_REPORTS, {}, { key: "all" });
}

const LEARNING = [
  { name: TRAIN_CHURN.name, words: "Learning who leaves" },
  { name: BUILD_REPORTS.name, words: "Counting members" },
] as const;

/** Until both jobs have ended, or failed once: they are tried again by themselves. */
async function watchLearning({ queue, signal, onProgress }: DemoOptions): Promise<void> {
  for (const { name, words } of LEARNING) {
    while (!signal.aborted) {
      const [job] = await queue.list({ kind: name, limit: 1 });
      if (job?.state !== "waiting" && job?.state !== "running") break;
      if (job.error !== null) break;
      const { phase, done, total } = job.progress ?? { phase: "", done: 0, total: 0 };
      onProgress(phase === "" ? words : `${words}: ${phase.toLowerCase()}`, done, total);
      await sleep(demoDefaults.jobMs, undefined, { signal }).catch(() => {});
    }
  }
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

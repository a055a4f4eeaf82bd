/**
 * Trains the churn model on everything that is known and scores everybody who is at risk: landmarks of
 * members, their features as they were known then (from the lake), a training in a thread of its own, a
 * version in the registry, promotion where its gates let it through, scores with reasons. Doing it again
 * makes another version; killed on the way it leaves nothing half done.
 */
import { createRng, WaymarkError } from "../base/index.ts";
import { type Change, landmarks, landmarkTimes, type Snapshot } from "../lifecycle/churn/label.ts";
import { BOUNDS_DAYS, churnDefaults, msOfDays } from "../lifecycle/churn/period.ts";
import { type FeatureSet, memberFeatures, trainingRows } from "../platform/feature/index.ts";
import { createPool } from "../platform/job/worker-pool.ts";
import { createRegistry, type Registered } from "../platform/registry/registry.ts";
import { categoricalColumns } from "../platform/serve/feature-words.ts";
import { cardMarkdown } from "../platform/train/card/markdown.ts";
import { codeHash } from "../platform/train/code-hash.ts";
import { trainingDefaults } from "../platform/train/run.ts";
import { timeWindows } from "../platform/train/window.ts";
import { type Lake, openLake } from "../store/lake/index.ts";
import { readMembershipChanges } from "../store/membership-rows.ts";
import type { Store } from "../store/store.ts";
import { CHURN_CARD } from "./churn-card.ts";
import { CHURN } from "./churn-task.ts";
import type { ChurnOrder, ChurnReply } from "./churn-worker.ts";
import { exportLake } from "./export-lake.ts";
import { createLogFollower } from "./follow-log.ts";
import { scoreChurn } from "./score-churn.ts";

export const trainChurnDefaults = {
  /** Any integer: the same data and seed give the same model. */
  seed: 1,
  /** Snapshots of all members, 2 KB each while they are trained on: with more, landmarks are farther apart. */
  snapshots: 250_000,
  /** Days between landmarks at most, so that each window has some: beyond that, members are left out. */
  longestStepDays: 28,
  /** Threads that have enough to do each between two calls. */
  threads: 8,
  /** Days of use that come before the first snapshot: windows of features are half full then. */
  warmDays: 28,
} as const;

export interface TrainChurnOptions {
  readonly store: Store;
  readonly lake: Lake;
  /** Epoch milliseconds: what has happened and is known by then. */
  readonly now: number;
  readonly seed?: number | undefined;
  readonly tries?: number | undefined;
  /** To grow trees on, 1 unless given, at most `trainChurnDefaults.threads`; the model is the same. */
  readonly threads?: number | undefined;
  readonly set?: FeatureSet | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

export interface TrainedChurn {
  readonly version: Registered;
  readonly scored: number;
}

export interface RunTrainChurnOptions extends Omit<TrainChurnOptions, "lake" | "now"> {
  readonly lakeFolder: string;
  readonly now: () => number;
}

/** From the log as it is now: memberships and states first, the lake, then the training. */
export async function runTrainChurn(options: RunTrainChurnOptions): Promise<TrainedChurn> {
  const { store, lakeFolder, now, signal, onProgress } = options;
  const lake = openLake(lakeFolder);
  onProgress?.("Following the log", 0, 1);
  await createLogFollower({ store, now }).catchUp();
  await exportLake({
    store,
    lake,
    now,
    signal,
    onProgress: (seq, last) => onProgress?.("Exporting the log", seq, last),
  });
  return await trainChurn({ ...options, lake, now: now() });
}

/** Folders whose code decides what a model becomes. */
const CODE = ["../lifecycle/churn/", "../platform/train/", "../learn/"].map(
  (folder) => new URL(folder, import.meta.url),
);

/**
 * Follower and lake have read the log (`followDefaults`, `exportLake`).
 *
 * @throws WaymarkError TABLE_INVALID when there is too little to learn from, saying what is missing
 */
export async function trainChurn(options: TrainChurnOptions): Promise<TrainedChurn> {
  const { store, now, signal, onProgress = () => {} } = options;
  const set = options.set ?? memberFeatures;
  const pool = createPool<ChurnOrder, ChurnReply>(new URL("./churn-worker.ts", import.meta.url), {
    size: 1,
  });
  const stop = (): void => void pool.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    onProgress("Reading memberships", 0, 4);
    const changes = await readMembershipChanges(store.database);
    onProgress("Reading features", 1, 4);
    const order = await orderOf(options, set, changes);
    signal?.throwIfAborted();
    onProgress("Training", 2, 4);
    const trained = await pool.run(order);
    if (trained.kind !== "trained") throw new Error("a training was asked for");
    const registry = createRegistry(store.models);
    const version = await registry.register(
      {
        model: CHURN,
        bytes: trained.artifact,
        record: { ...trained.record, text: CHURN_CARD },
        cardOf: (record, number) => cardMarkdown(record, CHURN_CARD, number),
      },
      now,
    );
    onProgress("Scoring", 3, 4);
    const scored = await scoreChurn({ ...options, set, changes, pool });
    return { version, scored };
  } finally {
    signal?.removeEventListener("abort", stop);
    await pool.close();
  }
}

async function orderOf(
  { store, lake, now, seed, tries, threads }: TrainChurnOptions,
  set: FeatureSet,
  changes: ReadonlyMap<number, readonly Change[]>,
): Promise<ChurnOrder> {
  const { fromMs, untilMs } = knowledge(changes, await toldBetween(store), now);
  const windows = timeWindows(fromMs, untilMs);
  const snapshots = snapshotsOf(changes, fromMs, untilMs);
  const memberIds = snapshots.map(({ memberId }) => memberId);
  const atMs = Float64Array.from(snapshots, (snapshot) => snapshot.atMs);
  const rows = await trainingRows(lake, set, { memberIds, atMs });
  const champion = await store.models.versionOf(CHURN, "champion");
  return {
    kind: "train",
    data: {
      x: { ...rows.matrix, names: [...rows.names] },
      atMs,
      group: Int32Array.from(memberIds),
      featureSet: set.id,
    },
    snapshots,
    changes: new Map(memberIds.map((id) => [id, changes.get(id)!])),
    categorical: categoricalColumns(set),
    windows,
    memberSlices: await memberSlices(store),
    champion: champion === undefined ? undefined : await championBytes(store, champion),
    seed: seed ?? trainChurnDefaults.seed,
    tries: tries ?? trainingDefaults.tries,
    threads: Math.min(threads ?? 1, trainChurnDefaults.threads),
    code: codeHash(CODE),
  };
}

/**
 * From the first payment, and some weeks of use before it, to the newest thing that is known: before
 * the app told of use there is nothing to learn from, and of a history that ended long ago nobody
 * stayed until today. It ends with a day (UTC): at whichever hour one learns, members are looked at in
 * the same moments.
 *
 * @throws WaymarkError TABLE_INVALID when nobody ever paid
 */
function knowledge(
  changes: ReadonlyMap<number, readonly Change[]>,
  told: { readonly firstMs: number; readonly lastMs: number },
  now: number,
): { readonly fromMs: number; readonly untilMs: number } {
  let paidMs = Number.POSITIVE_INFINITY;
  for (const of of changes.values()) {
    const paid = of.find(({ state }) => state === "active");
    if (paid !== undefined) paidMs = Math.min(paidMs, Math.max(paid.atMs, paid.knownMs));
  }
  const fromMs = Math.max(paidMs, told.firstMs + msOfDays(trainChurnDefaults.warmDays));
  const untilMs = midnightBefore(Math.min(now, told.lastMs));
  if (fromMs < untilMs) return { fromMs, untilMs };
  throw new WaymarkError(
    "TABLE_INVALID",
    "nobody has paid yet: there is nothing to learn of churn",
  );
}

function midnightBefore(ms: number): number {
  return ms - (ms % msOfDays(1));
}

/** When members were first seen using the app, and when the newest of the last events was known. */
async function toldBetween(
  store: Pick<Store, "events" | "database">,
): Promise<{ readonly firstMs: number; readonly lastMs: number }> {
  const last = await store.events.lastSeq();
  const events = await store.events.read(Math.max(0, last - 1000), 1000);
  const first = await store.database.sql
    .selectFrom("active_day")
    .select(({ fn }) => fn.min("day").as("day"))
    .executeTakeFirst();
  return {
    firstMs: msOfDays(first?.day ?? 0),
    lastMs: events.reduce((newest, { createdMs }) => Math.max(newest, createdMs), 0),
  };
}

/** Every fortnight, or as often as the members are few enough for; of very many, some. */
export function snapshotsOf(
  changes: ReadonlyMap<number, readonly Change[]>,
  fromMs: number,
  untilMs: number,
  most: number = trainChurnDefaults.snapshots,
): readonly Snapshot[] {
  const members = [...changes].map(([memberId, of]) => ({ memberId, changes: of }));
  // The last moment after which a period could still be watched to its end.
  const lastMs = untilMs - msOfDays(churnDefaults.gapDays + BOUNDS_DAYS[0]);
  for (let stepDays: number = churnDefaults.stepDays; ; stepDays *= 2) {
    const found = landmarks(members, landmarkTimes(fromMs, lastMs, stepDays));
    if (found.length <= most) return found;
    if (stepDays < trainChurnDefaults.longestStepDays) continue;
    const share = most / found.length;
    return found.filter(({ memberId }) => createRng(memberId, 0x5a3)() < share);
  }
}

async function memberSlices(
  store: Pick<Store, "database">,
): Promise<Readonly<Record<string, ReadonlyMap<number, string>>>> {
  const rows = await store.database.sql
    .selectFrom("member")
    .select(["id", "platform", "country"])
    .execute();
  const of = (key: "platform" | "country"): ReadonlyMap<number, string> =>
    new Map(rows.flatMap((row) => (row[key] === null ? [] : [[row.id, row[key]]])));
  return { platform: of("platform"), country: of("country") };
}

async function championBytes(store: Store, version: number) {
  try {
    const { bytes } = await createRegistry(store.models).read(CHURN, version);
    return { version, bytes };
  } catch (error) {
    // One that cannot be read any more is no bar to its successor.
    if (error instanceof WaymarkError && error.code === "STORE_DAMAGED") return undefined;
    throw error;
  }
}

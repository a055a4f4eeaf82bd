/**
 * Scores everybody who is at risk with the champion, from the features that are served: after a
 * training, when another version became champion, and once a day, because members change; in a thread
 * of its own. What the model was given is logged of the members whom the daily check compares.
 */
import type { Matrix } from "../learn/index.ts";
import { type Change, type Snapshot, snapshotAt } from "../lifecycle/churn/label.ts";
import {
  askedAt,
  decodeState,
  type FeatureSet,
  featureReader,
  memberFeatures,
  onlineValues,
} from "../platform/feature/index.ts";
import { SCORE_CHURN } from "../platform/job/kinds.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import { createPool } from "../platform/job/worker-pool.ts";
import { createRegistry } from "../platform/registry/registry.ts";
import { reasonWords } from "../platform/serve/feature-words.ts";
import { DRIFT_REPORT, driftOf } from "../platform/train/distribution.ts";
import type { DriftReport } from "../schema/model.ts";
import type { LoggedFeatures } from "../store/feature-log.ts";
import { readMembershipChanges } from "../store/membership-rows.ts";
import type { Store } from "../store/store.ts";
import { checkDefaults } from "./check-features.ts";
import { CHURN } from "./churn-task.ts";
import type { ChurnOrder, ChurnReply } from "./churn-worker.ts";
import { isSampled } from "./replay-features.ts";

export const scoreChurnDefaults = {
  /** Members scored in one go: a message of some 10 MB. */
  batch: 2000,
  /** Milliseconds that scores may be old. */
  freshMs: 86_400_000,
  /** Members whose features are logged at most, some 5 kB each. */
  logged: 2000,
} as const;

export interface ScoreChurnOptions {
  readonly store: Store;
  /** Epoch milliseconds of the scores. */
  readonly now: number;
  readonly set?: FeatureSet | undefined;
  /** Where they have been read already. */
  readonly changes?: ReadonlyMap<number, readonly Change[]> | undefined;
  /** A thread that is there already. */
  readonly pool?: { run(order: ChurnOrder): Promise<ChurnReply> } | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

/** The rows' first columns; the model's features are the first of the set. */
function matrixOfRows(rows: readonly Float64Array[], columns: number): Matrix {
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    values.set(row.subarray(0, columns), i * columns);
  });
  return { rows: rows.length, columns, values };
}

/** @returns members; 0 without a champion that knows these features */
export async function scoreChurn(options: ScoreChurnOptions): Promise<number> {
  const { pool } = options;
  if (pool) return await scoreEverybody(options, pool);
  const own = createPool<ChurnOrder, ChurnReply>(new URL("./churn-worker.ts", import.meta.url), {
    size: 1,
  });
  try {
    return await scoreEverybody(options, own);
  } finally {
    await own.close();
  }
}

/** Sends the job where the scores are a day old or another version's. */
export async function sendScoresWhenDue(
  { models, scores }: Pick<Store, "models" | "scores">,
  queue: JobQueue,
  now: number,
): Promise<void> {
  const champion = await models.versionOf(CHURN, "champion");
  if (champion === undefined) return;
  const newest = await scores.newest(CHURN);
  const isFresh = newest?.version === champion && now - newest.atMs < scoreChurnDefaults.freshMs;
  if (!isFresh) await queue.send(SCORE_CHURN, {}, { key: CHURN });
}

async function scoreEverybody(
  options: ScoreChurnOptions,
  pool: NonNullable<ScoreChurnOptions["pool"]>,
): Promise<number> {
  const { store, now, set = memberFeatures, signal, onProgress } = options;
  const version = await store.models.versionOf(CHURN, "champion");
  if (version === undefined) return 0;
  const { bytes, record } = await createRegistry(store.models).read(CHURN, version);
  if (record.data.featureSet !== set.id) return 0;
  const words = reasonWords(set, record.data.features);
  const changes = options.changes ?? (await readMembershipChanges(store.database));
  const snapshots = [...changes].flatMap(([memberId, of]) => snapshotAt(memberId, of, now) ?? []);
  let scored = 0;
  let logged = 0;
  const asked: Float64Array[] = [];
  for (let at = 0; at < snapshots.length; at += scoreChurnDefaults.batch) {
    signal?.throwIfAborted();
    const batch = snapshots.slice(at, at + scoreChurnDefaults.batch);
    const states = await store.featureStates.get(batch.map(({ memberId }) => memberId));
    const known: Snapshot[] = [];
    const rows: Float64Array[] = [];
    const given: { readonly at: number; readonly row: Omit<LoggedFeatures, "score"> }[] = [];
    for (const snapshot of batch) {
      const { memberId } = snapshot;
      const found = states.get(memberId);
      const state = found && decodeState(set, found.state);
      if (state === undefined) continue;
      const values = onlineValues(set, state, now);
      if (logged < scoreChurnDefaults.logged && isSampled(memberId, checkDefaults.sample)) {
        logged++;
        const of = { memberId, atMs: askedAt(state, now), seq: found!.seq, values };
        const by = { model: CHURN, version, featureSet: set.id, fallback: null };
        given.push({ at: known.length, row: { ...of, ...by } });
      }
      known.push(snapshot);
      rows.push(values);
    }
    const reply = await pool.run({ kind: "score", bytes, words, snapshots: known, rows });
    if (reply.kind !== "scored") throw new Error("scores were asked for");
    await store.scores.put(
      CHURN,
      reply.scores.map(({ memberId, score, risk, valueMinor }) => ({
        memberId,
        version,
        atMs: now,
        result: score,
        risk,
        valueMinor,
      })),
    );
    const { scores } = reply;
    await store.featureLog.add(given.map(({ at, row }) => ({ ...row, score: scores[at]!.score })));
    scored += known.length;
    asked.push(...rows);
    onProgress?.("Scoring", scored, snapshots.length);
  }
  await store.scores.removeBefore(CHURN, now);
  if (record.distributions !== undefined) {
    const { groups } = record.data;
    const features = driftOf(
      record.distributions,
      groups,
      matrixOfRows(asked, record.distributions.length),
    );
    const report: DriftReport = { version, atMs: now, members: scored, features };
    const seq = await store.events.position(featureReader(set));
    await store.reports.replace(DRIFT_REPORT, new Map([[CHURN, report]]), { atMs: now, seq });
  }
  return scored;
}

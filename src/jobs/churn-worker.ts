/**
 * The thread of the churn model: trains, compares with the champion, and scores everybody, so that the
 * server answers meanwhile. Numbers go in, bytes and JSON come out; it knows no store.
 */
import { WaymarkError } from "../base/index.ts";
import { type Parallel, takeRows } from "../learn/index.ts";
import { readArtifact } from "../lifecycle/churn/artifact.ts";
import type { Change, Snapshot } from "../lifecycle/churn/label.ts";
import { createChurnScorer, riskOf } from "../lifecycle/churn/score.ts";
import type { FeatureWords } from "../lifecycle/churn/words.ts";
import { startThreads } from "../platform/job/thread-team.ts";
import { serve } from "../platform/job/worker-pool.ts";
import { brierGain } from "../platform/train/measure.ts";
import { runTraining, type TrainingData } from "../platform/train/run.ts";
import type { TimeWindow } from "../platform/train/window.ts";
import type { ModelRecord } from "../schema/model.ts";
import type { ChurnScore } from "../schema/score.ts";
import { CHURN_PROXIES, type ChurnTask, createChurnTask } from "./churn-task.ts";

export type ChurnOrder =
  | {
      readonly kind: "train";
      readonly data: TrainingData;
      readonly snapshots: readonly Snapshot[];
      readonly changes: ReadonlyMap<number, readonly Change[]>;
      readonly categorical: readonly number[];
      readonly windows: readonly [TimeWindow, TimeWindow, TimeWindow];
      readonly memberSlices: Readonly<Record<string, ReadonlyMap<number, string>>>;
      readonly champion: { readonly version: number; readonly bytes: Uint8Array } | undefined;
      readonly seed: number;
      readonly tries: number;
      readonly threads: number;
      readonly code: string;
    }
  | {
      readonly kind: "score";
      readonly bytes: Uint8Array;
      readonly words: readonly FeatureWords[];
      readonly rows: readonly Float64Array[];
      readonly snapshots: readonly Snapshot[];
    };

export type ChurnReply =
  | { readonly kind: "trained"; readonly artifact: Uint8Array; readonly record: ModelRecord }
  | {
      readonly kind: "scored";
      readonly scores: readonly {
        readonly memberId: number;
        readonly score: ChurnScore;
        readonly risk: number;
        readonly valueMinor: number;
      }[];
    };

type TrainOrder = Extract<ChurnOrder, { kind: "train" }>;

serve<ChurnOrder, ChurnReply>(async (order) => {
  if (order.kind === "score") return score(order);
  const threads = startThreads(order.threads);
  try {
    return train(order, threads);
  } finally {
    await threads.close();
  }
});

function train(order: TrainOrder, parallel: Parallel): ChurnReply {
  const { data, champion, seed, tries, code } = order;
  const task = createChurnTask({ ...order, parallel });
  const { artifact, record, testRows } = runTraining(task, {
    seed,
    tries,
    code,
    proxies: CHURN_PROXIES,
  });
  return {
    kind: "trained",
    artifact,
    record: {
      ...record,
      parents: champion ? [champion.version] : [],
      versus: champion ? versus(order, task, artifact, testRows) : [],
      latencyP99Ms: latency(artifact, data, testRows, order.snapshots),
    },
  };
}

/** Both models on the same rows; nothing where the champion cannot be read or is of other features. */
function versus(
  { champion, data }: TrainOrder,
  task: ChurnTask,
  artifact: Uint8Array,
  rows: Int32Array,
): ModelRecord["versus"] {
  try {
    const before = readArtifact(champion!.bytes);
    if (before.model.featureSet !== data.featureSet) return [];
    const old = task.predict(before, rows);
    const now = task.predict(readArtifact(artifact), rows);
    const group = rows.map((i) => data.group[i]!);
    return task.outcomes(rows).map((outcome, k) => ({
      version: champion!.version,
      outcome: outcome.name,
      brier: brierGain({ ...outcome, group, predictors: [] }, now[k]!, old[k]!),
    }));
  } catch (error) {
    if (error instanceof WaymarkError && error.code === "STORE_DAMAGED") return [];
    throw error;
  }
}

const LATENCY_SCORES = 300;

/**
 * Milliseconds that one score with its reasons takes this thread's processor, 99 of 100 below: what the
 * clock on the wall says depends on who else is at work.
 */
function latency(
  artifact: Uint8Array,
  { x }: TrainingData,
  rows: Int32Array,
  snapshots: readonly Snapshot[],
): number {
  const read = readArtifact(artifact);
  const scorer = createChurnScorer(read, read.model.features.map(plainWords));
  const times: number[] = [];
  for (let k = 0; k < 2 * LATENCY_SCORES; k++) {
    const i = rows[k % rows.length]!;
    const row = takeRows(x, [i]).values;
    const begin = process.threadCpuUsage();
    scorer.score(row, snapshots[i]!);
    const { user, system } = process.threadCpuUsage(begin);
    // The first ones warm the engine up.
    if (k >= LATENCY_SCORES) times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(0.99 * times.length)]!;
}

function plainWords(name: string): FeatureWords {
  const role = "other" as const;
  return { name, family: name, label: name, unit: "", rise: "", fall: "", role, windowDays: null };
}

function score({
  bytes,
  words,
  rows,
  snapshots,
}: Extract<ChurnOrder, { kind: "score" }>): ChurnReply {
  const scorer = createChurnScorer(readArtifact(bytes), words);
  const scores = scorer.scoreAll(rows, snapshots);
  return {
    kind: "scored",
    scores: scores.map((of, i) => ({
      memberId: snapshots[i]!.memberId,
      score: of,
      risk: riskOf(of),
      valueMinor: of.valueAtRisk?.minor ?? 0,
    })),
  };
}

/**
 * Tells the features that were served again, from the lake, as of the same moment and the same seq of
 * the log, and compares them: training-serving skew shows as a mismatch of the feature that has it.
 * Members are sampled whole, so that what is found of one can be followed. The result is a report
 * ("feature-replay") that the console shows.
 */
import { createHash64 } from "../base/hash.ts";
import { compareFeatures, type FeatureConsistency } from "../platform/feature/consistency.ts";
import { type FeatureSet, memberFeatures, trainingRows } from "../platform/feature/index.ts";
import type { LoggedRow } from "../store/feature-log.ts";
import type { Lake } from "../store/lake/index.ts";
import type { Store } from "../store/store.ts";
import { exportLake } from "./export-lake.ts";

export interface ReplayOptions {
  readonly store: Pick<Store, "events" | "featureStates" | "featureLog" | "reports">;
  readonly lake: Lake;
  readonly now: () => number;
  /** Served from this moment, and before the other, epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Share of the members; default all. */
  readonly sample?: number | undefined;
  readonly set?: FeatureSet | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FeatureReplay {
  readonly fromMs: number;
  readonly toMs: number;
  readonly setId: string;
  /** Questions that were compared, each in every feature. */
  readonly rows: number;
  /** Of members who were merged since, or whose activities were deleted: their log is another now. */
  readonly merged: number;
  /** Served with another feature set than the one that is known here. */
  readonly foreign: number;
  /** Answered without features, by a fallback. */
  readonly empty: number;
  /** Of all features. */
  readonly mismatches: number;
  readonly features: readonly FeatureConsistency[];
  /** A few questions that differ, for whoever looks for the cause. */
  readonly examples: readonly ReplayExample[];
}

export interface ReplayExample {
  readonly memberId: number;
  readonly atMs: number;
  readonly seq: number;
  readonly feature: string;
  /** Null is missing. */
  readonly served: number | null;
  readonly told: number | null;
}

export const REPLAY_REPORT = "feature-replay";

const PAGE = 5000;
const EXAMPLES = 20;

/** @throws WaymarkError STORE_DAMAGED when the lake cannot be read */
export async function replayFeatures(options: ReplayOptions): Promise<FeatureReplay> {
  const { store, lake, now, fromMs, toMs, sample = 1, set = memberFeatures, signal } = options;
  // What was served before this has its events in the lake after it.
  const { seq } = await exportLake({ store, lake, now, signal });
  const merged = await store.featureStates.changedLogs(fromMs);
  const result = { rows: 0, merged: 0, foreign: 0, empty: 0 };
  const kept: LoggedRow[] = [];
  for (let afterId = 0; ; ) {
    signal?.throwIfAborted();
    const page = await store.featureLog.read({ fromMs, toMs, afterId, limit: PAGE });
    for (const row of page) {
      if (row.seq > seq || !isSampled(row.memberId, sample)) continue;
      const since = merged.get(row.memberId);
      if (row.values.length === 0) result.empty++;
      else if (row.featureSet !== set.id || row.values.length !== set.names.length) {
        result.foreign++;
      } else if (since !== undefined && since >= row.atMs) result.merged++;
      else kept.push(row);
    }
    if (page.length < PAGE) break;
    afterId = page.at(-1)!.id;
  }
  const { matrix } = await trainingRows(lake, set, {
    memberIds: kept.map(({ memberId }) => memberId),
    atMs: kept.map(({ atMs }) => atMs),
    seq: kept.map((row) => row.seq),
  });
  const served = new Float64Array(matrix.values.length);
  kept.forEach((row, i) => {
    served.set(row.values, i * matrix.columns);
  });
  const features = compareFeatures(set.names, served, matrix.values);
  const replay: FeatureReplay = {
    fromMs,
    toMs,
    setId: set.id,
    ...result,
    rows: kept.length,
    mismatches: features.reduce((sum, feature) => sum + feature.mismatches, 0),
    features,
    examples: examplesOf(set, kept, served, matrix.values),
  };
  await store.reports.replace(REPLAY_REPORT, new Map([["all", replay]]), { atMs: now(), seq });
  return replay;
}

/** The same members each time: a hash of the id, not a draw. */
export function isSampled(memberId: number, share: number): boolean {
  if (share >= 1) return true;
  const digest = createHash64()
    .update(new TextEncoder().encode(String(memberId)))
    .digest();
  return Number.parseInt(digest.slice(0, 8), 16) / 2 ** 32 < share;
}

function examplesOf(
  set: FeatureSet,
  rows: readonly LoggedRow[],
  served: Float64Array,
  told: Float64Array,
): ReplayExample[] {
  const width = set.names.length;
  const number = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const examples: ReplayExample[] = [];
  for (let i = 0; i < served.length && examples.length < EXAMPLES; i++) {
    if (Object.is(served[i], told[i]) || served[i] === told[i]) continue;
    const { memberId, atMs, seq } = rows[Math.floor(i / width)]!;
    examples.push({
      memberId,
      atMs,
      seq,
      feature: set.names[i % width]!,
      served: number(served[i]!),
      told: number(told[i]!),
    });
  }
  return examples;
}

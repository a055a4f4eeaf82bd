/**
 * What keeps features honest without anybody asking: the lake is brought up to the log, every member's
 * features are counted, and what was served is told again and compared. Each is due by its own clock.
 */

import { featureReader } from "../platform/feature/index.ts";
import { CHECK_FEATURES, EXPORT_LAKE } from "../platform/job/kinds.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import type { Lake } from "../store/lake/index.ts";
import type { Store } from "../store/store.ts";
import { REPLAY_REPORT, replayFeatures } from "./replay-features.ts";
import { FEATURES_REPORT, reportFeatures } from "./report-features.ts";

export const checkDefaults = {
  /** Milliseconds between two exports while events come. */
  exportMs: 3_600_000,
  /** Between two counts of everybody's features while events come. */
  reportMs: 900_000,
  /** Between two comparisons, and how far back each goes. */
  replayMs: 86_400_000,
  /** Share of the members whose served features are compared. */
  sample: 0.25,
  /** How long served features are kept. */
  keptMs: 90 * 86_400_000,
} as const;

type CheckedStore = Pick<Store, "events" | "featureStates" | "featureLog" | "reports">;

/** Sends the jobs that are due. */
export async function sendFeatureJobsWhenDue(
  store: CheckedStore,
  queue: JobQueue,
  lake: Lake,
  now: number,
): Promise<void> {
  const { seq, change } = lake.manifest();
  if (now - change >= checkDefaults.exportMs && (await store.events.lastSeq()) > seq) {
    await queue.send(EXPORT_LAKE, {}, { key: "all" });
  }
  const counted = await store.reports.get(FEATURES_REPORT, "all");
  const folded = await store.events.position(featureReader());
  const isCounted =
    counted !== undefined &&
    (counted.seq >= folded || now - counted.builtMs < checkDefaults.reportMs);
  if ((folded > 0 && !isCounted) || (await isReplayDue(store, now))) {
    await queue.send(CHECK_FEATURES, {}, { key: "all" });
  }
}

export async function checkFeatures(
  store: CheckedStore,
  lake: Lake,
  now: () => number,
  signal?: AbortSignal,
): Promise<void> {
  await reportFeatures({ store, now, signal });
  // Also where nothing is served any more.
  await store.featureLog.removeBefore(now() - checkDefaults.keptMs);
  if (!(await isReplayDue(store, now()))) return;
  await replayFeatures({
    store,
    lake,
    now,
    fromMs: now() - checkDefaults.replayMs,
    toMs: now(),
    sample: checkDefaults.sample,
    signal,
  });
}

/** Something was served since the last comparison, which is a day old. */
async function isReplayDue(store: CheckedStore, now: number): Promise<boolean> {
  const last = await store.reports.get(REPLAY_REPORT, "all");
  if (last !== undefined && now - last.builtMs < checkDefaults.replayMs) return false;
  const fromMs = now - checkDefaults.replayMs;
  return (await store.featureLog.read({ fromMs, toMs: now, limit: 1 })).length > 0;
}

/**
 * The Features page's figures: every member's features as they are now, counted feature by feature, and
 * how old they are. A report ("features") with one row for all.
 */
import { WaymarkError } from "../base/index.ts";
import { type FeatureHealth, featureHealth } from "../platform/feature/health.ts";
import {
  decodeState,
  type FeatureSet,
  memberFeatures,
  onlineValues,
} from "../platform/feature/index.ts";
import type { Store } from "../store/store.ts";

export const FEATURES_REPORT = "features";

export interface FeaturesReport {
  readonly setId: string;
  readonly members: number;
  /** Members whose state is of another layout or damaged; it is being built anew. */
  readonly unreadable: number;
  readonly features: readonly FeatureHealth[];
}

export interface ReportFeaturesOptions {
  readonly store: Pick<Store, "featureStates" | "reports" | "events">;
  readonly now: () => number;
  readonly set?: FeatureSet | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PAGE = 2000;

export async function reportFeatures(options: ReportFeaturesOptions): Promise<FeaturesReport> {
  const { store, now, set = memberFeatures, signal } = options;
  const atMs = now();
  const seq = await store.events.lastSeq();
  const rows: Float64Array[] = [];
  let unreadable = 0;
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const page = await store.featureStates.page(after, PAGE);
    for (const { state } of page) {
      const values = valuesOf(set, state, atMs);
      if (values === undefined) unreadable++;
      else rows.push(values);
    }
    if (page.length < PAGE) break;
    after = page.at(-1)!.memberId;
  }
  const values = new Float64Array(rows.length * set.names.length);
  rows.forEach((row, i) => {
    values.set(row, i * set.names.length);
  });
  const report: FeaturesReport = {
    setId: set.id,
    members: rows.length,
    unreadable,
    features: featureHealth(set, values),
  };
  await store.reports.replace(FEATURES_REPORT, new Map([["all", report]]), { atMs, seq });
  return report;
}

function valuesOf(set: FeatureSet, bytes: Uint8Array, atMs: number): Float64Array | undefined {
  try {
    const state = decodeState(set, bytes);
    return state && onlineValues(set, state, atMs);
  } catch (error) {
    if (error instanceof WaymarkError) return undefined;
    throw error;
  }
}

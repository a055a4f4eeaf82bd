/**
 * Where imported activities rest: for now a folder of files (`folder-store.ts`); the database behind
 * the same interface comes with the durable store.
 */
import type { ActivityDetail, ActivityStreams, ActivitySummary } from "../schema/activity.ts";

export interface StoredActivity {
  readonly detail: ActivityDetail;
  readonly streams: ActivityStreams;
}

export interface ActivityStore {
  /** Durable when the promise resolves; the same id again replaces. */
  put(activity: StoredActivity): Promise<void>;
  /** Newest first. */
  list(): Promise<readonly ActivitySummary[]>;
  /** @throws WaymarkError NOT_FOUND */
  detail(id: string): Promise<ActivityDetail>;
  /** @throws WaymarkError NOT_FOUND */
  streams(id: string): Promise<ActivityStreams>;
  has(id: string): Promise<boolean>;
}

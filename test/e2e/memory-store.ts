// Activities in memory behind the store's interface, for tests of the server and the page.
import { WaymarkError } from "../../src/base/error.ts";
import type { ActivityDetail, ActivitySummary } from "../../src/schema/activity.ts";
import { activitySummarySchema } from "../../src/schema/activity.ts";
import type { StoredActivity } from "../../src/store/activity-row.ts";
import type { ActivityStore } from "../../src/store/activity-store.ts";

export function createMemoryStore(initial: readonly StoredActivity[] = []): ActivityStore {
  const stored = new Map(initial.map((activity) => [activity.detail.id, activity]));
  const find = (id: string): StoredActivity => {
    const activity = stored.get(id);
    if (!activity) throw new WaymarkError("NOT_FOUND", `no activity '${id}' is stored`);
    return activity;
  };
  const summary = (detail: ActivityDetail): ActivitySummary => activitySummarySchema.parse(detail);
  return {
    async list() {
      return [...stored.values()]
        .map(({ detail }) => summary(detail))
        .sort((a, b) => b.startMs - a.startMs);
    },
    async detail(id) {
      return find(id).detail;
    },
    async streams(id) {
      return find(id).streams;
    },
  };
}

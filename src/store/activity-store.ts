/** Every activity of a store as whoever sees all of them reads it, by its id on the wire. */
import { WaymarkError } from "../base/index.ts";
import type { ActivityDetail, ActivityStreams, ActivitySummary } from "../schema/activity.ts";
import { activityQuerySchema, LIST_LIMIT_MAX } from "../schema/activity-list.ts";
import type { Activities, Viewer } from "./activities.ts";

export interface ActivityStore {
  /** Newest first. */
  list(): Promise<readonly ActivitySummary[]>;
  /** @throws WaymarkError NOT_FOUND */
  detail(id: string): Promise<ActivityDetail>;
  /** @throws WaymarkError NOT_FOUND */
  streams(id: string): Promise<ActivityStreams>;
}

const ALL: Viewer = { athleteId: null, seesAll: true };

export function allActivities(activities: Activities): ActivityStore {
  return {
    async list() {
      const summaries: ActivitySummary[] = [];
      let cursor: string | undefined;
      do {
        const query = activityQuerySchema.parse({ limit: LIST_LIMIT_MAX, cursor });
        const page = await activities.list(query, ALL);
        summaries.push(...page.activities);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return summaries;
    },
    detail: async (id) => (await activities.get(numberOf(id), ALL)).detail,
    streams: (id) => activities.streams(numberOf(id), ALL),
  };
}

/** What a store holds that was never filled. */
export const NO_ACTIVITIES: ActivityStore = {
  list: async () => [],
  detail: (id) => Promise.reject(notFound(id)),
  streams: (id) => Promise.reject(notFound(id)),
};

/** @throws WaymarkError NOT_FOUND where the text is no id of ours */
export function numberOf(id: string): number {
  if (/^[1-9]\d{0,14}$/.test(id)) return Number(id);
  throw notFound(id);
}

function notFound(id: string): WaymarkError {
  return new WaymarkError("NOT_FOUND", `no activity '${id.slice(0, 80)}' is stored`);
}

/**
 * `GET /api/activities…`: the list with filters and sums, one activity, its streams. Filtering is a
 * walk over the store's summaries, O(activities) a request; the durable store will index them.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import {
  type ActivitySummary,
  activityDetailSchema,
  activityStreamsSchema,
  errorSchema,
} from "../../schema/activity.ts";
import {
  type ActivityList,
  type ActivityQuery,
  activityListSchema,
  activityQuerySchema,
  type Month,
} from "../../schema/activity-list.ts";
import type { Context } from "../app.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";

/** Ids are words without dots or slashes: they name files in a folder store. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,128}$/;
export const paramsSchema = z.object({ id: z.string().regex(ID_PATTERN, "is not an id") });

/** @throws WaymarkError USAGE when the id could not be one */
export function idOf(params: unknown): string {
  return parse(paramsSchema, params, "the address").id;
}

export function activityRoutes(http: FastifyInstance, { store }: Context): void {
  http.get("/api/activities", documented(listDocument), async (request, reply) => {
    const query = parse(activityQuerySchema, request.query, "the query");
    reply.header("cache-control", "no-cache");
    return listActivities(await store.list(), query);
  });

  http.get("/api/activities/:id", documented(detailDocument), async (request, reply) => {
    reply.header("cache-control", "no-cache");
    return await store.detail(idOf(request.params));
  });

  http.get("/api/activities/:id/streams", documented(streamsDocument), async (request, reply) => {
    reply.header("cache-control", "no-cache");
    return await store.streams(idOf(request.params));
  });
}

const tags = ["Activities"];
const listDocument = {
  tags,
  summary: "Activities, newest first",
  querystring: activityQuerySchema,
  response: { 200: activityListSchema, 400: errorSchema },
};
const detailDocument = {
  tags,
  summary: "One activity",
  params: paramsSchema,
  response: { 200: activityDetailSchema, 404: errorSchema },
};
const streamsDocument = {
  tags,
  summary: "The columns of one activity",
  params: paramsSchema,
  response: { 200: activityStreamsSchema, 404: errorSchema },
};

/**
 * @param all every summary of the store, newest first
 * @throws WaymarkError USAGE when the cursor or the zone is none
 */
export function listActivities(
  all: readonly ActivitySummary[],
  query: ActivityQuery,
): ActivityList {
  const found = all.filter(matcher(query));
  const first = query.cursor === undefined ? 0 : firstAfter(found, query.cursor);
  const activities = found.slice(first, first + query.limit);
  const last = activities.at(-1);
  const hasMore = first + query.limit < found.length;
  return {
    activities,
    next: hasMore && last ? cursorOf(last) : null,
    total: found.length,
    months: sumMonths(found, query.zone),
    sports: sportsOf(all),
    stored: all.length,
  };
}

function matcher(query: ActivityQuery): (activity: ActivitySummary) => boolean {
  const words = plain(query.q ?? "")
    .split(/\s+/)
    .filter((word) => word !== "");
  return (activity) => {
    if (query.sport !== undefined && activity.sport !== query.sport) return false;
    if (query.athlete !== undefined && activity.athlete !== query.athlete) return false;
    if (query.from !== undefined && activity.startMs < query.from) return false;
    if (query.to !== undefined && activity.startMs >= query.to) return false;
    if (words.length === 0) return true;
    const text = plain(`${activity.title} ${activity.athlete} ${activity.sport}`);
    return words.every((word) => text.includes(word));
  };
}

/** Lower case without accents. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The place of an activity in the order of the list: it stays right when others come or go. */
function cursorOf(activity: ActivitySummary): string {
  return `${activity.startMs}.${activity.id}`;
}

function firstAfter(found: readonly ActivitySummary[], cursor: string): number {
  const match = /^(-?\d{1,16})\.([A-Za-z0-9_-]{1,128})$/.exec(cursor);
  if (!match) throw new WaymarkError("USAGE", `'cursor' of the query: '${cursor}' is none of ours`);
  const startMs = Number(match[1]);
  const at = found.findIndex((activity) => activity.id === match[2]);
  if (at >= 0) return at + 1;
  const next = found.findIndex((activity) => activity.startMs < startMs);
  return next < 0 ? found.length : next;
}

function sumMonths(found: readonly ActivitySummary[], zone: string): Month[] {
  const monthOf = monthReader(zone);
  const months = new Map<string, Month>();
  for (const activity of found) {
    const month = monthOf(activity.startMs);
    const sum = months.get(month) ?? { month, count: 0, distanceM: 0, movingS: 0, gainM: 0 };
    sum.count++;
    sum.distanceM += activity.distanceM;
    sum.movingS += activity.movingS;
    sum.gainM += activity.gainM ?? 0;
    months.set(month, sum);
  }
  return [...months.values()];
}

/** Epoch milliseconds → "2026-11" in the zone. */
function monthReader(zone: string): (ms: number) => string {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
    });
  } catch (cause) {
    throw new WaymarkError("USAGE", `'zone' of the query: no time zone is named '${zone}'`, {
      cause,
    });
  }
  return (ms) => format.format(ms).slice(0, 7);
}

function sportsOf(all: readonly ActivitySummary[]): string[] {
  const count = new Map<string, number>();
  for (const { sport } of all) count.set(sport, (count.get(sport) ?? 0) + 1);
  return [...count].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([sport]) => sport);
}

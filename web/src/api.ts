/**
 * What the page asks of the server, typed by the schemas both share. A refusal becomes an `ApiError`
 * with the server's own words; a server that cannot be reached becomes one too.
 */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { ActivityDetail, ActivityStreams } from "../../src/schema/activity.ts";
import type { ActivityList } from "../../src/schema/activity-list.ts";
import type { MapInfo, Status } from "../../src/schema/map.ts";
import { ownZone } from "./when.ts";

export class ApiError extends Error {
  /** A code of the error registry, or "OFFLINE". */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(path, {
    headers: { accept: "application/json" },
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError("OFFLINE", "the server does not answer; is 'waymark start' still running?");
  });
  const body = (await answer.json().catch(() => null)) as unknown;
  if (answer.ok && body !== null) return body as T;
  const { code, message } = (body ?? {}) as { code?: string; message?: string };
  throw new ApiError(code ?? "SERVER_FAULT", message ?? `the server answered ${answer.status}`);
}

export interface ListFilter {
  readonly q?: string | undefined;
  readonly sport?: string | undefined;
}

export const PAGE_SIZE = 60;
/** The most that one answer holds, for a page that draws them all. */
export const LARGE_PAGE_SIZE = 500;

export function listQuery(filter: ListFilter, pageSize = PAGE_SIZE) {
  return infiniteQueryOptions({
    queryKey: ["activities", filter, pageSize],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(pageSize), zone: ownZone() });
      if (filter.q) query.set("q", filter.q);
      if (filter.sport) query.set("sport", filter.sport);
      if (pageParam) query.set("cursor", pageParam);
      return ask<ActivityList>(`/api/activities?${query}`, signal);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    staleTime: 10_000,
  });
}

export function detailQuery(id: string) {
  return queryOptions({
    queryKey: ["activity", id],
    queryFn: ({ signal }) =>
      ask<ActivityDetail>(`/api/activities/${encodeURIComponent(id)}`, signal),
    staleTime: 60_000,
  });
}

export function streamsQuery(id: string) {
  return queryOptions({
    queryKey: ["streams", id],
    queryFn: ({ signal }) =>
      ask<ActivityStreams>(`/api/activities/${encodeURIComponent(id)}/streams`, signal),
    staleTime: 60_000,
  });
}

export const mapQuery = queryOptions({
  queryKey: ["map"],
  queryFn: ({ signal }) => ask<MapInfo>("/api/map", signal),
  staleTime: 60_000,
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => ask<Status>("/api/status", signal),
  // Asked again each second while something is being built, else not.
  refetchInterval: (query) => (isBuilding(query.state.data) ? 1000 : false),
});

export function isBuilding(status: Status | undefined): boolean {
  return status !== undefined && status.phase !== "ready" && status.phase !== "failed";
}

/** Milliseconds that are left at the speed so far, undefined while it cannot be said. */
export function timeLeft({ done, total, startedMs }: Status, now: number): number | undefined {
  if (total <= 0 || done <= 0 || startedMs <= 0 || now - startedMs < 2000) return undefined;
  return ((now - startedMs) / done) * Math.max(0, total - done);
}

/** Where an activity is downloaded as a file. */
export function exportUrl(id: string, format: "gpx" | "geojson"): string {
  return `/api/activities/${encodeURIComponent(id)}.${format}`;
}

/**
 * What the page asks of the server, typed by the schemas both share. A refusal becomes an `ApiError`
 * with the server's own words; a server that cannot be reached becomes one too.
 */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { ActivityAnswer, ActivityStreams } from "../../src/schema/activity.ts";
import type { ActivityList } from "../../src/schema/activity-list.ts";
import type { MapInfo, Status } from "../../src/schema/map.ts";
import type { UploadList } from "../../src/schema/upload.ts";
import { dayStart, ownZone } from "./when.ts";

export class ApiError extends Error {
  /** A code of the error registry, or "OFFLINE". */
  readonly code: string;
  /** What would have been right, where the server knows. */
  readonly choices: readonly string[];

  constructor(code: string, message: string, choices: readonly string[] = []) {
    super(message);
    this.code = code;
    this.choices = choices;
  }
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** @throws ApiError with the server's words, or OFFLINE */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await send<T>("GET", path, undefined, signal);
}

/**
 * @param body sent as JSON; undefined sends none
 * @returns the answer's JSON, null where the answer has no body
 * @throws ApiError with the server's words, or OFFLINE
 */
export async function send<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw offline();
  });
  if (answer.status === 204) return null as T;
  const said = (await answer.json().catch(() => null)) as unknown;
  if (answer.ok && said !== null) return said as T;
  throw refusal(answer.status, said);
}

export function offline(): ApiError {
  return new ApiError(
    "OFFLINE",
    "the server does not answer; it may be stopped, or you are offline",
  );
}

/** What an answer that is no success says, whatever stood in between. */
export function refusal(status: number, body: unknown): ApiError {
  const { code, message, choices } = (body ?? {}) as {
    code?: string;
    message?: string;
    choices?: string[];
  };
  return new ApiError(
    code ?? "SERVER_FAULT",
    message ?? `the server answered ${status}`,
    choices ?? [],
  );
}

/** An error in words for people, as a whole sentence. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

export interface ListFilter {
  readonly q?: string | undefined;
  readonly sport?: string | undefined;
  /** First and last day, "2026-11-21", in the person's zone. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Name of an athlete. */
  readonly athlete?: string | undefined;
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
      if (filter.athlete) query.set("athlete", filter.athlete);
      if (filter.from) query.set("from", String(dayStart(filter.from)));
      if (filter.to) query.set("to", String(dayStart(filter.to, 1)));
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
      ask<ActivityAnswer>(`/api/activities/${encodeURIComponent(id)}`, signal),
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
  // Asked each second while something is being built, else now and then: a map may be built anew.
  refetchInterval: (query) => (isBuilding(query.state.data) ? 1000 : 30_000),
});

export function isBuilding(status: Status | undefined): boolean {
  return status !== undefined && status.phase !== "ready" && status.phase !== "failed";
}

/** Milliseconds that are left at the speed so far, undefined while it cannot be said. */
export function timeLeft({ done, total, startedMs }: Status, now: number): number | undefined {
  if (total <= 0 || done <= 0 || startedMs <= 0 || now - startedMs < 2000) return undefined;
  return ((now - startedMs) / done) * Math.max(0, total - done);
}

export type UploadFilter = "all" | "failed";
export const UPLOAD_PAGE_SIZE = 50;

export function uploadsQuery(filter: UploadFilter) {
  return infiniteQueryOptions({
    queryKey: ["uploads", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(UPLOAD_PAGE_SIZE) });
      if (filter !== "all") query.set("status", filter);
      if (pageParam > 0) query.set("before", String(pageParam));
      return ask<UploadList>(`/api/uploads?${query}`, signal);
    },
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    // Asked again while the server reads files, else not.
    refetchInterval: (query) => {
      const counts = query.state.data?.pages[0]?.counts;
      return counts && counts.received + counts.processing > 0 ? 2000 : false;
    },
  });
}

/** Where an activity is downloaded as a file. */
export function exportUrl(id: string, format: "gpx" | "geojson"): string {
  return `/api/activities/${encodeURIComponent(id)}.${format}`;
}

/** What the console asks of the server, and how long an answer is good for. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { FeatureList } from "../../../src/schema/console/feature.ts";
import type {
  MemberDetail,
  MemberList,
  Timeline,
  TimelineEntry,
} from "../../../src/schema/console/member.ts";
import type { DriftReport, ModelMove, ModelVersion } from "../../../src/schema/model.ts";
import type { RetentionAnswer } from "../../../src/schema/retention.ts";
import { ask } from "../api.ts";
import type { MembersAddress, RetentionAddress } from "./address.ts";

const FRESH_MS = 30_000;

export function membersQuery(address: MembersAddress) {
  return infiniteQueryOptions({
    queryKey: ["console", "members", address],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(address)) if (value) query.set(name, value);
      if (pageParam) query.set("cursor", pageParam);
      return ask<MemberList>(`/api/console/members?${query}`, signal);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    staleTime: FRESH_MS,
    placeholderData: keepPreviousData,
  });
}

export function memberQuery(id: string) {
  return queryOptions({
    queryKey: ["console", "member", id],
    queryFn: ({ signal }) =>
      ask<MemberDetail>(`/api/console/members/${encodeURIComponent(id)}`, signal),
    staleTime: FRESH_MS,
  });
}

export function timelineQuery(id: string, group: TimelineEntry["group"] | undefined) {
  return infiniteQueryOptions({
    queryKey: ["console", "timeline", id, group],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams();
      if (group) query.set("group", group);
      if (pageParam) query.set("before", String(pageParam));
      return ask<Timeline>(
        `/api/console/members/${encodeURIComponent(id)}/timeline?${query}`,
        signal,
      );
    },
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    staleTime: FRESH_MS,
  });
}

export const featuresQuery = queryOptions({
  queryKey: ["console", "features"],
  queryFn: ({ signal }) => ask<FeatureList>("/api/console/features", signal),
  staleTime: FRESH_MS,
});

export function retentionQuery({ compare, ...segment }: RetentionAddress) {
  return queryOptions({
    queryKey: ["console", "retention", segment, compare],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(segment)) if (value) query.set(name, value);
      const [kind = "", ...rest] = compare?.split(":") ?? [];
      if (compare === "all") query.set("compare", "all");
      else if (rest.length > 0) {
        query.set(`compare${kind.charAt(0).toUpperCase()}${kind.slice(1)}`, rest.join(":"));
      }
      return ask<RetentionAnswer>(`/api/retention?${query}`, signal);
    },
    staleTime: FRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** A version without all of its record. */
export interface ModelSummary extends Omit<ModelVersion, "record"> {
  readonly gates: ModelVersion["record"]["gates"];
  readonly outcomes: ModelVersion["record"]["outcomes"];
}

export interface ModelAnswer extends ModelVersion {
  /** Markdown. */
  readonly card: string;
  readonly moves: readonly ModelMove[];
  readonly drift: DriftReport | null;
}

export const modelsQuery = queryOptions({
  queryKey: ["console", "models"],
  queryFn: ({ signal }) => ask<{ readonly models: readonly ModelSummary[] }>("/api/models", signal),
  staleTime: FRESH_MS,
});

export function modelQuery(model: string, version: string) {
  return queryOptions({
    queryKey: ["console", "model", model, version],
    queryFn: ({ signal }) =>
      ask<ModelAnswer>(
        `/api/models/${encodeURIComponent(model)}/${encodeURIComponent(version)}`,
        signal,
      ),
    staleTime: FRESH_MS,
  });
}

/**
 * Who is signed in: asked of the server once, then kept beside the queries. Signing in or out forgets
 * everything that was loaded for the one before.
 */
import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Me, SessionAnswer } from "../../src/schema/account.ts";
import { ApiError, ask, send } from "./api.ts";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => ask<SessionAnswer>("/api/session", signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The signed-in athlete, undefined while unknown or signed out. */
export function useMe(): Me | undefined {
  return useQuery(sessionQuery).data?.me ?? undefined;
}

/** Takes over an athlete who has just signed in: nothing of another's stays. */
export function beginSession(queries: QueryClient, me: Me): void {
  const before = queries.getQueryData(sessionQuery.queryKey);
  queries.clear();
  queries.setQueryData(sessionQuery.queryKey, {
    signup: before?.signup ?? "invitation",
    isLocal: before?.isLocal ?? false,
    me,
  });
}

/** Puts a changed account where every page reads it. */
export function updateMe(queries: QueryClient, me: Me): void {
  queries.setQueryData(sessionQuery.queryKey, (before) => before && { ...before, me });
}

/** Forgets who was signed in: after signing out, or when the server says so. */
export function endSession(queries: QueryClient): void {
  const before = queries.getQueryData(sessionQuery.queryKey);
  queries.setQueryData(sessionQuery.queryKey, {
    signup: before?.signup ?? "invitation",
    isLocal: before?.isLocal ?? false,
    me: null,
  });
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
}

export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    try {
      await send("DELETE", "/api/session");
    } catch (error) {
      // A session that ended by itself is signed out as well.
      if (!(error instanceof ApiError) || error.code !== "SIGN_IN_NEEDED") throw error;
    }
    endSession(queries);
  }, [queries]);
}

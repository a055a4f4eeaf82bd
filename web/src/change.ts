/** Changes of an activity by its owner: sent at once, shown everywhere, taken back when refused. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import type { ActivityAnswer, ActivityChangeRequest } from "../../src/schema/activity.ts";
import { detailQuery, send, sentenceOf } from "./api.ts";
import { tell } from "./part/toast.tsx";

export type ChangeActivity = (change: ActivityChangeRequest) => Promise<void>;

/** @returns rejects with the server's words; until then the page shows the change as done */
export function useChangeActivity(id: string): ChangeActivity {
  const queries = useQueryClient();
  return useCallback(
    async (change) => {
      const { queryKey } = detailQuery(id);
      await queries.cancelQueries({ queryKey });
      const before = queries.getQueryData(queryKey);
      if (before) queries.setQueryData(queryKey, { ...before, ...change } as ActivityAnswer);
      try {
        const after = await send<ActivityAnswer>("PATCH", `/api/activities/${id}`, change);
        queries.setQueryData(queryKey, after);
      } catch (error) {
        if (before) queries.setQueryData(queryKey, before);
        throw error;
      }
      void queries.invalidateQueries({ queryKey: ["activities"] });
    },
    [id, queries],
  );
}

let goneIds: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function setGone(next: ReadonlySet<string>): void {
  goneIds = next;
  for (const listener of listeners) listener();
}

/** Ids that no list shows any more: deleted, or about to be. */
export function useGoneIds(): ReadonlySet<string> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => goneIds,
  );
}

/**
 * Takes an activity off every list at once, and deletes it when the way back has been offered for some
 * seconds, or when the page is left.
 */
export function deleteWithWayBack(
  queries: QueryClient,
  { id, title }: { readonly id: string; readonly title: string },
  onBack: () => void,
): void {
  setGone(new Set([...goneIds, id]));
  const bringBack = (): void => setGone(new Set([...goneIds].filter((gone) => gone !== id)));
  tell({
    text: `“${title}” is deleted.`,
    action: {
      name: "Undo",
      run: () => {
        bringBack();
        onBack();
      },
    },
    onGone: () => {
      // Also while the page goes away.
      fetch(`/api/activities/${id}`, { method: "DELETE", keepalive: true })
        .then((answer) => {
          if (!answer.ok && answer.status !== 404)
            throw new Error(`the server answered ${answer.status}`);
          queries.removeQueries({ queryKey: detailQuery(id).queryKey });
          void queries.invalidateQueries({ queryKey: ["activities"] });
        })
        .catch((error: unknown) => {
          bringBack();
          tell({
            text: `“${title}” could not be deleted. ${sentenceOf(error)}`,
            isFault: true,
          });
        });
    },
  });
}

/**
 * One line over every page while the demo world or a map is being built: what is done, how much, how
 * long is left. It asks each second, refreshes what is on screen as more arrives, and goes when done.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { isBuilding, statusQuery, timeLeft } from "../api.ts";
import { longDuration } from "../unit.ts";

/** What is on screen is asked again this often while it grows. */
const REFRESH_MS = 3000;

export function BuildLine() {
  const { data: status } = useQuery(statusQuery);
  const queries = useQueryClient();
  const building = isBuilding(status);
  useEffect(() => {
    if (!building) return;
    const refresh = (): void => {
      void queries.invalidateQueries({ queryKey: ["activities"] });
      void queries.invalidateQueries({ queryKey: ["map"] });
      void queries.invalidateQueries({ queryKey: ["console"] });
    };
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      clearInterval(timer);
      // The last of it arrived between two questions.
      refresh();
    };
  }, [building, queries]);

  if (status?.phase === "failed") {
    return (
      <p
        role="alert"
        className="border-border border-b bg-fault-soft px-4 py-2 text-fault text-s md:px-8"
      >
        Building stopped: {status.message ?? "the log of the server says why"}. What is here stays;
        start the server again to go on.
      </p>
    );
  }
  if (!status || !building) return null;
  const { phase, done, total } = status;
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const left = timeLeft(status, Date.now());
  return (
    <div role="status" className="border-border border-b bg-accent-soft px-4 py-2 text-s md:px-8">
      <div className="flex flex-wrap items-baseline gap-x-3 text-ink">
        <span className="font-medium">{sentence(phase)}</span>
        {total > 0 && (
          <span className="text-ink-2">
            {done} of {total}
          </span>
        )}
        {left !== undefined && (
          <span className="text-ink-2">
            about{" "}
            {left < 90_000
              ? `${Math.max(1, Math.round(left / 1000))} s`
              : longDuration(left / 1000)}{" "}
            left
          </span>
        )}
        <span className="text-ink-2">You can look around already.</span>
      </div>
      <div className="mt-1.5 h-1 overflow-hidden rounded-full bg-border" aria-hidden>
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-500"
          style={{ width: `${Math.max(2, share * 100)}%` }}
        />
      </div>
    </div>
  );
}

function sentence(phase: string): string {
  return phase.charAt(0).toUpperCase() + phase.slice(1);
}

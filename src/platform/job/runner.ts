/**
 * Runs the jobs of one kind in this process: claims as many as there is room for, gives each its time
 * limit and its signal, and writes down how it ended. What the database cannot be told now is told
 * again while the claim lasts; after that another process has taken the job up.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { assert, type Log, WaymarkError } from "../../base/index.ts";
import type { ClaimedJob, JobError, JobTable } from "./job-table.ts";
import type { JobHandler, JobKind, JobProgress } from "./queue.ts";

export const runnerDefaults = {
  /**
   * Times that the process may die while it runs a job before the job is taken for the reason. More
   * than its tries: most deaths are somebody else's doing, a restart or a machine that goes down.
   */
  deaths: 10,
  /** Milliseconds between two notes of a job's progress. */
  progressMs: 1000,
  /** Milliseconds that a job may take to hear that it was aborted. */
  abortMs: 2000,
  /** Milliseconds to wait when the database does not answer. */
  awayMs: 1000,
  /** Milliseconds between tries while the store has no room or does not answer. */
  outageMs: 5000,
  /** Milliseconds from a job's beginning for which such tries do not count: a day. */
  patienceMs: 86_400_000,
} as const;

export interface RunnerOptions<Data> {
  readonly table: JobTable;
  readonly kind: JobKind<Data>;
  readonly concurrency: number;
  readonly handler: JobHandler<Data>;
  readonly claim: string;
  readonly leaseMs: number;
  readonly now: () => number;
  readonly log: Log;
}

export interface Runner {
  /** Looks for jobs now. */
  wake(): void;
  /** What the heartbeat held: what is missing was lost, what is true was cancelled. */
  held(jobs: ReadonlyMap<number, boolean>): void;
  stop(graceMs: number): Promise<void>;
}

type Stop = "cancelled" | "lost" | "stopped" | "late";

interface Running {
  readonly controller: AbortController;
  readonly startedMs: number;
  stop?: Stop;
}

export function createRunner<Data>(options: RunnerOptions<Data>): Runner {
  const { table, kind, concurrency, handler, claim, leaseMs, now, log } = options;
  assert(concurrency > 0, "a kind of job needs room for one");
  const running = new Map<number, Running>();
  const ended = new Set<Promise<void>>();
  let isStopped = false;
  let looking: Promise<void> | undefined;
  let isAgain = false;
  let isAway = false;

  const look = async (): Promise<void> => {
    const room = concurrency - running.size;
    if (room <= 0) return;
    const time = now();
    const jobs = await table.claim(kind.name, claim, room, time, time + leaseMs);
    if (isAway) log.info(`jobs '${kind.name}' go on: the database is back`);
    isAway = false;
    if (isStopped) {
      const back = { due: time, error: null, isGivenBack: true };
      for (const job of jobs) await table.again(job.id, claim, back, time);
      return;
    }
    for (const job of jobs) {
      // Our own, whose claim lapsed while the database was away: it is held again, and goes on.
      if (running.has(job.id)) continue;
      const entry: Running = { controller: new AbortController(), startedMs: performance.now() };
      running.set(job.id, entry);
      const work = runOne(job, entry).finally(() => {
        running.delete(job.id);
        ended.delete(work);
        wake();
      });
      ended.add(work);
    }
  };
  const wake = (): void => {
    if (isStopped) return;
    isAgain = true;
    looking ??= (async () => {
      while (isAgain && !isStopped) {
        isAgain = false;
        try {
          await look();
        } catch (error) {
          if (!isAway) log.warn(`jobs '${kind.name}' wait`, { why: (error as Error).message });
          isAway = true;
          await sleep(runnerDefaults.awayMs, undefined, { ref: false });
        }
      }
      looking = undefined;
    })();
  };

  /** Never rejects. */
  const runOne = async (job: ClaimedJob, entry: Running): Promise<void> => {
    const { id, tries } = job;
    const data = job.data as Data;
    if (job.isCancelled)
      return await tell(entry, () => table.end(id, claim, "cancelled", null, now()));
    if (job.deaths >= runnerDefaults.deaths) return await giveUp(id, data, entry, died(job.deaths));
    try {
      await withLimit(job, entry);
    } catch (cause) {
      const error = errorOf(cause);
      if (entry.stop === "lost") return;
      if (entry.stop === "cancelled") {
        return await tell(entry, () => table.end(id, claim, "cancelled", error, now()));
      }
      if (entry.stop === "stopped") {
        const back = { due: now(), error: null, isGivenBack: true };
        return await tell(entry, () => table.again(id, claim, back, now()));
      }
      if (isOutage(error) && now() - job.createdMs < runnerDefaults.patienceMs) {
        const waitMs = Math.min(runnerDefaults.outageMs, kind.backoffMaxMs);
        const later = { due: now() + waitMs, error, isGivenBack: true };
        return await tell(entry, () => table.again(id, claim, later, now()));
      }
      if (tries >= kind.tries) return await giveUp(id, data, entry, error);
      const backoff = Math.min(kind.backoffMs * 2 ** (tries - 1), kind.backoffMaxMs);
      const again = { due: now() + backoff, error, isGivenBack: false };
      return await tell(entry, () => table.again(id, claim, again, now()));
    }
    await tell(entry, () => table.end(id, claim, "done", null, now()));
  };

  const withLimit = async (job: ClaimedJob, entry: Running): Promise<void> => {
    const { signal } = entry.controller;
    const timer = setTimeout(() => abort(entry, "late"), kind.limitMs);
    const done = handler.run({
      id: job.id,
      data: job.data as Data,
      attempt: job.tries,
      isLastTry: job.tries === kind.tries,
      signal,
      progress: throttled((progress) => table.progress(job.id, claim, progress, now())),
    });
    // One that does not hear its signal is left to itself: its claim is gone soon.
    const deaf = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => {
        setTimeout(() => reject(signal.reason), runnerDefaults.abortMs).unref();
      });
    });
    try {
      await Promise.race([done, deaf]);
    } catch (error) {
      throw entry.stop === "late" ? tooLong(kind.limitMs) : error;
    } finally {
      clearTimeout(timer);
    }
  };

  const giveUp = async (id: number, data: Data, entry: Running, error: JobError): Promise<void> => {
    log.warn(`a job '${kind.name}' has failed`, { id, code: error.code, why: error.message });
    await tell(entry, async () => {
      await handler.failed?.(data, error);
      await table.end(id, claim, "failed", error, now());
    });
  };

  /** Again and again while the claim lasts: the database may be away for a while. */
  const tell = async (entry: Running, say: () => Promise<void>): Promise<void> => {
    const until = performance.now() + leaseMs;
    while (entry.stop !== "lost") {
      try {
        return await say();
      } catch (error) {
        if (isStopped || performance.now() > until) {
          log.warn(`the end of a job '${kind.name}' could not be noted`, {
            why: (error as Error).message,
          });
          return;
        }
        await sleep(runnerDefaults.awayMs, undefined, { ref: false });
      }
    }
  };

  return {
    wake,
    held(jobs) {
      for (const [id, entry] of running) {
        const isCancelled = jobs.get(id);
        // One that was claimed after the heartbeat was asked is not in its answer yet.
        const isNew = performance.now() - entry.startedMs < leaseMs / 2;
        if (isCancelled) abort(entry, "cancelled");
        else if (isCancelled === undefined && !isNew) abort(entry, "lost");
      }
    },
    async stop(graceMs) {
      isStopped = true;
      await looking;
      const all = Promise.all(ended);
      const grace = new AbortController();
      await Promise.race([
        all,
        sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {}),
      ]);
      grace.abort();
      for (const entry of running.values()) abort(entry, "stopped");
      await all;
    },
  };
}

function abort(entry: Running, stop: Stop): void {
  if (entry.controller.signal.aborted) return;
  entry.stop = stop;
  entry.controller.abort(new WaymarkError("JOB_FAILED", `the work was ${stop}`));
}

function throttled(
  write: (progress: JobProgress) => Promise<void>,
): (progress: JobProgress) => void {
  let next = 0;
  return (progress) => {
    if (performance.now() < next) return;
    next = performance.now() + runnerDefaults.progressMs;
    // Nothing depends on it: the next one may go through.
    write(progress).catch(() => {});
  };
}

function errorOf(cause: unknown): JobError {
  if (cause instanceof WaymarkError) return { code: cause.code, message: cause.message };
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: "SERVER_FAULT", message };
}

/** Not the job's doing: it would end as well as any other, were there room. */
function isOutage({ code }: JobError): boolean {
  return code === "STORE_FULL" || code === "STORE_UNAVAILABLE";
}

function tooLong(limitMs: number): WaymarkError {
  return new WaymarkError(
    "JOB_FAILED",
    `the work was given up: it took longer than ${limitMs / 1000} s`,
  );
}

function died(deaths: number): JobError {
  return {
    code: "JOB_FAILED",
    message: `the process that did the work died ${deaths} times while it did it`,
  };
}

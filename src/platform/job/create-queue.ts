/**
 * The queue over its table: one loop per kind that claims what is due, one heartbeat that holds it.
 * A look at an empty queue costs one statement a second; a job some 1 ms besides its own work.
 */
import { randomUUID } from "node:crypto";
import { type Log, silentLog } from "../../base/index.ts";
import type { Database } from "../../store/database.ts";
import { createJobTable } from "./job-table.ts";
import type { JobQueue } from "./queue.ts";
import { createRunner, type Runner } from "./runner.ts";

export const queueDefaults = {
  /** Milliseconds between two looks for what other processes have sent, or what has come due. */
  pollMs: 1000,
  /** Milliseconds that a claim holds without a heartbeat: a dead process's jobs wait so long. */
  leaseMs: 30_000,
  /** Milliseconds between heartbeats: two may be missed. */
  heartbeatMs: 10_000,
  /** Milliseconds after which a transaction that sent a job has usually ended. */
  commitMs: 20,
  /** Milliseconds for which ended jobs are remembered: a week. */
  keepMs: 7 * 86_400_000,
  /** Milliseconds between two clearings of those. */
  purgeMs: 3_600_000,
  /** Milliseconds that running jobs get to finish at a stop. */
  graceMs: 5000,
} as const;

export interface QueueOptions {
  readonly log?: Log;
  /** Epoch milliseconds now. */
  readonly now?: () => number;
  readonly pollMs?: number;
  readonly leaseMs?: number;
  readonly heartbeatMs?: number;
}

export async function createJobQueue(
  database: Database,
  options: QueueOptions = {},
): Promise<JobQueue> {
  const { log = silentLog, now = Date.now } = options;
  const { pollMs = queueDefaults.pollMs, leaseMs = queueDefaults.leaseMs } = options;
  const table = createJobTable(database);
  const claim = randomUUID();
  const runners = new Map<string, Runner>();
  // A PGlite has one process: what it runs is run here, and we have only begun.
  if (database.kind === "pglite") await table.release(now());

  const wake = (): void => {
    for (const runner of runners.values()) runner.wake();
  };
  const beat = async (): Promise<void> => {
    const held = await table.hold(claim, now() + leaseMs);
    for (const runner of runners.values()) runner.held(held);
  };
  const quietly = (what: string, work: () => Promise<unknown>) => (): void => {
    work().catch((error: Error) => log.warn(what, { why: error.message }));
  };
  const timers = [
    setInterval(wake, pollMs),
    setInterval(
      quietly("jobs could not be held", beat),
      options.heartbeatMs ?? queueDefaults.heartbeatMs,
    ),
    setInterval(
      quietly("ended jobs could not be cleared", () => table.purge(now() - queueDefaults.keepMs)),
      queueDefaults.purgeMs,
    ),
  ];
  for (const timer of timers) timer.unref();

  return {
    async send(kind, data, { key = null, tx, delayMs = 0 } = {}) {
      const time = now();
      const row = { data, key, due: time + delayMs };
      const id = await table.insert(tx ?? database.sql, kind, row, time);
      const runner = runners.get(kind.name);
      if (tx) setTimeout(() => runner?.wake(), queueDefaults.commitMs).unref();
      else runner?.wake();
      return id;
    },
    work(kind, concurrency, handler) {
      const runner = createRunner({ table, kind, concurrency, handler, claim, leaseMs, now, log });
      runners.set(kind.name, runner);
      runner.wake();
    },
    async cancel(id) {
      await table.cancel(id, now());
      quietly("jobs could not be held", beat)();
    },
    status: (id) => table.status(id),
    list: ({ kind, limit = 100 } = {}) => table.list(kind, limit),
    count: () => table.count(),
    async stop(graceMs = queueDefaults.graceMs) {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([...runners.values()].map((runner) => runner.stop(graceMs)));
    },
  };
}

/**
 * Worker threads with a time limit per task: one pool of one worker a lane, so that the lane of a
 * task that hangs can be thrown away and begun anew while the others go on.
 */
import { createPool, type Pool } from "../platform/job/worker-pool.ts";

export interface Lanes<In, Out> {
  readonly size: number;
  /**
   * @throws what the worker's handler threw, TimeoutError after the limit, Error when it died
   */
  run(task: In, transfer?: readonly ArrayBuffer[]): Promise<Out>;
  close(): Promise<void>;
}

/** A task took longer than the limit; its thread was ended. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

export interface LaneOptions {
  readonly size: number;
  readonly workerData: unknown;
  /** MiB of JavaScript heap of one worker; the pool's default else. */
  readonly heapMb?: number | undefined;
  /** Milliseconds that a task may take once its lane has begun it. */
  readonly limitMs: number;
}

export function createLanes<In, Out>(workerUrl: URL, options: LaneOptions): Lanes<In, Out> {
  const { size, workerData, limitMs, heapMb } = options;
  const heap = heapMb === undefined ? {} : { heapMb };
  const start = (): Pool<In, Out> =>
    createPool<In, Out>(workerUrl, { size: 1, workerData, ...heap });
  const free: Pool<In, Out>[] = Array.from({ length: size }, start);
  const all = new Set(free);
  const waiting: ((lane: Pool<In, Out>) => void)[] = [];
  let isClosed = false;

  const release = (lane: Pool<In, Out>): void => {
    const next = waiting.shift();
    if (next) next(lane);
    else free.push(lane);
  };
  const replace = (lane: Pool<In, Out>): Pool<In, Out> => {
    all.delete(lane);
    void lane.close();
    const fresh = start();
    if (isClosed) void fresh.close();
    else all.add(fresh);
    return fresh;
  };

  return {
    size,
    async run(task, transfer = []) {
      let lane = free.pop() ?? (await new Promise<Pool<In, Out>>((give) => waiting.push(give)));
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          // First the reason: the pool that is thrown away rejects its task too.
          reject(new TimeoutError(`it took longer than ${limitMs / 1000} s`));
          lane = replace(lane);
        }, limitMs);
      });
      try {
        return await Promise.race([lane.run(task, transfer), limit]);
      } finally {
        clearTimeout(timer);
        release(lane);
      }
    },
    async close() {
      isClosed = true;
      const closed = [...all];
      await Promise.all(closed.map((lane) => lane.close()));
      // Those who still wait are told by a lane that takes no more tasks.
      for (const give of waiting.splice(0)) give(closed[0]!);
    },
  };
}

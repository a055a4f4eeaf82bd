/**
 * A small pool of `node:worker_threads` with typed tasks: one task a worker at a time, first come
 * first served. A worker that dies rejects the task it held and is replaced at the next one; errors
 * keep their code, choices and cause across the thread. Starting a worker costs 30–60 ms, a task
 * 30–50 µs and the copy of what is not transferred.
 */
import { availableParallelism } from "node:os";
import { parentPort, type Transferable, Worker, workerData } from "node:worker_threads";
import { assert, type ErrorCode, WaymarkError } from "../../base/error.ts";

export interface Pool<In, Out> {
  /** The most workers that run at once. */
  readonly size: number;
  /**
   * @param transfer buffers that move to the worker and are gone here
   * @throws what the handler threw; Error when the worker died or the pool was closed
   */
  run(task: In, transfer?: readonly Transferable[]): Promise<Out>;
  /** Ends the workers; tasks that have not finished are rejected. May be called twice. */
  close(): Promise<void>;
}

export const poolDefaults = {
  /** Twice what the largest recording needs: 250 MB of GPX, 2.5 M points, is read within 1024. */
  heapMb: 2048,
  /**
   * MiB of it for what is new. A thread at its limit gets 16 more to end in; where one collection moves
   * more than that into the old part, V8 ends the whole process instead.
   */
  youngMb: 24,
} as const;

export interface PoolOptions {
  /** Workers at once; default `availableParallelism()`. They start when there is work for them. */
  readonly size?: number;
  /** MiB of JavaScript heap of one worker: one that needs more dies, and not the process. */
  readonly heapMb?: number;
  /** Given to every worker's handler; share large read-only data as a SharedArrayBuffer. */
  readonly workerData?: unknown;
}

interface Task<In, Out> {
  readonly input: In;
  readonly transfer: readonly Transferable[];
  readonly resolve: (output: Out) => void;
  readonly reject: (error: Error) => void;
}

type Reply<Out> =
  | { readonly output: Out; readonly error?: undefined }
  | { readonly error: PlainError };

/** @param workerUrl a module that calls `serve`, e.g. `new URL("./x-worker.ts", import.meta.url)` */
export function createPool<In, Out>(workerUrl: URL, options: PoolOptions = {}): Pool<In, Out> {
  const size = options.size ?? availableParallelism();
  assert(Number.isInteger(size) && size > 0, `pool size ${size} is not a positive integer`);
  const waiting: Task<In, Out>[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task<In, Out>>();
  let isClosed = false;

  const start = (): Worker => {
    const worker = new Worker(workerUrl, {
      workerData: options.workerData,
      resourceLimits: {
        maxOldGenerationSizeMb: options.heapMb ?? poolDefaults.heapMb,
        maxYoungGenerationSizeMb: poolDefaults.youngMb,
      },
    });
    worker.on("message", (reply: Reply<Out>) => {
      const task = busy.get(worker);
      busy.delete(worker);
      // An idle worker must not keep the process alive when its pool is forgotten.
      worker.unref();
      idle.push(worker);
      if (reply.error) task?.reject(restoreError(reply.error));
      else task?.resolve(reply.output);
      next();
    });
    const bury = (error: Error): void => {
      const task = busy.get(worker);
      busy.delete(worker);
      const i = idle.indexOf(worker);
      if (i >= 0) idle.splice(i, 1);
      task?.reject(error);
      next();
    };
    worker.on("messageerror", (error) => {
      bury(error);
      void worker.terminate();
    });
    worker.on("error", (error) => {
      bury(error instanceof Error ? error : new Error(`worker threw ${String(error)}`));
    });
    worker.on("exit", (code) => bury(new Error(`worker ${workerUrl.href} exited with ${code}`)));
    return worker;
  };

  const next = (): void => {
    while (waiting.length > 0 && (idle.length > 0 || busy.size < size)) {
      const task = waiting.shift()!;
      const worker = idle.pop() ?? start();
      try {
        worker.postMessage(task.input, task.transfer);
      } catch (error) {
        // What cannot be cloned is the caller's fault; the worker has not seen it.
        idle.push(worker);
        worker.unref();
        task.reject(error as Error);
        continue;
      }
      worker.ref();
      busy.set(worker, task);
    }
  };

  return {
    size,
    run(input, transfer = []) {
      if (isClosed) return Promise.reject(new Error("the pool is closed"));
      return new Promise((resolve, reject) => {
        waiting.push({ input, transfer, resolve, reject });
        next();
      });
    },
    async close() {
      isClosed = true;
      const workers = [...idle, ...busy.keys()];
      const unfinished = [...waiting.splice(0), ...busy.values()];
      busy.clear();
      for (const task of unfinished) task.reject(new Error("the pool was closed"));
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** A result whose buffers move to the caller instead of being copied. */
export class Moved<Out> {
  readonly output: Out;
  readonly transfer: readonly Transferable[];
  constructor(output: Out, transfer: readonly Transferable[]) {
    this.output = output;
    this.transfer = transfer;
  }
}

/**
 * The worker's side: answers every task with what `handle` returns or throws, one at a time.
 * Call it once, at the top level of the worker's module.
 */
export function serve<In, Out, Data = unknown>(
  handle: (task: In, data: Data) => Out | Moved<Out> | Promise<Out | Moved<Out>>,
): void {
  assert(parentPort, "serve is called in a worker");
  const port = parentPort;
  port.on("message", async (task: In) => {
    try {
      const result = await handle(task, workerData as Data);
      if (result instanceof Moved) port.postMessage({ output: result.output }, result.transfer);
      else port.postMessage({ output: result });
    } catch (error) {
      port.postMessage({ error: plainError(error) });
    }
  });
}

/** What of an error survives a structured clone. */
interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: ErrorCode | undefined;
  readonly choices: readonly string[];
  readonly cause: PlainError | undefined;
}

function plainError(error: unknown): PlainError {
  const isError = error instanceof Error;
  return {
    name: isError ? error.name : "Error",
    message: isError ? error.message : String(error),
    stack: isError ? error.stack : undefined,
    code: error instanceof WaymarkError ? error.code : undefined,
    choices: error instanceof WaymarkError ? error.choices : [],
    cause: isError && error.cause !== undefined ? plainError(error.cause) : undefined,
  };
}

function restoreError(plain: PlainError): Error {
  const cause = plain.cause && restoreError(plain.cause);
  let error: Error;
  if (plain.code) {
    error = new WaymarkError(plain.code, plain.message, { cause, choices: plain.choices });
  } else {
    error = new Error(plain.message, cause && { cause });
    Object.defineProperty(error, "name", { value: plain.name });
  }
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

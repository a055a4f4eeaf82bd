/**
 * Threads of Node that call WebAssembly over one shared memory, for what `learn` computes in parallel.
 * Between calls they look at a shared word for some tens of microseconds, then sleep on it and cost
 * nothing. The caller's thread waits for them, so this is for workers and command lines, not for
 * a server's own thread.
 */
import { Worker } from "node:worker_threads";
import { assert } from "../../base/error.ts";
import type { CallArguments, Parallel, Team } from "../../learn/tree/index.ts";
import {
  ARGUMENTS,
  CALL,
  changesSoon,
  GENERATION,
  REMAINING,
  STOP,
  type TeamStart,
} from "./thread-team-words.ts";

/** Milliseconds after which a thread that does not answer is taken for dead. */
const PATIENCE_MS = 60_000;

export interface Threads extends Parallel {
  /** Ends the threads. */
  close(): Promise<void>;
}

/** @param threads the caller's among them, at least 1 */
export function startThreads(threads: number): Threads {
  assert(threads >= 1, "the caller's thread is one");
  const url = new URL("./thread-team-thread.ts", import.meta.url);
  const workers = Array.from({ length: threads - 1 }, () => {
    const worker = new Worker(url);
    // A forgotten team keeps no process alive.
    worker.unref();
    return worker;
  });
  return {
    threads,
    start: (code, memory) => startTeam(workers, code, memory),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function startTeam(
  workers: readonly Worker[],
  code: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Team {
  const words = new Int32Array(
    new SharedArrayBuffer(4 * (ARGUMENTS.begin + workers.length * ARGUMENTS.perThread)),
  );
  const names = WebAssembly.Module.exports(code).map(({ name }) => name);
  workers.forEach((worker, thread) => {
    worker.postMessage({ code, memory, words, thread } satisfies TeamStart);
  });
  const call = (index: number, count: number): void => {
    Atomics.store(words, REMAINING, count);
    Atomics.store(words, CALL, index);
    Atomics.add(words, GENERATION, 1);
    Atomics.notify(words, GENERATION);
  };
  const waitForAll = (): void => {
    for (;;) {
      const left = Atomics.load(words, REMAINING);
      if (left === 0) return;
      if (changesSoon(words, REMAINING, left)) continue;
      if (Atomics.wait(words, REMAINING, left, PATIENCE_MS) === "timed-out") {
        throw new Error(`bug: ${left} of ${workers.length} threads do not answer`);
      }
    }
  };
  return {
    run(name, own, others) {
      assert(others.length <= workers.length, "no more calls than threads");
      others.forEach((given, thread) => {
        writeArguments(words, thread, given);
      });
      for (let thread = others.length; thread < workers.length; thread++) {
        writeArguments(words, thread, undefined);
      }
      call(names.indexOf(name), workers.length);
      own();
      waitForAll();
    },
    stop() {
      call(STOP, workers.length);
      waitForAll();
    },
  };
}

/** How many, then each; −1 where the thread has nothing to do. */
function writeArguments(words: Int32Array, thread: number, given: CallArguments | undefined): void {
  const at = ARGUMENTS.begin + thread * ARGUMENTS.perThread;
  words[at] = given === undefined ? -1 : given.length;
  if (given !== undefined) words.set(given, at + 1);
}

/**
 * Threads of Node that call WebAssembly over one shared memory, for what `learn` computes in parallel.
 * Between calls they look at a shared word for some tens of microseconds, then sleep on it and cost
 * nothing. The caller's thread waits for them, so this is for workers and command lines, not for
 * a server's own thread.
 */
import { Worker } from "node:worker_threads";
import { assert, WaymarkError } from "../../base/error.ts";
import type { CallArguments, Parallel, Team } from "../../learn/tree/index.ts";
import { THREAD_CODE } from "./thread-team-thread.ts";
import { changesSoon, LOOKS, PLACES, STOP, type TeamStart } from "./thread-team-words.ts";

/** Milliseconds after which a thread that does not answer is taken for dead. */
const PATIENCE_MS = 60_000;

/** As many as large machines have; each is an engine of its own with its memory. */
const MOST_THREADS = 256;

export interface Threads extends Parallel {
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * @param threads the caller's among them, 1 … 256
 * @throws WaymarkError OPTION_INVALID
 */
export function startThreads(threads: number): Threads {
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `threads is ${threads}; it must be a whole number of 1 … ${MOST_THREADS}`,
    );
  }
  const workers = Array.from({ length: threads - 1 }, () => {
    const worker = new Worker(THREAD_CODE, { eval: true });
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
    new SharedArrayBuffer(4 * (PLACES.arguments + workers.length * PLACES.perThread)),
  );
  const names = WebAssembly.Module.exports(code).map(({ name }) => name);
  workers.forEach((worker, thread) => {
    worker.postMessage({ code, memory, words, thread } satisfies TeamStart);
  });
  const call = (index: number, count: number): void => {
    Atomics.store(words, PLACES.remaining, count);
    Atomics.store(words, PLACES.call, index);
    Atomics.add(words, PLACES.generation, 1);
    Atomics.notify(words, PLACES.generation);
  };
  const waitForAll = (): void => {
    for (;;) {
      const left = Atomics.load(words, PLACES.remaining);
      if (left === 0) return;
      if (changesSoon(words, PLACES.remaining, left, LOOKS)) continue;
      if (Atomics.wait(words, PLACES.remaining, left, PATIENCE_MS) === "timed-out") {
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
  const at = PLACES.arguments + thread * PLACES.perThread;
  words[at] = given === undefined ? -1 : given.length;
  if (given !== undefined) words.set(given, at + 1);
}

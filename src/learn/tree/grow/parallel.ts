/**
 * Threads that work on the same memory, given from outside: `learn` starts none, so that it runs in a
 * browser's main thread as in a server. Each thread sums its own features, every bin in the order of the
 * rows, so the result is the same bit for bit whatever their number.
 */

/** A call of one exported function, with numbers. */
export type CallArguments = readonly number[];

export interface Parallel {
  /** The caller's thread among them; at least 1. */
  readonly threads: number;
  /** Gives the other threads the code and the memory that they work on. */
  start(code: WebAssembly.Module, memory: WebAssembly.Memory): Team;
}

export interface Team {
  /**
   * Calls an export of the code on every thread, each with its own arguments, and returns when all are
   * done. `own` is the caller's part; `others` are the arguments of the other threads, at most
   * threads − 1 of them.
   */
  run(name: string, own: () => void, others: readonly CallArguments[]): void;
  /** Lets the memory go; the threads may be given other work. */
  stop(): void;
}

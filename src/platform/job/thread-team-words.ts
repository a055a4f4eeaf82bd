/** What a team of threads says to each other: the places of a shared Int32Array. */

/** Rises by one with every call; threads sleep on it. */
export const GENERATION = 0;
/** Threads that have not finished the call. */
export const REMAINING = 1;
/** Which export is called, or STOP. */
export const CALL = 2;
export const STOP = -1;
/** Per thread: how many arguments (−1: nothing to do), then these. */
export const ARGUMENTS = { begin: 4, perThread: 16 } as const;

export interface TeamStart {
  readonly code: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array;
  readonly thread: number;
}

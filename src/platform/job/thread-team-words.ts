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

/**
 * Looks at a word before a thread sleeps on it. Waking one costs some tens of microseconds, as long as
 * many a call takes, and calls follow each other closely: 10,000 looks are 20 to 50 µs.
 */
const LOOKS = 10_000;

/** Whether the word became something other than `value` while it was looked at. */
export function changesSoon(words: Int32Array, word: number, value: number): boolean {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, word) !== value) return true;
  return false;
}

export interface TeamStart {
  readonly code: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array;
  readonly thread: number;
}

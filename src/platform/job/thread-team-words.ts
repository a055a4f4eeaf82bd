/** What a team of threads says to each other: the places of a shared Int32Array. */

export const PLACES = {
  /** Rises by one with every call; threads sleep on it. */
  generation: 0,
  /** Threads that have not finished the call. */
  remaining: 1,
  /** Which export is called, or `stop`. */
  call: 2,
  /** Per thread: how many arguments (−1: nothing to do), then these. */
  arguments: 4,
  perThread: 16,
} as const;
export type Places = typeof PLACES;

/** In place of an export's number. */
export const STOP = -1;

/**
 * Looks at a word before a thread sleeps on it. Waking one costs some tens of microseconds, as long as
 * many a call takes, and calls follow each other closely: 30,000 looks are 60 to 150 µs.
 */
export const LOOKS = 30_000;

/** Whether the word became something other than `value` while it was looked at. */
export type ChangesSoon = typeof changesSoon;
export function changesSoon(
  words: Int32Array,
  word: number,
  value: number,
  looks: number,
): boolean {
  for (let look = 0; look < looks; look++) if (Atomics.load(words, word) !== value) return true;
  return false;
}

export interface TeamStart {
  readonly code: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array;
  readonly thread: number;
}

/**
 * The printed link: a code that signs in as the owner of this machine's server, once, within ten
 * minutes, and over loopback alone. Codes live in memory and end with the process.
 */
import { hashSecret, newSecret } from "./secret.ts";

export interface Door {
  /** A new code; those before it stay good. */
  open(now: number): string;
  /** @returns whether the code was good; it is spent now */
  enter(code: string, now: number): boolean;
}

export const doorDefaults = {
  /** Milliseconds for which a code is good. */
  codeMs: 600_000,
  /** Codes that may wait: the oldest goes. */
  codes: 10,
} as const;

export function createDoor(): Door {
  const ends = new Map<string, number>();
  return {
    open(now) {
      const code = newSecret();
      ends.set(hashSecret(code), now + doorDefaults.codeMs);
      if (ends.size > doorDefaults.codes) ends.delete(ends.keys().next().value!);
      return code;
    },
    enter(code, now) {
      // Looked up by hash: how long it takes says nothing about the code.
      const hash = hashSecret(code);
      const end = ends.get(hash);
      ends.delete(hash);
      return end !== undefined && now < end;
    },
  };
}

/**
 * The list of what was lost or bridged while a file was read. Repairs of one code are added up, so
 * that a file with a thousand faults has one line that says a thousand.
 */
import type { Repair } from "../recording.ts";

export interface Ledger {
  /** Adds `count` to the repair of this code; the first message stands. Zero is nothing. */
  add(code: string, count: number, unit: Repair["unit"], message: string): void;
  /** In the order in which each code was first met. */
  repairs(): readonly Repair[];
}

export function createLedger(): Ledger {
  const byCode = new Map<
    string,
    { code: string; count: number; unit: Repair["unit"]; message: string }
  >();
  return {
    add(code, count, unit, message) {
      if (count === 0) return;
      const known = byCode.get(code);
      if (known === undefined) byCode.set(code, { code, count, unit, message });
      else known.count += count;
    },
    repairs: () => [...byCode.values()],
  };
}

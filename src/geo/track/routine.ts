/**
 * Repairs that sound recordings of sound devices have too: nothing was lost and nothing in the file
 * was wrong, it is only measured with care. They stand with the activity like all others, and are not
 * counted where a mark says that something had to be set right. docs/reference/repairs.md lists them.
 */
import type { ReadingCode } from "./decode/ledger.ts";
import type { RepairCode } from "./repair.ts";

const ROUTINE: Readonly<Partial<Record<RepairCode | ReadingCode, true>>> = {
  // No barometer knows its zero, and no GPS altitude is as good as the ground's.
  "altitude-drift": true,
  "altitude-replaced": true,
  // Every receiver wanders while one waits at a light.
  "parked-jitter": true,
  // How some watches write: two records a moment, no times in the pool, settings in the same file.
  "row-merged": true,
  "pool-lengths": true,
  "no-recording-in-part": true,
};

export const ROUTINE_CODES: readonly string[] = Object.keys(ROUTINE);

/** @param code of any repair; one that is not known is not routine */
export function isRoutine(code: string): boolean {
  return Object.hasOwn(ROUTINE, code);
}

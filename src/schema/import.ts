/**
 * What an import says of one file, on the wire: a line of `waymark import --json`, and the entry
 * that the store keeps so that the same bytes need no second reading. A missing number is null.
 */
import { z } from "zod";
import { repairSchema } from "./activity.ts";

const numberOrNull = z.number().nullable();

export const importedActivitySchema = z.object({
  /** The stored activity; of a duplicate, the one that stands for both. */
  id: z.string(),
  sport: z.string(),
  /** ISO 8601, UTC. */
  start: z.string(),
  distanceM: numberOrNull,
  elapsedS: numberOrNull,
  movingS: numberOrNull,
  gainM: numberOrNull,
  lossM: numberOrNull,
  points: z.number(),
  hasPosition: z.boolean(),
  /** Metres on and off the network; null when the activity was not matched. */
  matchedM: numberOrNull,
  offNetworkM: numberOrNull,
  /** Set when the store already held this activity from another file: nothing was added. */
  duplicateOf: z.string().optional(),
});
export type ImportedActivity = z.infer<typeof importedActivitySchema>;

export const importedFileSchema = z.object({
  file: z.string(),
  /**
   * ok: read as it stands, though routine repairs may have been made; repaired: read, and `repairs`
   * says what was lost or set right.
   */
  status: z.enum(["ok", "repaired", "refused"]),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  repairs: z.array(repairSchema),
  activities: z.array(importedActivitySchema),
  /** True when these bytes were imported before and were not read again. */
  isKnown: z.boolean().optional(),
});
export type ImportedFile = z.infer<typeof importedFileSchema>;

/**
 * The map and the state of the server on the wire: what `GET /api/map` and `GET /api/status` answer.
 * `map.json` in the map folder has the shape of `mapSchema`.
 */
import { z } from "zod";

export const mapSchema = z.object({
  /** What the map shows, for people: "andorra-2025-01-19" or "Demo town". */
  name: z.string().optional(),
  /** [west, south, east, north] in degrees. */
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  attribution: z.string(),
  networkVersion: z.string().nullable(),
});
export type MapInfo = z.infer<typeof mapSchema>;

/** "ready" and "failed" are ends; any other phase is a sentence of what is being done now. */
export const statusSchema = z.object({
  phase: z.string(),
  done: z.number(),
  /** 0 when it is not known how much there is. */
  total: z.number(),
  /** Epoch milliseconds at which this phase began, 0 when there is none. */
  startedMs: z.number(),
  /** What failed, in a sentence; only with phase "failed". */
  message: z.string().optional(),
  /** Whose activities these are, in a sentence, when they are not somebody's own. */
  note: z.string().optional(),
});
export type Status = z.infer<typeof statusSchema>;

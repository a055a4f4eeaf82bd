/**
 * The list of activities on the wire: what `GET /api/activities` takes and answers. Sums cover every
 * activity that the filters let through, not only the page.
 */
import { z } from "zod";
import { activitySummarySchema } from "./activity.ts";

export const LIST_LIMIT_MAX = 500;

export const activityQuerySchema = z.object({
  sport: z.string().min(1).max(40).optional(),
  athlete: z.string().min(1).max(200).optional(),
  /** Words that title, athlete or sport hold, in any order; case and accents do not matter. */
  q: z.string().max(200).optional(),
  /** Epoch milliseconds: start at or after. */
  from: z.coerce.number().int().optional(),
  /** Epoch milliseconds: start before. */
  to: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(100),
  /** `next` of the page before. */
  cursor: z.string().max(300).optional(),
  /** IANA time zone by which months are told apart. */
  zone: z.string().max(60).default("UTC"),
});
export type ActivityQuery = z.infer<typeof activityQuerySchema>;

export const monthSchema = z.object({
  /** "2026-11" in the zone that was asked for. */
  month: z.string(),
  count: z.number(),
  distanceM: z.number(),
  movingS: z.number(),
  gainM: z.number(),
});
export type Month = z.infer<typeof monthSchema>;

export const activityListSchema = z.object({
  activities: z.array(activitySummarySchema),
  /** Cursor of the next page, null on the last. */
  next: z.string().nullable(),
  /** Activities that the filters let through. */
  total: z.number(),
  /** Newest first. */
  months: z.array(monthSchema),
  /** Sports that occur in the store, most frequent first, whatever the filters. */
  sports: z.array(z.string()),
  /** Activities in the store, whatever the filters. */
  stored: z.number(),
});
export type ActivityList = z.infer<typeof activityListSchema>;

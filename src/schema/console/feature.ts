/** Features as the console shows them: what each is, whose, how fresh, and whether served values agree. */
import { z } from "zod";

export const featureHealthSchema = z.object({
  name: z.string(),
  label: z.string(),
  description: z.string(),
  source: z.string(),
  window: z.string(),
  aggregation: z.string(),
  type: z.enum(["numeric", "categorical", "boolean"]),
  owner: z.string(),
  privacy: z.string(),
  freshness: z.string(),
  /** Of the members that were looked at. */
  nullShare: z.number().nullable(),
  /** Shares of the bins between `edges`, one more edge than bins; null where nothing was counted. */
  histogram: z.object({ edges: z.array(z.number()), shares: z.array(z.number()) }).nullable(),
  /** The most frequent of a categorical feature. */
  categories: z.array(z.object({ value: z.string(), share: z.number() })),
  mean: z.number().nullable(),
  /** The feature log against recomputation. */
  replay: z
    .object({ compared: z.number(), mismatches: z.number(), maxDifference: z.number() })
    .nullable(),
});
export type FeatureHealth = z.infer<typeof featureHealthSchema>;

export const featureListSchema = z.object({
  features: z.array(featureHealthSchema),
  setId: z.string(),
  /** Members whose values were counted, and when; null: not yet. */
  members: z.number().nullable(),
  builtMs: z.number().nullable(),
  replay: z.object({ builtMs: z.number(), rows: z.number(), mismatches: z.number() }).nullable(),
  /** Events by which the follower of the log is behind. */
  lag: z.object({ events: z.number() }),
});
export type FeatureList = z.infer<typeof featureListSchema>;

/**
 * A churn score as it is kept and sent: chances of each cause by horizon, the curve of staying, reasons
 * that add up, and what is at risk. Chances are from 0 to 1, points are percentage points.
 */
import { z } from "zod";

export const churnScoreSchema = z.object({
  /** From the snapshot's gap on: within so many days. */
  chances: z.array(z.object({ days: z.number(), voluntary: z.number(), involuntary: z.number() })),
  /** The chance to be a subscriber still, after days. */
  survival: z.array(z.object({ days: z.number(), p: z.number() })),
  /** The 30-day chance of either cause for one of whom nothing in particular is known. */
  typical: z.number(),
  /** With the typical chance they sum to the 30-day chance; the strongest first. */
  reasons: z.array(
    z.object({
      text: z.string(),
      cause: z.enum(["voluntary", "involuntary"]),
      points: z.number(),
    }),
  ),
  /** Minor units of the membership's currency; null where the price is not known. */
  valueAtRisk: z.object({ minor: z.number(), currency: z.string() }).nullable(),
  /** Why something simpler than the model answered; null: the model did. */
  fallback: z.string().nullable(),
});
export type ChurnScore = z.infer<typeof churnScoreSchema>;

/** Members to score: numbers of this store, or the app's own user ids. */
export const scoreRequestSchema = z
  .object({
    memberId: z.coerce.number().int().positive().optional(),
    userId: z.string().min(1).max(500).optional(),
    memberIds: z.array(z.coerce.number().int().positive()).min(1).max(500).optional(),
    userIds: z.array(z.string().min(1).max(500)).min(1).max(500).optional(),
    /** Reasons cost ten times what the chances do. */
    reasons: z.boolean().default(true),
  })
  .refine(
    (asked) =>
      [asked.memberId, asked.userId, asked.memberIds, asked.userIds].filter(
        (value) => value !== undefined,
      ).length === 1,
    "name one of memberId, userId, memberIds and userIds",
  );
export type ScoreRequest = z.infer<typeof scoreRequestSchema>;

export const scoredMemberSchema = z.object({
  /** Null: nobody has that user id. */
  memberId: z.number().nullable(),
  /** As it was asked for. */
  userId: z.string().nullable(),
  /** Null: not at risk (free, on trial, leaving already), or unknown. */
  score: churnScoreSchema.nullable(),
});
export const scoreAnswerSchema = z.object({
  model: z.string(),
  /** Null when no model could answer. */
  version: z.number().nullable(),
  atMs: z.number(),
  members: z.array(scoredMemberSchema),
});
export type ScoreAnswer = z.infer<typeof scoreAnswerSchema>;

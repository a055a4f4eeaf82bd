/**
 * Members as the growth team sees them: the list by risk, one member with its chances and reasons, and
 * its timeline. Chances are from 0 to 1, money is minor units, times epoch milliseconds.
 */
import { z } from "zod";
import { MEMBERSHIP_STATES } from "../billing.ts";

export const causeSchema = z.enum(["voluntary", "involuntary"]);
export type Cause = z.infer<typeof causeSchema>;

export const moneySchema = z.object({ minor: z.number(), currency: z.string() });
export type Money = z.infer<typeof moneySchema>;

/**
 * A chance, and at 95 % the share that left of those who were told about as much when the version was
 * measured; null where that was not: at other horizons than 30 days, and without a model.
 */
export const chanceSchema = z.object({
  p: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type Chance = z.infer<typeof chanceSchema>;

/** One reason in words; `points` are percentage points of the 30-day chance, positive is riskier. */
export const reasonSchema = z.object({
  text: z.string(),
  cause: causeSchema,
  points: z.number(),
});
export type Reason = z.infer<typeof reasonSchema>;

export const memberRowSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  platform: z.string().nullable(),
  country: z.string().nullable(),
  state: z.enum(MEMBERSHIP_STATES),
  plan: z.string().nullable(),
  /** Since when the state holds. */
  stateMs: z.number().nullable(),
  /** Of the first day of the membership that counts; null: never paid. */
  paidSinceMs: z.number().nullable(),
  lastActiveMs: z.number().nullable(),
  /** Within 30 days; null: not scored. */
  risk: z
    .object({ voluntary: chanceSchema, involuntary: chanceSchema, scoredMs: z.number() })
    .nullable(),
  valueAtRisk: moneySchema.nullable(),
  /** The strongest first, three at most. */
  reasons: z.array(reasonSchema),
});
export type MemberRow = z.infer<typeof memberRowSchema>;

export const MEMBER_SORTS = ["value", "risk", "recent", "name"] as const;
export const memberQuerySchema = z.object({
  q: z.string().trim().max(100).optional(),
  state: z.enum(MEMBERSHIP_STATES).optional(),
  plan: z.string().max(200).optional(),
  platform: z.string().max(50).optional(),
  cause: causeSchema.optional(),
  sort: z.enum(MEMBER_SORTS).default("value"),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type MemberQuery = z.infer<typeof memberQuerySchema>;

export const memberListSchema = z.object({
  members: z.array(memberRowSchema),
  next: z.string().nullable(),
  /** Members that the filter leaves. */
  total: z.number(),
  /** Of all members, by state: what filters can choose. */
  states: z.array(z.object({ state: z.enum(MEMBERSHIP_STATES), count: z.number() })),
  plans: z.array(z.string()),
  platforms: z.array(z.string()),
  /** When the scores were made, and by which version; null: no model has scored yet. */
  scored: z.object({ atMs: z.number(), version: z.number() }).nullable(),
});
export type MemberList = z.infer<typeof memberListSchema>;

export const memberDetailSchema = memberRowSchema.extend({
  timeZone: z.string().nullable(),
  signedUpMs: z.number().nullable(),
  /** What names the member elsewhere: "user athlete-07", "stripe_customer cus_…". */
  identities: z.array(z.object({ kind: z.string(), value: z.string() })),
  subscription: z
    .object({
      processor: z.string().nullable(),
      interval: z.string().nullable(),
      price: moneySchema.nullable(),
      periodEndMs: z.number().nullable(),
    })
    .nullable(),
  /** By horizon in days, ascending. */
  chances: z.array(
    z.object({ days: z.number(), voluntary: chanceSchema, involuntary: chanceSchema }),
  ),
  /** The chance of being a subscriber still, after days. */
  survival: z.array(z.object({ days: z.number(), p: z.number() })),
  allReasons: z.array(reasonSchema),
  model: z.object({ version: z.number(), fallback: z.string().nullable() }).nullable(),
  /** Active days of each of the last 52 weeks, the oldest first. */
  weeks: z.array(z.object({ startMs: z.number(), activeDays: z.number() })),
});
export type MemberDetail = z.infer<typeof memberDetailSchema>;

export const TIMELINE_GROUPS = [
  "usage",
  "recording",
  "billing",
  "message",
  "membership",
  "decision",
] as const;
export const timelineEntrySchema = z.object({
  key: z.string(),
  atMs: z.number(),
  /** When we knew, where that is later by more than an hour. */
  knownMs: z.number().nullable(),
  group: z.enum(TIMELINE_GROUPS),
  title: z.string(),
  note: z.string().nullable(),
  /** Where it is about money. */
  amount: moneySchema.nullable(),
  /** Alike entries of a day that stand as one. */
  count: z.number(),
  /** How it turned out, where that matters: a mark beside it. */
  tone: z.enum(["plain", "good", "bad"]),
  /** Of a recording: its page. */
  activityId: z.string().nullable(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const timelineQuerySchema = z.object({
  before: z.coerce.number().int().positive().optional(),
  group: z.enum(TIMELINE_GROUPS).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(60),
});
export const timelineSchema = z.object({
  entries: z.array(timelineEntrySchema),
  /** `before` of the next page. */
  next: z.number().nullable(),
});
export type Timeline = z.infer<typeof timelineSchema>;

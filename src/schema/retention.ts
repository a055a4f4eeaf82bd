/**
 * The Retention page on the wire: figures of all members or of a segment, each with its window, and with
 * an interval (95 %) where it is an estimate. docs/guide/retention.md defines every one. Times are epoch
 * milliseconds UTC, windows from `fromMs` until before `toMs`, money minor units, shares from 0 to 1.
 */
import { z } from "zod";
import { MEMBERSHIP_STATES } from "./billing.ts";

export const CHURN_CAUSES = ["voluntary", "involuntary"] as const;

export const windowSchema = z.object({ fromMs: z.number(), toMs: z.number() });
export type Window = z.infer<typeof windowSchema>;

/** A share: `count` of `n`, with Wilson's interval. All three null where n is 0. */
export const shareSchema = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  count: z.number(),
  n: z.number(),
});
export type Share = z.infer<typeof shareSchema>;

/** Of a month "2026-03" (UTC). */
const monthShareSchema = z.object({ month: z.string(), share: shareSchema });

/** A count now, what it was 28 days before (null: before the first day), and one number a day. */
const countSchema = z.object({
  value: z.number(),
  before: z.number().nullable(),
  series: z.array(z.number()),
});

const churnSchema = z.object({
  /** Those at risk are the ones in a paid spell when it begins. */
  window: windowSchema,
  all: shareSchema,
  voluntary: shareSchema,
  involuntary: shareSchema,
  /** One a day, of the 30 days that end with it; null where nobody was at risk. */
  series: z.object({
    voluntary: z.array(z.number().nullable()),
    involuntary: z.array(z.number().nullable()),
  }),
});

const mrrSchema = countSchema.extend({
  currency: z.string(),
  /** Subscribers whose price the processor does not say, or whose currency has no rate: not in it. */
  unpriced: z.number(),
});

/** Columns of a curve with its band, one entry a point. */
const curveSchema = z.object({
  days: z.array(z.number()),
  value: z.array(z.number()),
  low: z.array(z.number()),
  high: z.array(z.number()),
  /** Members under watch at that point. */
  atRisk: z.array(z.number()),
});
export type RetentionCurve = z.infer<typeof curveSchema>;

/** What moved monthly recurring revenue; gains positive, losses negative: they sum to end − start. */
export const MRR_MOVEMENTS = [
  "new",
  "reactivated",
  "expansion",
  "resumed",
  "contraction",
  "paused",
  "churnedVoluntary",
  "churnedInvoluntary",
] as const;
export type MrrMovement = (typeof MRR_MOVEMENTS)[number];

const movementsSchema = z.object({
  month: z.string(),
  window: windowSchema,
  /** The report begins or ends within the month, and so does the window. */
  isPartial: z.boolean(),
  currency: z.string(),
  startMinor: z.number(),
  endMinor: z.number(),
  moved: z.object(
    Object.fromEntries(MRR_MOVEMENTS.map((name) => [name, z.number()])) as {
      [name in MrrMovement]: z.ZodNumber;
    },
  ),
});

const cohortSchema = z.object({
  /** In which their first paid spell began. */
  month: z.string(),
  members: z.number(),
  /** Kaplan–Meier: still in that spell. */
  curve: curveSchema,
  /** Classic: in any paid spell on day 30 · period; of those who began so long ago. */
  periods: z.array(z.object({ period: z.number(), share: shareSchema })),
});

const byCohortSchema = z.object({
  window: windowSchema,
  share: shareSchema,
  byCohort: z.array(monthShareSchema),
});

export const retentionReportSchema = z.object({
  /** Members of the segment who had joined by the last day. */
  members: z.number(),
  /** Day i of a series begins at fromMs + i · 86,400,000; the last is the last whole day (UTC). */
  days: windowSchema.extend({ count: z.number() }),
  subs: countSchema,
  mau: countSchema,
  wau: countSchema,
  dau: countSchema,
  churn: churnSchema,
  mrr: z.array(mrrSchema),
  /** At the end of the last day; every member is in one. */
  states: z.array(z.object({ state: z.enum(MEMBERSHIP_STATES), count: z.number() })),
  activation: byCohortSchema,
  conversion: z.object({
    /** `open`: trials that are not decided, and not in the share. */
    trialToPaid: byCohortSchema.extend({ open: z.number() }),
    freeToPaid: byCohortSchema,
  }),
  cohorts: z.array(cohortSchema),
  survival: z.object({
    members: z.number(),
    /** Kaplan–Meier over all first paid spells. */
    curve: curveSchema,
    /** Days after which half have ended; null: not yet. */
    medianDays: z.number().nullable(),
    /** Aalen–Johansen: ended by this cause until that day. */
    causes: z.array(z.object({ cause: z.enum(CHURN_CAUSES), curve: curveSchema })),
  }),
  movements: z.array(movementsSchema),
  /** Of the spells that ended, those that ended for want of payment. */
  involuntary: z.object({
    window: windowSchema,
    share: shareSchema,
    byMonth: z.array(monthShareSchema),
  }),
  /** Cases of failed payment, by the month in which they opened: paid within 30 days and kept. */
  recovery: z.object({
    window: windowSchema,
    share: shareSchema,
    byMonth: z.array(monthShareSchema),
  }),
});
export type RetentionReport = z.infer<typeof retentionReportSchema>;

/** What members are told apart by; a member is in one of each, or in none that is named. */
const segment = {
  /** The month in which they joined. */
  cohort: z
    .string()
    .regex(/^\d{4}-\d{2}$/, "is not a month as 2026-03")
    .optional(),
  /** The plan, and its interval, that they first paid for. */
  plan: z.string().max(200).optional(),
  interval: z.enum(["week", "month", "year"]).optional(),
  platform: z.string().max(50).optional(),
};
export const segmentSchema = z.object(segment);
export type Segment = z.infer<typeof segmentSchema>;

export const retentionQuerySchema = z.object({
  ...segment,
  compareCohort: segment.cohort,
  comparePlan: segment.plan,
  compareInterval: segment.interval,
  comparePlatform: segment.platform,
  /** "all": beside everybody. */
  compare: z.literal("all").optional(),
});
export type RetentionQuery = z.infer<typeof retentionQuerySchema>;

/** Few: fewer members than a figure can be made of, or than can stay unnamed. */
export const segmentAnswerSchema = z.object({
  segment: segmentSchema,
  status: z.enum(["ready", "few", "unbuilt"]),
  report: retentionReportSchema.nullable(),
});
export type SegmentAnswer = z.infer<typeof segmentAnswerSchema>;

/** What can be chosen, each with its number of members. */
const choiceSchema = z.array(z.object({ value: z.string(), members: z.number() }));
export const retentionChoicesSchema = z.object({
  cohorts: choiceSchema,
  plans: choiceSchema,
  intervals: choiceSchema,
  platforms: choiceSchema,
  /** Segments with fewer members have no report. */
  fewest: z.number(),
  /** What money was converted to; null: currencies stand apart. */
  converted: z.string().nullable(),
});
export type RetentionChoices = z.infer<typeof retentionChoicesSchema>;

export const retentionAnswerSchema = segmentAnswerSchema.extend({
  compared: segmentAnswerSchema.nullable(),
  choices: retentionChoicesSchema.nullable(),
  /** When it was computed, and of the log up to where; null: not yet. */
  built: z.object({ atMs: z.number(), seq: z.number() }).nullable(),
});
export type RetentionAnswer = z.infer<typeof retentionAnswerSchema>;

/** Name of the reports, one for each segment, and the key of RetentionChoices among them. */
export const RETENTION = "retention";
export const CHOICES_KEY = "choices";

/**
 * The setting "retention.rates": minor units of `to` that a minor unit of a currency is worth. Where it is
 * set, all money is in `to`; else currencies stand apart.
 */
export const RATES_SETTING = "retention.rates";
export const ratesSchema = z.strictObject({
  to: z.string().regex(/^[A-Z]{3}$/, "is not a currency as EUR"),
  rates: z.record(z.string().regex(/^[A-Z]{3}$/), z.number().positive()),
});

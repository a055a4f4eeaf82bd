/**
 * What is written down of a trained model: data, search, metrics with intervals, alarms, gates. The
 * record of a version in the registry, the figures of its card, and what the API and the web app read.
 */
import { z } from "zod";

export const estimateSchema = z.object({
  value: z.number(),
  lower: z.number(),
  upper: z.number(),
});
export type WrittenEstimate = z.infer<typeof estimateSchema>;

export const parametersSchema = z.record(z.string(), z.union([z.number(), z.string()]));
export type Parameters = z.infer<typeof parametersSchema>;

export const dataRecordSchema = z.object({
  rows: z.number(),
  /** Members, or whatever rows belong to. */
  groups: z.number(),
  fromMs: z.number(),
  toMs: z.number(),
  /** Hashes of names and kinds, and of every value: learn/table/fingerprint. */
  schema: z.string(),
  content: z.string(),
  features: z.array(z.string()),
  /** Which definitions the features were computed by. */
  featureSet: z.string(),
});
export type DataRecord = z.infer<typeof dataRecordSchema>;

export const windowSchema = z.object({
  name: z.enum(["train", "calibrate", "test"]),
  fromMs: z.number(),
  /** Nothing that was known later is in its labels. */
  untilMs: z.number(),
  rows: z.number(),
  groups: z.number(),
});
export type Window = z.infer<typeof windowSchema>;

/** One predictor on the test rows of one outcome. */
export const scoreSchema = z.object({
  predictor: z.string(),
  /** Null where every row has the same prediction, or only one label came. */
  auc: estimateSchema.nullable(),
  brier: estimateSchema,
  logLoss: estimateSchema,
  ece: z.number(),
  /** What a perfectly calibrated predictor would stay below on as many rows, 95 %. */
  eceChance: z.number(),
  slope: estimateSchema.nullable(),
  intercept: estimateSchema.nullable(),
});
export type PredictorScore = z.infer<typeof scoreSchema>;

export const reliabilitySchema = z.object({
  predicted: z.number(),
  observed: estimateSchema,
  rows: z.number(),
});
export type ReliabilityBin = z.infer<typeof reliabilitySchema>;

export const outcomeSchema = z.object({
  name: z.string(),
  /** In a sentence: "renewal switched off within 30 days". */
  label: z.string(),
  rows: z.number(),
  events: z.number(),
  rate: estimateSchema,
  /** The model first, then the baselines. */
  scores: z.array(scoreSchema),
  /** Brier score of the baseline less the model's on the same rows: above 0 the model is better. */
  gains: z.array(z.object({ over: z.string(), brier: estimateSchema })),
  reliability: z.array(reliabilitySchema),
  /** Share of the events among the share of rows with the highest predictions. */
  lift: z.array(z.object({ share: z.number(), events: z.number() })),
});
export type OutcomeRecord = z.infer<typeof outcomeSchema>;

export const sliceSchema = z.object({
  outcome: z.string(),
  by: z.string(),
  value: z.string(),
  rows: z.number(),
  groups: z.number(),
  events: z.number(),
  predicted: z.number(),
  observed: estimateSchema,
  auc: estimateSchema.nullable(),
});
export type SliceRecord = z.infer<typeof sliceSchema>;

export const alarmSchema = z.object({
  kind: z.enum([
    "single-feature-auc",
    "future-timestamp",
    "proxy-name",
    "implausible-gain",
    "present-for-positives",
  ]),
  feature: z.string(),
  message: z.string(),
  value: z.number().nullable(),
});
export type Alarm = z.infer<typeof alarmSchema>;

export const gateSchema = z.object({
  name: z.string(),
  /** unsure: the rows are too few to say; it does not hold a model back. */
  verdict: z.enum(["passed", "unsure", "failed"]),
  message: z.string(),
});
export type GateRecord = z.infer<typeof gateSchema>;

/** How one feature was distributed where the model learned. */
export const distributionSchema = z.object({
  feature: z.string(),
  /** Each with a bin, and one for all others; null: `edges` stand between the bins. */
  values: z.array(z.number()).nullable(),
  edges: z.array(z.number()).nullable(),
  counts: z.array(z.number()),
  missing: z.number(),
});
export type DistributionRecord = z.infer<typeof distributionSchema>;

/** How far one feature has moved since. */
export const driftSchema = z.object({
  feature: z.string(),
  /** Population stability index. */
  psi: z.number(),
  /** What as many members reach by chance. */
  chance: z.number(),
  hasDrifted: z.boolean(),
  missingThen: z.number(),
  missingNow: z.number(),
});
export type DriftRecord = z.infer<typeof driftSchema>;

/** Of the members that a version scored. */
export const driftReportSchema = z.object({
  version: z.number(),
  atMs: z.number(),
  members: z.number(),
  features: z.array(driftSchema),
});
export type DriftReport = z.infer<typeof driftReportSchema>;

/** What a card says that figures cannot: for what the model is, what it foretells, what it cannot. */
export const cardTextSchema = z.object({
  title: z.string(),
  /** For what it is to be used, a sentence or two. */
  use: z.string(),
  /** What its numbers mean, exactly. */
  foretells: z.string(),
  limits: z.array(z.string()).readonly(),
});
export type CardText = Readonly<z.infer<typeof cardTextSchema>>;

export const modelRecordSchema = z.object({
  model: z.string(),
  seed: z.number(),
  /** Hash of the code that trained it. */
  code: z.string(),
  data: dataRecordSchema,
  /** Versions whose predictions it was compared with. */
  parents: z.array(z.number()),
  windows: z.array(windowSchema),
  parameters: parametersSchema,
  search: z.array(z.object({ parameters: parametersSchema, loss: z.number() })),
  /** By outcome, how its chances were put right and the held-out log loss of each way. */
  calibration: z.array(
    z.object({
      of: z.string(),
      method: z.enum(["none", "platt", "isotonic"]),
      losses: z.record(z.string(), z.number()),
    }),
  ),
  outcomes: z.array(outcomeSchema),
  slices: z.array(sliceSchema),
  importance: z.array(z.object({ feature: z.string(), value: z.number() })),
  alarms: z.array(alarmSchema),
  /** Brier score of the champion less this model's on the same rows; empty without a champion. */
  versus: z.array(z.object({ version: z.number(), outcome: z.string(), brier: estimateSchema })),
  /** Milliseconds of the processor for one prediction, 99 of 100 below; null: not measured. */
  latencyP99Ms: z.number().nullable(),
  gates: z.array(gateSchema),
  /** Absent: of a version that was trained before they were kept. */
  distributions: z.array(distributionSchema).optional(),
  /** Of its card; absent likewise. */
  text: cardTextSchema.optional(),
});
export type ModelRecord = z.infer<typeof modelRecordSchema>;

export const MODEL_ALIASES = ["candidate", "challenger", "champion"] as const;
export const aliasSchema = z.enum(MODEL_ALIASES);

export const modelVersionSchema = z.object({
  model: z.string(),
  version: z.number(),
  createdMs: z.number(),
  sha256: z.string(),
  aliases: z.array(aliasSchema),
  record: modelRecordSchema,
});
export type ModelVersion = z.infer<typeof modelVersionSchema>;

export const modelMoveSchema = z.object({
  alias: aliasSchema,
  from: z.number().nullable(),
  to: z.number().nullable(),
  atMs: z.number(),
  /** Who did it; null: the server itself. */
  by: z.string().nullable(),
  reason: z.string(),
});
export type ModelMove = z.infer<typeof modelMoveSchema>;

/** What a promotion or a rollback does, or would do. */
export const movePlanSchema = z.object({
  model: z.string(),
  alias: aliasSchema,
  from: z.number().nullable(),
  to: z.number().nullable(),
  gates: z.array(gateSchema),
  isAllowed: z.boolean(),
  isDone: z.boolean(),
  message: z.string(),
});
export type MovePlan = z.infer<typeof movePlanSchema>;

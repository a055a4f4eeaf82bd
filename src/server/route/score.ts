/**
 * `POST /api/scores/churn`: scores of members now. `/api/models…`: versions with their cards and
 * figures, promotion and rollback, a new training. Members' scores are the growth team's, moving a
 * champion is an administrator's.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import { SCORE_CHURN, TRAIN_CHURN } from "../../platform/job/kinds.ts";
import { createRegistry } from "../../platform/registry/registry.ts";
import { cardHtml } from "../../platform/train/card/html.ts";
import { DRIFT_REPORT } from "../../platform/train/distribution.ts";
import { errorSchema } from "../../schema/activity.ts";
import {
  type DriftReport,
  driftReportSchema,
  type ModelVersion,
  modelMoveSchema,
  modelRecordSchema,
  modelVersionSchema,
  movePlanSchema,
} from "../../schema/model.ts";
import { type ScoreAnswer, scoreAnswerSchema, scoreRequestSchema } from "../../schema/score.ts";
import { membersOfUsers } from "../../store/membership-rows.ts";
import type { StoredVersion } from "../../store/models.ts";
import type { Context } from "../app.ts";
import { type Access, callerOf } from "../auth/access.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { CHURN_MODEL } from "../score/churn-scorer.ts";

const ADMIN: Access = { scopes: ["admin"], role: "admin" };
const GROWTH: Access = { scopes: ["admin"], role: "growth" };

const modelName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "is not the name of a model");
const modelParams = z.object({ model: modelName });
const versionParams = z.object({ model: modelName, version: z.coerce.number().int().positive() });
const moveQuery = z.object({
  /** Says what would happen, and does nothing: `?dry`, `?dry=true`. */
  dry: z
    .enum(["", "true", "false"])
    .default("false")
    .transform((said) => said !== "false"),
});
const promoteBody = z.strictObject({
  version: z.number().int().positive(),
  reason: z.string().trim().max(500).optional(),
});
const rollbackBody = z.strictObject({ reason: z.string().trim().max(500).optional() });
const trainBody = z.strictObject({ seed: z.number().int().optional() });
const modelSummarySchema = modelVersionSchema.omit({ record: true }).extend({
  gates: modelRecordSchema.shape.gates,
  outcomes: modelRecordSchema.shape.outcomes,
});
const modelListSchema = z.object({ models: z.array(modelSummarySchema) });
const modelAnswerSchema = modelVersionSchema.extend({
  card: z.string(),
  moves: z.array(modelMoveSchema),
  /** Of the members that it scored last; null where another version did. */
  drift: driftReportSchema.nullable(),
});
const trainingSchema = z.object({
  jobId: z.number(),
  state: z.enum(["waiting", "running", "done", "failed", "cancelled"]),
  progress: z.object({ phase: z.string(), done: z.number(), total: z.number() }).nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

export function scoreRoutes(http: FastifyInstance, { store, queue, churn, now }: Context): void {
  const { models, audit } = store;
  const registry = createRegistry(models);
  const note = (athleteId: number, action: string, subject: string, detail = {}): Promise<void> =>
    audit.add({ atMs: now(), athleteId, action, subject, detail });

  http.post("/api/scores/churn", documented(scoreDocument, GROWTH), async (request, reply) => {
    const asked = parse(scoreRequestSchema, request.body, "the body");
    reply.header("cache-control", "no-store");
    const users = asked.userIds ?? (asked.userId === undefined ? undefined : [asked.userId]);
    const found = users && (await membersOfUsers(store.database, users));
    const ids = users
      ? users.flatMap((userId) => found!.get(userId) ?? [])
      : (asked.memberIds ?? [asked.memberId!]);
    const said = await churn.score(ids, { hasReasons: asked.reasons });
    const byId = new Map(said.members.map(({ memberId, score }) => [memberId, score]));
    const answer: ScoreAnswer = {
      model: CHURN_MODEL,
      version: said.version,
      atMs: said.atMs,
      members: users
        ? users.map((userId) => {
            const memberId = found!.get(userId) ?? null;
            const score = memberId === null ? undefined : byId.get(memberId);
            return { memberId, userId, score: score ?? null };
          })
        : ids.map((memberId) => ({ memberId, userId: null, score: byId.get(memberId) ?? null })),
    };
    return answer;
  });

  const driftOf = async (model: string, version: number): Promise<DriftReport | null> => {
    const report = await store.reports.get(DRIFT_REPORT, model);
    const read = driftReportSchema.safeParse(report?.payload);
    return read.success && read.data.version === version ? read.data : null;
  };

  http.get("/api/models", documented(listDocument, GROWTH), async (_request, reply) => {
    reply.header("cache-control", "no-store");
    const aliases = await models.aliases();
    const versions = await models.list();
    return {
      models: versions.map((version) => {
        const { record, ...rest } = toAnswer(version, aliases);
        return { ...rest, gates: record.gates, outcomes: record.outcomes };
      }),
    };
  });

  http.get(
    "/api/models/:model/:version",
    documented(versionDocument, GROWTH),
    async (request, reply) => {
      const { model, version } = parse(versionParams, request.params, "the address");
      reply.header("cache-control", "no-store");
      const found = await models.get(model, version);
      if (!found) throw new WaymarkError("NOT_FOUND", `model '${model}' has no version ${version}`);
      return {
        ...toAnswer(found, await models.aliases(model)),
        card: found.card,
        moves: await models.moves(model),
        drift: await driftOf(model, version),
      };
    },
  );

  http.get(
    "/api/models/:model/:version/card.html",
    documented(cardDocument, GROWTH),
    async (request, reply) => {
      const { model, version } = parse(versionParams, request.params, "the address");
      const found = await models.get(model, version);
      if (!found) throw new WaymarkError("NOT_FOUND", `model '${model}' has no version ${version}`);
      const text = found.record.text ?? { title: model, use: "", foretells: "", limits: [] };
      reply.header("cache-control", "no-store");
      return reply.type("text/html; charset=utf-8").send(cardHtml(found.record, text, version));
    },
  );

  http.post("/api/models/:model/promote", documented(promoteDocument, ADMIN), async (request) => {
    const { model } = parse(modelParams, request.params, "the address");
    const { dry } = parse(moveQuery, request.query, "the address");
    const { version, reason } = parse(promoteBody, request.body, "the body");
    const byAthleteId = callerOf(request).athlete.id;
    const plan = await registry.promote({
      model,
      version,
      reason,
      byAthleteId,
      now: now(),
      isDry: dry,
    });
    if (plan.isDone) {
      churn.championMoved();
      await queue.send(SCORE_CHURN, {}, { key: model });
      await note(byAthleteId, "model.promote", `model ${model}`, { version, from: plan.from });
    }
    return plan;
  });

  http.post("/api/models/:model/rollback", documented(rollbackDocument, ADMIN), async (request) => {
    const { model } = parse(modelParams, request.params, "the address");
    const { dry } = parse(moveQuery, request.query, "the address");
    const { reason } = parse(rollbackBody, request.body ?? {}, "the body");
    const byAthleteId = callerOf(request).athlete.id;
    const plan = await registry.rollback({ model, reason, byAthleteId, now: now(), isDry: dry });
    if (plan.isDone) {
      churn.championMoved();
      await queue.send(SCORE_CHURN, {}, { key: model });
      const { from, to } = plan;
      await note(byAthleteId, "model.rollback", `model ${model}`, { from, to });
    }
    return plan;
  });

  http.post("/api/models/churn/train", documented(trainDocument, ADMIN), async (request, reply) => {
    const { seed } = parse(trainBody, request.body ?? {}, "the body");
    const jobId = await queue.send(TRAIN_CHURN, { seed }, { key: "churn" });
    await note(callerOf(request).athlete.id, "model.train", "model churn", { seed });
    const { state, progress, error } = await queue.status(jobId);
    return reply.code(202).send({ jobId, state, progress, error });
  });

  http.get("/api/models/churn/train", documented(trainingDocument, GROWTH), async (_, reply) => {
    reply.header("cache-control", "no-store");
    const [newest] = await queue.list({ kind: TRAIN_CHURN.name, limit: 1 });
    if (!newest) throw new WaymarkError("NOT_FOUND", "no training was ever asked for");
    const { id, state, progress, error } = newest;
    return { jobId: id, state, progress, error };
  });
}

function toAnswer(
  { model, version, createdMs, sha256, record }: StoredVersion,
  aliases: readonly { model: string; alias: ModelVersion["aliases"][number]; version: number }[],
): ModelVersion {
  const own = aliases.filter((of) => of.model === model && of.version === version);
  return { model, version, createdMs, sha256, record, aliases: own.map(({ alias }) => alias) };
}

const tags = ["Models"];
const refusals = { 400: errorSchema, 401: errorSchema, 403: errorSchema };
const found = { ...refusals, 404: errorSchema };
const scoreDocument = {
  tags,
  summary: "Chances that members leave, by cause and horizon, with reasons that add up",
  body: scoreRequestSchema,
  response: { 200: scoreAnswerSchema, ...refusals },
};
const listDocument = {
  tags,
  summary: "Versions of all models, newest first, with their aliases and gates",
  response: { 200: modelListSchema, ...refusals },
};
const versionDocument = {
  tags,
  summary: "One version: its card, data, metrics, reliability, slices, alarms, and all moves",
  params: versionParams,
  response: { 200: modelAnswerSchema, ...found },
};
const cardDocument = {
  tags,
  summary: "The card of one version as a page with its pictures",
  params: versionParams,
  response: { 200: z.string(), ...found },
};
const promoteDocument = {
  tags,
  summary:
    "Makes a version champion when its gates let it through; with ?dry says what would happen",
  params: modelParams,
  querystring: moveQuery,
  body: promoteBody,
  response: { 200: movePlanSchema, ...found },
};
const rollbackDocument = {
  tags,
  summary: "The champion before this one decides again; with ?dry says what would happen",
  params: modelParams,
  querystring: moveQuery,
  body: rollbackBody.optional(),
  response: { 200: movePlanSchema, ...found },
};
const trainDocument = {
  tags,
  summary: "Trains the churn model anew and scores everybody; one training at a time",
  body: trainBody.optional(),
  response: { 202: trainingSchema, ...refusals },
};
const trainingDocument = {
  tags,
  summary: "How far the newest training of the churn model is",
  response: { 200: trainingSchema, ...found },
};

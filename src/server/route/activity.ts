/** `/api/activities…`: the list with filters and sums, one activity, its streams, changes, deletion. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import {
  type ActivityAnswer,
  activityAnswerSchema,
  activityChangeSchema,
  activityStreamsSchema,
  errorSchema,
} from "../../schema/activity.ts";
import { activityListSchema, activityQuerySchema } from "../../schema/activity-list.ts";
import { numberOf } from "../../store/activity-store.ts";
import type { Context } from "../app.ts";
import { type Access, callerOf, viewerOf } from "../auth/access.ts";
import { changeActivity } from "../change-activity.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { type Shown, shownDetail, shownWithStreams } from "../shown.ts";
import { readSport } from "../strava/sport.ts";

export const paramsSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "is not an id"),
});

export const READ: Access = { scopes: ["activity:read", "activity:read_all"] };
const WRITE: Access = { scopes: ["activity:write"] };

/** @throws WaymarkError USAGE when the id could not be one, NOT_FOUND when it is none of ours */
export function idOf(request: FastifyRequest): number {
  return numberOf(parse(paramsSchema, request.params, "the address").id);
}

export function activityRoutes(http: FastifyInstance, { store, now }: Context): void {
  const { activities, audit } = store;

  http.get("/api/activities", documented(listDocument, READ), async (request, reply) => {
    const query = parse(activityQuerySchema, request.query, "the query");
    reply.header("cache-control", "private, no-cache");
    return await activities.list(query, viewerOf(request));
  });

  http.get("/api/activities/:id", documented(detailDocument, READ), async (request, reply) => {
    reply.header("cache-control", "private, no-cache");
    return toAnswer(await shownDetail(store, idOf(request), viewerOf(request)));
  });

  http.get(
    "/api/activities/:id/streams",
    documented(streamsDocument, READ),
    async (request, reply) => {
      reply.header("cache-control", "private, no-cache");
      return (await shownWithStreams(store, idOf(request), viewerOf(request))).streams;
    },
  );

  http.patch("/api/activities/:id", documented(changeDocument, WRITE), async (request) => {
    const id = idOf(request);
    const { sport, ...rest } = parse(activityChangeSchema, request.body, "the body");
    const change = { ...rest, sport: sport === undefined ? undefined : readSport(sport) };
    await changeActivity(store, id, change, request, now());
    // A change of who sees it is of its owner, who sees it after; a token sees no more than before.
    const owner = { athleteId: callerOf(request).athlete.id };
    return toAnswer(await shownDetail(store, id, owner, viewerOf(request)));
  });

  http.delete("/api/activities/:id", documented(removeDocument, WRITE), async (request, reply) => {
    const id = idOf(request);
    const { athlete } = callerOf(request);
    // What a token may not see it may not delete either.
    await activities.get(id, viewerOf(request));
    await activities.remove(id, { athleteId: athlete.id }, now());
    const subject = `activity ${id}`;
    await audit.add({ atMs: now(), athleteId: athlete.id, action: "activity.delete", subject });
    return reply.code(204).send();
  });
}

function toAnswer({ owned, detail, isOwn }: Shown): ActivityAnswer {
  return {
    ...detail,
    athleteId: String(owned.athleteId),
    isOwn,
    description: owned.description,
    visibility: owned.visibility,
    hiddenStartM: isOwn ? owned.hiddenStartM : null,
    hiddenEndM: isOwn ? owned.hiddenEndM : null,
    uploadId: isOwn && owned.uploadId !== null ? String(owned.uploadId) : null,
  };
}

const tags = ["Activities"];
const refusals = { 400: errorSchema, 401: errorSchema, 403: errorSchema };
const found = { ...refusals, 404: errorSchema };
const listDocument = {
  tags,
  summary: "The athlete's activities and what others made visible, newest first",
  querystring: activityQuerySchema,
  response: { 200: activityListSchema, ...refusals },
};
const detailDocument = {
  tags,
  summary: "One activity",
  params: paramsSchema,
  response: { 200: activityAnswerSchema, ...found },
};
const streamsDocument = {
  tags,
  summary: "The columns of one activity",
  params: paramsSchema,
  response: { 200: activityStreamsSchema, ...found },
};
const changeDocument = {
  tags,
  summary:
    "Changes an activity of one's own: what it is called, who sees it, which ends are hidden",
  params: paramsSchema,
  body: activityChangeSchema,
  response: { 200: activityAnswerSchema, ...found },
};
const removeDocument = {
  tags,
  summary: "Deletes an activity of one's own, its raw file and its matches, for good",
  params: paramsSchema,
  response: { 204: z.null(), ...found },
};

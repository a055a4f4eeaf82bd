/**
 * Strava's API v3: uploads, the athlete, activities and their streams, so that a client of Strava's
 * needs no more than another address and a token of ours. Refusals have Strava's shape.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import { rowIdSchema } from "../../schema/account.ts";
import {
  STREAM_KEYS,
  type StreamKey,
  stravaActivitySchema,
  stravaAthleteSchema,
  stravaChangeSchema,
  stravaFaultSchema,
  stravaListQuerySchema,
  stravaStreamQuerySchema,
  stravaStreamsSchema,
  stravaSummarySchema,
  stravaUploadRequestSchema,
  stravaUploadSchema,
} from "../../schema/strava.ts";
import type { Viewer } from "../../store/activities.ts";
import type { Context } from "../app.ts";
import { type Access, callerOf, viewerOf } from "../auth/access.ts";
import { changeActivity } from "../change-activity.ts";
import { answerHeaders, parse, pathOf, refusalOf } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { receiveFile } from "../receive-file.ts";
import { shownWithStreams } from "../shown.ts";
import { toStravaFault } from "../strava/fault.ts";
import {
  toStravaActivity,
  toStravaAthlete,
  toStravaStreams,
  toStravaSummary,
  toStravaUpload,
} from "../strava/shape.ts";
import { readSport } from "../strava/sport.ts";
import { ownUpload } from "./upload.ts";

const READ: Access = { scopes: ["activity:read", "activity:read_all"] };
const WRITE: Access = { scopes: ["activity:write"] };
const PROFILE: Access = { scopes: ["profile:read", "activity:read", "activity:read_all"] };
const FORM = "application/x-www-form-urlencoded";

export function stravaRoutes(http: FastifyInstance, context: Context): void {
  const { store, onFault, now } = context;

  const routes = async (scope: FastifyInstance): Promise<void> => {
    const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const refusal = refusalOf(error);
      if (refusal.isFault) onFault(error, request.routeOptions.url ?? "");
      return answerHeaders(reply, refusal)
        .code(refusal.status)
        .send(toStravaFault(refusal, resourceOf(request.url)));
    };
    scope.setErrorHandler(refuse);
    scope.setNotFoundHandler((request, reply) =>
      refuse(
        new WaymarkError("NOT_FOUND", `nothing answers ${request.method} ${pathOf(request.url)}`),
        request,
        reply,
      ),
    );
    scope.addContentTypeParser(FORM, { parseAs: "string" }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))));
    });
    scope.addHook("onRequest", async (_request, reply) => {
      reply.header("cache-control", "no-store");
    });

    scope.post("/uploads", documented(uploadDocument, WRITE), async (request, reply) => {
      const upload = await receiveFile(request, context);
      return reply.code(201).send(toStravaUpload(upload));
    });
    scope.get("/uploads/:id", documented(uploadStatusDocument, WRITE), async (request) =>
      toStravaUpload(await ownUpload(context, request)),
    );

    scope.get("/athlete", documented(athleteDocument, PROFILE), async (request) =>
      toStravaAthlete(callerOf(request).athlete),
    );

    scope.get("/athlete/activities", documented(listDocument, READ), async (request) => {
      const query = parse(stravaListQuerySchema, request.query, "the query");
      const viewer = viewerOf(request);
      const page = await store.activities.page({
        athleteId: callerOf(request).athlete.id,
        viewer,
        beforeMs: query.before === undefined ? undefined : query.before * 1000,
        afterMs: query.after === undefined ? undefined : query.after * 1000,
        page: query.page,
        perPage: query.per_page,
      });
      return page.map(({ summary, ...owned }) => {
        const { shared, athleteId } = owned;
        const cut = shared !== null && athleteId !== viewer.athleteId ? { line: shared.line } : {};
        return toStravaSummary({ ...summary, ...cut }, owned);
      });
    });

    scope.get("/activities/:id", documented(detailDocument, READ), async (request) =>
      answerActivity(context, request, viewerOf(request)),
    );

    scope.put("/activities/:id", documented(changeDocument, WRITE), async (request) => {
      const body = parse(stravaChangeSchema, request.body ?? {}, "the body");
      const sport = body.sport_type ?? body.type;
      const isPrivate =
        body.private === undefined ? undefined : /^(true|1)$/.test(`${body.private}`);
      await changeActivity(
        store,
        idOf(request),
        {
          title: body.name,
          description: body.description ?? (body.description === null ? "" : undefined),
          sport: sport === undefined ? undefined : readSport(sport),
          visibility:
            body.visibility ??
            (isPrivate === undefined ? undefined : isPrivate ? "only_me" : "everyone"),
        },
        request,
        now(),
      );
      return await answerActivity(context, request, { athleteId: callerOf(request).athlete.id });
    });

    const streams = async (request: FastifyRequest, named?: string) => {
      const query = parse(stravaStreamQuerySchema, request.query, "the query");
      const keys = readKeys(named ?? query.keys);
      const shown = await shownWithStreams(store, idOf(request), viewerOf(request));
      const found = toStravaStreams(shown.streams, keys, query.resolution, query.series_type);
      const isByType = query.key_by_type === "true" || query.key_by_type === "1";
      if (!isByType) return found;
      return Object.fromEntries(found.map(({ type, ...stream }) => [type, stream]));
    };
    scope.get("/activities/:id/streams", documented(streamsDocument, READ), (request) =>
      streams(request),
    );
    scope.get("/activities/:id/streams/:keys", documented(keysDocument, READ), (request) =>
      streams(request, parse(keysParams, request.params, "the address").keys),
    );
  };
  http.register(routes, { prefix: "/api/v3" });
}

async function answerActivity({ store }: Context, request: FastifyRequest, viewer: Viewer) {
  const shown = await shownWithStreams(store, idOf(request), viewer, viewerOf(request));
  const { owned, detail, streams, isOwn } = shown;
  const known = isOwn ? owned : { ...owned, uploadId: null, externalId: null };
  return toStravaActivity(detail, known, streams);
}

function idOf(request: FastifyRequest): number {
  return Number(parse(params, request.params, "the address").id);
}

/** @throws WaymarkError USAGE with the choices */
function readKeys(keys: string | readonly string[] | undefined): StreamKey[] {
  const words = [keys ?? []].flat().flatMap((text) => text.split(","));
  if (words.length === 0) return [...STREAM_KEYS];
  return words.map((word) => {
    const key = STREAM_KEYS.find((known) => known === word.trim());
    if (key) return key;
    throw new WaymarkError("USAGE", `'keys' of the query: no stream is '${word.slice(0, 40)}'`, {
      choices: STREAM_KEYS,
    });
  });
}

function resourceOf(url: string): string {
  const path = pathOf(url);
  if (path.includes("/uploads")) return "Upload";
  return path.includes("/activities") ? "Activity" : "Athlete";
}

const params = z.object({ id: rowIdSchema });
const keysParams = params.extend({ keys: z.string().max(200) });

const tags = ["Strava's API v3"];
const refusals = { 400: stravaFaultSchema, 401: stravaFaultSchema, 403: stravaFaultSchema };
const found = { ...refusals, 404: stravaFaultSchema };
const uploadDocument = {
  tags,
  summary: "A recording is uploaded",
  consumes: ["multipart/form-data"],
  body: stravaUploadRequestSchema,
  response: { 201: stravaUploadSchema, ...refusals, 413: stravaFaultSchema },
};
const uploadStatusDocument = {
  tags,
  summary: "What became of an upload",
  params,
  response: { 200: stravaUploadSchema, ...found },
};
const athleteDocument = {
  tags,
  summary: "Whose token it is",
  response: { 200: stravaAthleteSchema, ...refusals },
};
const listDocument = {
  tags,
  summary: "The athlete's activities, newest first",
  querystring: stravaListQuerySchema,
  response: { 200: z.array(stravaSummarySchema), ...refusals },
};
const detailDocument = {
  tags,
  summary: "One activity",
  params,
  response: { 200: stravaActivitySchema, ...found },
};
const changeDocument = {
  tags,
  summary: "An activity is changed",
  params,
  body: stravaChangeSchema,
  response: { 200: stravaActivitySchema, ...found },
};
const streamsDocument = {
  tags,
  summary: "Columns of an activity",
  params,
  querystring: stravaStreamQuerySchema,
  response: { 200: stravaStreamsSchema, ...found },
};
const keysDocument = { ...streamsDocument, params: keysParams };

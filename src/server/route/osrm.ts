/**
 * OSRM's HTTP API v1: `/match/v1/{profile}/{coordinates}` and `/nearest/v1/…`, so that a client of
 * OSRM's needs no more than another address. Refusals have OSRM's codes and status 400; the services
 * that Waymark does not offer say so in the same shape.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import {
  matchAnswerSchema,
  matchBodySchema,
  matchQuerySchema,
  nearestAnswerSchema,
  nearestQuerySchema,
  osrmProblemSchema,
} from "../../schema/osrm.ts";
import type { Context } from "../app.ts";
import { TooManyRequests } from "../auth/attempts.ts";
import { documented } from "../openapi.ts";
import { OsrmProblem } from "../osrm/problem.ts";
import { checkMatch, checkNearest, limitsOf, type Question } from "../osrm/question.ts";
import { readMatchForm, readMatchJson } from "../osrm/read-body.ts";
import { readMatch, readNearest, splitUrl } from "../osrm/read-url.ts";

/** Seconds after which a client may ask again. */
const RETRY_S = 1;

export function osrmRoutes(
  http: FastifyInstance,
  {
    matching,
    matchCoordinates,
    onFault,
  }: Pick<Context, "matching" | "matchCoordinates" | "onFault">,
): void {
  const limits = limitsOf(matchCoordinates);
  // A scope of its own: its bodies stay text, and its refusals have OSRM's shape.
  http.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const problem = problemOf(error);
      // The route's pattern: an address holds where somebody was, which is nothing for a log.
      if (problem.code === "ServerFault") onFault(error, request.routeOptions.url ?? "");
      const isTooSoon = error instanceof TooManyRequests;
      const retryS = isTooSoon ? error.retryS : problem.status === 503 ? RETRY_S : undefined;
      if (retryS !== undefined) reply.header("retry-after", retryS);
      return reply.code(problem.status).send(problem.toJSON());
    });
    scope.removeAllContentTypeParsers();
    for (const type of ["application/json", FORM_TYPE]) {
      const options = { parseAs: "string", bodyLimit: limits.maxBodyBytes } as const;
      scope.addContentTypeParser(type, options, (_request, body, done) => done(null, body));
    }
    // Whoever reaches the server may ask from a page of their own: the map is no secret.
    scope.addHook("onRequest", async (_request, reply) => {
      reply.header("access-control-allow-origin", "*");
      reply.header("cross-origin-resource-policy", "cross-origin");
      reply.header("cache-control", "no-store");
    });

    const answer = async (question: Question, request: FastifyRequest, reply: FastifyReply) => {
      if (!matching) throw new OsrmProblem("DisabledDataset", "this server does not match");
      const gone = new AbortController();
      const onClose = (): void => {
        if (!reply.raw.writableEnded) gone.abort(new ClientGone());
      };
      request.raw.socket.once("close", onClose);
      try {
        const json = await matching.answer(question, gone.signal);
        return reply.type("application/json; charset=utf-8").send(json);
      } finally {
        request.raw.socket.off("close", onClose);
      }
    };
    const answerUrl = async (request: FastifyRequest, reply: FastifyReply) => {
      const { service, profile, coordinates, options } = splitUrl(request.raw.url ?? "");
      if (service === "nearest") {
        const question = readNearest(profile, coordinates, options);
        checkNearest(question);
        return await answer(question, request, reply);
      }
      const question = readMatch(profile, coordinates, options);
      checkMatch(question, limits.maxUrlCoordinates);
      return await answer(question, request, reply);
    };
    const answerBody = async (request: FastifyRequest, reply: FastifyReply) => {
      const { profile, coordinates, options } = splitUrl(request.raw.url ?? "");
      const body = typeof request.body === "string" ? request.body : "";
      const isForm = request.headers["content-type"]?.startsWith(FORM_TYPE) ?? false;
      if (!isForm && options.size > 0 && !isOnlyToken(options)) {
        throw new OsrmProblem("InvalidUrl", "with a JSON body the options go into the body");
      }
      const question = isForm
        ? readMatchForm(profile, coordinates, options, body)
        : readMatchJson(profile, coordinates, body);
      checkMatch(question, limits.maxBodyCoordinates);
      return await answer(question, request, reply);
    };

    scope.get("/match/v1/:profile/*", matchUrlDoc, answerUrl);
    scope.post("/match/v1/:profile", matchBodyDoc, answerBody);
    scope.post("/match/v1/:profile/*", answerBody);
    scope.get("/nearest/v1/:profile/*", nearestDoc, answerUrl);
    otherRoutes(scope);
  });
}

/** Whether an address is of a service of OSRM's, so that its refusals have OSRM's codes. */
export function isOsrmPath(url: string): boolean {
  return /^\/(match|nearest|route|table|trip)(\/|$|\?)/.test(url);
}

const FORM_TYPE = "application/x-www-form-urlencoded";

function isOnlyToken(options: URLSearchParams): boolean {
  return [...options.keys()].every((name) => name === "access_token");
}

/** What is no question that Waymark answers: said in OSRM's words rather than with our own page. */
function otherRoutes(scope: FastifyInstance): void {
  const refuse = async (request: FastifyRequest): Promise<never> => {
    const { service } = splitUrl(request.raw.url ?? "");
    if (service === "nearest" && request.method === "POST") {
      throw new OsrmProblem("NotImplemented", "nearest takes GET only");
    }
    if (["match", "nearest"].includes(service)) {
      throw new OsrmProblem("InvalidUrl", `nothing answers ${request.method} at this address`);
    }
    throw new OsrmProblem("NotImplemented", `the service '${service}' is not offered here yet`);
  };
  const method = ["GET", "POST"];
  for (const service of ["match", "nearest", "route", "table", "trip"]) {
    scope.route({ method, url: `/${service}`, handler: refuse });
    scope.route({ method, url: `/${service}/*`, handler: refuse });
  }
  scope.route({
    method,
    url: "/:service/v1/:profile/*",
    handler: async (request) => {
      const { service } = splitUrl(request.raw.url ?? "");
      const choices = ["match", "nearest"];
      const message = `the service '${service.slice(0, 40)}' is unknown; choose match or nearest`;
      throw new OsrmProblem("InvalidService", message, choices);
    },
  });
  // A page of another origin asks first before it posts JSON.
  scope.options("/match/*", async (_request, reply) =>
    reply
      .header("access-control-allow-methods", "GET, POST")
      .header("access-control-allow-headers", "content-type, authorization")
      .header("access-control-max-age", 86_400)
      .code(204)
      .send(),
  );
}

/** The socket was closed before the answer: nobody is told. */
class ClientGone extends Error {
  override readonly name = "ClientGone";
}

function problemOf(error: unknown): OsrmProblem {
  if (error instanceof OsrmProblem) return error;
  if (error instanceof ClientGone) return new OsrmProblem("Busy", "the client has gone");
  if (error instanceof TooManyRequests) return new OsrmProblem("TooManyRequests", error.message);
  if (error instanceof WaymarkError && error.code === "USAGE") {
    return new OsrmProblem("InvalidUrl", error.message);
  }
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (status === 413) return new OsrmProblem("TooBig", "the body is larger than the limit");
  if (status === 415) {
    const message = `the body must be application/json or ${FORM_TYPE}`;
    return new OsrmProblem("InvalidQuery", message);
  }
  if (typeof status === "number" && status < 500) {
    return new OsrmProblem("InvalidQuery", (error as Error).message);
  }
  return new OsrmProblem("ServerFault", "the server met a fault of its own; its log says more");
}

const TAG = ["OSRM"];
const profileParam = z.string().describe("foot, hike, bike, gravel, mtb, car or an OSRM name");
const coordinatesParam = z.string().describe("lon,lat;lon,lat…, polyline(…) or polyline6(…)");
const refusals = { 400: osrmProblemSchema, 429: osrmProblemSchema, 503: osrmProblemSchema };
const urlParams = z.object({ profile: profileParam, coordinates: coordinatesParam });

const matchUrlDoc = documented({
  tags: TAG,
  summary: "Match a trace to the network",
  params: urlParams,
  querystring: matchQuerySchema,
  response: { 200: matchAnswerSchema, ...refusals },
});
const matchBodyDoc = documented({
  tags: TAG,
  summary: "Match a trace to the network, in a body",
  params: z.object({ profile: profileParam }),
  body: matchBodySchema,
  response: { 200: matchAnswerSchema, ...refusals },
});
const nearestDoc = documented({
  tags: TAG,
  summary: "The nearest places of the network",
  params: urlParams,
  querystring: nearestQuerySchema,
  response: { 200: nearestAnswerSchema, ...refusals },
});

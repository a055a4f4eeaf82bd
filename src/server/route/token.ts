/** `/api/tokens`: personal access tokens. A token is answered once, when it is made. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import {
  createdTokenSchema,
  newTokenSchema,
  rowParamsSchema,
  type Scope,
  scopeSchema,
  type Token,
  tokensSchema,
} from "../../schema/account.ts";
import { errorSchema } from "../../schema/activity.ts";
import type { AccessToken } from "../../store/tokens.ts";
import type { Context } from "../app.ts";
import { callerOf } from "../auth/access.ts";
import { createToken } from "../auth/token.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";

/** Tokens that one athlete may have. */
const TOKENS_MAX = 100;

export function tokenRoutes(http: FastifyInstance, { store, now }: Context): void {
  http.get("/api/tokens", documented(listDocument, "session"), async (request, reply) => {
    reply.header("cache-control", "no-store");
    const tokens = await store.tokens.list(callerOf(request).athlete.id);
    return { tokens: tokens.map(toToken) };
  });

  http.post("/api/tokens", documented(createDocument, "session"), async (request, reply) => {
    const { athlete } = callerOf(request);
    const { name, scopes, days } = parse(newTokenSchema, request.body, "the body");
    if (scopes.includes("admin") && athlete.role !== "admin") {
      throw new WaymarkError("FORBIDDEN", "the scope 'admin' is for administrators");
    }
    if ((await store.tokens.list(athlete.id)).length >= TOKENS_MAX) {
      throw new WaymarkError("FORBIDDEN", `there are ${TOKENS_MAX} tokens; delete some first`);
    }
    const wish = { athleteId: athlete.id, name, scopes, days: days ?? null };
    const { row, token } = await createToken(store, wish, now());
    reply.header("cache-control", "no-store");
    return reply.code(201).send({ ...toToken(row), token });
  });

  http.delete("/api/tokens/:id", documented(removeDocument, "session"), async (request, reply) => {
    const id = Number(parse(rowParamsSchema, request.params, "the address").id);
    const { athlete } = callerOf(request);
    await store.tokens.remove(athlete.id, id);
    const entry = { atMs: now(), athleteId: athlete.id, subject: `token ${id}` };
    await store.audit.add({ ...entry, action: "token.delete" });
    return reply.code(204).send();
  });
}

export function toToken(token: AccessToken): Token {
  const { id, name, scopes, createdMs, expiresMs, usedMs } = token;
  const isKnown = (scope: string): scope is Scope => scopeSchema.safeParse(scope).success;
  return { id: String(id), name, scopes: scopes.filter(isKnown), createdMs, expiresMs, usedMs };
}

const tags = ["Tokens"];
const listDocument = {
  tags,
  summary: "The athlete's tokens, newest first",
  response: { 200: tokensSchema, 401: errorSchema },
};
const createDocument = {
  tags,
  summary: "Makes a token, and answers it this once",
  body: newTokenSchema,
  response: { 201: createdTokenSchema, 400: errorSchema, 403: errorSchema },
};
const removeDocument = {
  tags,
  summary: "Revokes a token, at once",
  params: rowParamsSchema,
  response: { 204: z.null(), 404: errorSchema },
};

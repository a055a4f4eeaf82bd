/**
 * `/api/members/:id`: what the log has of a member, for the growth team, and to erase it, for
 * administrators. `/api/write-keys` and `/api/quarantine`: who may send events, and what was set aside.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { rowParamsSchema } from "../../schema/account.ts";
import { errorSchema } from "../../schema/activity.ts";
import {
  createdWriteKeySchema,
  type MemberEventAnswer,
  memberEventsQuerySchema,
  memberEventsSchema,
  newWriteKeySchema,
  quarantineQuerySchema,
  quarantineSchema,
  writeKeysSchema,
} from "../../schema/member.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import type { Context } from "../app.ts";
import { type Access, callerOf } from "../auth/access.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { createWriteKey, toWriteKeyAnswer } from "../segment/create-write-key.ts";

const ADMIN: Access = { scopes: ["admin"], role: "admin" };
const GROWTH: Access = { scopes: ["admin"], role: "growth" };

export function memberRoutes(http: FastifyInstance, { store, writeKeys, now }: Context): void {
  const { members, events, audit, quarantine } = store;

  http.get(
    "/api/members/:id/events",
    documented(eventsDocument, GROWTH),
    async (request, reply) => {
      const id = Number(parse(rowParamsSchema, request.params, "the address").id);
      const { kind, cursor, limit } = parse(memberEventsQuerySchema, request.query, "the address");
      reply.header("cache-control", "no-store");
      const member = await members.get(id);
      const kinds = kind === undefined ? undefined : [kind];
      const found = await events.ofMember(member.id, { kinds, after: readCursor(cursor), limit });
      const last = found.length < limit ? undefined : found.at(-1);
      const next = last === undefined ? null : `${last.eventMs}.${last.createdMs}.${last.seq}`;
      return { events: found.map(toAnswer), next };
    },
  );

  http.delete("/api/members/:id", documented(eraseDocument, ADMIN), async (request, reply) => {
    const id = Number(parse(rowParamsSchema, request.params, "the address").id);
    await members.erase(id, now());
    await audit.add({
      atMs: now(),
      athleteId: callerOf(request).athlete.id,
      action: "member.erase",
      subject: `member ${id}`,
    });
    return reply.code(204).send();
  });

  http.get("/api/write-keys", documented(keysDocument, ADMIN), async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { writeKeys: (await store.writeKeys.list()).map(toWriteKeyAnswer) };
  });

  http.post("/api/write-keys", documented(createKeyDocument, ADMIN), async (request, reply) => {
    const wish = parse(newWriteKeySchema, request.body, "the body");
    const athleteId = callerOf(request).athlete.id;
    const { row, writeKey } = await createWriteKey(store, { ...wish, athleteId }, now());
    reply.header("cache-control", "no-store");
    return reply.code(201).send({ ...toWriteKeyAnswer(row), writeKey });
  });

  http.delete(
    "/api/write-keys/:id",
    documented(removeKeyDocument, ADMIN),
    async (request, reply) => {
      const id = Number(parse(rowParamsSchema, request.params, "the address").id);
      await store.writeKeys.remove(id);
      writeKeys.forget();
      await audit.add({
        atMs: now(),
        athleteId: callerOf(request).athlete.id,
        action: "write-key.delete",
        subject: `write key ${id}`,
      });
      return reply.code(204).send();
    },
  );

  http.get("/api/quarantine", documented(quarantineDocument, ADMIN), async (request, reply) => {
    const query = parse(quarantineQuerySchema, request.query, "the address");
    reply.header("cache-control", "no-store");
    const rows = await quarantine.list(query);
    return {
      counts: await quarantine.count(),
      rows: rows.map((row) => ({ ...row, id: String(row.id) })),
    };
  });
}

function readCursor(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [eventMs, createdMs, seq] = cursor.split(".").map(Number);
  return { eventMs: eventMs!, createdMs: createdMs!, seq: seq! };
}

function toAnswer({ seq, source, kind, eventMs, createdMs, value, payload }: MemberEvent) {
  const answer = { seq, source, kind, eventMs, createdMs, value: value ?? null };
  return { ...answer, payload: payload as MemberEventAnswer["payload"] };
}

const tags = ["Members"];
const refusals = { 401: errorSchema, 403: errorSchema };
const eventsDocument = {
  tags,
  summary: "Every event of a member, newest first",
  params: rowParamsSchema,
  querystring: memberEventsQuerySchema,
  response: { 200: memberEventsSchema, ...refusals, 404: errorSchema },
};
const eraseDocument = {
  tags,
  summary: "Erases a member, for good; sums over many members stay",
  params: rowParamsSchema,
  response: { 204: z.null(), ...refusals, 404: errorSchema },
};
const keysDocument = {
  tags,
  summary: "Write keys, newest first",
  response: { 200: writeKeysSchema, ...refusals },
};
const createKeyDocument = {
  tags,
  summary: "Makes a write key, and answers it this once",
  body: newWriteKeySchema,
  response: { 201: createdWriteKeySchema, ...refusals, 400: errorSchema },
};
const removeKeyDocument = {
  tags,
  summary: "Ends a write key, at once",
  params: rowParamsSchema,
  response: { 204: z.null(), ...refusals, 404: errorSchema },
};
const quarantineDocument = {
  tags,
  summary: "Events that could not be kept, newest first, and how many of each reason",
  querystring: quarantineQuerySchema,
  response: { 200: quarantineSchema, ...refusals },
};

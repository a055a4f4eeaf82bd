/**
 * Whether the process lives (`/healthz`), whether it can be asked (`/readyz`), and how far the demo
 * world or an import is (`/api/status`).
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { statusSchema } from "../../schema/map.ts";
import type { Context } from "../app.ts";
import { documented } from "../openapi.ts";

export function healthRoutes(
  http: FastifyInstance,
  { store, status, gate, sessions, now }: Context,
): void {
  http.get("/healthz", documented(healthDocument), async () => ({ ok: true }));

  http.get("/readyz", documented(readyDocument), async (_request, reply) => {
    const { phase } = status();
    if (phase !== "ready") {
      return reply.code(503).send({ ok: false, phase });
    }
    await store.database.ping();
    return { ok: true, phase };
  });

  http.get("/api/status", documented(statusDocument), async (request, reply) => {
    reply.header("cache-control", "no-store");
    const { message, ...rest } = status();
    // The sentence may name a file of this machine.
    const isTold = gate.isLocalOnly || (await sessions.find(request, reply, now())) !== null;
    return message !== undefined && isTold ? { ...rest, message } : rest;
  });
}

const tags = ["State"];
const readiness = z.object({ ok: z.boolean(), phase: z.string() });
const healthDocument = {
  tags,
  summary: "Whether the process lives",
  response: { 200: z.object({ ok: z.boolean() }) },
};
const readyDocument = {
  tags,
  summary: "Whether everything is built",
  response: { 200: readiness, 503: readiness },
};
const statusDocument = {
  tags,
  summary: "What is being built, and how far it is",
  response: { 200: statusSchema },
};

/**
 * Whether the process lives (`/healthz`), whether it can be asked (`/readyz`), and how far the demo
 * world, or the matching to a new map, is (`/api/status`).
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import { REMATCH, REMATCH_PHASE } from "../../platform/job/kinds.ts";
import type { JobQueue } from "../../platform/job/queue.ts";
import { type Status, statusSchema } from "../../schema/map.ts";
import type { Context } from "../app.ts";
import { documented } from "../openapi.ts";

export function healthRoutes(
  http: FastifyInstance,
  { store, queue, status, gate, sessions, now }: Context,
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
    const own = status();
    const { message, ...rest } = own.phase === "ready" ? ((await rematching(queue)) ?? own) : own;
    // The sentence may name a file of this machine.
    const isTold = gate.isLocalOnly || (await sessions.find(request, reply, now())) !== null;
    return message !== undefined && isTold ? { ...rest, message } : rest;
  });
}

/** The matching of what is stored to a new map; whichever process does it. */
async function rematching(queue: JobQueue): Promise<Status | undefined> {
  const [job] = await queue.list({ kind: REMATCH.name, limit: 1 }).catch((error: unknown) => {
    // A database that is away is told by those routes that need it.
    if (error instanceof WaymarkError && error.code === "STORE_UNAVAILABLE") return [];
    throw error;
  });
  if (job?.state !== "waiting" && job?.state !== "running") return undefined;
  const { phase, done, total } = job.progress ?? { phase: REMATCH_PHASE, done: 0, total: 0 };
  return { phase, done, total, startedMs: job.createdMs };
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

/**
 * Whether the process lives (`/healthz`), whether it can be asked (`/readyz`), and how far the demo
 * world or an import is (`/api/status`).
 */
import type { FastifyInstance } from "fastify";
import type { Context } from "../app.ts";

export function healthRoutes(http: FastifyInstance, { store, status }: Context): void {
  http.get("/healthz", async () => ({ ok: true }));

  http.get("/readyz", async (_request, reply) => {
    const { phase } = status();
    if (phase !== "ready") {
      return reply.code(503).send({ ok: false, phase });
    }
    await store.list();
    return { ok: true, phase };
  });

  http.get("/api/status", async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return status();
  });
}

/**
 * `GET /api/backup`: the whole store as one archive, for `waymark backup` beside a running server. It
 * holds what no administrator may see, so it is for whoever runs the server: a program of this machine
 * with the server's own token. On PGlite other requests wait while rows are written, as fast as they
 * are taken; a client that stops taking them is let go by the connection's limit.
 */
import type { FastifyInstance } from "fastify";
import { WaymarkError } from "../../base/error.ts";
import { errorSchema } from "../../schema/activity.ts";
import type { Context } from "../app.ts";
import type { Access } from "../auth/access.ts";
import { documented, file } from "../openapi.ts";
import { requireLocal } from "./admin.ts";

const ADMIN: Access = { scopes: ["admin"], role: "admin" };

export function backupRoutes(http: FastifyInstance, context: Context): void {
  const { store, now, onFault, openBackup } = context;
  http.get(
    "/api/backup",
    { ...documented(backupDocument, ADMIN), exposeHeadRoute: false },
    async (request, reply) => {
      const { athlete } = requireLocal(request, "waymark backup");
      if (!openBackup) {
        throw new WaymarkError("NOT_FOUND", "this server was started without a way to back up");
      }
      await store.audit.add({ atMs: now(), athleteId: athlete.id, action: "backup", subject: "" });
      const bytes = openBackup(now());
      bytes.on("error", (error) => onFault(error, "/api/backup"));
      reply.header("cache-control", "no-store");
      return reply.type("application/x-tar").send(bytes);
    },
  );
}

const backupDocument = {
  tags: ["Administration"],
  summary: "The whole store as one archive; for 'waymark backup' on this machine",
  response: { 200: file("application/x-tar", "an archive"), 401: errorSchema, 403: errorSchema },
};

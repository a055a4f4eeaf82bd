/**
 * The web app as files: hashed assets for a year, `index.html` always asked for again, and every
 * address that is no file and no API is the app's own (it routes in the browser).
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { WaymarkError } from "../../base/error.ts";
import type { Context } from "../app.ts";
import { pathOf } from "../error-answer.ts";

const SERVER_PATH = /^\/(api|tiles|assets|healthz|readyz|metrics|enter)(\/|$|\?)/;

export async function webRoutes(http: FastifyInstance, { webFolder }: Context): Promise<void> {
  const root = resolve(webFolder);
  await http.register(fastifyStatic, {
    root,
    serve: existsSync(root),
    index: ["index.html"],
    // What the build wrote beside each file; a browser that takes neither gets the file itself.
    preCompressed: true,
    dotfiles: "deny",
    cacheControl: false,
    setHeaders(reply, path) {
      const isHashed = path.startsWith(join(root, "assets"));
      reply.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });

  http.setNotFoundHandler((request, reply) => {
    const isPage = request.method === "GET" || request.method === "HEAD";
    if (!isPage || SERVER_PATH.test(request.url) || /\.\w{1,8}$/.test(pathOf(request.url))) {
      throw new WaymarkError(
        "NOT_FOUND",
        `nothing answers ${request.method} ${pathOf(request.url)}`,
      );
    }
    if (!existsSync(join(root, "index.html"))) {
      throw new WaymarkError("NOT_FOUND", "the web app is not built; 'npm run web' builds it");
    }
    // Nobody waits for it: that would be one listener more on an answer that has ten.
    reply.sendFile("index.html");
  });
}

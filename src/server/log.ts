/**
 * The server's log of requests: one JSON object a line (pino). It holds what was asked and how it ended,
 * and is made of named fields, so that no header, cookie, query or body can get into it.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type DestinationStream, type Logger, pino } from "pino";
import { pathOf } from "./error-answer.ts";

/** Paths that hold a place on earth: OSRM's coordinates. */
const PLACES = /^(\/(?:match|nearest|route|table|trip|tile)\/v1\/[^/]*)\/.*$/;

export interface RequestLog {
  /** Once a request has ended. */
  request(request: FastifyRequest, reply: FastifyReply): void;
  fault(error: unknown, url: string): void;
}

export function createRequestLog(stream: DestinationStream, level: "info" | "error"): RequestLog {
  const log: Logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Nothing below puts these in; should somebody, they are taken out.
      redact: {
        paths: [
          "headers",
          "*.headers",
          "cookie",
          "*.cookie",
          "authorization",
          "*.authorization",
          "password",
          "*.password",
          "token",
          "*.token",
          "code",
          "*.code",
        ],
        remove: true,
      },
    },
    stream,
  );
  return {
    request(request, reply) {
      log.info({
        id: request.id,
        method: request.method,
        path: pathOf(request.url).replace(PLACES, "$1/…"),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ip: request.ip,
        athlete: request.caller?.athlete.id,
      });
    },
    fault(error, url) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      log.error({ path: pathOf(url), message, stack }, "fault");
    },
  };
}

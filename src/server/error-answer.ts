/**
 * Every refusal in one shape: `{code, message, choices?}` (errorSchema). A `WaymarkError` says its own
 * words; anything else is a fault of ours, told to `onFault` with its stack and to the caller without.
 */
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { ZodType, z } from "zod";
import { type ErrorCode, WaymarkError } from "../base/error.ts";

const STATUS: Partial<Record<ErrorCode, number>> = { NOT_FOUND: 404, USAGE: 400 };

export function answerErrors(
  http: FastifyInstance,
  onFault: (error: unknown, url: string) => void,
): void {
  http.setErrorHandler((error, request, reply) => {
    if (error instanceof WaymarkError) {
      const status = STATUS[error.code] ?? 500;
      if (status === 500) onFault(error, request.url);
      const choices = error.choices.length > 0 ? { choices: error.choices } : {};
      return reply.code(status).send({ code: error.code, message: error.message, ...choices });
    }
    const status = statusOf(error);
    if (status < 500) {
      const message = error instanceof Error ? error.message : "the request is not well formed";
      return reply.code(status).send({ code: "USAGE", message });
    }
    onFault(error, request.url);
    return reply.code(500).send({
      code: "SERVER_FAULT",
      message: "the server met a fault of its own; its log says more",
    });
  });
}

/**
 * What the caller said, as the schema understands it.
 *
 * @throws WaymarkError USAGE with what came, what was expected
 */
export function parse<S extends ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = issue.path.length > 0 ? `'${issue.path.join(".")}' of ` : "";
  throw new WaymarkError("USAGE", `${where}${what}: ${issue.message}`);
}

/** Answers bytes that are no request, or one whose line and headers are too long, on the bare socket. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLong = error.code === "HPE_HEADER_OVERFLOW";
  const isLate = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const status = isTooLong
    ? "431 Request Header Fields Too Large"
    : isLate
      ? "408 Request Timeout"
      : "400 Bad Request";
  const message = isTooLong
    ? "the address and headers are longer than 64 KiB; a POST takes more"
    : isLate
      ? "the request did not come to its end in time"
      : "the bytes are no HTTP request";
  const body = JSON.stringify({ code: "USAGE", message });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** The status that the HTTP layer gives to its own refusals (bad URL, body too large …). */
function statusOf(error: unknown): number {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === "number" && status >= 400 ? status : 500;
}

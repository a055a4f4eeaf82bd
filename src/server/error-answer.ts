/**
 * Every refusal in one shape: `{code, message, choices?}` (errorSchema). A `WaymarkError` says its own
 * words; anything else is a fault of ours, told to `onFault` with its stack and to the caller without.
 */
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodType, z } from "zod";
import { ERROR_CODES, type ErrorCode, WaymarkError } from "../base/error.ts";
import { TooManyRequests } from "./auth/attempts.ts";

const STATUS: Partial<Record<ErrorCode, number>> = {
  USAGE: 400,
  TRACK_EMPTY: 400,
  SIGN_IN_NEEDED: 401,
  SIGN_IN_FAILED: 401,
  WEBHOOK_FORGED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  EMAIL_TAKEN: 409,
  TRACK_TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  STORE_UNAVAILABLE: 503,
  STORE_FULL: 507,
};

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly choices: readonly string[];
  /** A fault of ours, for the log. */
  readonly isFault: boolean;
  /** Seconds after which the same may be asked again, where that is known. */
  readonly retryS: number | undefined;
}

/** Longest sentence of an answer: a message may quote what came. */
const MESSAGE_MAX = 500;
/** Seconds after which a database that was away may be back. */
const AWAY_RETRY_S = 5;

export function answerErrors(
  http: FastifyInstance,
  onFault: (error: unknown, url: string) => void,
): void {
  http.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal.isFault) onFault(error, pathOf(request.url));
    const { status, code, message, choices } = refusal;
    return answerHeaders(reply, refusal)
      .code(status)
      .send({ code, message, ...(choices.length > 0 ? { choices } : {}) });
  });
}

/** Headers that a refusal has in every shape. */
export function answerHeaders(reply: FastifyReply, { status, retryS }: Refusal): FastifyReply {
  if (retryS !== undefined) reply.header("retry-after", retryS);
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.header("cache-control", "no-store");
}

/** What a caller may know of an error. A fault of ours keeps its words for the log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof WaymarkError) {
    const status = STATUS[error.code] ?? 500;
    return {
      status,
      code: error.code,
      message: (status < 500 ? error.message : ERROR_CODES[error.code]).slice(0, MESSAGE_MAX),
      choices: error.choices,
      isFault: status >= 500,
      retryS:
        error instanceof TooManyRequests ? error.retryS : status === 503 ? AWAY_RETRY_S : undefined,
    };
  }
  const status = statusOf(error);
  const isFault = status >= 500;
  const said = error instanceof Error ? error.message : "the request is not well formed";
  return {
    status,
    code: isFault ? "SERVER_FAULT" : "USAGE",
    message: isFault
      ? "the server met a fault of its own; its log says more"
      : said.slice(0, MESSAGE_MAX),
    choices: [],
    isFault,
    retryS: undefined,
  };
}

/** Without the query, which may hold a secret, and no longer than anybody reads. */
export function pathOf(url: string): string {
  return url.split("?", 1)[0]!.slice(0, 200);
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
  const choices = issue.code === "invalid_value" ? issue.values.map(String) : [];
  throw new WaymarkError("USAGE", `${where}${what}: ${issue.message}`, { choices });
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

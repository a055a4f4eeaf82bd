/**
 * Segment's HTTP tracking API: `POST /v1/{track,identify,page,screen,group,alias,batch}`. Answered with
 * `{"success":true}` when what came is durable. A request that cannot be read is refused; an event that
 * cannot be kept is set aside with its reason, and the others are kept.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { WaymarkError } from "../../base/error.ts";
import { errorSchema } from "../../schema/activity.ts";
import {
  SEGMENT_TYPES,
  type SegmentType,
  segmentAnswerSchema,
  segmentBatchSchema,
  segmentLimits,
  segmentMessageSchema,
} from "../../schema/segment.ts";
import type { NewQuarantined } from "../../store/quarantine.ts";
import type { Context } from "../app.ts";
import { TooManyRequests } from "../auth/attempts.ts";
import { answerHeaders, parse, pathOf, refusalOf } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { readJson, tooLarge, unpack } from "../segment/read-body.ts";
import { type Arrival, type ReadMessage, Refused, readMessage } from "../segment/read-message.ts";
import { writeKeyOf } from "../segment/write-key.ts";

export const segmentDefaults = {
  /** Bytes of bodies that are read or wait at one time, before senders are told to come back. */
  bytesMax: 64 * 1024 * 1024,
  /** Requests a minute of one address off this machine: it may be a whole network of telephones. */
  requestsPerMinute: 30_000,
} as const;

/** Whether a request reached Segment's API: it is asked with a write key, never in a session's name. */
export function isSegmentRoute({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith("/v1/") ?? false;
}

export function segmentRoutes(
  http: FastifyInstance,
  { intake, writeKeys, onFault, now }: Pick<Context, "intake" | "writeKeys" | "onFault" | "now">,
): void {
  let bytes = 0;
  // A scope of its own: its bodies stay bytes, and sizes are refused with Segment's status.
  http.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const isSize = (error as { statusCode?: unknown }).statusCode === 413;
      const refusal = refusalOf(isSize ? tooLarge() : error);
      if (refusal.isFault) onFault(error, pathOf(request.url));
      const { status, code, message, choices } = refusal;
      return answerHeaders(reply, refusal)
        .code(status)
        .send({ code, message, ...(choices.length > 0 ? { choices } : {}) });
    });
    scope.removeAllContentTypeParsers();
    // Browsers send text/plain, because that needs no question beforehand.
    const options = { parseAs: "buffer", bodyLimit: segmentLimits.batchBytes } as const;
    scope.addContentTypeParser("*", options, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", async (request, reply) => {
      allowAnyOrigin(reply);
      if (request.method === "OPTIONS") return;
      // Bodies are held until they are durable: what they may need is set apart before they are read.
      const length = Number(request.headers["content-length"]);
      const isPlain = request.headers["content-encoding"] === undefined;
      const needed = isPlain && length >= 0 ? length : segmentLimits.batchBytes;
      if (bytes > 0 && bytes + needed > segmentDefaults.bytesMax) {
        throw new TooManyRequests(1, "too much is being read at this moment; come back in 1 s");
      }
      bytes += needed;
      reply.raw.once("close", () => {
        bytes -= needed;
      });
    });

    const receive = async (request: FastifyRequest, reply: FastifyReply, type?: SegmentType) => {
      const receivedMs = now();
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const body = readJson(await unpack(raw, request.headers["content-encoding"]));
      const door = await writeKeys.open(writeKeyOf(request, body), receivedMs);
      if (door === undefined) {
        throw new WaymarkError(
          "SIGN_IN_NEEDED",
          "the write key is unknown; send it as writeKey, or in Authorization as Basic or Bearer",
        );
      }
      const { kind, isTrusted } = door;
      const arrival = { receivedMs, door: kind, isTrusted, type, sentAt: body.sentAt };
      const messages = type === undefined ? batchOf(body) : [body];
      const parcel = readAll(messages, arrival);
      const [first] = parcel.refused;
      if (type !== undefined && first?.reason === "too_large") {
        throw new WaymarkError("USAGE", `the event has ${first.message}`);
      }
      await intake.add(parcel);
      return reply.send({ success: true });
    };

    const config = { rateLimit: { max: segmentDefaults.requestsPerMinute, timeWindow: 60_000 } };
    const route = (path: string, type?: SegmentType): void => {
      const documentOf = type === undefined ? batchDocument : messageDocument(type);
      const options = documented(documentOf);
      scope.post(path, { ...options, config: { ...options.config, ...config } }, (request, reply) =>
        receive(request, reply, type),
      );
    };
    for (const type of SEGMENT_TYPES) route(`/v1/${type}`, type);
    route("/v1/batch");
    scope.options("/v1/*", { config: { access: "public" } }, async (_request, reply) => {
      reply.header("access-control-allow-methods", "POST");
      reply.header("access-control-allow-headers", "authorization, content-type, content-encoding");
      reply.header("access-control-max-age", "86400");
      return reply.code(204).send();
    });
  });
}

/** A page of the app's own site sends here; no cookie comes with it, and nothing but success is answered. */
function allowAnyOrigin(reply: FastifyReply): void {
  reply.header("access-control-allow-origin", "*");
  reply.header("cross-origin-resource-policy", "cross-origin");
  reply.header("cache-control", "no-store");
}

function batchOf(body: Readonly<Record<string, unknown>>): readonly unknown[] {
  const { batch } = parse(segmentBatchSchema, body, "the body");
  if (batch.length <= segmentLimits.batchEvents) return batch;
  throw new WaymarkError(
    "USAGE",
    `the batch has ${batch.length} events; at most ${segmentLimits.batchEvents}`,
  );
}

function readAll(raw: readonly unknown[], arrival: Arrival) {
  const messages: ReadMessage[] = [];
  const refused: NewQuarantined[] = [];
  for (const each of raw) {
    const read = readMessage(each, arrival);
    if (!(read instanceof Refused)) {
      messages.push(read);
      continue;
    }
    const { reason, message } = read;
    // What is nested too deep cannot be written either.
    const body = reason === "too_deep" ? "" : withoutKey(each);
    refused.push({ source: "segment", reason, message, body });
  }
  return { messages, refused, receivedMs: arrival.receivedMs };
}

function withoutKey(message: unknown): string {
  return (
    JSON.stringify(message, (name, value: unknown) => (name === "writeKey" ? undefined : value)) ??
    ""
  );
}

const tags = ["Events"];
const response = { 200: segmentAnswerSchema, 400: errorSchema, 401: errorSchema, 429: errorSchema };
const batchDocument = {
  tags,
  summary: "Up to 2,500 messages as Segment's SDKs send them, with a write key",
  body: segmentBatchSchema,
  response,
};
const WHAT: Readonly<Record<SegmentType, string>> = {
  track: "What a member did",
  identify: "Who a member is: traits, and ids elsewhere",
  page: "A page that a member looked at",
  screen: "A screen that a member looked at",
  group: "A group that a member belongs to",
  alias: "An earlier id is the same member: both become one",
};
function messageDocument(type: SegmentType) {
  return {
    tags,
    summary: `${WHAT[type]}; with a write key`,
    body: segmentMessageSchema,
    response,
  };
}

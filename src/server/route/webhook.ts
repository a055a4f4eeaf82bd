/**
 * `/webhooks/…`: where payment processors send what happens to subscriptions; and what administrators see
 * of it. Answered 200 when it is durable, whatever it said; only who does not prove to be the processor
 * is refused. The bytes are kept as they came, because signatures are over them.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import { rowParamsSchema } from "../../schema/account.ts";
import { errorSchema } from "../../schema/activity.ts";
import type { Processor } from "../../schema/billing.ts";
import {
  createdWebhookEndpointSchema,
  newWebhookEndpointSchema,
  type WebhookAnswer,
  webhookDoorParamsSchema,
  webhookEndpointsSchema,
  webhookParamsSchema,
  webhookQuerySchema,
  webhookReceiptSchema,
  webhookSchema,
  webhooksSchema,
} from "../../schema/webhook.ts";
import type { WebhookEndpoint } from "../../store/webhook-endpoints.ts";
import type { Webhook } from "../../store/webhooks.ts";
import type { Context } from "../app.ts";
import { type Access, callerOf } from "../auth/access.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { createEndpoint, toEndpointAnswer } from "../webhook/create-endpoint.ts";
import { createEndpointCache } from "../webhook/endpoint-cache.ts";
import { checkKnock, type Knock } from "../webhook/open-webhook.ts";
import { readWebhook } from "../webhook/read-webhook.ts";
import { retakeWebhook } from "../webhook/retake-webhook.ts";

const ADMIN: Access = { scopes: ["admin"], role: "admin" };

export const webhookRouteDefaults = {
  /** Bytes of a body: Stripe's largest are some hundred kilobytes. */
  bodyBytes: 1024 * 1024,
  /** Requests a minute of one address: all renewals of a month may come from one of Stripe's in an hour. */
  requestsPerMinute: 60_000,
} as const;

/** What became of a request to a webhook's address, for the metrics. */
export interface WebhookFate {
  readonly processor: Processor;
  readonly outcome: "taken" | "ignored" | "quarantined" | "repeated" | "refused";
}

declare module "fastify" {
  interface FastifyRequest {
    webhookFate: WebhookFate | null;
  }
}

export async function webhookRoutes(http: FastifyInstance, context: Context): Promise<void> {
  const { store, now } = context;
  const endpoints = createEndpointCache(store.webhookEndpoints);
  http.decorateRequest("webhookFate", null);

  const take = async (
    request: FastifyRequest,
    processor: Processor,
    candidates: readonly WebhookEndpoint[],
  ) => {
    const receivedMs = now();
    request.webhookFate = { processor, outcome: "refused" };
    const knock = knockOf(request);
    const endpoint = whoseDoor(candidates, knock, receivedMs);
    // A byte that is no UTF-8 is in no JSON that a processor writes.
    const webhook = readWebhook(endpoint, knock.body.toString("utf8"), receivedMs);
    const { status } = await store.webhooks.receive(webhook);
    request.webhookFate = { processor, outcome: status };
    await endpoints.touch(endpoint, receivedMs);
    return { status };
  };

  // A parser of bodies for these routes alone: the bytes, whatever their type says.
  await http.register(async (door) => {
    door.removeAllContentTypeParsers();
    door.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
      done(null, body);
    });
    door.post("/webhooks/:processor/:id", doorOptions(doorDocument), async (request) => {
      const { processor, id } = parse(webhookDoorParamsSchema, request.params, "the address");
      const endpoint = await endpoints.find(Number(id), now());
      if (endpoint?.processor !== processor) {
        throw new WaymarkError("NOT_FOUND", `there is no webhook endpoint ${id} of ${processor}`);
      }
      return await take(request, processor, [endpoint]);
    });
    door.post("/webhooks/stripe", doorOptions(stripeDocument), async (request) => {
      const open = await endpoints.list("stripe", now());
      if (open.length === 0) {
        throw new WaymarkError("NOT_FOUND", "there is no webhook endpoint of stripe");
      }
      return await take(request, "stripe", open);
    });
  });

  http.get("/api/webhook-endpoints", documented(listDocument, ADMIN), async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { endpoints: (await store.webhookEndpoints.list()).map(toEndpointAnswer) };
  });

  http.post("/api/webhook-endpoints", documented(createDocument, ADMIN), async (request, reply) => {
    const wish = parse(newWebhookEndpointSchema, request.body, "the body");
    const { endpoint, secret } = await createEndpoint(store.webhookEndpoints, wish, now());
    endpoints.forget();
    await note(request, "webhook-endpoint.create", `webhook endpoint ${endpoint.id}`);
    reply.header("cache-control", "no-store");
    return reply.code(201).send({ ...toEndpointAnswer(endpoint), secret });
  });

  http.delete(
    "/api/webhook-endpoints/:id",
    documented(removeDocument, ADMIN),
    async (request, reply) => {
      const id = Number(parse(rowParamsSchema, request.params, "the address").id);
      await store.webhookEndpoints.remove(id, now());
      endpoints.forget();
      await note(request, "webhook-endpoint.delete", `webhook endpoint ${id}`);
      return reply.code(204).send();
    },
  );

  http.get("/api/webhooks", documented(webhooksDocument, ADMIN), async (request, reply) => {
    const query = parse(webhookQuerySchema, request.query, "the query");
    const [{ webhooks, next }, counts] = await Promise.all([
      store.webhooks.list(query),
      store.webhooks.count(),
    ]);
    reply.header("cache-control", "no-store");
    return { webhooks: webhooks.map(toWebhookAnswer), counts, next };
  });

  http.post(
    "/api/webhooks/:processor/:id/retry",
    documented(retryDocument, ADMIN),
    async (request) => {
      const { processor, id } = parse(webhookParamsSchema, request.params, "the address");
      const webhook = await retakeWebhook(store, processor, id, now());
      await note(request, "webhook.retry", `webhook ${processor} ${id}`);
      return toWebhookAnswer(webhook);
    },
  );

  const note = (request: FastifyRequest, action: string, subject: string): Promise<void> =>
    store.audit.add({ atMs: now(), athleteId: callerOf(request).athlete.id, action, subject });
}

function knockOf(request: FastifyRequest): Knock {
  const { token } = request.query as { readonly token?: unknown };
  return {
    headers: request.headers,
    token: typeof token === "string" ? token : undefined,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}

/** The one whose secret it knows. @throws WaymarkError WEBHOOK_FORGED */
function whoseDoor(
  candidates: readonly WebhookEndpoint[],
  knock: Knock,
  now: number,
): WebhookEndpoint {
  let refusal: unknown;
  for (const endpoint of candidates) {
    try {
      checkKnock(endpoint, knock, now);
      return endpoint;
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

export function toWebhookAnswer(webhook: Webhook): WebhookAnswer {
  const { processor, externalId, endpointId, type, eventMs, receivedMs, status, reason } = webhook;
  return {
    processor,
    id: externalId,
    endpointId: endpointId === null ? null : String(endpointId),
    type,
    eventMs,
    receivedMs,
    status,
    reason,
  };
}

function doorOptions(document: Parameters<typeof documented>[0]) {
  const { bodyBytes: bodyLimit, requestsPerMinute: max } = webhookRouteDefaults;
  const { config, ...rest } = documented(document, "public");
  return { ...rest, bodyLimit, config: { ...config, rateLimit: { max, timeWindow: 60_000 } } };
}

const tags = ["Webhooks"];
const refusals = { 400: errorSchema, 401: errorSchema, 403: errorSchema };
const doorDocument = {
  tags,
  summary: "Where a payment processor sends its webhooks; its signature or secret opens the door",
  params: webhookDoorParamsSchema,
  body: z.looseObject({}),
  response: { 200: webhookReceiptSchema, 400: errorSchema, 401: errorSchema, 404: errorSchema },
};
const stripeDocument = {
  tags,
  summary: "The same for Stripe: the endpoint is the one whose secret signed",
  body: z.looseObject({}),
  response: { 200: webhookReceiptSchema, 400: errorSchema, 401: errorSchema, 404: errorSchema },
};
const listDocument = {
  tags,
  summary: "Endpoints for webhooks, without their secrets",
  response: { 200: webhookEndpointsSchema, ...refusals },
};
const createDocument = {
  tags,
  summary: "Opens an endpoint; a secret that is made here is answered this once",
  body: newWebhookEndpointSchema,
  response: { 201: createdWebhookEndpointSchema, ...refusals },
};
const removeDocument = {
  tags,
  summary: "Closes an endpoint; what it brought stays",
  params: rowParamsSchema,
  response: { 204: z.null(), ...refusals, 404: errorSchema },
};
const webhooksDocument = {
  tags,
  summary: "What came, newest first, and what became of it",
  querystring: webhookQuerySchema,
  response: { 200: webhooksSchema, ...refusals },
};
const retryDocument = {
  tags,
  summary: "Reads a quarantined webhook once more",
  params: webhookParamsSchema,
  body: z.strictObject({}).optional(),
  response: { 200: webhookSchema, ...refusals, 404: errorSchema },
};

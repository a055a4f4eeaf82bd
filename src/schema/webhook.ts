/**
 * Doors of payment processors on the wire: an endpoint is one account of a processor, with its secret
 * and how what comes there is read; a webhook is one thing that came.
 */
import { z } from "zod";
import { rowIdSchema } from "./account.ts";
import { PROCESSORS } from "./billing.ts";

export const processorSchema = z.enum(PROCESSORS);
/** live: what comes is known when it comes; history: it was known when it happened. */
export const doorKindSchema = z.enum(["live", "history"]);

/** How the webhooks of an endpoint are read; what is absent is as `billingDefaults` of lifecycle says. */
export const webhookOptionsSchema = z.strictObject({
  /** Stripe: whether a member keeps access while a failed payment is tried again. */
  pastDue: z.enum(["grace", "hold"]).optional(),
  /** Stripe: what `unpaid` means, where an account ends its tries with it. */
  unpaid: z.enum(["ended", "hold"]).optional(),
  /**
   * Stripe: which webhooks tell of attempts: those of charges and payment intents, with the reason of a
   * decline, or, where these are not sent, those of invoices.
   */
  attempts: z.enum(["charge", "invoice"]).optional(),
  /** Stores, RevenueCat: whether purchases of testers count. */
  sandbox: z.boolean().optional(),
  /** App Store: the app that notifications must be of. Google Play: its package name. */
  app: z.string().trim().min(1).max(200).optional(),
});
export type WebhookOptions = z.infer<typeof webhookOptionsSchema>;

export const webhookEndpointSchema = z.object({
  id: z.string(),
  processor: processorSchema,
  name: z.string(),
  kind: doorKindSchema,
  options: webhookOptionsSchema,
  /** Where the processor sends to, on this server. */
  path: z.string(),
  createdMs: z.number(),
  /** Last webhook, at most a minute late; null: none yet. */
  usedMs: z.number().nullable(),
});
export type WebhookEndpointAnswer = z.infer<typeof webhookEndpointSchema>;
export const webhookEndpointsSchema = z.object({ endpoints: z.array(webhookEndpointSchema) });

export const newWebhookEndpointSchema = z.strictObject({
  processor: processorSchema,
  name: z.string().trim().min(1).max(100),
  kind: doorKindSchema.default("live"),
  /**
   * Stripe: the signing secret (whsec_…). App Store: root certificates as PEM; absent: Apple's. Google
   * Play, RevenueCat: what the processor sends along; absent: one is made.
   */
  secret: z.string().trim().min(1).max(20_000).optional(),
  options: webhookOptionsSchema.default({}),
});
/** A secret that was made here is answered once, and never again. */
export const createdWebhookEndpointSchema = webhookEndpointSchema.extend({
  secret: z.string().nullable(),
});
export type CreatedWebhookEndpoint = z.infer<typeof createdWebhookEndpointSchema>;

export const webhookStatusSchema = z.enum(["taken", "ignored", "quarantined"]);
export const webhookSchema = z.object({
  processor: processorSchema,
  /** The processor's id of it. */
  id: z.string(),
  endpointId: z.string().nullable(),
  type: z.string(),
  eventMs: z.number(),
  receivedMs: z.number(),
  status: webhookStatusSchema,
  /** Why it was ignored or quarantined. */
  reason: z.string().nullable(),
});
export type WebhookAnswer = z.infer<typeof webhookSchema>;

export const webhookQuerySchema = z.object({
  status: webhookStatusSchema.optional(),
  processor: processorSchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** `next` of the page before. */
  before: z
    .string()
    .regex(/^\d{1,16}\..{1,255}$/, "is not the 'next' of a page")
    .optional(),
});
/** Newest first. */
export const webhooksSchema = z.object({
  webhooks: z.array(webhookSchema),
  counts: z.object({ taken: z.number(), ignored: z.number(), quarantined: z.number() }),
  /** Null: this was the last page. */
  next: z.string().nullable(),
});
export type WebhooksAnswer = z.infer<typeof webhooksSchema>;

export const webhookParamsSchema = z.object({
  processor: processorSchema,
  id: z.string().min(1).max(255),
});
export const webhookDoorParamsSchema = z.object({ processor: processorSchema, id: rowIdSchema });
/** What a processor is answered; it looks at the status alone. */
export const webhookReceiptSchema = z.object({
  status: z.enum(["taken", "ignored", "quarantined", "repeated"]),
});

/**
 * A genuine webhook, as the store takes it: read into events of the log, or set aside with the reason. A
 * processor is never told that its webhook could not be read: it would send the same again for days.
 */
import { createHash } from "node:crypto";
import { WaymarkError } from "../../base/error.ts";
import {
  type BillingEvent,
  type BillingReading,
  readAppStoreNotification,
  readGoogleNotification,
  readRevenueCatEvent,
  readStripeEvent,
} from "../../lifecycle/billing/index.ts";
import type { Processor } from "../../schema/billing.ts";
import type { WebhookOptions } from "../../schema/webhook.ts";
import type { WebhookEndpoint } from "../../store/webhook-endpoints.ts";
import type { NewWebhook } from "../../store/webhooks.ts";
import { contentOf } from "./open-webhook.ts";

export const readDefaults = {
  /** Milliseconds that a processor's clock may be ahead of ours. */
  aheadMs: 300_000,
} as const;

const READERS = {
  stripe: readStripeEvent,
  app_store: readAppStoreNotification,
  google_play: readGoogleNotification,
  revenuecat: readRevenueCatEvent,
} as const satisfies Record<Processor, unknown>;

/**
 * @param receivedMs when it came
 * @param knownMs when we know what it says: later than it came, where it was read once more
 */
export function readWebhook(
  endpoint: Pick<WebhookEndpoint, "id" | "processor" | "kind" | "options">,
  body: string,
  receivedMs: number,
  knownMs = receivedMs,
): NewWebhook {
  const { id: endpointId, processor, kind, options } = endpoint;
  const base = { processor, endpointId, receivedMs, body };
  let reading: BillingReading;
  try {
    reading = read(processor, body, options);
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    const content = { status: "quarantined", reason: error.message } as const;
    return { ...base, ...glance(processor, body, receivedMs), content, isSame: () => false };
  }
  const { eventId, type, eventMs } = reading;
  const isSame = (before: string): boolean => {
    try {
      return read(processor, before, options).essence === reading.essence;
    } catch {
      return false;
    }
  };
  const named = { ...base, externalId: eventId, type, eventMs, isSame };
  const latestMs = Math.max(eventMs, ...reading.events.map((event) => event.eventMs));
  if (latestMs > receivedMs + readDefaults.aheadMs) {
    const when = new Date(latestMs).toISOString();
    const reason = `it happened at ${when}, after it came`;
    return { ...named, content: { status: "quarantined", reason } };
  }
  const says = reading.events.length > 0 || reading.traits || reading.identities.length > 1;
  if (reading.ignored !== undefined || !says) {
    return { ...named, content: { status: "ignored", reason: reading.ignored ?? null } };
  }
  if (reading.events.length === 0 && reading.identities.length === 0) {
    return { ...named, content: { status: "ignored", reason: "it names no customer" } };
  }
  const createdMs = kind === "history" ? Math.min(eventMs, knownMs) : knownMs;
  return {
    ...named,
    content: {
      identities: reading.identities,
      ofAttempt: reading.ofAttempt,
      events: reading.events.map((event) => ({
        source: processor,
        messageId: event.messageId,
        kind: event.kind,
        eventMs: Math.min(event.eventMs, createdMs),
        createdMs,
        value: event.value,
        payload: event.payload,
      })),
      description: reading.traits && { ...reading.traits, atMs: eventMs },
      prices: reading.events.flatMap(priceOf),
    },
  };
}

/** @throws WaymarkError BILLING_INVALID */
function read(processor: Processor, body: string, options: WebhookOptions): BillingReading {
  const policy = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name !== "app" && value !== undefined),
  );
  return READERS[processor](contentOf(processor, body), policy);
}

function priceOf({ payload }: BillingEvent): NewWebhookPrices {
  if (!("subscriptionId" in payload) || !("currency" in payload)) return [];
  const { subscriptionId, currency } = payload;
  return subscriptionId === null || currency === null ? [] : [{ subscriptionId, currency }];
}
type NewWebhookPrices = readonly { readonly subscriptionId: string; readonly currency: string }[];

/** What can be told of one that cannot be read: its id and type where they are texts, or its bytes. */
function glance(
  processor: Processor,
  body: string,
  receivedMs: number,
): Pick<NewWebhook, "externalId" | "type" | "eventMs"> {
  const fields = fieldsIn(processor, body);
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => fields[name]).find((value) => typeof value === "string" && value !== "") as
      | string
      | undefined;
  return {
    externalId:
      first("id", "notificationUUID", "messageId") ??
      `sha256:${createHash("sha256").update(body).digest("hex")}`,
    type: first("type", "notificationType") ?? "unreadable",
    eventMs: receivedMs,
  };
}

function fieldsIn(processor: Processor, body: string): Readonly<Record<string, unknown>> {
  try {
    const content = contentOf(processor, body) as Record<string, unknown> | null;
    const inner =
      processor === "revenuecat"
        ? content?.event
        : processor === "google_play"
          ? content?.message
          : content;
    return typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

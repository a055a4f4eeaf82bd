// Whatever a processor may send in the place of any field, a reader answers with a reading that holds to
// the vocabulary, or with a sentence; never with a fault of its own. A failure prints its seed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  billingStory,
  event,
  failedIntent,
  NEW,
  OLD,
  T0,
} from "../../../test/billing/stripe-world.ts";
import { WaymarkError } from "../../base/index.ts";
import { readAppStoreNotification } from "./app-store.ts";
import { readGoogleNotification } from "./google-play.ts";
import type { BillingReading } from "./reading.ts";
import { readRevenueCatEvent } from "./revenuecat.ts";
import { readStripeEvent } from "./stripe/read-event.ts";

type Json = Readonly<Record<string, unknown>>;

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    -1,
    0.5,
    1e308,
    "x",
    "9".repeat(400),
    true,
    [],
    {},
    [[]],
    "\u0000",
  ),
  fc.constantFrom<unknown>({ data: 7 }, { data: [3] }, { id: 5 }, { id: "in_9" }, 1e12, -1e12),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The paths to every field of a value, arrays included. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

/** A webhook with one to three of its fields replaced. */
function spoiled(bodies: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.constantFrom(...bodies).chain((body) => {
    const change = fc.tuple(fc.constantFrom(...pathsOf(body)), odd);
    return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) =>
      changes.reduce<unknown>((was, [path, by]) => {
        try {
          return replaced(was, path, by);
        } catch {
          // The change before took the place away.
          return was;
        }
      }, body),
    );
  });
}

function checkReading({ events, identities, eventMs }: BillingReading): void {
  expect(eventMs).toBeGreaterThanOrEqual(0);
  for (const { kind, value } of identities) {
    expect(kind).toMatch(/^(user|stripe_customer|app_store|google_play|revenuecat)$/);
    expect(value.trim()).toBe(value);
    expect(value).not.toBe("");
  }
  for (const told of events) {
    expect(Number.isSafeInteger(told.eventMs) && told.eventMs >= 0, `${told.eventMs}`).toBe(true);
    expect(told.messageId).not.toMatch(/undefined|NaN|\[object/);
    if (told.kind === "payment" || told.kind === "reversal") {
      expect(Number.isSafeInteger(told.value) && told.value! >= 0, `${told.value}`).toBe(true);
      expect(told.payload.currency).toMatch(/^[A-Z]{3}$/);
    }
    if (told.kind === "subscription") {
      const { priceMinor, status, endReason } = told.payload;
      expect(priceMinor === null || (Number.isSafeInteger(priceMinor) && priceMinor >= 0)).toBe(
        true,
      );
      expect(endReason !== null).toBe(status === "ended");
    }
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
  }
}

const base64 = (value: Json): string => btoa(JSON.stringify(value));
const jws = (payload: Json): string => `e30.${base64(payload)}.c2ln`;
const MS = T0 * 1000;

const TRANSACTION = {
  type: "Auto-Renewable Subscription",
  transactionId: "2",
  originalTransactionId: "1",
  productId: "premium",
  purchaseDate: MS,
  expiresDate: MS + 1e9,
  price: 7990,
  currency: "EUR",
};
const apple = (transaction: unknown, type: string) => ({
  notificationType: type,
  notificationUUID: "u",
  signedDate: MS,
  data: {
    environment: "Production",
    status: 1,
    signedTransactionInfo: jws(transaction as Json),
    signedRenewalInfo: jws({ autoRenewStatus: 1, renewalPrice: 7990, currency: "EUR" }),
  },
});
const RESOURCE = {
  subscriptionState: "SUBSCRIPTION_STATE_ACTIVE",
  startTime: "2026-01-01T00:00:00Z",
  latestOrderId: "GPA.1",
  lineItems: [
    {
      productId: "p",
      expiryTime: "2026-02-01T00:00:00Z",
      autoRenewingPlan: {
        autoRenewEnabled: true,
        recurringPrice: { currencyCode: "EUR", units: "7", nanos: 990_000_000 },
      },
    },
  ],
};
const google = (resource: unknown) => ({
  message: {
    messageId: "m",
    data: base64({
      eventTimeMillis: String(MS),
      subscriptionNotification: { notificationType: 2, purchaseToken: "t", subscriptionId: "p" },
    }),
  },
  resource,
});
const RC = {
  event: {
    id: "rc",
    type: "RENEWAL",
    event_timestamp_ms: MS,
    app_user_id: "u",
    original_app_user_id: "o",
    aliases: ["a"],
    product_id: "p",
    period_type: "NORMAL",
    purchased_at_ms: MS - 1000,
    expiration_at_ms: MS + 1e9,
    environment: "PRODUCTION",
    store: "APP_STORE",
    currency: "EUR",
    price_in_purchased_currency: 7.99,
    transaction_id: "t",
    original_transaction_id: "o",
    subscriber_attributes: { $email: { value: "a@example.org" } },
  },
};

const READERS: readonly [string, (body: unknown) => BillingReading, readonly unknown[]][] = [
  ["Stripe", readStripeEvent, [...billingStory(OLD), ...billingStory(NEW)]],
  [
    "Stripe's failed intents",
    readStripeEvent,
    [event(NEW, { id: "e", type: "payment_intent.payment_failed", object: failedIntent(NEW) })],
  ],
  [
    "the App Store",
    readAppStoreNotification,
    ["DID_RENEW", "DID_FAIL_TO_RENEW", "REFUND", "EXPIRED"].map((type) => apple(TRANSACTION, type)),
  ],
  ["Google Play", readGoogleNotification, [google(RESOURCE), google(undefined)]],
  ["RevenueCat", readRevenueCatEvent, [RC]],
];

describe.each(READERS)("the reader of %s", (_, read, bodies) => {
  it("answers a reading or a sentence, whatever stands in a field", () => {
    let readings = 0;
    let sentences = 0;
    fc.assert(
      fc.property(spoiled(bodies), (body) => {
        try {
          checkReading(read(body));
          readings++;
        } catch (error) {
          if (!(error instanceof WaymarkError)) throw error;
          expect(error.code).toBe("BILLING_INVALID");
          expect(error.message.length).toBeGreaterThan(10);
          sentences++;
        }
      }),
      { numRuns: 500 },
    );
    // Both happen, however the draw falls.
    expect(readings).toBeGreaterThan(3);
    expect(sentences).toBeGreaterThan(3);
  });
});

it("what Apple and Google sign is spoiled within, too", () => {
  fc.assert(
    fc.property(spoiled([TRANSACTION]), spoiled([RESOURCE]), (transaction, resource) => {
      for (const read of [
        () => readAppStoreNotification(apple(transaction, "DID_RENEW")),
        () => readGoogleNotification(google(resource)),
      ]) {
        try {
          checkReading(read());
        } catch (error) {
          if (!(error instanceof WaymarkError)) throw error;
        }
      }
    }),
    { numRuns: 500 },
  );
});

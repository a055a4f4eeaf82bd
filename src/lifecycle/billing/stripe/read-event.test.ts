import { describe, expect, it } from "vitest";
import {
  billingStory,
  DAY_S,
  event,
  failedCharge,
  failedIntent,
  invoice,
  NEW,
  OLD,
  paidCharge,
  subscription,
  T0,
  type Version,
} from "../../../../test/billing/stripe-world.ts";
import type {
  InvoiceObservation,
  PaymentAttempt,
  SubscriptionObservation,
} from "../../../schema/billing.ts";
import type { BillingPolicy } from "../reading.ts";
import { readStripeEvent } from "./read-event.ts";

function say(
  version: Version,
  type: string,
  object: Record<string, unknown> | Readonly<Record<string, unknown>>,
  more: { before?: Readonly<Record<string, unknown>>; request?: string | null } = {},
  policy: Partial<BillingPolicy> = {},
) {
  return readStripeEvent(event(version, { id: "evt_1", type, object, ...more }), policy);
}

function stateOf(
  more: Readonly<Record<string, unknown>>,
  policy: Partial<BillingPolicy> = {},
  about: { before?: Readonly<Record<string, unknown>>; request?: string | null } = {},
): SubscriptionObservation {
  const type = "customer.subscription.updated";
  const read = say(NEW, type, subscription(NEW, more), about, policy);
  return read.events[0]!.payload as SubscriptionObservation;
}

describe("subscriptions", () => {
  it("read the same in both generations", () => {
    const [before, after] = [OLD, NEW].map((version) =>
      say(version, "customer.subscription.updated", subscription(version)),
    );
    expect(before).toEqual({ ...after, essence: before!.essence });
    expect(after!.identities).toEqual([
      { kind: "user", value: "u-1" },
      { kind: "stripe_customer", value: "cus_1" },
    ]);
    expect(after!.events).toEqual([
      {
        kind: "subscription",
        messageId: "evt_1:sub_1",
        eventMs: T0 * 1000,
        payload: {
          processor: "stripe",
          subscriptionId: "sub_1",
          customerId: "cus_1",
          status: "active",
          isRenewing: true,
          endReason: null,
          plan: "premium_month",
          interval: "month",
          intervalCount: 1,
          priceMinor: 799,
          currency: "EUR",
          startedMs: T0 * 1000,
          periodStartMs: T0 * 1000,
          periodEndMs: (T0 + 31 * DAY_S) * 1000,
          trialEndMs: null,
          endedMs: null,
          graceEndMs: null,
          instrument: null,
          feedback: null,
        },
      },
    ]);
  });

  it("keep the period where their generation keeps it, and nowhere else", () => {
    const swapped = say(OLD, "customer.subscription.updated", subscription(NEW)).events[0]!;
    expect(swapped.payload).toMatchObject({ periodStartMs: null, periodEndMs: null });
  });

  it.each([
    ["trialing", { status: "trialing" }],
    ["grace", { status: "past_due" }],
    ["ended", { status: "unpaid" }],
    ["paused", { status: "paused" }],
    ["paused", { status: "active", pause_collection: { behavior: "void" } }],
    ["paused", { status: "active", pause_collection: { behavior: "mark_uncollectible" } }],
    ["active", { status: "active", pause_collection: { behavior: "keep_as_draft" } }],
    ["ended", { status: "canceled" }],
  ] as const)("are %s when Stripe says %o", (status, more) => {
    expect(stateOf(more).status).toBe(status);
  });

  it("stand in hold where the policy takes access away at once", () => {
    expect(stateOf({ status: "past_due" }, { pastDue: "hold" }).status).toBe("hold");
    expect(stateOf({ status: "unpaid" }, { unpaid: "hold" }).status).toBe("hold");
  });

  it.each(["incomplete", "incomplete_expired"])("have not begun while they are %s", (status) => {
    const read = say(NEW, "customer.subscription.created", subscription(NEW, { status }));
    expect(read.events).toEqual([]);
    expect(read.identities).toHaveLength(2);
  });

  it("are not renewing once an end is set, by flag or by date", () => {
    expect(stateOf({ cancel_at_period_end: true }).isRenewing).toBe(false);
    expect(stateOf({ cancel_at: T0 + DAY_S }).isRenewing).toBe(false);
  });

  it.each([
    ["voluntary", "cancellation_requested"],
    ["involuntary", "payment_failed"],
    ["dispute", "payment_disputed"],
    ["other", "canceled_by_retention_policy"],
  ])("end for %s when the reason is %s", (reason, said) => {
    const details = { comment: null, feedback: "unused", reason: said };
    expect(stateOf({ status: "canceled", cancellation_details: details })).toMatchObject({
      endReason: reason,
      isRenewing: false,
      feedback: "unused",
    });
  });

  it("without a reason: by choice when an end was set or asked for, else for want of payment", () => {
    const ended = { status: "canceled", cancellation_details: null };
    expect(stateOf({ ...ended, cancel_at_period_end: true }).endReason).toBe("voluntary");
    expect(stateOf(ended, {}, { request: "req_1" }).endReason).toBe("voluntary");
    expect(stateOf(ended).endReason).toBe("involuntary");
    const before = { status: "past_due" };
    expect(stateOf(ended, {}, { request: "req_1", before }).endReason).toBe("involuntary");
    expect(stateOf({ status: "unpaid" }).endReason).toBe("involuntary");
  });

  it("add up the prices of their items, and know none where one has tiers", () => {
    const item = (unit: number | null, quantity = 1) => ({
      price: { id: "p", currency: "eur", unit_amount: unit, recurring: { interval: "year" } },
      quantity,
    });
    const items = (...data: readonly object[]) => ({ items: { data } });
    expect(stateOf(items(item(500), item(100, 3)))).toMatchObject({
      priceMinor: 800,
      interval: "year",
      plan: "p",
    });
    expect(stateOf(items(item(500), item(null))).priceMinor).toBeNull();
  });

  it("refuse two currencies, a negative price and a state that nobody knows", () => {
    const price = (currency: string, unit: number) => ({
      items: { data: [{ price: { id: "p", currency, unit_amount: unit } }] },
    });
    expect(() => stateOf(price("usd", 5))).toThrow(/EUR and USD; a subscription has one currency/);
    expect(() => stateOf(price("eur", -5))).toThrow(/unit_amount' is -5; an amount is a whole/);
    expect(() => stateOf({ status: "dormant" })).toThrow(/'dormant', which is unknown/);
  });
});

describe("attempts", () => {
  it.each([OLD, NEW])(
    "are named by their charge, whoever tells of them ($apiVersion)",
    (version) => {
      const byCharge = say(version, "charge.failed", failedCharge(version)).events[0]!;
      const byIntent = say(version, "payment_intent.payment_failed", failedIntent(version))
        .events[0]!;
      expect(byIntent.messageId).toBe("ch_1:failed");
      // The intent alone knows the invoice since basil; in all else they agree.
      const link = version.isNew ? { invoiceId: "in_1" } : {};
      expect(byIntent).toEqual({ ...byCharge, payload: { ...byCharge.payload, ...link } });
      expect(byCharge).toMatchObject({
        kind: "payment",
        value: 799,
        payload: {
          outcome: "failed",
          declineCode: "insufficient_funds",
          networkCode: "51",
          adviceCode: "try_again_later",
          declineClass: "insufficient_funds",
          instrument: {
            kind: "card",
            brand: "visa",
            funding: "debit",
            expiryMonth: 4,
            expiryYear: 2027,
            country: "DE",
            isTokenised: true,
          },
        },
      });
      const told = say(version, "invoice.payment_failed", invoice(version)).events;
      expect(told.map(({ kind, messageId }) => [kind, messageId])).toEqual([
        ["invoice", "in_1:failed:1"],
      ]);
    },
  );

  it("are told of by invoices alone where charges are not sent", () => {
    const policy = { attempts: "invoice" } as const;
    expect(say(NEW, "charge.failed", failedCharge(NEW), {}, policy).events).toEqual([]);
    expect(say(NEW, "payment_intent.payment_failed", failedIntent(NEW), {}, policy).events).toEqual(
      [],
    );
    const told = say(NEW, "invoice.payment_failed", invoice(NEW), {}, policy).events;
    expect(told.map(({ messageId }) => messageId)).toEqual(["in_1:failed:1", "in_1:1:failed"]);
    expect(told[1]!.payload as PaymentAttempt).toMatchObject({
      subscriptionId: "sub_1",
      attemptNumber: 1,
      nextAttemptMs: (T0 + 3 * DAY_S) * 1000,
      declineClass: "unknown",
    });
  });

  it("that never reached a bank are named by their intent", () => {
    const intent = failedIntent(NEW, {
      latest_charge: null,
      last_payment_error: { code: "payment_method_not_available", charge: null },
    });
    const [told] = say(NEW, "payment_intent.payment_failed", intent).events;
    expect(told).toMatchObject({
      messageId: `pi_1@${T0}:failed`,
      payload: { declineClass: "unknown" },
    });
  });

  it("that succeeded carry no codes", () => {
    const [told] = say(NEW, "charge.succeeded", paidCharge(NEW)).events;
    expect(told).toMatchObject({
      messageId: "ch_2:succeeded",
      payload: { declineCode: null, declineClass: null, outcome: "succeeded" },
    });
  });

  it("never have a negative amount", () => {
    expect(() => say(NEW, "charge.failed", failedCharge(NEW, { amount: -1 }))).toThrow(
      /'data.object.amount' is -1; an amount is a whole number from 0/,
    );
  });
});

describe("invoices", () => {
  it.each([OLD, NEW])("paid are one event by two webhooks ($apiVersion)", (version) => {
    const object = invoice(version, {
      amount_paid: 799,
      status: "paid",
      status_transitions: { paid_at: T0 - 5 },
    });
    const [a, b] = ["invoice.paid", "invoice.payment_succeeded"].map(
      (type) => say(version, type, object).events,
    );
    expect(a).toEqual(b);
    expect(a).toHaveLength(1);
    expect(a![0]).toMatchObject({ messageId: "in_1:paid", eventMs: (T0 - 5) * 1000 });
    expect(a![0]!.payload as InvoiceObservation).toMatchObject({
      subscriptionId: "sub_1",
      amountMinor: 799,
      isOutOfBand: false,
    });
  });

  it("paid in cash are a payment, which no charge tells of", () => {
    const object = invoice(OLD, { amount_paid: 799, paid_out_of_band: true });
    const told = say(OLD, "invoice.paid", object).events;
    expect(told.map(({ messageId }) => messageId)).toEqual(["in_1:paid", "in_1:succeeded"]);
  });

  it("given up or taken back say so", () => {
    expect(say(NEW, "invoice.marked_uncollectible", invoice(NEW)).events[0]).toMatchObject({
      messageId: "in_1:uncollectible",
    });
    expect(say(NEW, "invoice.voided", invoice(NEW)).events[0]).toMatchObject({
      messageId: "in_1:void",
    });
  });
});

describe("money that went back", () => {
  it("is what the charge's sum of refunds grew by", () => {
    const charge = paidCharge(NEW, { amount_refunded: 500 });
    const [told] = say(NEW, "charge.refunded", charge, { before: { amount_refunded: 200 } }).events;
    expect(told).toMatchObject({
      kind: "reversal",
      messageId: "ch_2:refunded:500",
      value: 300,
      payload: { kind: "refund", attemptId: "ch_2", amountMinor: 300 },
    });
  });

  it("by a dispute is whose the charge was; an inquiry takes none", () => {
    const dispute = {
      id: "dp_1",
      amount: 799,
      charge: "ch_2",
      created: T0,
      currency: "eur",
      status: "needs_response",
    };
    const read = say(NEW, "charge.dispute.created", dispute);
    expect(read).toMatchObject({ identities: [], ofAttempt: "ch_2" });
    expect(read.events[0]).toMatchObject({ messageId: "dp_1", payload: { kind: "dispute" } });
    const inquiry = { ...dispute, status: "warning_needs_response" };
    expect(say(NEW, "charge.dispute.created", inquiry).events).toEqual([]);
  });
});

describe("customers", () => {
  it("meet the app's user at the checkout", () => {
    const session = {
      id: "cs_1",
      client_reference_id: "u-7",
      customer: "cus_7",
      customer_details: { name: "Bo", email: "bo@example.org", address: { country: "se" } },
    };
    expect(say(NEW, "checkout.session.completed", session)).toMatchObject({
      identities: [
        { kind: "user", value: "u-7" },
        { kind: "stripe_customer", value: "cus_7" },
      ],
      traits: { name: "Bo", email: "bo@example.org", country: "SE" },
    });
  });

  it("keep what they pay with, also when it goes", () => {
    const method = {
      id: "pm_1",
      type: "sepa_debit",
      sepa_debit: { country: "FR" },
      customer: null,
    };
    const read = say(NEW, "payment_method.detached", method, { before: { customer: "cus_1" } });
    expect(read.identities).toEqual([{ kind: "stripe_customer", value: "cus_1" }]);
    expect(read.events[0]!.payload).toMatchObject({
      change: "detached",
      instrument: { kind: "bank", brand: "sepa_debit", country: "FR" },
    });
  });
});

it("says nothing of types that are not about memberships", () => {
  const read = say(NEW, "product.created", { id: "prod_1" });
  expect(read).toMatchObject({ type: "product.created", events: [], identities: [] });
});

it("has one essence for every delivery, and another for other words", () => {
  const body = event(NEW, { id: "evt_1", type: "invoice.paid", object: invoice(NEW) });
  const again = { ...body, pending_webhooks: 0 };
  const other = event(NEW, {
    id: "evt_1",
    type: "invoice.paid",
    object: invoice(NEW, { id: "in_2" }),
  });
  expect(readStripeEvent(again).essence).toBe(readStripeEvent(body).essence);
  expect(readStripeEvent(other).essence).not.toBe(readStripeEvent(body).essence);
});

it("refuses in words what is no event", () => {
  expect(() => readStripeEvent([])).toThrow("the webhook is [], not an object");
  expect(() => readStripeEvent({ id: "evt_1" })).toThrow("'data' is nothing, not an object");
  expect(() => readStripeEvent({ object: "v2.core.event", id: "evt_1" })).toThrow(/thin events/);
});

it.each([OLD, NEW])("counts each attempt of a half year once ($apiVersion)", (version) => {
  const told = billingStory(version).flatMap((body) => readStripeEvent(body).events);
  const payments = new Map(
    told.filter(({ kind }) => kind === "payment").map((one) => [one.messageId, one]),
  );
  expect([...payments.keys()].sort()).toEqual([
    "ch_f0:failed",
    "ch_f1:failed",
    "ch_s1:succeeded",
    "ch_s2:succeeded",
    "ch_s3:succeeded",
  ]);
});

// The App Store, Google Play and RevenueCat: what each of their notifications becomes.
import { describe, expect, it } from "vitest";
import type { SubscriptionObservation } from "../../schema/billing.ts";
import { readAppStoreNotification } from "./app-store.ts";
import { readGoogleNotification } from "./google-play.ts";
import { intervalBetween, intervalOfDays } from "./interval.ts";
import { minorOf } from "./money.ts";
import { readRevenueCatEvent } from "./revenuecat.ts";

const T = Date.UTC(2026, 2, 1);
const DAY = 86_400_000;
type Json = Readonly<Record<string, unknown>>;

const base64 = (value: Json): string => btoa(JSON.stringify(value));
/** Unsigned: the reader opens what somebody else has checked. */
const jws = (payload: Json): string => `${base64({ alg: "ES256" })}.${base64(payload)}.c2ln`;

describe("App Store notifications", () => {
  function read(
    notificationType: string,
    {
      subtype,
      status,
      transaction = {},
      renewal = {},
      ...data
    }: Json & {
      readonly subtype?: string;
      readonly status?: number;
      readonly transaction?: Json;
      readonly renewal?: Json;
    } = {},
    policy = {},
  ) {
    const payload = {
      notificationType,
      subtype,
      notificationUUID: "uuid-1",
      signedDate: T + DAY,
      data: {
        bundleId: "com.example",
        environment: "Production",
        status,
        signedTransactionInfo: jws({
          type: "Auto-Renewable Subscription",
          transactionId: "2",
          originalTransactionId: "1",
          productId: "premium",
          purchaseDate: T,
          expiresDate: T + 31 * DAY,
          originalPurchaseDate: T - 62 * DAY,
          price: 7990,
          currency: "EUR",
          inAppOwnershipType: "PURCHASED",
          ...transaction,
        }),
        signedRenewalInfo: jws({
          autoRenewStatus: 1,
          renewalPrice: 7990,
          currency: "EUR",
          ...renewal,
        }),
        ...data,
      },
    };
    return readAppStoreNotification(payload, policy);
  }
  const stateOf = (reading: ReturnType<typeof read>): SubscriptionObservation =>
    reading.events.find(({ kind }) => kind === "subscription")!.payload as SubscriptionObservation;

  it.each([
    ["active", "DID_RENEW", { status: 1 }],
    [
      "trialing",
      "SUBSCRIBED",
      { status: 1, transaction: { offerDiscountType: "FREE_TRIAL", price: 0 } },
    ],
    ["hold", "DID_FAIL_TO_RENEW", { status: 3 }],
    ["grace", "DID_FAIL_TO_RENEW", { subtype: "GRACE_PERIOD", status: 4 }],
    ["hold", "GRACE_PERIOD_EXPIRED", {}],
    ["grace", "DID_FAIL_TO_RENEW", { subtype: "GRACE_PERIOD" }],
    ["hold", "DID_FAIL_TO_RENEW", {}],
    ["ended", "EXPIRED", { subtype: "VOLUNTARY" }],
  ])("say %s by %s %o", (status, type, more) => {
    expect(stateOf(read(type, more)).status).toBe(status);
  });

  it.each([
    ["voluntary", "EXPIRED", { subtype: "VOLUNTARY" }],
    ["involuntary", "EXPIRED", { subtype: "BILLING_RETRY" }],
    ["voluntary", "EXPIRED", { renewal: { expirationIntent: 1 } }],
    ["involuntary", "EXPIRED", { renewal: { expirationIntent: 2 } }],
    ["other", "EXPIRED", { renewal: { expirationIntent: 4 } }],
    ["refund", "REFUND", { status: 2, transaction: { revocationDate: T } }],
    ["refund", "REVOKE", { status: 5 }],
    ["other", "REVOKE", { status: 5, transaction: { inAppOwnershipType: "FAMILY_SHARED" } }],
  ])("end for %s by %s %o", (reason, type, more) => {
    expect(stateOf(read(type, more))).toMatchObject({ status: "ended", endReason: reason });
  });

  it("know a renewal that is switched off", () => {
    const off = read("DID_CHANGE_RENEWAL_STATUS", { status: 1, renewal: { autoRenewStatus: 0 } });
    expect(stateOf(off)).toMatchObject({ status: "active", isRenewing: false });
  });

  it("name a failed renewal by its day, so that grace and hold tell of one", () => {
    const grace = read("DID_FAIL_TO_RENEW", { subtype: "GRACE_PERIOD", status: 4 });
    const hold = read("DID_FAIL_TO_RENEW", { status: 3 });
    const ids = [grace, hold].map(({ events }) => events[1]!.messageId);
    expect(ids).toEqual([`1:renewal:${T + 31 * DAY}:failed`, ids[0]]);
    expect(grace.events[1]!.payload).toMatchObject({ declineClass: "unknown", amountMinor: 799 });
  });

  it("count a refund as a reversal, and no payment of a free trial or a family", () => {
    expect(read("REFUND", { status: 2 }).events[1]).toMatchObject({
      kind: "reversal",
      messageId: "2:refund",
      value: 799,
    });
    const trial = { offerDiscountType: "FREE_TRIAL", price: 0 };
    expect(read("SUBSCRIBED", { status: 1, transaction: trial }).events).toHaveLength(1);
    const family = { inAppOwnershipType: "FAMILY_SHARED" };
    expect(read("SUBSCRIBED", { status: 1, transaction: family }).events).toHaveLength(1);
  });

  it("of testers count where the policy says so", () => {
    const test = { status: 1, environment: "Sandbox" };
    expect(read("DID_RENEW", test)).toMatchObject({
      events: [],
      ignored: expect.stringContaining("tester"),
    });
    expect(read("DID_RENEW", test, { sandbox: true }).events).toHaveLength(2);
  });

  it("of other types and purchases say nothing", () => {
    expect(read("CONSUMPTION_REQUEST").events).toEqual([]);
    expect(read("REFUND", { transaction: { type: "Consumable" } }).events).toEqual([]);
  });

  it("refuse a negative price, and a status that nobody knows", () => {
    expect(() => read("DID_RENEW", { status: 1, transaction: { price: -1 } })).toThrow(
      /number from 0/,
    );
    expect(() => read("DID_RENEW", { status: 9 })).toThrow("'data.status' is 9; it is 1 to 5");
  });
});

describe("Google's notifications", () => {
  function read(notificationType: number, resource?: Json, policy = {}) {
    const data = {
      packageName: "com.example",
      eventTimeMillis: String(T),
      subscriptionNotification: {
        notificationType,
        purchaseToken: "tok",
        subscriptionId: "premium",
      },
    };
    const message = { messageId: "m1", data: base64(data) };
    return readGoogleNotification({ message, ...(resource ? { resource } : {}) }, policy);
  }
  const resource = (state: string, more: Json = {}): Json => ({
    subscriptionState: `SUBSCRIPTION_STATE_${state}`,
    startTime: "2026-01-30T00:00:00Z",
    latestOrderId: "GPA.1..1",
    linkedPurchaseToken: "older",
    externalAccountIdentifiers: { obfuscatedExternalAccountId: "u-1" },
    lineItems: [
      {
        productId: "premium",
        expiryTime: "2026-03-30T00:00:00Z",
        autoRenewingPlan: {
          autoRenewEnabled: true,
          recurringPrice: { currencyCode: "EUR", units: "7", nanos: 990_000_000 },
        },
        offerDetails: { basePlanId: "monthly" },
      },
    ],
    ...more,
  });

  it.each([
    [1, "active", true],
    [2, "active", true],
    [3, "active", false],
    [4, "active", true],
    [5, "hold", true],
    [6, "grace", true],
    [7, "active", true],
    [10, "paused", true],
    [12, "ended", false],
    [13, "ended", false],
  ])("of type %i alone say %s, renewing: %s", (type, status, isRenewing) => {
    const [told] = read(type).events;
    expect(told!.payload).toMatchObject({ status, isRenewing, plan: "premium", priceMinor: null });
    expect(read(type).events).toHaveLength(1);
  });

  it("with the resource know price, period, person, and what was paid", () => {
    const reading = read(2, resource("ACTIVE"));
    expect(reading.identities).toEqual([
      { kind: "user", value: "u-1" },
      { kind: "google_play", value: "older" },
      { kind: "google_play", value: "tok" },
    ]);
    expect(reading.events[0]!.payload).toMatchObject({
      status: "active",
      priceMinor: 799,
      currency: "EUR",
      interval: "month",
      plan: "premium:monthly",
      periodEndMs: Date.UTC(2026, 2, 30),
    });
    expect(reading.events[1]).toMatchObject({ messageId: "GPA.1..1:succeeded", value: 799 });
  });

  it.each([
    ["voluntary", { userInitiatedCancellation: { cancelSurveyResult: { reason: "COST" } } }],
    ["involuntary", { systemInitiatedCancellation: {} }],
    ["other", { replacementCancellation: {} }],
  ])("with the resource know that it ended for %s", (endReason, context) => {
    const reading = read(13, resource("EXPIRED", { canceledStateContext: context }));
    expect(reading.events[0]!.payload).toMatchObject({ status: "ended", endReason });
  });

  it("of grace and then hold tell of one failure", () => {
    const ids = [read(6, resource("IN_GRACE_PERIOD")), read(5, resource("ON_HOLD"))].map(
      ({ events }) => events[1]!.messageId,
    );
    expect(ids).toEqual(["GPA.1..1:renewal:failed", "GPA.1..1:renewal:failed"]);
  });

  it("of a test purchase, a pending one and a type of tomorrow say nothing", () => {
    expect(read(2, resource("ACTIVE", { testPurchase: {} })).ignored).toContain("tester");
    expect(read(4, resource("PENDING")).events).toEqual([]);
    expect(read(99).events).toEqual([]);
  });

  it("refuse in words what cannot be opened", () => {
    const message = { messageId: "m1", data: "%%" };
    expect(() => readGoogleNotification({ message })).toThrow(
      "'message.data' holds no JSON object",
    );
  });
});

describe("RevenueCat's events", () => {
  const read = (type: string, more: Json = {}, policy = {}) =>
    readRevenueCatEvent(
      {
        event: {
          id: "rc-1",
          type,
          event_timestamp_ms: T,
          app_user_id: "u-1",
          original_app_user_id: "$RCAnonymousID:1",
          aliases: ["$RCAnonymousID:1", "u-1"],
          product_id: "premium",
          period_type: "NORMAL",
          purchased_at_ms: T - DAY,
          expiration_at_ms: T + 30 * DAY,
          environment: "PRODUCTION",
          store: "PLAY_STORE",
          currency: "JPY",
          price_in_purchased_currency: 980,
          transaction_id: "t1",
          original_transaction_id: "t0",
          ...more,
        },
      },
      policy,
    );

  it.each([
    ["INITIAL_PURCHASE", {}, "active", true, null],
    [
      "INITIAL_PURCHASE",
      { period_type: "TRIAL", price_in_purchased_currency: 0 },
      "trialing",
      true,
      null,
    ],
    ["CANCELLATION", { cancel_reason: "UNSUBSCRIBE" }, "active", false, null],
    [
      "CANCELLATION",
      { cancel_reason: "CUSTOMER_SUPPORT", price_in_purchased_currency: -980 },
      "ended",
      false,
      "refund",
    ],
    ["UNCANCELLATION", {}, "active", true, null],
    ["BILLING_ISSUE", {}, "hold", true, null],
    ["BILLING_ISSUE", { grace_period_expiration_at_ms: T + DAY }, "grace", true, null],
    ["EXPIRATION", { expiration_reason: "BILLING_ERROR" }, "ended", false, "involuntary"],
    ["EXPIRATION", { expiration_reason: "UNSUBSCRIBE" }, "ended", false, "voluntary"],
    ["EXPIRATION", { expiration_reason: "SUBSCRIPTION_PAUSED" }, "paused", true, null],
  ])("%s %o are %s, renewing: %s, ended for %s", (type, more, status, isRenewing, endReason) => {
    expect(read(type, more).events[0]!.payload).toMatchObject({ status, isRenewing, endReason });
  });

  it("count payments, failures and refunds in the currency's own minor units", () => {
    expect(read("RENEWAL").events[1]).toMatchObject({ messageId: "t1:succeeded", value: 980 });
    expect(read("BILLING_ISSUE").events[1]).toMatchObject({ payload: { outcome: "failed" } });
    const refund = { cancel_reason: "CUSTOMER_SUPPORT", price_in_purchased_currency: -980 };
    expect(read("CANCELLATION", refund).events[1]).toMatchObject({ kind: "reversal", value: 980 });
    expect(() => read("RENEWAL", { price_in_purchased_currency: -1 })).toThrow(/number from 0/);
  });

  it("of testers, transfers and failed cancellations say nothing", () => {
    expect(read("RENEWAL", { environment: "SANDBOX" }).events).toEqual([]);
    expect(read("TRANSFER").events).toEqual([]);
    expect(read("CANCELLATION", { cancel_reason: "BILLING_ERROR" }).events).toEqual([]);
  });

  it("name the app's user, and never one that RevenueCat made up", () => {
    expect(read("RENEWAL").identities).toEqual([
      { kind: "user", value: "u-1" },
      { kind: "revenuecat", value: "u-1" },
      { kind: "revenuecat", value: "$RCAnonymousID:1" },
    ]);
    const anonymous = read("RENEWAL", { app_user_id: "$RCAnonymousID:2" }).identities;
    expect(anonymous.some(({ kind }) => kind === "user")).toBe(false);
  });
});

describe("intervals and money", () => {
  it.each([
    [7, "week", 1],
    [14, "week", 2],
    [28, "month", 1],
    [31, "month", 1],
    [90, "month", 3],
    [92, "month", 3],
    [181, "month", 6],
    [365, "year", 1],
    [366, "year", 1],
    [730, "year", 2],
  ])("%i days are %s × %i", (days, interval, intervalCount) => {
    expect(intervalOfDays(days)).toEqual({ interval, intervalCount });
  });

  it("a day is a seventh of a week, and no dates are a month", () => {
    expect(intervalOfDays(1)).toEqual({ interval: "week", intervalCount: 1 / 7 });
    expect(intervalBetween(null, T)).toEqual({ interval: "month", intervalCount: 1 });
  });

  it("minor units are those of the currency", () => {
    expect(minorOf(7.99, "EUR", "p")).toBe(799);
    expect(minorOf(980, "JPY", "p")).toBe(980);
    expect(minorOf(1.234, "KWD", "p")).toBe(1234);
    expect(() => minorOf(-1, "EUR", "p")).toThrow("'p' is -1; an amount is a number from 0");
  });
});

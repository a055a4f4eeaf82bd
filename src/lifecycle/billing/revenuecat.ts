/**
 * RevenueCat's webhooks, which speak for the stores behind it. Its `app_user_id` is the app's own user id
 * unless RevenueCat made one up ("$RCAnonymousID:…"); aliases mean the same person.
 *
 * @see www.revenuecat.com/docs/integrations/webhooks/event-types-and-fields
 */
import type {
  PaymentAttempt,
  PaymentReversal,
  SubscriptionObservation,
} from "../../schema/billing.ts";
import type { Identity } from "../../schema/member-event.ts";
import {
  currency,
  type Fields,
  fieldsOf,
  millis,
  needMillis,
  needObject,
  needText,
  number,
  object,
  text,
  texts,
} from "./field.ts";
import { intervalBetween } from "./interval.ts";
import { minorOf } from "./money.ts";
import {
  type BillingEvent,
  type BillingPolicy,
  type BillingReading,
  type BillingTraits,
  billingDefaults,
  identitiesOf,
} from "./reading.ts";

type State = Pick<SubscriptionObservation, "status" | "isRenewing" | "endReason">;

/** @throws WaymarkError BILLING_INVALID */
export function readRevenueCatEvent(
  body: unknown,
  policy: Partial<BillingPolicy> = {},
): BillingReading {
  const event = needObject(fieldsOf(body, ""), "event");
  const type = needText(event, "type");
  const base = {
    type,
    eventId: needText(event, "id"),
    eventMs: needMillis(event, "event_timestamp_ms"),
    essence: JSON.stringify(event.raw),
  };
  const isTest = text(event, "environment") === "SANDBOX";
  if (isTest && !(policy.sandbox ?? billingDefaults.sandbox)) {
    return { ...base, identities: [], events: [], ignored: "of a tester: the sandbox" };
  }
  const events = eventsOf(event, type, base);
  return {
    ...base,
    identities: events.length === 0 ? [] : identitiesIn(event),
    events,
    ...traitsOf(event),
  };
}

function identitiesIn(event: Fields): readonly Identity[] {
  const userId = text(event, "app_user_id");
  const isOwn = userId !== null && !userId.startsWith("$RCAnonymousID:");
  return identitiesOf(
    ["user", isOwn ? userId : null],
    ["revenuecat", userId],
    ["revenuecat", text(event, "original_app_user_id")],
    ...texts(event, "aliases").map((alias) => ["revenuecat", alias] as const),
  );
}

function eventsOf(
  event: Fields,
  type: string,
  { eventId, eventMs }: { readonly eventId: string; readonly eventMs: number },
): readonly BillingEvent[] {
  const state = stateOf(event, type, eventMs);
  if (!state) return [];
  const payload = observe(event, state);
  const messageId = `${eventId}:${payload.subscriptionId}`;
  const money = moneyOf(event, type, payload, eventMs);
  return [{ kind: "subscription", messageId, eventMs, payload }, ...(money ? [money] : [])];
}

/** Null: a type that says nothing of where a subscription stands. */
function stateOf(event: Fields, type: string, eventMs: number): State | null {
  const isTrial = text(event, "period_type") === "TRIAL";
  const running = isTrial ? "trialing" : "active";
  switch (type) {
    case "INITIAL_PURCHASE":
    case "RENEWAL":
    case "UNCANCELLATION":
    case "SUBSCRIPTION_EXTENDED":
    case "REFUND_REVERSED":
    // The pause begins with an EXPIRATION of its own.
    case "SUBSCRIPTION_PAUSED":
      return { status: running, isRenewing: true, endReason: null };
    case "CANCELLATION":
      switch (text(event, "cancel_reason")) {
        case "CUSTOMER_SUPPORT":
          return { status: "ended", isRenewing: false, endReason: "refund" };
        // A BILLING_ISSUE comes with it and says more.
        case "BILLING_ERROR":
          return null;
        default:
          return { status: running, isRenewing: false, endReason: null };
      }
    case "BILLING_ISSUE": {
      const graceEndMs = millis(event, "grace_period_expiration_at_ms");
      const isGrace = graceEndMs !== null && graceEndMs > eventMs;
      return { status: isGrace ? "grace" : "hold", isRenewing: true, endReason: null };
    }
    case "EXPIRATION": {
      const reason = text(event, "expiration_reason");
      if (reason === "SUBSCRIPTION_PAUSED") {
        return { status: "paused", isRenewing: true, endReason: null };
      }
      return {
        status: "ended",
        isRenewing: false,
        endReason: END_REASONS[reason ?? ""] ?? "other",
      };
    }
    default:
      return null;
  }
}

const END_REASONS: Readonly<Record<string, SubscriptionObservation["endReason"]>> = {
  UNSUBSCRIBE: "voluntary",
  PRICE_INCREASE: "voluntary",
  BILLING_ERROR: "involuntary",
  CUSTOMER_SUPPORT: "refund",
};

function observe(event: Fields, state: State): SubscriptionObservation {
  const periodStartMs = millis(event, "purchased_at_ms");
  const periodEndMs = millis(event, "expiration_at_ms");
  const isTrial = text(event, "period_type") === "TRIAL";
  const price = isTrial || state.endReason === "refund" ? null : priceOf(event);
  return {
    processor: "revenuecat",
    subscriptionId: subscriptionIdOf(event),
    customerId: text(event, "original_app_user_id"),
    ...state,
    plan: text(event, "product_id") ?? "unknown",
    ...intervalBetween(isTrial ? null : periodStartMs, periodEndMs),
    priceMinor: price === null || price.minor === 0 ? null : price.minor,
    currency: currency(event, "currency"),
    startedMs: null,
    periodStartMs,
    periodEndMs,
    trialEndMs: isTrial ? periodEndMs : null,
    endedMs: state.status === "ended" ? periodEndMs : null,
    graceEndMs: millis(event, "grace_period_expiration_at_ms"),
    instrument: instrumentOf(event),
    feedback: text(event, "cancel_reason") ?? text(event, "expiration_reason"),
  };
}

function subscriptionIdOf(event: Fields): string {
  return (
    text(event, "original_transaction_id") ??
    `${needText(event, "app_user_id")}:${text(event, "product_id") ?? ""}`
  );
}

function instrumentOf(event: Fields): SubscriptionObservation["instrument"] {
  const store = text(event, "store");
  return {
    kind: "store",
    brand: store === null ? null : store.toLowerCase(),
    funding: "unknown",
    expiryMonth: null,
    expiryYear: null,
    country: text(event, "country_code"),
    isTokenised: false,
  };
}

function moneyOf(
  event: Fields,
  type: string,
  about: SubscriptionObservation,
  eventMs: number,
): BillingEvent | null {
  const { subscriptionId } = about;
  const isRefund = type === "CANCELLATION" && about.endReason === "refund";
  const isFailure = type === "BILLING_ISSUE";
  const isPayment = type === "INITIAL_PURCHASE" || type === "RENEWAL";
  if (!isRefund && !isFailure && !isPayment) return null;
  if (isPayment && about.status === "trialing") return null;
  // What goes back is written as a negative price.
  const price = priceOf(event, isRefund);
  if (!price || price.minor === 0) return null;
  const transactionId = text(event, "transaction_id");
  if (isRefund) {
    const payload: PaymentReversal = {
      processor: "revenuecat",
      reversalId: `${transactionId ?? subscriptionId}:refund`,
      attemptId: transactionId,
      subscriptionId,
      kind: "refund",
      amountMinor: price.minor,
      currency: price.currency,
    };
    const messageId = payload.reversalId;
    return { kind: "reversal", messageId, eventMs, value: price.minor, payload };
  }
  const payload: PaymentAttempt = {
    processor: "revenuecat",
    attemptId: isFailure
      ? `${subscriptionId}:renewal:${about.periodEndMs}`
      : (transactionId ?? `${subscriptionId}:${about.periodStartMs}`),
    subscriptionId,
    invoiceId: null,
    customerId: about.customerId,
    amountMinor: price.minor,
    currency: price.currency,
    outcome: isFailure ? "failed" : "succeeded",
    attemptNumber: null,
    initiatedBy: type === "INITIAL_PURCHASE" ? "customer" : "processor",
    declineCode: null,
    networkCode: null,
    adviceCode: null,
    declineClass: isFailure ? "unknown" : null,
    instrument: about.instrument,
    nextAttemptMs: null,
  };
  return {
    kind: "payment",
    messageId: `${payload.attemptId}:${payload.outcome}`,
    eventMs: isFailure ? eventMs : Math.min(eventMs, about.periodStartMs ?? eventMs),
    value: price.minor,
    payload,
  };
}

function priceOf(
  event: Fields,
  isBack = false,
): { readonly minor: number; readonly currency: string } | null {
  const path = "event.price_in_purchased_currency";
  const code = currency(event, "currency");
  const price = number(event, "price_in_purchased_currency");
  if (code === null || price === null) return null;
  return { minor: minorOf(isBack ? Math.abs(price) : price, code, path), currency: code };
}

function traitsOf(event: Fields): { readonly traits?: BillingTraits } {
  const attributes = object(event, "subscriber_attributes");
  const say = (name: string): string | null => {
    const attribute = attributes && object(attributes, name);
    return attribute && text(attribute, "value");
  };
  const name = say("$displayName");
  const email = say("$email");
  const country = text(event, "country_code");
  const traits: BillingTraits = {
    ...(name === null ? {} : { name }),
    ...(email === null ? {} : { email }),
    ...(country === null ? {} : { country: country.toUpperCase() }),
  };
  return Object.keys(traits).length === 0 ? {} : { traits };
}

/**
 * App Store Server Notifications V2. The status that Apple sends along says where a subscription stands;
 * the type says what happened. Apple tells neither why a card was declined nor how often it tries.
 *
 * A member is `appAccountToken`, where the app set it to its user's id at the purchase, and the original
 * transaction's id, which stays the same through renewals, lapses and returns.
 *
 * @see developer.apple.com/documentation/appstoreservernotifications
 */
import type {
  PaymentAttempt,
  PaymentReversal,
  SubscriptionObservation,
} from "../../schema/billing.ts";
import { decodeJws } from "./decode.ts";
import {
  currency,
  type Fields,
  fieldsOf,
  millis,
  needMillis,
  needText,
  number,
  object,
  text,
} from "./field.ts";
import { intervalBetween } from "./interval.ts";
import { minorOf } from "./money.ts";
import {
  type BillingEvent,
  type BillingPolicy,
  type BillingReading,
  billingDefaults,
  identitiesOf,
  invalid,
} from "./reading.ts";

interface Notification {
  readonly type: string;
  readonly subtype: string | null;
  readonly id: string;
  readonly signedMs: number;
  readonly status: number | null;
  readonly transaction: Fields;
  readonly renewal: Fields | null;
}

/** Types that say where a subscription stands. */
const STATE_TYPES = new Set([
  "SUBSCRIBED",
  "DID_RENEW",
  "DID_CHANGE_RENEWAL_STATUS",
  "DID_CHANGE_RENEWAL_PREF",
  "DID_FAIL_TO_RENEW",
  "GRACE_PERIOD_EXPIRED",
  "EXPIRED",
  "OFFER_REDEEMED",
  "RENEWAL_EXTENDED",
  "REFUND",
  "REFUND_REVERSED",
  "REVOKE",
]);
const PAYING_TYPES = new Set(["SUBSCRIBED", "DID_RENEW", "OFFER_REDEEMED"]);

/**
 * @param payload of the notification's `signedPayload`, whose signature was checked
 * @throws WaymarkError BILLING_INVALID
 */
export function readAppStoreNotification(
  payload: unknown,
  policy: Partial<BillingPolicy> = {},
): BillingReading {
  const top = fieldsOf(payload, "");
  const type = needText(top, "notificationType");
  const subtype = text(top, "subtype");
  const eventId = needText(top, "notificationUUID");
  const signedMs = needMillis(top, "signedDate");
  const data = object(top, "data");
  const signed = data && text(data, "signedTransactionInfo");
  const base = {
    type: subtype === null ? type : `${type}.${subtype}`,
    eventId,
    eventMs: signedMs,
  };
  if (!data || signed === null || !STATE_TYPES.has(type)) {
    return { ...base, identities: [], events: [], essence: JSON.stringify([type, subtype]) };
  }
  const transaction = decodeJws(signed, "data.signedTransactionInfo");
  const signedRenewal = text(data, "signedRenewalInfo");
  const renewal =
    signedRenewal === null ? null : decodeJws(signedRenewal, "data.signedRenewalInfo");
  const transactionId = needText(transaction, "transactionId");
  const essence = JSON.stringify([type, subtype, transactionId]);
  const isTest = (text(data, "environment") ?? "Production") !== "Production";
  if (isTest && !(policy.sandbox ?? billingDefaults.sandbox)) {
    const ignored = "of a tester: the environment is not Production";
    return { ...base, identities: [], events: [], ignored, essence };
  }
  if ((text(transaction, "type") ?? "") !== "Auto-Renewable Subscription") {
    return { ...base, identities: [], events: [], essence };
  }
  const status = number(data, "status");
  const said: Notification = { type, subtype, id: eventId, signedMs, status, transaction, renewal };
  const account =
    text(transaction, "appAccountToken") ?? (renewal && text(renewal, "appAccountToken"));
  return {
    ...base,
    identities: identitiesOf(
      ["user", account],
      ["app_store", needText(transaction, "originalTransactionId")],
    ),
    events: eventsOf(said),
    essence,
  };
}

function eventsOf(said: Notification): readonly BillingEvent[] {
  const payload = observe(said);
  const events: BillingEvent[] = [
    {
      kind: "subscription",
      messageId: `${said.id}:${payload.subscriptionId}`,
      eventMs: said.signedMs,
      payload,
    },
  ];
  const isOwn = text(said.transaction, "inAppOwnershipType") !== "FAMILY_SHARED";
  const money = isOwn ? (paymentOf(said, payload) ?? refundOf(said, payload)) : null;
  if (money) events.push(money);
  return events;
}

function observe(said: Notification): SubscriptionObservation {
  const { transaction, renewal } = said;
  const status = statusOf(said);
  const periodStartMs = millis(transaction, "purchaseDate");
  const periodEndMs = millis(transaction, "expiresDate");
  const isTrial = text(transaction, "offerDiscountType") === "FREE_TRIAL";
  const price = isTrial ? renewalPrice(renewal) : (priceOf(transaction) ?? renewalPrice(renewal));
  return {
    processor: "app_store",
    subscriptionId: needText(transaction, "originalTransactionId"),
    customerId: null,
    status: status === "active" && isTrial ? "trialing" : status,
    isRenewing:
      status !== "ended" && (renewal === null || number(renewal, "autoRenewStatus") !== 0),
    endReason: status === "ended" ? endReasonOf(said) : null,
    plan: needText(transaction, "productId"),
    ...intervalBetween(isTrial ? null : periodStartMs, periodEndMs),
    priceMinor: price?.minor ?? null,
    currency: price?.currency ?? currency(transaction, "currency"),
    startedMs: millis(transaction, "originalPurchaseDate"),
    periodStartMs,
    periodEndMs,
    trialEndMs: isTrial ? periodEndMs : null,
    endedMs: status === "ended" ? (millis(transaction, "revocationDate") ?? periodEndMs) : null,
    graceEndMs: renewal && millis(renewal, "gracePeriodExpiresDate"),
    instrument: STORE_INSTRUMENT,
    feedback: null,
  };
}

const STORE_INSTRUMENT = {
  kind: "store",
  brand: "app_store",
  funding: "unknown",
  expiryMonth: null,
  expiryYear: null,
  country: null,
  isTokenised: false,
} as const;

type Status = SubscriptionObservation["status"];

/** As Apple says it; of a notification without a status, as its type implies. */
function statusOf({ type, subtype, status, transaction }: Notification): Status {
  if (status !== null) {
    const known: readonly (Status | undefined)[] = [
      undefined,
      "active",
      "ended",
      "hold",
      "grace",
      "ended",
    ];
    return known[status] ?? refuse(status);
  }
  if (type === "EXPIRED" || type === "REVOKE" || millis(transaction, "revocationDate") !== null) {
    return "ended";
  }
  if (type === "GRACE_PERIOD_EXPIRED") return "hold";
  if (type === "DID_FAIL_TO_RENEW") return subtype === "GRACE_PERIOD" ? "grace" : "hold";
  return "active";
}

function refuse(status: number): never {
  throw invalid(`'data.status' is ${status}; it is 1 to 5`);
}

function endReasonOf({
  type,
  subtype,
  status,
  transaction,
  renewal,
}: Notification): SubscriptionObservation["endReason"] {
  if (type === "REFUND") return "refund";
  // A purchase that a family shared and shares no more was not refunded.
  if (type === "REVOKE" || status === 5 || millis(transaction, "revocationDate") !== null) {
    return text(transaction, "inAppOwnershipType") === "FAMILY_SHARED" ? "other" : "refund";
  }
  switch (renewal && number(renewal, "expirationIntent")) {
    case 1:
    case 3:
      return "voluntary";
    case 2:
      return "involuntary";
    case 4:
    case 5:
      return "other";
  }
  if (subtype === "VOLUNTARY" || subtype === "PRICE_INCREASE") return "voluntary";
  return subtype === "BILLING_RETRY" ? "involuntary" : "other";
}

/** A transaction is a payment that succeeded; a renewal that failed has none, and is named by its day. */
function paymentOf(said: Notification, about: SubscriptionObservation): BillingEvent | null {
  const { type, transaction, renewal, signedMs } = said;
  const isFailure = type === "DID_FAIL_TO_RENEW";
  if (!isFailure && !PAYING_TYPES.has(type)) return null;
  const price = isFailure
    ? (renewalPrice(renewal) ?? priceOf(transaction))
    : text(transaction, "offerDiscountType") === "FREE_TRIAL"
      ? null
      : priceOf(transaction);
  if (!price || price.minor === 0) return null;
  const payload: PaymentAttempt = {
    processor: "app_store",
    attemptId: isFailure
      ? `${about.subscriptionId}:renewal:${about.periodEndMs}`
      : needText(transaction, "transactionId"),
    subscriptionId: about.subscriptionId,
    invoiceId: null,
    customerId: null,
    amountMinor: price.minor,
    currency: price.currency,
    outcome: isFailure ? "failed" : "succeeded",
    attemptNumber: null,
    initiatedBy: text(transaction, "transactionReason") === "PURCHASE" ? "customer" : "processor",
    declineCode: null,
    networkCode: null,
    adviceCode: null,
    declineClass: isFailure ? "unknown" : null,
    instrument: STORE_INSTRUMENT,
    nextAttemptMs: null,
  };
  return {
    kind: "payment",
    messageId: `${payload.attemptId}:${payload.outcome}`,
    eventMs: isFailure ? signedMs : Math.min(signedMs, about.periodStartMs ?? signedMs),
    value: price.minor,
    payload,
  };
}

function refundOf(said: Notification, about: SubscriptionObservation): BillingEvent | null {
  const { type, transaction, signedMs } = said;
  const price = type === "REFUND" ? priceOf(transaction) : null;
  if (!price || price.minor === 0) return null;
  const attemptId = needText(transaction, "transactionId");
  const payload: PaymentReversal = {
    processor: "app_store",
    reversalId: `${attemptId}:refund`,
    attemptId,
    subscriptionId: about.subscriptionId,
    kind: "refund",
    amountMinor: price.minor,
    currency: price.currency,
  };
  const eventMs = Math.min(signedMs, millis(transaction, "revocationDate") ?? signedMs);
  return { kind: "reversal", messageId: payload.reversalId, eventMs, value: price.minor, payload };
}

interface Price {
  readonly minor: number;
  readonly currency: string;
}

/** In thousandths of the currency's unit. */
function priceOf(fields: Fields, name = "price"): Price | null {
  const thousandths = number(fields, name);
  const code = currency(fields, "currency");
  if (thousandths === null || code === null) return null;
  return { minor: minorOf(thousandths / 1000, code, name), currency: code };
}

function renewalPrice(renewal: Fields | null): Price | null {
  return renewal && priceOf(renewal, "renewalPrice");
}

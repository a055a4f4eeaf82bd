/**
 * Google Play's real-time developer notifications, as Pub/Sub pushes them. A notification says what
 * happened to a purchase token and nothing more; how the subscription stands is in the resource of
 * `purchases.subscriptionsv2.get`. A relay that has Google's credentials may send it along, as `resource`
 * beside `message`; without it, the type alone is read, and price, period and reason stay unknown.
 *
 * A member is the account id that the app gave at the purchase, and the purchase token; a token that
 * replaces another (an upgrade, a return) names it.
 *
 * @see developer.android.com/google/play/billing/rtdn-reference
 */
import type { PaymentAttempt, SubscriptionObservation } from "../../schema/billing.ts";
import type { Identity } from "../../schema/member-event.ts";
import { decodeJson } from "./decode.ts";
import {
  currency,
  type Fields,
  fieldsOf,
  flag,
  instant,
  needMillis,
  needNumber,
  needObject,
  needText,
  number,
  object,
  objects,
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

/** notificationType → its name and what it says of the state; null: nothing. */
const TYPES: Readonly<Record<number, readonly [string, State | null]>> = {
  1: ["RECOVERED", { status: "active", isRenewing: true }],
  2: ["RENEWED", { status: "active", isRenewing: true }],
  3: ["CANCELED", { status: "active", isRenewing: false }],
  4: ["PURCHASED", { status: "active", isRenewing: true }],
  5: ["ON_HOLD", { status: "hold", isRenewing: true }],
  6: ["IN_GRACE_PERIOD", { status: "grace", isRenewing: true }],
  7: ["RESTARTED", { status: "active", isRenewing: true }],
  8: ["PRICE_CHANGE_CONFIRMED", null],
  9: ["DEFERRED", null],
  10: ["PAUSED", { status: "paused", isRenewing: true }],
  11: ["PAUSE_SCHEDULE_CHANGED", null],
  12: ["REVOKED", { status: "ended", isRenewing: false, endReason: "refund" }],
  13: ["EXPIRED", { status: "ended", isRenewing: false, endReason: "other" }],
  17: ["ITEMS_CHANGED", null],
  18: ["CANCELLATION_SCHEDULED", { status: "active", isRenewing: false }],
  19: ["PRICE_CHANGE_UPDATED", null],
  20: ["PENDING_PURCHASE_CANCELED", null],
  22: ["PRICE_STEP_UP_CONSENT_UPDATED", null],
};

interface State {
  readonly status: SubscriptionObservation["status"];
  readonly isRenewing: boolean;
  readonly endReason?: SubscriptionObservation["endReason"];
}

/** What `purchases.subscriptionsv2.get` answers, read. */
export interface GoogleSubscription {
  readonly identities: readonly Identity[];
  /** Null: a purchase that still waits for its first payment. */
  readonly state: State | null;
  readonly isTest: boolean;
  readonly latestOrderId: string | null;
  readonly terms: Pick<
    SubscriptionObservation,
    | "plan"
    | "interval"
    | "intervalCount"
    | "priceMinor"
    | "currency"
    | "startedMs"
    | "periodEndMs"
    | "trialEndMs"
    | "endedMs"
    | "graceEndMs"
    | "feedback"
  >;
}

/** @param body of Pub/Sub's push. @throws WaymarkError BILLING_INVALID */
export function readGoogleNotification(
  body: unknown,
  policy: Partial<BillingPolicy> = {},
): BillingReading {
  const push = fieldsOf(body, "");
  const message = needObject(push, "message");
  const eventId = text(message, "messageId") ?? needText(message, "message_id");
  const data = decodeJson(needText(message, "data"), "message.data");
  const eventMs = needMillis(data, "eventTimeMillis");
  const essence = needText(message, "data");
  const said = object(data, "subscriptionNotification");
  if (!said) {
    const type =
      ["testNotification", "oneTimeProductNotification", "voidedPurchaseNotification"].find(
        (name) => data.raw[name] !== undefined,
      ) ?? "unknown";
    return { type, eventId, eventMs, identities: [], events: [], essence };
  }
  const kind = needNumber(said, "notificationType");
  const [name, implied] = TYPES[kind] ?? [`type ${kind}`, null];
  const token = needText(said, "purchaseToken");
  const resource = object(push, "resource");
  const read = resource && readGoogleSubscription(resource);
  const base = { type: name, eventId, eventMs, essence };
  if (read?.isTest && !(policy.sandbox ?? billingDefaults.sandbox)) {
    return { ...base, identities: [], events: [], ignored: "of a tester: a test purchase" };
  }
  const state = read ? read.state : implied;
  const identities = identitiesOf(
    ...(read?.identities ?? []).map(({ kind: of, value }) => [of, value] as const),
    ["google_play", token],
  );
  if (!state || !implied) return { ...base, identities, events: [] };
  const terms = read?.terms ?? {
    ...UNKNOWN_TERMS,
    plan: text(said, "subscriptionId") ?? "unknown",
  };
  const payload: SubscriptionObservation = {
    processor: "google_play",
    subscriptionId: token,
    customerId: null,
    ...state,
    endReason: state.status === "ended" ? (state.endReason ?? "other") : null,
    periodStartMs: null,
    instrument: STORE_INSTRUMENT,
    ...terms,
    endedMs: state.status === "ended" ? (terms.endedMs ?? eventMs) : null,
  };
  const events: BillingEvent[] = [
    { kind: "subscription", messageId: `${eventId}:${token}`, eventMs, payload },
  ];
  const payment = read && paymentOf(kind, token, read, eventMs);
  if (payment) events.push(payment);
  return { ...base, identities, events };
}

const STORE_INSTRUMENT = {
  kind: "store",
  brand: "google_play",
  funding: "unknown",
  expiryMonth: null,
  expiryYear: null,
  country: null,
  isTokenised: false,
} as const;

const UNKNOWN_TERMS = {
  interval: "month",
  intervalCount: 1,
  priceMinor: null,
  currency: null,
  startedMs: null,
  periodEndMs: null,
  trialEndMs: null,
  endedMs: null,
  graceEndMs: null,
  feedback: null,
} as const;

/**
 * The resource of `purchases.subscriptionsv2.get`.
 *
 * @throws WaymarkError BILLING_INVALID
 */
export function readGoogleSubscription(resource: Fields | unknown): GoogleSubscription {
  const top = isFields(resource) ? resource : fieldsOf(resource, "resource");
  const item = objects(top, "lineItems")[0] ?? null;
  const plan = item && object(item, "autoRenewingPlan");
  const accounts = object(top, "externalAccountIdentifiers");
  const startedMs = instant(top, "startTime");
  const periodEndMs = item && instant(item, "expiryTime");
  const price = plan && object(plan, "recurringPrice");
  const code = price && currency(price, "currencyCode");
  const canceled = object(top, "canceledStateContext");
  const isTrial = isTrialOf(item);
  const state = stateOf(top, plan !== null && flag(plan, "autoRenewEnabled"), canceled, isTrial);
  return {
    identities: identitiesOf(
      ["user", accounts && text(accounts, "obfuscatedExternalAccountId")],
      ["google_play", text(top, "linkedPurchaseToken")],
    ),
    state,
    isTest: object(top, "testPurchase") !== null,
    latestOrderId: (item && text(item, "latestSuccessfulOrderId")) ?? text(top, "latestOrderId"),
    terms: {
      plan: planOf(item),
      ...intervalOf(item, isTrial ? null : startedMs, periodEndMs),
      priceMinor:
        price && code
          ? minorOf(
              (number(price, "units") ?? 0) + (number(price, "nanos") ?? 0) / 1e9,
              code,
              "recurringPrice",
            )
          : null,
      currency: code,
      startedMs,
      periodEndMs,
      trialEndMs: isTrial ? periodEndMs : null,
      endedMs: state?.status === "ended" ? periodEndMs : null,
      graceEndMs: state?.status === "grace" ? periodEndMs : null,
      feedback: feedbackOf(canceled),
    },
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && "raw" in value && "path" in value;
}

function stateOf(
  top: Fields,
  renews: boolean,
  canceled: Fields | null,
  isTrial: boolean,
): State | null {
  const word = needText(top, "subscriptionState");
  switch (word.replace("SUBSCRIPTION_STATE_", "")) {
    case "ACTIVE":
      return { status: isTrial ? "trialing" : "active", isRenewing: renews };
    case "CANCELED":
      return { status: isTrial ? "trialing" : "active", isRenewing: false };
    case "IN_GRACE_PERIOD":
      return { status: "grace", isRenewing: true };
    case "ON_HOLD":
      return { status: "hold", isRenewing: true };
    case "PAUSED":
      return { status: "paused", isRenewing: true };
    case "EXPIRED":
      return { status: "ended", isRenewing: false, endReason: endReasonOf(canceled) };
    case "PENDING":
    case "PENDING_PURCHASE_CANCELED":
      return null;
    default:
      throw invalid(`'subscriptionState' is '${word.slice(0, 60)}', which is unknown`);
  }
}

/** The system cancels what could not be paid. */
function endReasonOf(canceled: Fields | null): SubscriptionObservation["endReason"] {
  if (canceled === null) return "other";
  if (canceled.raw.userInitiatedCancellation) return "voluntary";
  return canceled.raw.systemInitiatedCancellation ? "involuntary" : "other";
}

function feedbackOf(canceled: Fields | null): string | null {
  const user = canceled && object(canceled, "userInitiatedCancellation");
  const survey = user && object(user, "cancelSurveyResult");
  return survey && (text(survey, "reasonUserInput") ?? text(survey, "reason"));
}

function isTrialOf(item: Fields | null): boolean {
  const phase = item && object(item, "offerPhase");
  return phase !== null && phase.raw.freeTrial !== undefined;
}

function planOf(item: Fields | null): string {
  const offer = item && object(item, "offerDetails");
  const product = (item && text(item, "productId")) ?? "unknown";
  const base = offer && text(offer, "basePlanId");
  return base === null ? product : `${product}:${base}`;
}

/** Google's resource has no period, so the base plan's name is looked at: "monthly", "p1y", "annual". */
function intervalOf(
  item: Fields | null,
  startMs: number | null,
  endMs: number | null,
): Pick<SubscriptionObservation, "interval" | "intervalCount"> {
  const name = planOf(item).toLowerCase();
  if (/year|annual|p1y|12m/.test(name)) return { interval: "year", intervalCount: 1 };
  if (/week|p1w/.test(name)) return { interval: "week", intervalCount: 1 };
  if (/month|p1m/.test(name)) return { interval: "month", intervalCount: 1 };
  const days = startMs === null || endMs === null ? 0 : (endMs - startMs) / 86_400_000;
  // From the first start on this is one interval only while there was no renewal.
  return days > 0 && days < 370
    ? intervalBetween(startMs, endMs)
    : { interval: "month", intervalCount: 1 };
}

function paymentOf(
  kind: number,
  token: string,
  { latestOrderId, state, terms }: GoogleSubscription,
  eventMs: number,
): BillingEvent | null {
  const isFailure = kind === 5 || kind === 6;
  const isPayment = kind === 1 || kind === 2 || kind === 4;
  const { priceMinor, currency: code } = terms;
  if (!(isFailure || isPayment) || state?.status === "trialing") return null;
  if (priceMinor === null || priceMinor === 0 || code === null || latestOrderId === null) {
    return null;
  }
  const payload: PaymentAttempt = {
    processor: "google_play",
    // Grace and hold after one renewal tell of one failure.
    attemptId: isFailure ? `${latestOrderId}:renewal` : latestOrderId,
    subscriptionId: token,
    invoiceId: null,
    customerId: null,
    amountMinor: priceMinor,
    currency: code,
    outcome: isFailure ? "failed" : "succeeded",
    attemptNumber: null,
    initiatedBy: kind === 4 ? "customer" : "processor",
    declineCode: null,
    networkCode: null,
    adviceCode: null,
    declineClass: isFailure ? "unknown" : null,
    instrument: STORE_INSTRUMENT,
    nextAttemptMs: null,
  };
  const messageId = `${payload.attemptId}:${payload.outcome}`;
  return { kind: "payment", messageId, eventMs, value: priceMinor, payload };
}

/**
 * Stripe's objects as webhooks carry them, in both generations of payloads: before 2025-03-31 a period
 * is the subscription's and an invoice names its charge; since then the period is the item's and an
 * invoice has payments. Fields are those that readers of memberships look at, and a few around them.
 */
import { DAY_MS } from "./date.ts";
import { type Charge, DECLINE, type Life, STATUS } from "./life.ts";

export const API_VERSIONS = { old: "2024-06-20", new: "2026-07-29.dahlia" } as const;

export type StripeJson = Readonly<Record<string, unknown>>;

/** An event of Stripe's API v1. */
export interface StripeEvent {
  readonly id: string;
  readonly object: "event";
  readonly api_version: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly data: { readonly object: StripeJson; readonly previous_attributes?: StripeJson };
  readonly livemode: false;
  readonly pending_webhooks: number;
  readonly request: { readonly id: string | null; readonly idempotency_key: null };
  readonly type: string;
}

export function customerOf({ person, startDay }: Life): StripeJson {
  return {
    id: person.customerId,
    object: "customer",
    address: { country: person.country },
    created: secondsOf(startDay, 0),
    email: person.email,
    metadata: { user_id: person.userId },
    name: person.name,
  };
}

/** @param atS epoch seconds of the event */
export function subscriptionOf(life: Life, isOld: boolean, atS: number): StripeJson {
  const { person, interval, priceMinor, anchorSecond: second } = life;
  const period = {
    current_period_start: secondsOf(life.periodStart, second),
    current_period_end: secondsOf(life.periodEnd, second),
  };
  const isOver = life.status >= STATUS.ENDED_VOLUNTARY;
  const isLeaving = life.status === STATUS.LEAVING;
  const wasOff = life.offDay >= 0;
  const hasTrial = life.trialEndDay >= 0;
  return {
    id: subscriptionIdOf(life),
    object: "subscription",
    cancel_at: isLeaving ? period.current_period_end : null,
    cancel_at_period_end: isLeaving || (isOver && wasOff),
    canceled_at: isLeaving || isOver ? atS : null,
    cancellation_details: {
      comment: null,
      feedback: wasOff ? feedbackOf(life) : null,
      reason: wasOff ? "cancellation_requested" : isOver ? "payment_failed" : null,
    },
    collection_method: "charge_automatically",
    created: secondsOf(life.startDay, second),
    currency: "eur",
    customer: person.customerId,
    default_payment_method: paymentMethodIdOf(life),
    ended_at: isOver ? atS : null,
    items: {
      object: "list",
      data: [
        {
          id: `si_${subscriptionIdOf(life).slice(4)}`,
          object: "subscription_item",
          price: {
            id: `price_premium_${interval}_${priceMinor}`,
            object: "price",
            currency: "eur",
            lookup_key: `premium_${PLAN_WORD[interval]}`,
            recurring: { interval, interval_count: 1 },
            unit_amount: priceMinor,
          },
          quantity: 1,
          ...(isOld ? {} : period),
        },
      ],
    },
    metadata: { user_id: person.userId },
    pause_collection: null,
    start_date: secondsOf(life.startDay, second),
    status: statusOf(life, atS),
    trial_end: hasTrial ? secondsOf(life.trialEndDay, second) : null,
    trial_start: hasTrial ? secondsOf(life.startDay, second) : null,
    ...(isOld ? period : {}),
  };
}

const PLAN_WORD = { week: "weekly", month: "monthly", year: "annual" } as const;

function statusOf(life: Life, atS: number): string {
  switch (life.status) {
    case STATUS.TRIALING:
      return "trialing";
    case STATUS.LEAVING:
      return atS < secondsOf(life.trialEndDay, life.anchorSecond) ? "trialing" : "active";
    case STATUS.ACTIVE:
      return "active";
    case STATUS.ARREARS:
      return "past_due";
    default:
      return "canceled";
  }
}

/** What people say when they leave: those who do not come say so, the others speak of the price. */
function feedbackOf({ slow, person, offDay }: Life): string | null {
  const choice = (offDay * 7 + person.index * 13) % 10;
  if (choice < 4) return null;
  if (slow < 0.06) return choice < 8 ? "unused" : "other";
  return choice < 7 ? "too_expensive" : choice < 9 ? "missing_features" : "switched_service";
}

/** @param atS when it was tried; @param codesChanged banks send other words for the same (W5) */
export function chargeOf(
  life: Life,
  { decline, attempt }: Charge,
  isOld: boolean,
  atS: number,
  codesChanged: boolean,
): StripeJson {
  const isPaid = decline === DECLINE.NONE;
  const codes = isPaid ? undefined : codesOf(life, decline, attempt, codesChanged);
  return {
    id: `ch_${invoiceIdOf(life).slice(3)}${attempt}`,
    object: "charge",
    amount: life.priceMinor,
    amount_refunded: 0,
    created: atS,
    currency: "eur",
    customer: life.person.customerId,
    failure_code: codes?.code ?? null,
    outcome: {
      advice_code: codes ? adviceOf(decline) : null,
      network_advice_code: codes?.networkAdvice ?? null,
      network_decline_code: codes?.network ?? null,
      network_status: isPaid ? "approved_by_network" : "declined_by_network",
      reason: codes?.reason ?? null,
      type: isPaid ? "authorized" : "issuer_declined",
    },
    paid: isPaid,
    payment_intent: intentIdOf(life),
    payment_method: paymentMethodIdOf(life),
    payment_method_details: methodOf(life),
    status: isPaid ? "succeeded" : "failed",
    ...(isOld ? { invoice: invoiceIdOf(life) } : {}),
  };
}

export function paymentMethodOf(life: Life, atS: number): StripeJson {
  return {
    id: paymentMethodIdOf(life),
    object: "payment_method",
    created: atS,
    customer: life.person.customerId,
    ...methodOf(life),
  };
}

function methodOf({ person, expiryMonth, isTokenised }: Life): StripeJson {
  const { funding, brand } = person.instrument;
  if (funding === "bank") {
    return { type: "sepa_debit", sepa_debit: { country: person.country } };
  }
  if (funding === "wallet") return { type: "paypal", paypal: { country: person.country } };
  return {
    type: "card",
    card: {
      brand,
      country: person.country,
      exp_month: (expiryMonth % 12) + 1,
      exp_year: Math.floor(expiryMonth / 12),
      funding,
      network_token: { used: isTokenised },
    },
  };
}

/** @param charge the attempt that it tells of */
export function invoiceOf(life: Life, charge: Charge, isOld: boolean, atS: number): StripeJson {
  const { decline, attempt, nextDay } = charge;
  const isPaid = decline === DECLINE.NONE;
  const { person, priceMinor } = life;
  const details = { metadata: { user_id: person.userId } };
  const subscription = subscriptionIdOf(life);
  const chargeId = `ch_${invoiceIdOf(life).slice(3)}${attempt}`;
  return {
    id: invoiceIdOf(life),
    object: "invoice",
    amount_due: priceMinor,
    amount_paid: isPaid ? priceMinor : 0,
    amount_remaining: isPaid ? 0 : priceMinor,
    attempt_count: attempt,
    attempted: true,
    auto_advance: !isPaid && nextDay >= 0,
    billing_reason:
      life.periods === 1 && life.trialEndDay < 0 ? "subscription_create" : "subscription_cycle",
    collection_method: "charge_automatically",
    currency: "eur",
    customer: person.customerId,
    next_payment_attempt:
      isPaid || nextDay < 0 ? null : secondsOf(nextDay, life.anchorSecond + 600),
    status: isPaid ? "paid" : "open",
    status_transitions: { paid_at: isPaid ? atS : null },
    ...(isOld
      ? {
          charge: chargeId,
          payment_intent: intentIdOf(life),
          subscription,
          subscription_details: details,
        }
      : {
          parent: {
            type: "subscription_details",
            subscription_details: { ...details, subscription },
          },
          payments: {
            object: "list",
            data: [
              {
                id: `inpay_${chargeId.slice(3)}`,
                object: "invoice_payment",
                is_default: true,
                payment: { type: "payment_intent", payment_intent: intentIdOf(life) },
                status: isPaid ? "paid" : "open",
              },
            ],
          },
        }),
  };
}

interface Codes {
  readonly code: string;
  readonly reason: string;
  readonly network: string | null;
  readonly networkAdvice: string | null;
}

/** The issuer's words. One empty account of three hides behind "do not honor". */
function codesOf(life: Life, decline: number, attempt: number, isChanged: boolean): Codes {
  const { funding, brand } = life.person.instrument;
  const choice = (life.person.index * 31 + life.invoice * 17 + life.card) % 10;
  const declined = (
    reason: string,
    network: string,
    networkAdvice: string | null = null,
  ): Codes => ({
    code: "card_declined",
    reason,
    network,
    networkAdvice: brand === "mastercard" ? networkAdvice : null,
  });
  if (funding === "bank") {
    const reason = decline === DECLINE.FUNDS ? "insufficient_funds" : "generic_decline";
    return { code: "card_declined", reason, network: null, networkAdvice: null };
  }
  switch (decline) {
    case DECLINE.HARD:
      if (choice < 4) return declined("lost_card", "41", "03");
      if (choice < 7) return declined("stolen_card", "43", "03");
      return declined("transaction_not_allowed", "57", "03");
    case DECLINE.EXPIRED:
      return { ...declined("expired_card", "54", "01"), code: "expired_card" };
    case DECLINE.FUNDS:
      // In the world that drifts, banks stop naming the reason.
      if (choice < (isChanged ? 9 : 3)) return declined("do_not_honor", "05");
      return declined("insufficient_funds", "51", attempt === 1 ? "25" : "27");
    case DECLINE.TECHNICAL:
      return choice < 5
        ? { ...declined("processing_error", "96"), code: "processing_error" }
        : declined("issuer_not_available", "91", "02");
    default:
      return choice < 6 ? declined("do_not_honor", "05") : declined("generic_decline", "05");
  }
}

function adviceOf(decline: number): string {
  if (decline === DECLINE.HARD) return "do_not_try_again";
  return decline === DECLINE.EXPIRED ? "confirm_card_data" : "try_again_later";
}

function nameOf({ person }: Life): string {
  return person.customerId.slice(4);
}
export function subscriptionIdOf(life: Life): string {
  return `sub_${nameOf(life)}${life.subscription}`;
}
function invoiceIdOf(life: Life): string {
  return `in_${nameOf(life)}i${life.invoice}`;
}
function intentIdOf(life: Life): string {
  return `pi_${nameOf(life)}i${life.invoice}`;
}
function paymentMethodIdOf(life: Life): string {
  return `pm_${nameOf(life)}c${life.card}`;
}

/** Epoch seconds of a second of a day. */
export function secondsOf(day: number, second: number): number {
  return (day * DAY_MS) / 1000 + second;
}

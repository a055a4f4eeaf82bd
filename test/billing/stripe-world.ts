// Webhooks of Stripe as our tests need them, written by hand in both generations of payloads: the few
// fields that are read among some that are not.
export interface Version {
  readonly apiVersion: string;
  readonly isNew: boolean;
}
export const OLD: Version = { apiVersion: "2022-11-15", isNew: false };
export const NEW: Version = { apiVersion: "2026-10-28.endive", isNew: true };

/** 2026-03-01T00:00:00Z, in seconds. */
export const T0 = 1_772_323_200;
export const DAY_S = 86_400;

type Json = Readonly<Record<string, unknown>>;

export interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly created?: number;
  readonly object: Json;
  readonly before?: Json;
  /** Who asked; null: Stripe by itself. */
  readonly request?: string | null;
}

export function event(
  { apiVersion }: Version,
  { id, type, created = T0, object, before, request = null }: Envelope,
): Json {
  return {
    id,
    object: "event",
    api_version: apiVersion,
    created,
    data: { object, ...(before ? { previous_attributes: before } : {}) },
    livemode: true,
    pending_webhooks: 1,
    request: { id: request, idempotency_key: null },
    type,
  };
}

export function subscription({ isNew }: Version, more: Json = {}): Json {
  const period = { current_period_start: T0, current_period_end: T0 + 31 * DAY_S };
  return {
    id: "sub_1",
    object: "subscription",
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: "charge_automatically",
    created: T0,
    currency: "eur",
    customer: "cus_1",
    default_payment_method: "pm_1",
    ended_at: null,
    items: {
      object: "list",
      data: [
        {
          id: "si_1",
          object: "subscription_item",
          price: {
            id: "price_1",
            object: "price",
            currency: "eur",
            lookup_key: "premium_month",
            nickname: null,
            recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
            unit_amount: 799,
          },
          quantity: 1,
          ...(isNew ? period : {}),
        },
      ],
    },
    metadata: { user_id: "u-1" },
    pause_collection: null,
    start_date: T0,
    status: "active",
    trial_end: null,
    ...(isNew ? {} : period),
    ...more,
  };
}

export function invoice({ isNew }: Version, more: Json = {}): Json {
  return {
    id: "in_1",
    object: "invoice",
    amount_due: 799,
    amount_paid: 0,
    attempt_count: 1,
    attempted: true,
    auto_advance: true,
    billing_reason: "subscription_cycle",
    currency: "eur",
    customer: "cus_1",
    customer_email: "ann@example.org",
    customer_name: "Ann",
    next_payment_attempt: T0 + 3 * DAY_S,
    status: "open",
    status_transitions: {
      finalized_at: T0,
      marked_uncollectible_at: null,
      paid_at: null,
      voided_at: null,
    },
    ...(isNew
      ? {
          parent: {
            type: "subscription_details",
            quote_details: null,
            subscription_details: { subscription: "sub_1", metadata: { user_id: "u-1" } },
          },
        }
      : {
          subscription: "sub_1",
          subscription_details: { metadata: { user_id: "u-1" } },
          charge: "ch_1",
          payment_intent: "pi_1",
          paid: false,
          paid_out_of_band: false,
        }),
    ...more,
  };
}

export const CARD = {
  brand: "visa",
  country: "DE",
  exp_month: 4,
  exp_year: 2027,
  funding: "debit",
  network_token: { used: true },
  wallet: null,
};

export function failedCharge({ isNew }: Version, more: Json = {}): Json {
  return {
    id: "ch_1",
    object: "charge",
    amount: 799,
    amount_refunded: 0,
    created: T0,
    currency: "eur",
    customer: "cus_1",
    failure_code: "card_declined",
    failure_message: "Your card has insufficient funds.",
    outcome: {
      advice_code: "try_again_later",
      network_advice_code: null,
      network_decline_code: "51",
      reason: "insufficient_funds",
      type: "issuer_declined",
    },
    paid: false,
    payment_intent: "pi_1",
    payment_method_details: { type: "card", card: CARD },
    status: "failed",
    ...(isNew ? {} : { invoice: "in_1" }),
    ...more,
  };
}

export function paidCharge(version: Version, more: Json = {}): Json {
  return failedCharge(version, {
    id: "ch_2",
    failure_code: null,
    failure_message: null,
    outcome: { type: "authorized", reason: null },
    paid: true,
    status: "succeeded",
    ...more,
  });
}

export function failedIntent({ isNew }: Version, more: Json = {}): Json {
  return {
    id: "pi_1",
    object: "payment_intent",
    amount: 799,
    currency: "eur",
    customer: "cus_1",
    last_payment_error: {
      advice_code: "try_again_later",
      charge: "ch_1",
      code: "card_declined",
      decline_code: "insufficient_funds",
      network_advice_code: null,
      network_decline_code: "51",
      payment_method: { id: "pm_1", type: "card", card: CARD },
      type: "card_error",
    },
    latest_charge: "ch_1",
    status: "requires_payment_method",
    ...(isNew
      ? { payment_details: { customer_reference: null, order_reference: "in_1" } }
      : { invoice: "in_1" }),
    ...more,
  };
}

/** A half year of one member's billing, as about 25 webhooks. */
export function billingStory(version: Version): readonly Json[] {
  const at = (day: number): number => T0 + day * DAY_S;
  const period = (start: number, end: number): Json =>
    version.isNew ? {} : { current_period_start: at(start), current_period_end: at(end) };
  const say = (id: string, type: string, day: number, object: Json, before?: Json): Json =>
    event(version, { id, type, created: at(day), object, ...(before ? { before } : {}) });
  const paid = (n: number, day: number): readonly Json[] => {
    const done = invoice(version, {
      id: `in_${n}`,
      amount_paid: 799,
      status: "paid",
      next_payment_attempt: null,
      status_transitions: { paid_at: at(day) },
    });
    return [
      say(
        `evt_c${n}`,
        "charge.succeeded",
        day,
        paidCharge(version, { id: `ch_s${n}`, created: at(day) }),
      ),
      say(`evt_p${n}`, "invoice.paid", day, done),
      say(`evt_q${n}`, "invoice.payment_succeeded", day, done),
    ];
  };
  return [
    say("evt_cus", "customer.created", 0, {
      id: "cus_1",
      object: "customer",
      email: "ann@example.org",
      name: "Ann",
      address: { country: "DE" },
      metadata: { user_id: "u-1" },
    }),
    say("evt_s1", "customer.subscription.created", 0, subscription(version, period(0, 31))),
    ...paid(1, 0),
    say("evt_s2", "customer.subscription.updated", 31, subscription(version, period(31, 62))),
    ...paid(2, 31),
    // The third month is declined twice, and paid at last.
    ...[62, 65].flatMap((day, n) => {
      const charge = { id: `ch_f${n}`, created: at(day) };
      const error = { ...(failedIntent(version).last_payment_error as object), charge: charge.id };
      return [
        say(
          `evt_f${n}`,
          "charge.failed",
          day,
          failedCharge(version, { ...charge, ...inv(version) }),
        ),
        say(
          `evt_i${n}`,
          "payment_intent.payment_failed",
          day,
          failedIntent(version, {
            last_payment_error: error,
            latest_charge: charge.id,
            ...(version.isNew
              ? { payment_details: { order_reference: "in_3" } }
              : { invoice: "in_3" }),
          }),
        ),
        say(
          `evt_v${n}`,
          "invoice.payment_failed",
          day,
          invoice(version, { id: "in_3", attempt_count: n + 1, next_payment_attempt: at(day + 3) }),
        ),
      ];
    }),
    say(
      "evt_s3",
      "customer.subscription.updated",
      62,
      subscription(version, { status: "past_due" }),
      {
        status: "active",
      },
    ),
    ...paid(3, 68),
    say("evt_s4", "customer.subscription.updated", 68, subscription(version), {
      status: "past_due",
    }),
    say(
      "evt_s5",
      "customer.subscription.updated",
      70,
      subscription(version, { cancel_at_period_end: true, cancel_at: at(93) }),
    ),
    say(
      "evt_r1",
      "charge.refunded",
      80,
      paidCharge(version, { id: "ch_s3", amount_refunded: 300 }),
      { amount_refunded: 0 },
    ),
    say(
      "evt_s6",
      "customer.subscription.deleted",
      93,
      subscription(version, {
        status: "canceled",
        cancel_at_period_end: true,
        ended_at: at(93),
        cancellation_details: {
          comment: null,
          feedback: "too_expensive",
          reason: "cancellation_requested",
        },
      }),
    ),
  ];
}

const inv = ({ isNew }: Version): Json => (isNew ? {} : { invoice: "in_3" });

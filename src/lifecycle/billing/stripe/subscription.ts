/**
 * Stripe's subscription objects as observations. `incomplete` ones have not begun, so nothing is said of
 * them until they do; `past_due` and `unpaid` mean what the account lets them mean (BillingPolicy).
 */
import type { SubscriptionObservation } from "../../../schema/billing.ts";
import {
  amount,
  currency,
  type Fields,
  flag,
  idOf,
  isPresent,
  needText,
  number,
  object,
  objects,
  seconds,
  text,
} from "../field.ts";
import { type Interval, intervalBetween, intervalOfDays } from "../interval.ts";
import { type BillingPolicy, invalid } from "../reading.ts";
import type { Generation, Period } from "./generation.ts";
import { instrumentOf } from "./instrument.ts";

type Status = SubscriptionObservation["status"];
type EndReason = SubscriptionObservation["endReason"];

/** What the event around the object tells. */
export interface Told {
  readonly generation: Generation;
  readonly policy: BillingPolicy;
  /** Whether a person or a program asked for it; else Stripe did it by itself. */
  readonly isAsked: boolean;
  /** What an update changed, as it was before. */
  readonly before: Fields | null;
}

/** @returns null for one that has not begun. @throws WaymarkError BILLING_INVALID */
export function observeSubscription(
  subscription: Fields,
  told: Told,
): SubscriptionObservation | null {
  const status = statusOf(subscription, told.policy);
  if (status === null) return null;
  const period = told.generation.periodOf(subscription);
  const cancelAtMs = seconds(subscription, "cancel_at");
  const isLeaving = flag(subscription, "cancel_at_period_end") || cancelAtMs !== null;
  const details = object(subscription, "cancellation_details");
  const method = subscription.raw.default_payment_method;
  return {
    processor: "stripe",
    subscriptionId: needText(subscription, "id"),
    customerId: idOf(subscription, "customer"),
    status,
    isRenewing: status !== "ended" && !isLeaving,
    endReason: status === "ended" ? endReasonOf(subscription, details, isLeaving, told) : null,
    ...termsOf(subscription, period),
    startedMs: seconds(subscription, "start_date") ?? seconds(subscription, "created"),
    periodStartMs: period.startMs,
    periodEndMs: period.endMs,
    trialEndMs: seconds(subscription, "trial_end"),
    endedMs: status === "ended" ? seconds(subscription, "ended_at") : null,
    graceEndMs: null,
    instrument:
      typeof method === "object"
        ? instrumentOf(object(subscription, "default_payment_method"))
        : null,
    feedback: details && (text(details, "feedback") ?? text(details, "comment")),
  };
}

function statusOf(subscription: Fields, policy: BillingPolicy): Status | null {
  const status = needText(subscription, "status");
  const pause = object(subscription, "pause_collection");
  // A bill kept as a draft is collected later, and access goes on; the other two give a time away.
  const isPaused = pause !== null && text(pause, "behavior") !== "keep_as_draft";
  switch (status) {
    case "trialing":
    case "active":
      return isPaused ? "paused" : status;
    case "past_due":
      return isPaused ? "paused" : policy.pastDue;
    case "unpaid":
      return policy.unpaid;
    case "paused":
      return "paused";
    case "canceled":
      return "ended";
    case "incomplete":
    case "incomplete_expired":
      return null;
    default:
      throw invalid(`'${subscription.path}.status' is '${status.slice(0, 60)}', which is unknown`);
  }
}

/**
 * As Stripe says it; payloads before 2023 do not. Then: whoever had switched renewal off chose, so did
 * whoever asked for the end, and what Stripe ended by itself it ended for want of payment.
 */
function endReasonOf(
  subscription: Fields,
  details: Fields | null,
  isLeaving: boolean,
  { isAsked, before }: Told,
): EndReason {
  if (text(subscription, "status") === "unpaid") return "involuntary";
  switch (details && text(details, "reason")) {
    case "cancellation_requested":
      return "voluntary";
    case "payment_failed":
      return "involuntary";
    case "payment_disputed":
      return "dispute";
    case "canceled_by_retention_policy":
      return "other";
  }
  if (isLeaving || (details && text(details, "feedback") !== null)) return "voluntary";
  const was = before && text(before, "status");
  if (was === "past_due" || was === "unpaid" || !isAsked) return "involuntary";
  return "voluntary";
}

type Terms = Pick<
  SubscriptionObservation,
  "plan" | "interval" | "intervalCount" | "priceMinor" | "currency"
>;

/** Plan, interval and price: of several items the first names them, and the prices add up. */
function termsOf(subscription: Fields, period: Period): Terms {
  const items = objects(subscription, "items");
  const prices = items.map((item) => ({
    price: object(item, "price") ?? object(item, "plan"),
    quantity: amount(item, "quantity") ?? 1,
  }));
  const legacy = object(subscription, "plan");
  if (prices.length === 0 && legacy) {
    prices.push({ price: legacy, quantity: amount(subscription, "quantity") ?? 1 });
  }
  const first = prices[0]?.price ?? null;
  const currencies = new Set<string>();
  const whole = currency(subscription, "currency");
  if (whole !== null) currencies.add(whole);
  let sum: number | null = prices.length === 0 ? null : 0;
  for (const { price, quantity } of prices) {
    const unit = price && (amount(price, "unit_amount") ?? amount(price, "amount"));
    const own = price && currency(price, "currency");
    if (own) currencies.add(own);
    // Prices by tiers have no unit: what one interval costs is not known beforehand.
    sum = sum === null || unit === null ? null : sum + unit * quantity;
  }
  if (currencies.size > 1) {
    throw invalid(
      `'${subscription.path}' is in ${[...currencies].join(" and ")}; a subscription has one currency`,
    );
  }
  return {
    plan: nameOf(first) ?? "unknown",
    ...intervalOf(first, period),
    priceMinor: sum,
    currency: [...currencies][0] ?? null,
  };
}

/** The app's own word before Stripe's id. */
function nameOf(price: Fields | null): string | null {
  return price && (text(price, "lookup_key") ?? text(price, "nickname") ?? text(price, "id"));
}

function intervalOf(price: Fields | null, period: Period): Interval {
  const recurring = price && (isPresent(price, "recurring") ? object(price, "recurring") : price);
  const unit = recurring && text(recurring, "interval");
  const count = (recurring && number(recurring, "interval_count")) ?? 1;
  if (unit === "week" || unit === "month" || unit === "year") {
    return { interval: unit, intervalCount: count };
  }
  if (unit === "day") return intervalOfDays(count);
  return intervalBetween(period.startMs, period.endMs);
}

/**
 * One vocabulary for what payment processors say: Stripe, the App Store, Google Play and RevenueCat are
 * read into it (lifecycle/billing), and nothing behind it knows which spoke. Money is integer minor
 * units of the currency, time epoch milliseconds UTC.
 */

export const PROCESSORS = ["stripe", "app_store", "google_play", "revenuecat"] as const;
export type Processor = (typeof PROCESSORS)[number];

/**
 * Where a membership stands.
 * free: never paid, or no subscription yet. trialing. active: paid and renewing.
 * auto_renew_off: paid until its end, then over. grace: payment failed, access goes on.
 * hold: payment failed, access is off, the processor still tries. paused.
 * expired_voluntary, expired_involuntary: access ended by choice, by failure to pay.
 * won_back: active again after an expiry, until the next change.
 */
export const MEMBERSHIP_STATES = [
  "free",
  "trialing",
  "active",
  "auto_renew_off",
  "grace",
  "hold",
  "paused",
  "expired_voluntary",
  "expired_involuntary",
  "won_back",
] as const;
export type MembershipState = (typeof MEMBERSHIP_STATES)[number];

export type BillingInterval = "week" | "month" | "year";

/** What a processor says of a subscription at a moment: payload of "subscription" events. */
export interface SubscriptionObservation {
  readonly processor: Processor;
  /** The processor's own id. */
  readonly subscriptionId: string;
  readonly customerId: string | null;
  /** ended: access is over for good, for `endReason`. */
  readonly status: "trialing" | "active" | "grace" | "hold" | "paused" | "ended";
  /** False once the member, or the app for the member, has switched renewal off. */
  readonly isRenewing: boolean;
  readonly endReason: "voluntary" | "involuntary" | "refund" | "dispute" | "other" | null;
  /** The product in the app's words: Stripe's lookup key, nickname or price id; a store's product id. */
  readonly plan: string;
  readonly interval: BillingInterval;
  readonly intervalCount: number;
  /** Of one interval; null where the processor does not say. */
  readonly priceMinor: number | null;
  /** ISO 4217, upper case; null where the processor does not say. */
  readonly currency: string | null;
  readonly startedMs: number | null;
  readonly periodStartMs: number | null;
  readonly periodEndMs: number | null;
  readonly trialEndMs: number | null;
  readonly endedMs: number | null;
  /** Of the grace period, where the processor gives one. */
  readonly graceEndMs: number | null;
  readonly instrument: Instrument | null;
  /** Why it was cancelled, in the processor's words; null where nobody said. */
  readonly feedback: string | null;
}

/** What pays. */
export interface Instrument {
  readonly kind: "card" | "bank" | "wallet" | "store" | "other";
  readonly brand: string | null;
  readonly funding: "credit" | "debit" | "prepaid" | "unknown";
  /** Month 1–12 and four-digit year; null where it does not expire or is not said. */
  readonly expiryMonth: number | null;
  readonly expiryYear: number | null;
  readonly country: string | null;
  readonly isTokenised: boolean;
}

/** What a customer pays with came, changed or went: payload of "instrument" events. */
export interface InstrumentObservation {
  readonly processor: Processor;
  readonly customerId: string;
  /** The processor's own id. */
  readonly instrumentId: string;
  /** updated_by_network: the card's issuer gave it a new number or date. */
  readonly change: "attached" | "updated" | "updated_by_network" | "detached";
  readonly instrument: Instrument;
}

/** What to do about a decline; which codes belong to which is a dated table (lifecycle/billing). */
export const DECLINE_CLASSES = [
  "never_retry",
  "needs_card_data",
  "needs_customer",
  "insufficient_funds",
  "velocity",
  "ambiguous",
  "technical",
  "duplicate",
  "unknown",
] as const;
export type DeclineClass = (typeof DECLINE_CLASSES)[number];

/** One try to collect money: payload of "payment" events; the event's value is `amountMinor`. */
export interface PaymentAttempt {
  readonly processor: Processor;
  /** The processor's id of the try: a charge, a transaction. */
  readonly attemptId: string;
  readonly subscriptionId: string | null;
  readonly invoiceId: string | null;
  readonly customerId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly outcome: "succeeded" | "failed" | "pending";
  /** 1 at the first try of the invoice; null where the processor does not say. */
  readonly attemptNumber: number | null;
  readonly initiatedBy: "us" | "processor" | "customer" | "unknown";
  /** As they came; null where they did not. */
  readonly declineCode: string | null;
  readonly networkCode: string | null;
  readonly adviceCode: string | null;
  /** Null for what did not fail. */
  readonly declineClass: DeclineClass | null;
  readonly instrument: Instrument | null;
  /** When the processor tries again; null where it does not. */
  readonly nextAttemptMs: number | null;
}

/** What becomes of a bill, and when its money is tried for again: payload of "invoice" events. */
export interface InvoiceObservation {
  readonly processor: Processor;
  readonly invoiceId: string;
  readonly subscriptionId: string | null;
  readonly customerId: string | null;
  /**
   * failed: a try to collect it failed and it stays open. needs_action: the member has to confirm the
   * payment. uncollectible, void: given up, taken back.
   */
  readonly status: "failed" | "needs_action" | "paid" | "uncollectible" | "void";
  /** What is asked; of "paid" what was paid. */
  readonly amountMinor: number;
  readonly currency: string;
  /** Tries of the processor's own schedule so far; null where it does not say. */
  readonly attemptNumber: number | null;
  readonly nextAttemptMs: number | null;
  /** Of "paid": outside of the processor, as cash or a transfer. */
  readonly isOutOfBand: boolean;
}

/** Money that went back: payload of "reversal" events; the event's value is `amountMinor`. */
export interface PaymentReversal {
  readonly processor: Processor;
  readonly reversalId: string;
  readonly attemptId: string | null;
  readonly subscriptionId: string | null;
  readonly kind: "refund" | "dispute";
  readonly amountMinor: number;
  readonly currency: string;
}

/** What can be done about a failed payment: on a store only what the app controls. */
export interface ProcessorCapability {
  readonly canRetry: boolean;
  readonly canChooseGrace: boolean;
  readonly canMessage: boolean;
  readonly canChangeAccess: boolean;
}

/**
 * What a webhook of any payment processor says, once it is read: of whom, and which events of the log
 * follow. A reader is pure and looks at one webhook alone, so the order in which webhooks come changes
 * nothing; the log keeps one event per message id, so neither does repetition.
 *
 * Message ids are made of what happened, never of the webhook that told of it: a payment's is its
 * attempt and outcome ("ch_1:failed"), an invoice's its status and try ("in_1:failed:2"), a reversal's
 * its own id. When several webhooks tell of one attempt, the first is kept and the others drop out.
 * Only an observed state, of a subscription or an instrument, is of its webhook ("evt_1:sub_1"): each is
 * a new look at it.
 */
import { WaymarkError } from "../../base/index.ts";
import type {
  InstrumentObservation,
  InvoiceObservation,
  PaymentAttempt,
  PaymentReversal,
  SubscriptionObservation,
} from "../../schema/billing.ts";
import type { Identity } from "../../schema/member-event.ts";

export interface BillingReading {
  /** The processor's name for it: "invoice.paid", "DID_RENEW". */
  readonly type: string;
  /** The processor's id of the webhook: the same again is a repetition. */
  readonly eventId: string;
  /** When the processor knew, epoch milliseconds. */
  readonly eventMs: number;
  /** Of the one member that it speaks of; empty: of nobody. */
  readonly identities: readonly Identity[];
  /** Empty: a type that says nothing of memberships. */
  readonly events: readonly BillingEvent[];
  readonly traits?: BillingTraits;
  /** A dispute names no customer: whose it is, the log knows by the attempt that went before. */
  readonly ofAttempt?: string;
  /** Why nothing of a type that is read otherwise counts: a tester's purchase. */
  readonly ignored?: string;
  /** The same for every delivery of one webhook: an id that comes back with another is reused. */
  readonly essence: string;
}

export type BillingEvent =
  | BillingEventOf<"subscription", SubscriptionObservation>
  | BillingEventOf<"payment", PaymentAttempt>
  | BillingEventOf<"reversal", PaymentReversal>
  | BillingEventOf<"invoice", InvoiceObservation>
  | BillingEventOf<"instrument", InstrumentObservation>;

interface BillingEventOf<Kind extends string, Payload> {
  readonly kind: Kind;
  readonly messageId: string;
  /** When it happened, epoch milliseconds; at or before the webhook's. */
  readonly eventMs: number;
  /** Minor units of a payment or a reversal. */
  readonly value?: number;
  readonly payload: Payload;
}

/** What a processor knows of a person. */
export interface BillingTraits {
  readonly name?: string;
  readonly email?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
}

/** How a processor's words are read where its documents leave it to the account. */
export interface BillingPolicy {
  readonly pastDue: "grace" | "hold";
  readonly unpaid: "ended" | "hold";
  readonly attempts: "charge" | "invoice";
  readonly sandbox: boolean;
}

export const billingDefaults: BillingPolicy = {
  /** Stripe goes on trying for weeks, and apps leave the door open meanwhile. */
  pastDue: "grace",
  /** The tries are over; whoever pays later has come back. */
  unpaid: "ended",
  /** They alone say why a payment was declined. */
  attempts: "charge",
  /** A tester's month lasts five minutes and earns nothing. */
  sandbox: false,
};

/** @returns an error for what a processor cannot mean */
export function invalid(message: string): WaymarkError {
  return new WaymarkError("BILLING_INVALID", message);
}

/** Without repetitions, and without what is empty or too long to be an id. */
export function identitiesOf(
  ...named: readonly (readonly [Identity["kind"], string | null | undefined])[]
): readonly Identity[] {
  const identities: Identity[] = [];
  for (const [kind, text] of named) {
    const value = text?.trim() ?? "";
    if (value === "" || value.length > ID_LENGTH) continue;
    if (identities.some((known) => known.kind === kind && known.value === value)) continue;
    identities.push({ kind, value });
  }
  return identities;
}

/** Of the longest that are seen, Google's purchase tokens, are some 250. */
const ID_LENGTH = 1000;

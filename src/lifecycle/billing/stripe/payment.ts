/**
 * Attempts to collect money, as Stripe tells of them: a charge is one attempt, whoever asked for it; a
 * payment intent tells of the charge that failed it; an invoice only knows how often its own schedule
 * tried. All three speak of the same attempt, so an attempt is named by its charge, and an invoice
 * speaks only where the policy says that charges are not sent (BillingPolicy.attempts).
 */
import type { PaymentAttempt } from "../../../schema/billing.ts";
import { declineClass } from "../decline.ts";
import {
  amount,
  type Fields,
  flag,
  idOf,
  needAmount,
  needCurrency,
  needNumber,
  needSeconds,
  needText,
  object,
  objects,
  seconds,
  text,
} from "../field.ts";
import type { BillingEvent } from "../reading.ts";
import type { Generation } from "./generation.ts";
import { instrumentOf } from "./instrument.ts";

interface Codes {
  readonly declineCode: string | null;
  readonly networkCode: string | null;
  readonly adviceCode: string | null;
}
const NO_CODES: Codes = { declineCode: null, networkCode: null, adviceCode: null };

export function readCharge(charge: Fields, generation: Generation): BillingEvent {
  const outcome = outcomeOf(needText(charge, "status"), charge);
  const said = object(charge, "outcome");
  const code = text(charge, "failure_code");
  const codes: Codes =
    outcome !== "failed"
      ? NO_CODES
      : {
          // "card_declined" is the family; the issuer's own word is the outcome's reason.
          declineCode: code === "card_declined" ? ((said && text(said, "reason")) ?? code) : code,
          networkCode: said && text(said, "network_decline_code"),
          adviceCode: said && (text(said, "network_advice_code") ?? text(said, "advice_code")),
        };
  return attempt({
    eventMs: needSeconds(charge, "created"),
    attemptId: needText(charge, "id"),
    outcome,
    codes,
    instrument: instrumentOf(object(charge, "payment_method_details")),
    amountMinor: needAmount(charge, "amount"),
    currency: needCurrency(charge, "currency"),
    customerId: idOf(charge, "customer"),
    invoiceId: generation.invoiceOfCharge(charge),
  });
}

/** @param eventMs for an intent that failed before there was a charge, or does not show it */
export function readFailedIntent(
  intent: Fields,
  generation: Generation,
  eventMs: number,
): BillingEvent {
  const error = object(intent, "last_payment_error");
  const code = error && text(error, "code");
  const charge = chargeOf(intent);
  const chargeId =
    (error && idOf(error, "charge")) ?? idOf(intent, "latest_charge") ?? charge?.raw.id;
  const codes: Codes = {
    declineCode: (error && text(error, "decline_code")) ?? code,
    networkCode: error && text(error, "network_decline_code"),
    adviceCode: error && (text(error, "network_advice_code") ?? text(error, "advice_code")),
  };
  return attempt({
    eventMs: (charge && seconds(charge, "created")) ?? eventMs,
    // Without a charge nothing was tried at the bank, and the intent alone tells of it.
    attemptId:
      typeof chargeId === "string" ? chargeId : `${needText(intent, "id")}@${eventMs / 1000}`,
    outcome: "failed",
    codes,
    instrument: instrumentOf(error && object(error, "payment_method")),
    amountMinor: needAmount(intent, "amount"),
    currency: needCurrency(intent, "currency"),
    customerId: idOf(intent, "customer"),
    invoiceId: generation.invoiceOfIntent(intent),
  });
}

/** The charge of an intent where it is given whole: expanded, or in lists before 2022-11-15. */
function chargeOf(intent: Fields): Fields | null {
  const latest = intent.raw.latest_charge;
  if (typeof latest === "object" && latest !== null) return object(intent, "latest_charge");
  const charges = intent.raw.charges === undefined ? [] : objects(intent, "charges");
  return charges[0] ?? null;
}

/** An attempt that an invoice alone tells of: its schedule's n-th. */
export function readInvoiceAttempt(
  invoice: Fields,
  generation: Generation,
  outcome: "succeeded" | "failed",
  eventMs: number,
): BillingEvent {
  const number = needNumber(invoice, "attempt_count");
  const id = needText(invoice, "id");
  return attempt({
    eventMs,
    // Whatever try brought the money, a bill is paid once.
    attemptId: outcome === "succeeded" ? id : `${id}:${number}`,
    outcome,
    codes: NO_CODES,
    instrument: null,
    amountMinor: needAmount(invoice, outcome === "succeeded" ? "amount_paid" : "amount_due"),
    currency: needCurrency(invoice, "currency"),
    customerId: idOf(invoice, "customer"),
    invoiceId: id,
    subscriptionId: generation.subscriptionOfInvoice(invoice),
    attemptNumber: number,
    nextAttemptMs: outcome === "failed" ? seconds(invoice, "next_payment_attempt") : null,
    initiatedBy: flag(invoice, "auto_advance") ? "processor" : "unknown",
  });
}

interface Attempt
  extends Pick<
      PaymentAttempt,
      "attemptId" | "outcome" | "instrument" | "amountMinor" | "currency" | "customerId"
    >,
    Partial<
      Pick<PaymentAttempt, "subscriptionId" | "attemptNumber" | "nextAttemptMs" | "initiatedBy">
    > {
  readonly eventMs: number;
  readonly codes: Codes;
  readonly invoiceId: string | null;
}

function attempt({ eventMs, codes, ...rest }: Attempt): BillingEvent {
  const brand = rest.instrument?.brand;
  const payload: PaymentAttempt = {
    processor: "stripe",
    subscriptionId: null,
    attemptNumber: null,
    nextAttemptMs: null,
    initiatedBy: "unknown",
    ...rest,
    ...codes,
    declineClass:
      rest.outcome === "failed"
        ? declineClass({ processor: "stripe", ...codes, brand, atMs: eventMs })
        : null,
  };
  return {
    kind: "payment",
    messageId: `${payload.attemptId}:${payload.outcome}`,
    eventMs,
    value: payload.amountMinor,
    payload,
  };
}

function outcomeOf(status: string, charge: Fields): PaymentAttempt["outcome"] {
  if (status === "succeeded" || status === "pending") return status;
  return status === "failed" || !flag(charge, "paid") ? "failed" : "succeeded";
}

/**
 * What went back since the webhook before: a charge tells the sum of its refunds, and what changed. Some
 * refunds are told of by `refund.created` too, which names no customer; the charge's word counts.
 */
export function readRefund(charge: Fields, before: Fields | null, eventMs: number): BillingEvent {
  const sum = needAmount(charge, "amount_refunded");
  const was = (before && amount(before, "amount_refunded")) ?? 0;
  const attemptId = needText(charge, "id");
  const reversalId = `${attemptId}:refunded:${sum}`;
  const amountMinor = Math.max(0, sum - was);
  return {
    kind: "reversal",
    messageId: reversalId,
    eventMs,
    value: amountMinor,
    payload: {
      processor: "stripe",
      reversalId,
      attemptId,
      subscriptionId: null,
      kind: "refund",
      amountMinor,
      currency: needCurrency(charge, "currency"),
    },
  };
}

/** @returns null for a mere inquiry, which takes no money */
export function readDispute(dispute: Fields): BillingEvent | null {
  if (needText(dispute, "status").startsWith("warning")) return null;
  const reversalId = needText(dispute, "id");
  const amountMinor = needAmount(dispute, "amount");
  return {
    kind: "reversal",
    messageId: reversalId,
    eventMs: needSeconds(dispute, "created"),
    value: amountMinor,
    payload: {
      processor: "stripe",
      reversalId,
      attemptId: idOf(dispute, "charge"),
      subscriptionId: null,
      kind: "dispute",
      amountMinor,
      currency: needCurrency(dispute, "currency"),
    },
  };
}

/** What becomes of Stripe's invoices: when they are tried again, paid, given up. */
import type { InvoiceObservation } from "../../../schema/billing.ts";
import {
  type Fields,
  idOf,
  needAmount,
  needCurrency,
  needText,
  number,
  object,
  seconds,
} from "../field.ts";
import type { BillingEvent, BillingPolicy } from "../reading.ts";
import type { Generation } from "./generation.ts";
import { readInvoiceAttempt } from "./payment.ts";

/** `invoice.payment_succeeded` and `invoice.paid` tell of the same, but for bills paid elsewhere. */
const STATUS: Readonly<Record<string, InvoiceObservation["status"]>> = {
  "invoice.paid": "paid",
  "invoice.payment_succeeded": "paid",
  "invoice.payment_failed": "failed",
  "invoice.payment_action_required": "needs_action",
  "invoice.marked_uncollectible": "uncollectible",
  "invoice.voided": "void",
};

export const INVOICE_TYPES: readonly string[] = Object.keys(STATUS);

export function readInvoice(
  type: string,
  invoice: Fields,
  generation: Generation,
  policy: BillingPolicy,
  createdMs: number,
): readonly BillingEvent[] {
  const status = STATUS[type]!;
  const invoiceId = needText(invoice, "id");
  const attemptNumber = number(invoice, "attempt_count");
  const amountMinor = needAmount(invoice, status === "paid" ? "amount_paid" : "amount_due");
  const isOutOfBand = status === "paid" && generation.isPaidOutOfBand(invoice);
  const eventMs = timeOf(invoice, status, createdMs);
  const isTry = status === "failed" || status === "needs_action";
  const events: BillingEvent[] = [
    {
      kind: "invoice",
      messageId: isTry ? `${invoiceId}:${status}:${attemptNumber}` : `${invoiceId}:${status}`,
      eventMs,
      payload: {
        processor: "stripe",
        invoiceId,
        subscriptionId: generation.subscriptionOfInvoice(invoice),
        customerId: idOf(invoice, "customer"),
        status,
        amountMinor,
        currency: needCurrency(invoice, "currency"),
        attemptNumber,
        nextAttemptMs: status === "failed" ? seconds(invoice, "next_payment_attempt") : null,
        isOutOfBand,
      },
    },
  ];
  // Cash has no charge, so the invoice alone can tell of it.
  const tells = policy.attempts === "invoice" || isOutOfBand;
  const hasMoney = amountMinor > 0;
  if (tells && hasMoney && (status === "paid" || status === "failed")) {
    const outcome = status === "paid" ? "succeeded" : "failed";
    events.push(readInvoiceAttempt(invoice, generation, outcome, eventMs));
  }
  return events;
}

/** The moment that the invoice itself notes, which every webhook about it agrees on. */
function timeOf(invoice: Fields, status: InvoiceObservation["status"], createdMs: number): number {
  const transitions = object(invoice, "status_transitions");
  const noted = { paid: "paid_at", uncollectible: "marked_uncollectible_at", void: "voided_at" };
  if (!transitions || !(status in noted)) return createdMs;
  return seconds(transitions, noted[status as keyof typeof noted]) ?? createdMs;
}

/**
 * Where Stripe's two generations of payloads keep the same facts. With 2025-03-31 ("basil") the period
 * went from the subscription to its items, and invoices, intents and charges lost their direct links.
 * An endpoint keeps the version that it was made with, so both are sent today, and the event's
 * `api_version` says which it is.
 *
 * @see docs.stripe.com/changelog/basil
 */
import { type Fields, fieldsOf, idOf, object, objects, seconds, text } from "../field.ts";

export interface Generation {
  readonly name: "before basil" | "basil";
  subscriptionOfInvoice(invoice: Fields): string | null;
  /** Metadata of the subscription that an invoice is for, where it is given along. */
  metadataOfInvoice(invoice: Fields): Fields | null;
  isPaidOutOfBand(invoice: Fields): boolean;
  invoiceOfCharge(charge: Fields): string | null;
  invoiceOfIntent(intent: Fields): string | null;
  periodOf(subscription: Fields): Period;
}

export interface Period {
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** @param apiVersion of the event; null, as very old accounts send it, is the first */
export function generationOf(apiVersion: string | null): Generation {
  return (apiVersion ?? "").slice(0, 10) >= "2025-03-31" ? basil : beforeBasil;
}

const beforeBasil: Generation = {
  name: "before basil",
  subscriptionOfInvoice: (invoice) => idOf(invoice, "subscription"),
  metadataOfInvoice: (invoice) => {
    const details = object(invoice, "subscription_details");
    return details && object(details, "metadata");
  },
  isPaidOutOfBand: (invoice) => invoice.raw.paid_out_of_band === true,
  invoiceOfCharge: (charge) => idOf(charge, "invoice"),
  invoiceOfIntent: (intent) => idOf(intent, "invoice"),
  periodOf: (subscription) => ({
    startMs: seconds(subscription, "current_period_start"),
    endMs: seconds(subscription, "current_period_end"),
  }),
};

const basil: Generation = {
  name: "basil",
  subscriptionOfInvoice: (invoice) => {
    const details = detailsOf(invoice);
    return details && idOf(details, "subscription");
  },
  metadataOfInvoice: (invoice) => {
    const details = detailsOf(invoice);
    return details && object(details, "metadata");
  },
  // The flag went; a payment that Stripe did not make is a record of one.
  isPaidOutOfBand: (invoice) =>
    objects(invoice, "payments").some((paid) => {
      const payment = object(paid, "payment");
      return payment !== null && text(payment, "type") === "out_of_band_payment";
    }) || (Number(invoice.raw.amount_paid_off_stripe) || 0) > 0,
  // A charge is not told of its invoice any more; an intent names it as its order.
  invoiceOfCharge: () => null,
  invoiceOfIntent: (intent) => {
    const details = object(intent, "payment_details");
    const order = details && text(details, "order_reference");
    return order?.startsWith("in_") ? order : null;
  },
  periodOf: (subscription) => {
    const items = objects(subscription, "items");
    const starts = items.map((item) => seconds(item, "current_period_start"));
    const ends = items.map((item) => seconds(item, "current_period_end"));
    return { startMs: least(starts), endMs: least(ends) };
  },
};

function detailsOf(invoice: Fields): Fields | null {
  const parent = invoice.raw.parent;
  if (parent === undefined || parent === null) return null;
  return object(fieldsOf(parent, `${invoice.path}.parent`), "subscription_details");
}

/** Items may be billed at different times: the subscription is paid until the first of them ends. */
function least(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

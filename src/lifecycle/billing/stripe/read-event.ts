/**
 * Reads Stripe's webhooks (events of API v1, both generations of payloads by `api_version`) into the one
 * vocabulary of billing. Which types say what stands in docs/guide/billing.md; a type that is not read
 * gives a reading without events.
 *
 * A customer is a member: by `user_id` or `userId` in the metadata of the customer, the subscription or
 * the checkout, or the checkout's `client_reference_id`; else by the customer's id alone, until one of
 * these names both.
 */
import type { Identity } from "../../../schema/member-event.ts";
import {
  type Fields,
  fieldsOf,
  idOf,
  needObject,
  needSeconds,
  needText,
  object,
  text,
} from "../field.ts";
import {
  type BillingEvent,
  type BillingPolicy,
  type BillingReading,
  type BillingTraits,
  billingDefaults,
  identitiesOf,
  invalid,
} from "../reading.ts";
import { type Generation, generationOf } from "./generation.ts";
import { instrumentOf } from "./instrument.ts";
import { INVOICE_TYPES, readInvoice } from "./invoice.ts";
import { readCharge, readDispute, readFailedIntent, readRefund } from "./payment.ts";
import { observeSubscription } from "./subscription.ts";

interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly createdMs: number;
  readonly generation: Generation;
  readonly policy: BillingPolicy;
  readonly object: Fields;
  readonly before: Fields | null;
  readonly isAsked: boolean;
}

type Said = Partial<Pick<BillingReading, "identities" | "events" | "traits" | "ofAttempt">>;

/** @param body the webhook as JSON. @throws WaymarkError BILLING_INVALID */
export function readStripeEvent(
  body: unknown,
  policy: Partial<BillingPolicy> = {},
): BillingReading {
  const event = fieldsOf(body, "");
  if (text(event, "object") === "v2.core.event") {
    throw invalid("thin events (API v2) hold no object; let the endpoint send snapshot events");
  }
  const data = needObject(event, "data");
  const request = event.raw.request;
  const read: StripeEvent = {
    id: needText(event, "id"),
    type: needText(event, "type"),
    createdMs: needSeconds(event, "created"),
    generation: generationOf(text(event, "api_version")),
    policy: { ...billingDefaults, ...policy },
    object: needObject(data, "object"),
    before: object(data, "previous_attributes"),
    // Before 2017-05-25 the request is its id itself.
    isAsked:
      typeof request === "string" ||
      (typeof request === "object" &&
        request !== null &&
        typeof (request as { id?: unknown }).id === "string"),
  };
  const { identities = [], events = [], ...said } = say(read);
  return {
    type: read.type,
    eventId: read.id,
    eventMs: read.createdMs,
    identities,
    events,
    ...said,
    // `pending_webhooks` counts down between deliveries of one event.
    essence: JSON.stringify([read.type, read.createdMs, data.raw]),
  };
}

function say(event: StripeEvent): Said {
  const { type, object: about, generation, createdMs, before } = event;
  if (/^customer\.subscription\.(?!trial_will_end|pending_update)/.test(type)) {
    return saySubscription(event);
  }
  if (INVOICE_TYPES.includes(type)) {
    const metadata = generation.metadataOfInvoice(about);
    return {
      identities: customerOf(idOf(about, "customer"), userOf(metadata)),
      events: readInvoice(type, about, generation, event.policy, createdMs),
      ...traitsOf(text(about, "customer_name"), text(about, "customer_email"), null),
    };
  }
  const byCharge = event.policy.attempts === "charge";
  switch (type) {
    case "charge.succeeded":
    case "charge.failed":
    case "charge.pending":
      return byCharge ? sayAttempt(about, readCharge(about, generation)) : {};
    case "payment_intent.payment_failed":
      return byCharge ? sayAttempt(about, readFailedIntent(about, generation, createdMs)) : {};
    case "charge.refunded":
      return sayAttempt(about, readRefund(about, before, createdMs));
    case "charge.dispute.created":
    case "charge.dispute.funds_withdrawn": {
      const dispute = readDispute(about);
      const ofAttempt = idOf(about, "charge");
      return dispute && ofAttempt ? { events: [dispute], ofAttempt } : {};
    }
    case "customer.created":
    case "customer.updated":
      return sayCustomer(about);
    case "checkout.session.completed":
      return sayCheckout(about);
    case "payment_method.attached":
    case "payment_method.updated":
    case "payment_method.automatically_updated":
    case "payment_method.detached":
      return sayInstrument(event);
    default:
      return {};
  }
}

function saySubscription(event: StripeEvent): Said {
  const { id, object: about, createdMs } = event;
  const payload = observeSubscription(about, event);
  const identities = customerOf(idOf(about, "customer"), userOf(object(about, "metadata")));
  if (!payload) return { identities };
  const messageId = `${id}:${payload.subscriptionId}`;
  return { identities, events: [{ kind: "subscription", messageId, eventMs: createdMs, payload }] };
}

function sayAttempt(about: Fields, said: BillingEvent): Said {
  return { identities: customerOf(idOf(about, "customer"), null), events: [said] };
}

function sayCustomer(customer: Fields): Said {
  const address = object(customer, "address");
  return {
    identities: customerOf(needText(customer, "id"), userOf(object(customer, "metadata"))),
    ...traitsOf(
      text(customer, "name"),
      text(customer, "email"),
      address && text(address, "country"),
    ),
  };
}

/** The one place that an app's own id and a customer surely meet. */
function sayCheckout(session: Fields): Said {
  const details = object(session, "customer_details");
  const address = details && object(details, "address");
  return {
    identities: customerOf(
      idOf(session, "customer"),
      text(session, "client_reference_id") ?? userOf(object(session, "metadata")),
    ),
    ...traitsOf(
      details && text(details, "name"),
      details && text(details, "email"),
      address && text(address, "country"),
    ),
  };
}

const CHANGES = {
  "payment_method.attached": "attached",
  "payment_method.updated": "updated",
  "payment_method.automatically_updated": "updated_by_network",
  "payment_method.detached": "detached",
} as const;

function sayInstrument({ id, type, object: about, before, createdMs }: StripeEvent): Said {
  // Of a detached one the customer is what it was before.
  const customerId = idOf(about, "customer") ?? (before && idOf(before, "customer"));
  const instrument = instrumentOf(about);
  if (customerId === null || instrument === null) return {};
  const change = CHANGES[type as keyof typeof CHANGES];
  const instrumentId = needText(about, "id");
  return {
    identities: customerOf(customerId, null),
    events: [
      {
        kind: "instrument",
        messageId: `${id}:${instrumentId}`,
        eventMs: createdMs,
        payload: { processor: "stripe", customerId, instrumentId, change, instrument },
      },
    ],
  };
}

function customerOf(customerId: string | null, userId: string | null): readonly Identity[] {
  return identitiesOf(["user", userId], ["stripe_customer", customerId]);
}

function userOf(metadata: Fields | null): string | null {
  return metadata && (text(metadata, "user_id") ?? text(metadata, "userId"));
}

function traitsOf(
  name: string | null,
  email: string | null,
  country: string | null,
): { readonly traits?: BillingTraits } {
  const traits: BillingTraits = {
    ...(name === null ? {} : { name }),
    ...(email === null ? {} : { email }),
    ...(country !== null && /^[A-Za-z]{2}$/.test(country)
      ? { country: country.toUpperCase() }
      : {}),
  };
  return Object.keys(traits).length === 0 ? {} : { traits };
}

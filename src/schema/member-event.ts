/**
 * One log of everything that happened to members: what apps track, what payment processors say, what
 * people record. Whatever is computed of members (features, memberships, figures, timelines) is a
 * function of this log alone.
 */
import type {
  InstrumentObservation,
  InvoiceObservation,
  PaymentAttempt,
  PaymentReversal,
  SubscriptionObservation,
} from "./billing.ts";

export const EVENT_SOURCES = [
  "segment",
  "stripe",
  "app_store",
  "google_play",
  "revenuecat",
  "recording",
] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

/**
 * What happened, in one word or two:
 * "track:Route Planned", "page:Pricing", "screen:Home", "identify", "group", "alias" of an app;
 * "subscription", "payment", "reversal", "invoice", "instrument" of a processor, in the words of billing.ts;
 * "activity" of a recording that was stored.
 */
export type EventKind = string;

/** An event as it is offered to the log. */
export interface NewMemberEvent {
  readonly source: EventSource;
  /** Of its source: a second event with the same one is a repetition and is not kept. */
  readonly messageId: string;
  readonly memberId: number;
  readonly kind: EventKind;
  /** When it happened, epoch milliseconds, with the sender's clock put right; never after it was known. */
  readonly eventMs: number;
  /**
   * When we knew. Of live sources the moment of arrival; of a history that is brought along, the moment
   * at which its own system knew. What is computed for a time t sees events with both ≤ t, so it never
   * changes because something arrived later.
   */
  readonly createdMs: number;
  /** The one number of an event that is summed: metres of a recording, minor units of a payment. */
  readonly value?: number | undefined;
  readonly payload: EventPayload;
}

export interface MemberEvent extends NewMemberEvent {
  /** Rises in the order of commits: whoever has read up to a seq has missed nothing before it. */
  readonly seq: number;
}

/** By kind; of "track:…" its properties. */
export type EventPayload =
  | SubscriptionObservation
  | PaymentAttempt
  | PaymentReversal
  | InvoiceObservation
  | InstrumentObservation
  | RecordedActivity
  | Readonly<Record<string, unknown>>;

/** Payload of "activity"; the event's time is its start, its value the metres. */
export interface RecordedActivity {
  readonly activityId: number;
  readonly sport: string;
  readonly distanceM: number;
  readonly movingS: number;
  readonly gainM: number;
  /** Cells of about 500 m where this member had not been before. */
  readonly newCells: number;
}

/** The total order of every point-in-time question. */
export function compareEvents(
  a: Pick<MemberEvent, "eventMs" | "createdMs" | "seq">,
  b: Pick<MemberEvent, "eventMs" | "createdMs" | "seq">,
): number {
  return a.eventMs - b.eventMs || a.createdMs - b.createdMs || a.seq - b.seq;
}

/** What names a member in the world outside; a value stands for one member. */
export const IDENTITY_KINDS = [
  /** Segment's userId: the app's own id. */
  "user",
  /** Segment's anonymousId. */
  "anonymous",
  "stripe_customer",
  /** Apple's originalTransactionId. */
  "app_store",
  /** Google's purchaseToken. */
  "google_play",
  /** RevenueCat's app_user_id and its aliases. */
  "revenuecat",
  /** The decimal digits of an athlete's id in this store. */
  "athlete",
] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

export interface Identity {
  readonly kind: IdentityKind;
  readonly value: string;
}

/**
 * One timeline of a member: usage by the day, recordings, payments, messages, changes of the membership
 * and answers of models, in one order, the newest first and in words. A pure function of what the store
 * read.
 */
import type { MembershipState, PaymentAttempt, PaymentReversal } from "../../schema/billing.ts";
import type { TimelineEntry } from "../../schema/console/member.ts";
import type { MemberEvent, RecordedActivity } from "../../schema/member-event.ts";
import type { MembershipChange } from "../../schema/membership.ts";

export interface TimelineSources {
  readonly events: readonly MemberEvent[];
  readonly changes: readonly MembershipChange[];
  /** Answers of models to whoever asked. */
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly id: number;
  readonly atMs: number;
  readonly model: string;
  readonly version: number | null;
  readonly fallback: string | null;
}

/** What was known later than this is marked with when. */
const LATE_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function timelineOf({ events, changes, answers }: TimelineSources): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  const usage = new Map<string, { entry: TimelineEntry; count: number }>();
  for (const event of events) {
    const entry = entryOf(event);
    if (entry === undefined) continue;
    if (entry.group !== "usage") {
      entries.push(entry);
      continue;
    }
    const key = `${Math.floor(entry.atMs / DAY_MS)} ${entry.title}`;
    const known = usage.get(key);
    if (known === undefined) usage.set(key, { entry, count: 1 });
    else {
      known.count++;
      if (entry.atMs > known.entry.atMs) known.entry = entry;
    }
  }
  for (const { entry, count } of usage.values()) entries.push({ ...entry, count });
  entries.push(...changes.map(entryOfChange), ...answers.map(entryOfAnswer));
  return entries.sort((a, b) => b.atMs - a.atMs || a.key.localeCompare(b.key));
}

const MESSAGE = /^(Email|Push Notification|Unsubscribed|Message)\b/;

const TRACKED: Readonly<Record<string, string>> = {
  "Application Opened": "Opened the app",
  "Signed Up": "Signed up",
  "Route Planned": "Planned a route",
  "Segment Tried": "Tried a segment",
  "Map Downloaded": "Downloaded a map",
  "Activity Shared": "Shared an activity",
  "Premium Viewed": "Looked at premium",
  "Email Delivered": "Email delivered",
  "Email Opened": "Opened an email",
  "Email Link Clicked": "Followed a link in an email",
  "Push Notification Received": "Push message delivered",
  "Push Notification Tapped": "Tapped a push message",
  Unsubscribed: "Unsubscribed from messages",
};

/** Undefined for what says nothing to people: a profile that was sent again, an observation. */
function entryOf(event: MemberEvent): TimelineEntry | undefined {
  const [kind = "", ...rest] = event.kind.split(":");
  const name = rest.join(":");
  if (kind === "track" || kind === "screen" || kind === "page") {
    const title =
      kind === "track" ? (TRACKED[name] ?? name) : `${kind === "page" ? "Page" : "Screen"} ${name}`;
    const group = kind === "track" && MESSAGE.test(name) ? "message" : "usage";
    const tone = name === "Unsubscribed" ? "bad" : "plain";
    return { ...plainEntry(event), group, title, tone };
  }
  if (kind === "activity") return recording(event, event.payload as RecordedActivity);
  if (kind === "payment") return payment(event, event.payload as PaymentAttempt);
  if (kind === "reversal") return reversal(event, event.payload as PaymentReversal);
  return undefined;
}

function plainEntry({ seq, eventMs, createdMs }: MemberEvent) {
  return {
    key: `event ${seq}`,
    atMs: eventMs,
    knownMs: createdMs - eventMs > LATE_MS ? createdMs : null,
    note: null,
    amount: null,
    count: 1,
    tone: "plain" as const,
    activityId: null,
  };
}

function recording(event: MemberEvent, payload: RecordedActivity): TimelineEntry {
  const km = (payload.distanceM / 1000).toFixed(1);
  const minutes = Math.round(payload.movingS / 60);
  const places = payload.newCells > 0 ? `, ${payload.newCells} new places` : "";
  return {
    ...plainEntry(event),
    group: "recording",
    title: sentence(payload.sport.replaceAll("_", " ")),
    note: `${km} km in ${minutes} min${places}`,
    activityId: String(payload.activityId),
  };
}

function payment(event: MemberEvent, payload: PaymentAttempt): TimelineEntry {
  const { outcome, attemptNumber, declineCode, instrument, nextAttemptMs } = payload;
  const card = instrument?.brand ? `${instrument.brand} ${instrument.funding}` : null;
  const failed = [
    declineCode?.replaceAll("_", " "),
    attemptNumber !== null && attemptNumber > 1 ? `try ${attemptNumber}` : null,
    card,
    nextAttemptMs !== null
      ? `tried again in ${Math.max(1, Math.round((nextAttemptMs - event.eventMs) / DAY_MS))} d`
      : null,
  ];
  const said = outcome === "failed" ? failed : [card];
  return {
    ...plainEntry(event),
    group: "billing",
    title: { succeeded: "Paid", failed: "Payment failed", pending: "Payment under way" }[outcome],
    note: said.filter(Boolean).join(" · ") || null,
    amount: { minor: payload.amountMinor, currency: payload.currency },
    tone: outcome === "failed" ? "bad" : outcome === "succeeded" ? "good" : "plain",
  };
}

function reversal(event: MemberEvent, payload: PaymentReversal): TimelineEntry {
  return {
    ...plainEntry(event),
    group: "billing",
    title: payload.kind === "refund" ? "Refunded" : "Payment disputed",
    amount: { minor: payload.amountMinor, currency: payload.currency },
    tone: "bad",
  };
}

const CHANGES: Readonly<Record<MembershipState, readonly [string, TimelineEntry["tone"]]>> = {
  free: ["Without a subscription", "plain"],
  trialing: ["Trial began", "plain"],
  active: ["Membership active", "good"],
  auto_renew_off: ["Switched renewal off", "bad"],
  grace: ["Grace: payment failed, access goes on", "bad"],
  hold: ["On hold: payment failed, access is off", "bad"],
  paused: ["Paused", "plain"],
  expired_voluntary: ["Left", "bad"],
  expired_involuntary: ["Lost to a failed payment", "bad"],
  won_back: ["Won back", "good"],
};

function entryOfChange(change: MembershipChange): TimelineEntry {
  const [title, tone] = CHANGES[change.state];
  const terms = [change.plan, change.processor?.replaceAll("_", " ")].filter(Boolean).join(" · ");
  return {
    key: `change ${change.atMs} ${change.state}`,
    atMs: change.atMs,
    knownMs: change.knownMs - change.atMs > LATE_MS ? change.knownMs : null,
    group: "membership",
    title,
    note: terms || null,
    amount:
      change.priceMinor !== null && change.currency !== null
        ? { minor: change.priceMinor, currency: change.currency }
        : null,
    count: 1,
    tone,
    activityId: null,
  };
}

function entryOfAnswer({ id, atMs, model, version, fallback }: Answer): TimelineEntry {
  return {
    key: `answer ${id}`,
    atMs,
    knownMs: null,
    group: "decision",
    title: `${sentence(model)} was asked`,
    note: fallback === null ? `version ${version} answered` : `without the model: ${fallback}`,
    amount: null,
    count: 1,
    tone: "plain",
    activityId: null,
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

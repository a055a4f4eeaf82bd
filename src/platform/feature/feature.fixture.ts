// Logs of members drawn at random, as unruly as real ones: late, corrected, repeated, of wrong types.
import { createRng, type Rng } from "../../base/rng.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import { DAY_MS } from "./definition.ts";

export const FROM_MS = Date.UTC(2025, 0, 1);
export const SPAN_DAYS = 420;

const TRACKS = [
  "Application Opened",
  "Application Opened",
  "Route Planned",
  "Segment Tried",
  "Map Downloaded",
  "Activity Shared",
  "Premium Viewed",
  "Email Delivered",
  "Email Opened",
  "Email Link Clicked",
  "Push Notification Received",
  "Push Notification Tapped",
  "Unsubscribed",
  "Something Else",
];

/**
 * @param oddity share of fields of a wrong type; 0 for logs whose billing events are as processors' are
 * @returns events in the order of seq, which is that in which they were known
 */
export function drawLog(
  seed: number,
  members: number,
  count: number,
  oddity = 0.05,
): MemberEvent[] {
  const rng = createRng(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rng() * list.length)]!;
  const events = Array.from({ length: count }, (): Omit<MemberEvent, "seq"> => {
    // Whole hours now and then, so that ties come up.
    const step = rng() < 0.3 ? 6 * 3_600_000 : 1;
    const eventMs = FROM_MS + Math.floor((rng() * SPAN_DAYS * DAY_MS) / step) * step;
    const late = rng();
    const delayMs =
      late < 0.6 ? 0 : late < 0.8 ? Math.floor(rng() * 60_000) : Math.floor(rng() * 40 * DAY_MS);
    return {
      source: "segment",
      messageId: "",
      memberId: 1 + Math.floor(rng() * members),
      eventMs,
      createdMs: eventMs + delayMs,
      ...drawKind(rng, pick, eventMs, oddity),
    };
  });
  events.sort((a, b) => a.createdMs - b.createdMs);
  return events.map((event, i) => ({ ...event, seq: i + 1, messageId: `m${i}` }));
}

function drawKind(
  rng: Rng,
  pick: <T>(list: readonly T[]) => T,
  eventMs: number,
  oddity: number,
): Pick<MemberEvent, "kind" | "value" | "payload"> {
  const odd = <T>(value: T): T | unknown =>
    rng() < oddity ? pick([null, "text", true, 7, { a: 1 }, [1, 2], 'O\'Hara \\ "ü"']) : value;
  const kind = rng();
  if (kind < 0.6) {
    return { kind: `track:${pick(TRACKS)}`, payload: { name: odd("x"), sport: odd("run") } };
  }
  if (kind < 0.65) return { kind: pick(["screen:Home", "page:Pricing"]), payload: {} };
  if (kind < 0.7) {
    return {
      kind: "identify",
      payload: {
        platform: odd(pick(["ios", "iOS", "Android", "web", "fridge"])),
        $context: odd({ os: pick(["Android", "iOS"]), device: "ios" }),
        address: odd({ country: pick(["DE", "US"]) }),
        country: odd(pick(["DE", "CH", "us", "XX"])),
      },
    };
  }
  const days = (range: number): number => eventMs + Math.floor((rng() - 0.3) * range * DAY_MS);
  const instrument = odd({
    kind: odd(pick(["card", "bank", "wallet"])),
    brand: odd(pick(["visa", "mastercard", "elo", null])),
    funding: pick(["credit", "debit"]),
    expiryMonth: odd(1 + Math.floor(rng() * 12)),
    expiryYear: odd(2025 + Math.floor(rng() * 4)),
    isTokenised: odd(rng() < 0.5),
  });
  const id = `sub ${Math.floor(rng() * 3)}`;
  if (kind < 0.8) {
    return {
      kind: "subscription",
      payload: {
        subscriptionId: odd(id),
        status: odd(pick(["trialing", "active", "grace", "hold", "ended"])),
        isRenewing: odd(rng() < 0.7),
        plan: odd(pick(["premium", "premium yearly", "Prémium"])),
        interval: odd(pick(["month", "year"])),
        intervalCount: odd(1),
        priceMinor: odd(Math.floor(rng() * 10_000)),
        currency: odd(pick(["EUR", "USD", "ZZZ"])),
        processor: pick(["stripe", "google_play"]),
        startedMs: odd(days(-400)),
        periodEndMs: odd(days(60)),
        trialEndMs: rng() < 0.5 ? null : days(14),
        customerId: "cus_1",
        endReason: null,
        endedMs: null,
        graceEndMs: null,
        periodStartMs: odd(eventMs),
        feedback: null,
        instrument,
      },
    };
  }
  if (kind < 0.87) {
    return {
      kind: "payment",
      value: 999,
      payload: {
        processor: "stripe",
        attemptId: `ch ${eventMs}`,
        invoiceId: null,
        customerId: "cus_1",
        amountMinor: 999,
        currency: "EUR",
        attemptNumber: 1,
        initiatedBy: "processor",
        declineCode: null,
        networkCode: null,
        adviceCode: null,
        nextAttemptMs: null,
        subscriptionId: id,
        outcome: odd(pick(["succeeded", "failed", "failed", "pending"])),
        declineClass: odd(pick(["ambiguous", "technical", null])),
        instrument,
      },
    };
  }
  if (kind < 0.89) return { kind: "reversal", value: 999, payload: { kind: "refund" } };
  if (kind < 0.92) {
    return {
      kind: "invoice",
      payload: {
        status: odd(pick(["failed", "paid", "void"])),
        attemptNumber: odd(1 + Math.floor(rng() * 4)),
        nextAttemptMs: rng() < 0.3 ? null : odd(days(6)),
      } as never,
    };
  }
  if (kind < 0.94) {
    const change = odd(pick(["attached", "updated_by_network", "detached"]));
    return { kind: "instrument", payload: { change, instrument } as never };
  }
  return {
    kind: "activity",
    ...(rng() < 0.05 ? {} : { value: rng() * 50_000 - (rng() < 0.02 ? 1e5 : 0) }),
    payload: {
      activityId: 1,
      sport: odd(pick(["run", "ride", "hike"])),
      movingS: odd(rng() * 7200),
      newCells: odd(Math.floor(rng() * 20)),
    },
  };
}

import { describe, expect, test } from "vitest";
import type { MemberEvent } from "../../schema/member-event.ts";
import type { MembershipChange } from "../../schema/membership.ts";
import { timelineOf } from "./timeline.ts";

const DAY = 86_400_000;
const NOON = 20_000 * DAY + DAY / 2;

function event(seq: number, kind: string, eventMs: number, change: Partial<MemberEvent> = {}) {
  const id = { seq, source: "segment", messageId: `m${seq}`, memberId: 1 } as const;
  return { ...id, kind, eventMs, createdMs: eventMs, payload: {}, ...change } as MemberEvent;
}

const change: MembershipChange = {
  state: "grace",
  atMs: NOON + 5,
  knownMs: NOON + 5,
  subscriptionId: "sub_1",
  processor: "stripe",
  plan: "Annual",
  billingInterval: "year",
  intervalCount: 1,
  priceMinor: 4999,
  currency: "EUR",
  periodEndMs: null,
};

describe("the timeline of a member", () => {
  test("counts what was used on a day as one, at its last time", () => {
    const opened = [0, 10, 20].map((s, i) => event(i + 1, "track:Application Opened", NOON + s));
    const before = event(9, "track:Application Opened", NOON - DAY);
    const entries = timelineOf({ events: [...opened, before], changes: [], answers: [] });
    expect(entries.map(({ title, count, atMs }) => ({ title, count, atMs }))).toEqual([
      { title: "Opened the app", count: 3, atMs: NOON + 20 },
      { title: "Opened the app", count: 1, atMs: NOON - DAY },
    ]);
  });

  test("puts payments, changes, recordings and answers in one order, the newest first", () => {
    const payload = {
      processor: "stripe",
      attemptId: "ch_1",
      subscriptionId: "sub_1",
      invoiceId: "in_1",
      customerId: "cus_1",
      amountMinor: 4999,
      currency: "EUR",
      outcome: "failed",
      attemptNumber: 2,
      initiatedBy: "processor",
      declineCode: "insufficient_funds",
      networkCode: null,
      adviceCode: null,
      declineClass: "insufficient_funds",
      instrument: null,
      nextAttemptMs: NOON + 3 * DAY,
    } as const;
    const activity = {
      activityId: 7,
      sport: "trail_run",
      distanceM: 12_340,
      movingS: 3600,
      gainM: 300,
      newCells: 4,
    };
    const entries = timelineOf({
      events: [
        event(1, "payment", NOON, { payload }),
        event(2, "activity", NOON - 60_000, { payload: activity }),
        event(3, "identify", NOON),
        event(4, "subscription", NOON),
        event(5, "track:Unsubscribed", NOON - 120_000),
      ],
      changes: [change],
      answers: [{ id: 1, atMs: NOON + DAY, model: "churn", version: 3, fallback: null }],
    });
    expect(entries.map(({ group, title, note, tone }) => [group, title, note, tone])).toEqual([
      ["decision", "Churn was asked", "version 3 answered", "plain"],
      ["membership", "Grace: payment failed, access goes on", "Annual · stripe", "bad"],
      ["billing", "Payment failed", "insufficient funds · try 2 · tried again in 3 d", "bad"],
      ["recording", "Trail run", "12.3 km in 60 min, 4 new places", "plain"],
      ["message", "Unsubscribed from messages", null, "bad"],
    ]);
    expect(entries[2]?.amount).toEqual({ minor: 4999, currency: "EUR" });
    expect(entries[3]?.activityId).toBe("7");
  });

  test("says when something was known, where that was late", () => {
    const late = event(1, "track:Route Planned", NOON, { createdMs: NOON + 2 * DAY });
    const soon = event(2, "track:Segment Tried", NOON, { createdMs: NOON + 1000 });
    const entries = timelineOf({ events: [late, soon], changes: [], answers: [] });
    expect(entries.map(({ knownMs }) => knownMs)).toEqual([NOON + 2 * DAY, null]);
  });
});

/**
 * Billing histories that are written as one reads them: "0 trial14 · 14 active · 44 failed · 60 ended" is
 * day and word, and a fold is read back the same way. A month has 30 days here, so that days can be
 * counted by hand.
 */
import type {
  BillingInterval,
  PaymentAttempt,
  SubscriptionObservation,
} from "../../schema/billing.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import type { MembershipChange } from "../../schema/membership.ts";

export const DAY_MS = 86_400_000;
/** Day 0 of every drawing: 1 January 2026. */
export const DAY_0 = Date.UTC(2026, 0, 1);

interface Plan {
  readonly interval: BillingInterval;
  readonly days: number;
  readonly priceMinor: number;
  readonly currency: string;
}

/** Plans that a drawing may name after a slash: "14 active/year". */
export const PLANS: Readonly<Record<string, Plan>> = {
  basic: { interval: "month", days: 30, priceMinor: 500, currency: "EUR" },
  plus: { interval: "month", days: 30, priceMinor: 900, currency: "EUR" },
  week: { interval: "week", days: 7, priceMinor: 200, currency: "EUR" },
  year: { interval: "year", days: 365, priceMinor: 4800, currency: "EUR" },
  dollar: { interval: "month", days: 30, priceMinor: 600, currency: "USD" },
};

/**
 * Words: trial14, trial14off, active, off, grace, grace16, hold, paused, ended, left (by choice), dropped
 * (for want of payment), refunded; failed, mistyped (a customer's own try), paid. A second number is the
 * day on which it was known: "44+3 failed".
 *
 * @param lives one drawing a subscription
 */
export function drawEvents(
  lives: string | Readonly<Record<string, string>>,
  processor: SubscriptionObservation["processor"] = "stripe",
): MemberEvent[] {
  const drawn = typeof lives === "string" ? { A: lives } : lives;
  const events: MemberEvent[] = [];
  for (const [subscriptionId, drawing] of Object.entries(drawn)) {
    let plan = "basic";
    let startedMs: number | null = null;
    let trialEndMs: number | null = null;
    let periodStartMs = 0;
    for (const entry of drawing.split("·").map((text) => text.trim())) {
      const parts = /^([\d.]+)(?:\+([\d.]+))? ([a-z]+?)(\d+)?(off)?(?:\/([a-z]+))?$/.exec(entry);
      if (!parts) throw new Error(`cannot read '${entry}'`);
      const [, day, late, word, days, off, named] = parts;
      const eventMs = DAY_0 + Number(day) * DAY_MS;
      plan = named ?? plan;
      startedMs ??= eventMs;
      // Only what begins a period moves it.
      if (word === "active" || word === "trial" || periodStartMs === 0) periodStartMs = eventMs;
      const seq = events.length + 1;
      const createdMs = eventMs + Number(late ?? 0) * DAY_MS;
      const base = { source: "stripe", messageId: `${seq}`, memberId: 1, eventMs, createdMs, seq };
      if (word === "trial") trialEndMs = eventMs + Number(days) * DAY_MS;
      const event =
        word === "failed" || word === "mistyped" || word === "paid"
          ? { ...base, kind: "payment", payload: attempt(processor, subscriptionId, word) }
          : {
              ...base,
              kind: "subscription",
              payload: {
                ...observation(processor, subscriptionId, word!, plan, periodStartMs, eventMs),
                isRenewing: !off && word !== "off" && word !== "left",
                startedMs,
                trialEndMs,
                graceEndMs: word === "grace" && days ? eventMs + Number(days) * DAY_MS : null,
              },
            };
      events.push(event as MemberEvent);
    }
  }
  return events;
}

/** "0 trialing/basic · 14 active/basic": what was folded, in days of the drawing. */
export function readChanges(changes: readonly MembershipChange[]): string {
  return changes
    .map(({ atMs, state, plan }) => {
      const day = Math.round(((atMs - DAY_0) / DAY_MS) * 100) / 100;
      return `${day} ${state}${plan === null ? "" : `/${plan}`}`;
    })
    .join(" · ");
}

const STATUS: Readonly<Record<string, SubscriptionObservation["status"]>> = {
  trial: "trialing",
  active: "active",
  off: "active",
  grace: "grace",
  hold: "hold",
  paused: "paused",
};
const END: Readonly<Record<string, SubscriptionObservation["endReason"]>> = {
  ended: null,
  left: "voluntary",
  dropped: "involuntary",
  refunded: "refund",
};

function observation(
  processor: SubscriptionObservation["processor"],
  subscriptionId: string,
  word: string,
  plan: string,
  periodStartMs: number,
  eventMs: number,
): Omit<SubscriptionObservation, "isRenewing" | "startedMs" | "trialEndMs" | "graceEndMs"> {
  const { interval, days, priceMinor, currency } = PLANS[plan]!;
  const status = STATUS[word] ?? (word in END ? "ended" : undefined);
  if (!status) throw new Error(`there is no word '${word}'`);
  return {
    processor,
    subscriptionId,
    customerId: null,
    status,
    endReason: status === "ended" ? END[word]! : null,
    plan,
    interval,
    intervalCount: 1,
    priceMinor,
    currency,
    periodStartMs,
    periodEndMs: periodStartMs + days * DAY_MS,
    endedMs: status === "ended" ? eventMs : null,
    instrument: null,
    feedback: null,
  };
}

function attempt(
  processor: SubscriptionObservation["processor"],
  subscriptionId: string,
  word: "failed" | "mistyped" | "paid",
): PaymentAttempt {
  return {
    processor,
    attemptId: "",
    subscriptionId,
    invoiceId: null,
    customerId: null,
    amountMinor: 500,
    currency: "EUR",
    outcome: word === "paid" ? "succeeded" : "failed",
    attemptNumber: null,
    initiatedBy: word === "mistyped" ? "customer" : "processor",
    declineCode: null,
    networkCode: null,
    adviceCode: null,
    declineClass: word === "paid" ? null : "insufficient_funds",
    instrument: null,
    nextAttemptMs: null,
  };
}

/**
 * The life of one subscription: the words that its events and silence say, in order, through the table of
 * transition.ts. Webhooks get lost, so time speaks too: a period, trial or grace that ends without word
 * changes the phase after an allowance, on the day that settles it and not before, so that no past day is
 * rewritten by silence. O(events).
 */
import type {
  BillingInterval,
  InvoiceObservation,
  PaymentAttempt,
  Processor,
  SubscriptionObservation,
} from "../../schema/billing.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import { isOver, type Phase, TRANSITIONS, type Word } from "./transition.ts";

const DAY_MS = 86_400_000;

export const silenceDefaults = {
  /** Days that the word of a certain end (renewal off, grace over) may be late: processors send it for days. */
  settleDays: 1,
  /**
   * Days after an end that a renewal should have followed: one period, so that one lost word is no end,
   * but no more than this (a yearly period), and three more, for which Stripe and Apple try a webhook.
   */
  renewalDaysMax: 42,
  renewalLateDays: 3,
  /** Days after which nobody tries to collect any more: Apple's 60, and Stripe's longest schedule. */
  caseDays: 60,
} as const;

/** Nominal days of an interval. */
const INTERVAL_DAYS = { week: 7, month: 31, year: 366 } as const;

export interface Terms {
  readonly subscriptionId: string;
  readonly processor: Processor;
  readonly plan: string;
  readonly billingInterval: BillingInterval;
  readonly intervalCount: number;
  readonly priceMinor: number | null;
  readonly currency: string | null;
}

/** From here on, until the next one. */
export interface PhaseChange {
  readonly atMs: number;
  readonly knownMs: number;
  readonly phase: Phase;
  readonly terms: Terms;
  readonly periodEndMs: number | null;
}

/**
 * @param events "subscription", "payment" and "invoice" of one subscription, each once, in the order of compareEvents
 * @param asOfMs silence speaks until then; Infinity also gives what silence will say
 * @returns dates never fall; neighbours differ in phase or terms
 */
export function subscriptionLife(events: readonly MemberEvent[], asOfMs: number): PhaseChange[] {
  const life = new Life();
  for (const event of events) {
    life.listenUntil(event.eventMs);
    if (event.kind === "subscription") {
      life.observe(event.payload as SubscriptionObservation, event);
    } else {
      const collected = collectedOf(event);
      if (collected) life.collect(collected, event);
    }
  }
  life.listenUntil(asOfMs);
  return life.changes;
}

type Moment = Pick<MemberEvent, "eventMs" | "createdMs">;

/** A failed payment that is not made good: opened by the first automatic try that failed. */
interface Case {
  readonly openedMs: number;
  readonly invoiceId: string | null;
}

class Life {
  readonly changes: PhaseChange[] = [];
  private phase: Phase = "unknown";
  private terms: Terms | undefined;
  private isRenewing = true;
  private hasPaid = false;
  private openCase: Case | undefined;
  private periodEndMs: number | null = null;
  private trialEndMs: number | null = null;
  private graceEndMs: number | null = null;
  private heardMs = 0;
  /** Silence ended it, and nobody has contradicted. */
  private beforeSilence:
    | { readonly length: number; readonly phase: Phase; readonly openCase: Case | undefined }
    | undefined;

  observe(seen: SubscriptionObservation, { eventMs, createdMs }: Moment): void {
    if (this.beforeSilence && this.isSamePeriod(seen)) this.takeBackSilence();
    this.beforeSilence = undefined;
    const before = this.terms;
    this.terms = termsOf(seen, before);
    if (!before) this.begin(seen, eventMs, createdMs);
    this.heardMs = eventMs;
    this.isRenewing = seen.isRenewing;
    this.periodEndMs = seen.periodEndMs ?? this.periodEndMs;
    this.trialEndMs = seen.trialEndMs ?? this.trialEndMs;
    this.graceEndMs = seen.graceEndMs;
    if (seen.status === "grace" || seen.status === "hold") {
      if (!isOver(this.phase)) this.openCase ??= { openedMs: eventMs, invoiceId: null };
    } else if (seen.status !== "ended" && seen.status !== "paused") this.openCase = undefined;
    const endedMs = seen.status === "ended" ? (seen.endedMs ?? eventMs) : eventMs;
    this.say(this.wordOf(seen), Math.min(endedMs, eventMs), createdMs);
  }

  collect({ outcome, invoiceId }: Collected, { eventMs, createdMs }: Moment): void {
    const isFree = this.phase === "trialing" && eventMs < (this.trialEndMs ?? Infinity);
    if (!this.terms || isFree) return;
    this.heardMs = eventMs;
    if (outcome === "failed") {
      if (!canFail(this.phase)) return;
      this.openCase ??= { openedMs: eventMs, invoiceId };
      this.say("payment_failed", eventMs, createdMs);
      return;
    }
    const due = this.openCase?.invoiceId;
    if (due && invoiceId && due !== invoiceId) return;
    this.openCase = undefined;
    if (outcome === "forgiven") return;
    this.extendPeriod(eventMs);
    this.say("payment_succeeded", eventMs, createdMs);
  }

  /** What silence says before a moment at which something is heard again. */
  listenUntil(ms: number): void {
    for (;;) {
      const silence = this.silence();
      if (!silence || silence.atMs > ms) return;
      const length = this.changes.length;
      const { phase, openCase } = this;
      this.say(silence.word, silence.atMs, silence.atMs);
      if (isOver(this.phase)) this.beforeSilence = { length, phase, openCase };
    }
  }

  private silence(): { readonly word: Word; readonly atMs: number } | undefined {
    const { settleDays, caseDays } = silenceDefaults;
    const ending: Word = this.hasPaid ? "end_voluntary" : "end_unpaid";
    const at = (fromMs: number, days: number, word: Word) => ({
      word,
      atMs: Math.max(fromMs, this.heardMs) + days * DAY_MS,
    });
    switch (this.phase) {
      case "trialing":
      case "active":
      case "off": {
        const isTrial = this.phase === "trialing";
        const overMs = isTrial ? (this.trialEndMs ?? this.periodEndMs) : this.periodEndMs;
        if (overMs === null) return undefined;
        return at(overMs, this.isRenewing ? this.renewalDays() : settleDays, ending);
      }
      case "grace":
      case "hold": {
        if (this.phase === "grace" && this.graceEndMs !== null) {
          return at(this.graceEndMs, settleDays, "hold");
        }
        const { openedMs } = this.openCase ?? { openedMs: this.heardMs };
        const word: Word = this.hasPaid ? "end_involuntary" : "end_unpaid";
        return { word, atMs: Math.max(openedMs + caseDays * DAY_MS, this.lastMs(), this.heardMs) };
      }
      default:
        return undefined;
    }
  }

  private renewalDays(): number {
    const { renewalDaysMax, renewalLateDays } = silenceDefaults;
    const { billingInterval, intervalCount } = this.terms!;
    const days = INTERVAL_DAYS[billingInterval] * intervalCount;
    return Math.min(days, renewalDaysMax) + renewalLateDays;
  }

  /** What came before the first thing heard, where the processor says when it began. */
  private begin(seen: SubscriptionObservation, eventMs: number, createdMs: number): void {
    // A store's id outlives gaps, so only its present period is certain.
    const isOneSpell = seen.processor === "stripe" || seen.processor === "google_play";
    const startedMs = isOneSpell ? seen.startedMs : seen.periodStartMs;
    const untilMs = seen.status === "ended" ? (seen.endedMs ?? eventMs) : eventMs;
    if (startedMs === null || startedMs >= untilMs || startedMs >= eventMs) return;
    const { trialEndMs } = seen;
    this.periodEndMs = seen.periodEndMs;
    if (seen.status === "trialing" || (trialEndMs !== null && trialEndMs > startedMs)) {
      this.say("trialing", startedMs, createdMs);
      if (seen.status === "trialing" || trialEndMs === null || trialEndMs >= untilMs) return;
      this.say("active", trialEndMs, createdMs);
    } else this.say("active", startedMs, createdMs);
  }

  private wordOf({ status, isRenewing, endReason }: SubscriptionObservation): Word {
    if (status === "active") return isRenewing ? "active" : "off";
    if (status !== "ended") return status;
    if (!this.hasPaid) return "end_unpaid";
    // Access lost for good with a try that failed: whoever pressed the button in the end.
    const isUnpaid = this.openCase !== undefined || endReason === "involuntary";
    return isUnpaid ? "end_involuntary" : "end_voluntary";
  }

  private say(word: Word, atMs: number, knownMs: number): void {
    const phase = TRANSITIONS[this.phase][word];
    const terms = this.terms!;
    if (phase === "active" || phase === "off") this.hasPaid = true;
    if (isOver(phase)) this.openCase = undefined;
    this.phase = phase;
    const last = this.changes.at(-1);
    const { periodEndMs } = this;
    if (last?.phase === phase && (isOver(phase) || isSameTerms(last.terms, terms))) return;
    this.changes.push({ atMs: Math.max(atMs, this.lastMs()), knownMs, phase, terms, periodEndMs });
  }

  private lastMs(): number {
    return this.changes.at(-1)?.atMs ?? 0;
  }

  /** A payment says that a period was renewed, where the word of it got lost. */
  private extendPeriod(eventMs: number): void {
    if (this.periodEndMs === null || eventMs < this.periodEndMs - DAY_MS) return;
    const { billingInterval, intervalCount } = this.terms!;
    const days = INTERVAL_DAYS[billingInterval] * intervalCount;
    this.periodEndMs = Math.max(this.periodEndMs, eventMs) + days * DAY_MS;
  }

  /** Nothing but silence stood between: the period goes on, or it is the end itself that comes late. */
  private isSamePeriod({ status, periodStartMs }: SubscriptionObservation): boolean {
    if (status !== "active" && status !== "trialing") return true;
    const { periodEndMs } = this;
    return periodStartMs !== null && periodEndMs !== null && periodStartMs <= periodEndMs + DAY_MS;
  }

  private takeBackSilence(): void {
    const { length, phase, openCase } = this.beforeSilence!;
    this.changes.length = length;
    this.phase = phase;
    this.openCase = openCase;
  }
}

/** Money that was tried for, as far as a membership goes. */
interface Collected {
  /** forgiven: the bill was taken back. */
  readonly outcome: "succeeded" | "failed" | "forgiven";
  readonly invoiceId: string | null;
}

/** Of a "payment" or "invoice" event; undefined where it says nothing of a membership. */
function collectedOf({ kind, payload }: MemberEvent): Collected | undefined {
  if (kind === "payment") {
    const { outcome, invoiceId, amountMinor, initiatedBy } = payload as PaymentAttempt;
    // A customer who mistypes a new card has not failed to pay.
    const isMistake = outcome === "failed" && initiatedBy === "customer";
    if (outcome === "pending" || amountMinor <= 0 || isMistake) return undefined;
    return { outcome, invoiceId };
  }
  const { status, invoiceId, amountMinor } = payload as InvoiceObservation;
  if (status === "void") return { outcome: "forgiven", invoiceId };
  if (status === "uncollectible" || amountMinor <= 0) return undefined;
  return { outcome: status === "paid" ? "succeeded" : "failed", invoiceId };
}

/** Where an automatic try that fails opens a case. */
function canFail(phase: Phase): boolean {
  return phase === "trialing" || phase === "active" || phase === "grace" || phase === "hold";
}

function termsOf(seen: SubscriptionObservation, before: Terms | undefined): Terms {
  const { processor, subscriptionId, plan, interval, intervalCount } = seen;
  const isSamePlan = before?.plan === plan && before.billingInterval === interval;
  // Not every word of a store names the price.
  const isSilent = seen.priceMinor === null && isSamePlan;
  return {
    subscriptionId,
    processor,
    plan,
    billingInterval: interval,
    intervalCount,
    priceMinor: isSilent ? before.priceMinor : seen.priceMinor,
    currency: isSilent ? before.currency : seen.currency,
  };
}

export function isSameTerms(a: Terms, b: Terms): boolean {
  return (
    a.subscriptionId === b.subscriptionId &&
    a.processor === b.processor &&
    a.plan === b.plan &&
    a.billingInterval === b.billingInterval &&
    a.intervalCount === b.intervalCount &&
    a.priceMinor === b.priceMinor &&
    a.currency === b.currency
  );
}

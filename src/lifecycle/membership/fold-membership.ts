/**
 * A member's membership out of everything that processors said: each subscription lives its life
 * (subscription-life.ts), and at every moment the best of them counts. The result follows from the set of
 * events alone: any order, any repetition. O(n log n) of the member's billing events.
 */
import type {
  InvoiceObservation,
  MembershipState,
  PaymentAttempt,
  SubscriptionObservation,
} from "../../schema/billing.ts";
import { compareEvents, type MemberEvent } from "../../schema/member-event.ts";
import type { MembershipChange } from "../../schema/membership.ts";
import { readBilling } from "./read-billing.ts";
import { isSameTerms, type PhaseChange, subscriptionLife } from "./subscription-life.ts";
import { isOver, type Phase } from "./transition.ts";

export const membershipDefaults = {
  /** Milliseconds within which a subscription that follows one that ended is a switch, not a return. */
  switchMs: 86_400_000,
} as const;

export interface FoldOptions {
  /**
   * Epoch milliseconds: only what was known then counts. Without it everything counts, and the result also
   * holds what silence will say: changes dated in the future, each until a word replaces it.
   */
  readonly asOf?: number | undefined;
  /** Told of each billing event that cannot be read; the others are folded without it. */
  readonly onUnreadable?: ((event: MemberEvent) => void) | undefined;
}

/**
 * @param events of one member, of any kind and in any order; those of other kinds are passed over
 * @returns dates rise; neighbours differ in state or terms; before the first one the member is free
 */
export function foldMembership(
  events: readonly MemberEvent[],
  { asOf = Number.POSITIVE_INFINITY, onUnreadable }: FoldOptions = {},
): readonly MembershipChange[] {
  const lives = bySubscription(events, asOf, onUnreadable).map((own) =>
    subscriptionLife(own, asOf),
  );
  return bestOf(lives);
}

/** States in which a subscription is paid for, or owed for: what SUBS counts. */
export function isSubscribed(state: MembershipState): boolean {
  return SUBSCRIBED.has(state);
}

const SUBSCRIBED: ReadonlySet<MembershipState> = new Set<MembershipState>([
  "active",
  "won_back",
  "auto_renew_off",
  "grace",
  "hold",
]);

/** The change that holds at a moment; undefined: free, without any subscription yet. */
export function membershipAt(
  changes: readonly MembershipChange[],
  atMs: number,
): MembershipChange | undefined {
  return changes.findLast((change) => change.atMs <= atMs && change.knownMs <= atMs);
}

type Payload = SubscriptionObservation | PaymentAttempt | InvoiceObservation;

/** What a fold reads. Of money that went back the processor's next observation says what follows. */
export const BILLING_KINDS = ["subscription", "payment", "invoice"] as const;
const READ: ReadonlySet<string> = new Set(BILLING_KINDS);

/** Each subscription's events in the order of compareEvents, repetitions dropped. */
function bySubscription(
  events: readonly MemberEvent[],
  asOf: number,
  onUnreadable: FoldOptions["onUnreadable"],
): MemberEvent[][] {
  const known = events.filter(
    ({ kind, eventMs, createdMs }) => READ.has(kind) && eventMs <= asOf && createdMs <= asOf,
  );
  known.sort(compareEvents);
  const lives = new Map<string, MemberEvent[]>();
  const unnamed: MemberEvent[] = [];
  let seq: number | undefined;
  for (const told of known) {
    if (told.seq === seq) continue;
    seq = told.seq;
    const event = readBilling(told);
    if (event === undefined) {
      onUnreadable?.(told);
      continue;
    }
    const { processor, subscriptionId } = event.payload as Payload;
    if (subscriptionId === null) {
      unnamed.push(event);
      continue;
    }
    const key = `${processor} ${subscriptionId}`;
    const own = lives.get(key);
    if (own) own.push(event);
    else lives.set(key, [event]);
  }
  // A payment that names no subscription belongs to the member's only one, or says nothing of any.
  const only = lives.size === 1 ? [...lives.values()][0]! : undefined;
  if (only && unnamed.length > 0) {
    only.push(...unnamed);
    only.sort(compareEvents);
  }
  return [...lives.keys()].sort().map((key) => lives.get(key)!);
}

/** Which of several counts: the one that gives most, then the one that came last. */
const RANK: Readonly<Record<Phase, number>> = {
  active: 7,
  off: 6,
  grace: 5,
  trialing: 4,
  hold: 3,
  paused: 2,
  lapsed: 0,
  ended_voluntary: 0,
  ended_involuntary: 0,
  unknown: 0,
};

interface Step extends PhaseChange {
  readonly life: number;
}

function bestOf(lives: readonly (readonly PhaseChange[])[]): MembershipChange[] {
  const steps: Step[] = lives.flatMap((changes, life) => changes.map((c) => ({ ...c, life })));
  steps.sort((a, b) => a.atMs - b.atMs || a.life - b.life);
  const standing: (PhaseChange | undefined)[] = lives.map(() => undefined);
  const beganMs = lives.map(() => 0);
  const changes: MembershipChange[] = [];
  /** Where a member without a live subscription stands. */
  let without: MembershipState = "free";
  let hasExpired = false;
  /** The life that counted last. */
  let counted = -1;
  for (let i = 0; i < steps.length; ) {
    const { atMs } = steps[i]!;
    let knownMs = 0;
    let ended: Phase | undefined;
    for (; i < steps.length && steps[i]!.atMs === atMs; i++) {
      const step = steps[i]!;
      const before = standing[step.life]?.phase ?? "unknown";
      standing[step.life] = step;
      if (RANK[before] === 0) beganMs[step.life] = atMs;
      knownMs = Math.max(knownMs, step.knownMs);
      const isEnd = step.phase === "ended_voluntary" || step.phase === "ended_involuntary";
      if (isEnd && (ended === undefined || step.life === counted)) ended = step.phase;
    }
    if (ended) {
      without = ended === "ended_voluntary" ? "expired_voluntary" : "expired_involuntary";
    }
    const best = bestLife(standing, beganMs);
    if (best < 0) {
      if (followsSoon(steps, i, atMs)) continue;
      if (without !== "free") hasExpired = true;
      push(changes, { ...NOTHING, state: without, atMs, knownMs });
      continue;
    }
    counted = best;
    const { phase, terms, periodEndMs } = standing[best]!;
    let state = STATE[phase];
    if (state === "active") {
      const last = changes.at(-1);
      const stays = last?.state === "won_back" && !isOtherTerms(last, terms);
      if (hasExpired || stays) state = "won_back";
    }
    if (state === "won_back" || state === "auto_renew_off") hasExpired = false;
    push(changes, { state, atMs, knownMs, ...terms, periodEndMs });
  }
  return changes;
}

const STATE: Readonly<Record<Phase, MembershipState>> = {
  unknown: "free",
  trialing: "trialing",
  active: "active",
  off: "auto_renew_off",
  grace: "grace",
  hold: "hold",
  paused: "paused",
  lapsed: "free",
  ended_voluntary: "expired_voluntary",
  ended_involuntary: "expired_involuntary",
};

const NOTHING = {
  subscriptionId: null,
  processor: null,
  plan: null,
  billingInterval: null,
  intervalCount: null,
  priceMinor: null,
  currency: null,
  periodEndMs: null,
} as const;

/** @returns −1 when none is live */
function bestLife(
  standing: readonly (PhaseChange | undefined)[],
  beganMs: readonly number[],
): number {
  let best = -1;
  let rank = 0;
  for (let life = 0; life < standing.length; life++) {
    const own = standing[life];
    if (!own || isOver(own.phase)) continue;
    const ownRank = RANK[own.phase];
    if (ownRank < rank || (ownRank === rank && beganMs[life]! < beganMs[best]!)) continue;
    best = life;
    rank = ownRank;
  }
  return best;
}

/** Whether a live subscription begins so soon that nothing ended. */
function followsSoon(steps: readonly Step[], from: number, atMs: number): boolean {
  for (let i = from; i < steps.length; i++) {
    if (steps[i]!.atMs - atMs > membershipDefaults.switchMs) return false;
    if (!isOver(steps[i]!.phase)) return true;
  }
  return false;
}

function push(changes: MembershipChange[], change: MembershipChange): void {
  const last = changes.at(-1);
  if (!last && change.state === "free") return;
  if (last && last.state === change.state && !isOtherTerms(last, change)) return;
  changes.push(change);
}

type Comparable = Parameters<typeof isSameTerms>[0];

function isOtherTerms(change: MembershipChange, terms: Comparable | MembershipChange): boolean {
  return !isSameTerms(change as Comparable, terms as Comparable);
}

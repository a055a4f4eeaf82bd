/**
 * The state machine of one subscription, as a table: where it stands (phase), what is heard of it (word),
 * where it stands then. A processor's observation is believed from every live phase; payments move only
 * what a payment can move; what has ended begins again only by a word that access is there again.
 * docs/guide/retention.md shows the same table, and a test holds the two together.
 */

export const PHASES = [
  /** Nothing was heard of it. */
  "unknown",
  "trialing",
  /** Paid and renewing. */
  "active",
  /** Paid; renewal is switched off. */
  "off",
  "grace",
  "hold",
  "paused",
  /** Over without ever having been paid for: a trial, or a first charge that never came through. */
  "lapsed",
  "ended_voluntary",
  "ended_involuntary",
] as const;
export type Phase = (typeof PHASES)[number];

export const WORDS = [
  // Observations of the processor.
  "trialing",
  "active",
  "off",
  "grace",
  "hold",
  "paused",
  // Its end, or what silence makes of it; which one is `endingOf`'s to say.
  "end_unpaid",
  "end_voluntary",
  "end_involuntary",
  // A try to collect what is due, by itself.
  "payment_failed",
  "payment_succeeded",
] as const;
export type Word = (typeof WORDS)[number];

/** What every live phase makes of an observation or an end. */
const BELIEVED = {
  trialing: "trialing",
  active: "active",
  off: "off",
  grace: "grace",
  hold: "hold",
  paused: "paused",
  end_unpaid: "lapsed",
  end_voluntary: "ended_voluntary",
  end_involuntary: "ended_involuntary",
} as const satisfies Partial<Record<Word, Phase>>;

/** Over: access begins again, or nothing changes. */
function over(phase: Phase): Readonly<Record<Word, Phase>> {
  return {
    trialing: "trialing",
    active: "active",
    off: "off",
    grace: phase,
    hold: phase,
    paused: phase,
    end_unpaid: phase,
    end_voluntary: phase,
    end_involuntary: phase,
    payment_failed: phase,
    payment_succeeded: phase,
  };
}

export const TRANSITIONS: Readonly<Record<Phase, Readonly<Record<Word, Phase>>>> = {
  unknown: { ...BELIEVED, payment_failed: "unknown", payment_succeeded: "unknown" },
  // The first charge after a trial.
  trialing: { ...BELIEVED, payment_failed: "grace", payment_succeeded: "active" },
  active: { ...BELIEVED, payment_failed: "grace", payment_succeeded: "active" },
  // Renewal was off before: what fails is no renewal, and what ends, ends by choice.
  off: { ...BELIEVED, payment_failed: "off", payment_succeeded: "off" },
  grace: { ...BELIEVED, payment_failed: "grace", payment_succeeded: "active" },
  hold: { ...BELIEVED, payment_failed: "hold", payment_succeeded: "active" },
  paused: { ...BELIEVED, payment_failed: "paused", payment_succeeded: "paused" },
  lapsed: over("lapsed"),
  ended_voluntary: over("ended_voluntary"),
  ended_involuntary: over("ended_involuntary"),
};

export function isOver(phase: Phase): boolean {
  return phase === "lapsed" || phase === "ended_voluntary" || phase === "ended_involuntary";
}

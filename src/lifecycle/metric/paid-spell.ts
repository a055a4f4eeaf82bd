/**
 * Paid spells: what churn, retention and revenue are counted on. A spell begins when a member first has
 * what is paid for, goes on through grace, hold and pause, and ends when access is lost for good. Within
 * it the member counts as a subscriber, except while paused. One pass over all changes.
 */
import { MEMBERSHIP_STATES, type MembershipState } from "../../schema/billing.ts";
import type { ChangeColumns } from "../../schema/membership.ts";
import { isSubscribed } from "../membership/fold-membership.ts";

/** How a spell ended. */
export const OPEN = 0;
export const VOLUNTARY = 1;
export const INVOLUNTARY = 2;

export interface PaidSpells {
  /** Uint32Array (members + 1) into the spells, which rise within a member. */
  readonly firstSpell: Uint32Array;
  readonly startMs: Float64Array;
  readonly startKnownMs: Float64Array;
  /** Infinity while it lasts. */
  readonly endMs: Float64Array;
  /** OPEN, VOLUNTARY, INVOLUNTARY. */
  readonly cause: Uint8Array;
  /** Row of the change that began it. */
  readonly opening: Uint32Array;
  /** Per change, from it until the next: 1 where the member counts as a subscriber. */
  readonly isCounted: Uint8Array;
  /** Per change, from it until the next: the spell, −1 outside of any. */
  readonly spellOf: Int32Array;
}

export function paidSpells(changes: ChangeColumns): PaidSpells {
  const { firstChange, state, atMs, knownMs } = changes;
  const members = firstChange.length - 1;
  const rows = state.length;
  const firstSpell = new Uint32Array(members + 1);
  const opening: number[] = [];
  const isCounted = new Uint8Array(rows);
  const spellOf = new Int32Array(rows).fill(-1);
  const ends = new Map<number, { readonly endMs: number; readonly cause: number }>();
  for (let member = 0; member < members; member++) {
    let spell = -1;
    for (let row = firstChange[member]!; row < firstChange[member + 1]!; row++) {
      const code = state[row]!;
      if (spell < 0 && OPENS[code] === 1) {
        spell = opening.length;
        opening.push(row);
      } else if (spell >= 0 && CLOSES[code]! > 0) {
        ends.set(spell, { endMs: atMs[row]!, cause: CLOSES[code]! });
        spell = -1;
      }
      spellOf[row] = spell;
      if (spell >= 0) isCounted[row] = COUNTS[code]!;
    }
    firstSpell[member + 1] = opening.length;
  }
  const endMs = new Float64Array(opening.length).fill(Number.POSITIVE_INFINITY);
  const cause = new Uint8Array(opening.length);
  for (const [spell, end] of ends) {
    endMs[spell] = end.endMs;
    cause[spell] = end.cause;
  }
  return {
    firstSpell,
    startMs: Float64Array.from(opening, (row) => atMs[row]!),
    startKnownMs: Float64Array.from(opening, (row) => knownMs[row]!),
    endMs,
    cause,
    opening: Uint32Array.from(opening),
    isCounted,
    spellOf,
  };
}

export function stateCode(state: MembershipState): number {
  return MEMBERSHIP_STATES.indexOf(state);
}

const OPENS = Uint8Array.from(MEMBERSHIP_STATES, (state) =>
  state === "active" || state === "won_back" || state === "auto_renew_off" ? 1 : 0,
);
const COUNTS = Uint8Array.from(MEMBERSHIP_STATES, (state) => (isSubscribed(state) ? 1 : 0));
/** Whoever is merely free again chose to be. */
const CLOSES = Uint8Array.from(MEMBERSHIP_STATES, (state) => {
  if (state === "expired_involuntary") return INVOLUNTARY;
  return state === "expired_voluntary" || state === "free" ? VOLUNTARY : OPEN;
});

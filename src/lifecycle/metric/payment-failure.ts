/**
 * What failed payments cost: the share of spells that ended for want of payment, and of the cases that
 * opened, how many were made good. A case opens with the first automatic try that fails; it is recovered
 * when the member is active again within 30 days; it is counted in the month in which it opened, once its
 * 30 days are over (the choices that make vendors' figures differ). O(changes + spells).
 */
import type { MemberLives } from "../../schema/membership.ts";
import type { RetentionReport } from "../../schema/retention.ts";
import { DAY_MS, type DayRange, endMs as endOf } from "./calendar.ts";
import { MonthlyShare } from "./conversion.ts";
import { INVOLUNTARY, type PaidSpells, stateCode } from "./paid-spell.ts";

export const failureDefaults = {
  /** Days of the involuntary share: a quarter holds some hundred ends where a month holds a few. */
  shareDays: 90,
  /** Days in which a case is made good or is not. */
  recoveryDays: 30,
} as const;

/** Of spells that ended in the last 90 days, those that ended for want of payment. */
export function involuntaryShare(
  { firstSpell, endMs, cause }: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): RetentionReport["involuntary"] {
  const toMs = endOf(range);
  const beginMs = range.fromDay * DAY_MS;
  const fromMs = Math.max(beginMs, toMs - failureDefaults.shareDays * DAY_MS);
  const recent = new MonthlyShare();
  const all = new MonthlyShare();
  for (let i = 0; i < members.length; i++) {
    for (let k = firstSpell[members[i]!]!; k < firstSpell[members[i]! + 1]!; k++) {
      const at = endMs[k]!;
      if (at < beginMs || at >= toMs) continue;
      all.add(at, cause[k] === INVOLUNTARY);
      if (at >= fromMs) recent.add(at, cause[k] === INVOLUNTARY);
    }
  }
  return { window: { fromMs, toMs }, share: recent.total(), byMonth: [...all.byMonth()] };
}

/** Of cases that opened in the window, those made good within 30 days. */
export function recovery(
  { changes }: Pick<MemberLives, "changes">,
  { spellOf }: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): RetentionReport["recovery"] {
  const { firstChange, state, atMs } = changes;
  const withinMs = failureDefaults.recoveryDays * DAY_MS;
  const fromMs = range.fromDay * DAY_MS;
  const toMs = Math.max(fromMs, endOf(range) - withinMs);
  const cases = new MonthlyShare();
  for (let i = 0; i < members.length; i++) {
    const end = firstChange[members[i]! + 1]!;
    let isOpen = false;
    for (let row = firstChange[members[i]!]!; row < end; row++) {
      const isFailing = FAILING.has(state[row]!) && spellOf[row]! >= 0;
      const opens = isFailing && !isOpen;
      isOpen = isFailing;
      const at = atMs[row]!;
      if (!opens || at < fromMs || at >= toMs) continue;
      let next = row + 1;
      while (next < end && FAILING.has(state[next]!)) next++;
      const isPaid = next < end && MADE_GOOD.has(state[next]!) && spellOf[next] === spellOf[row];
      cases.add(at, isPaid && atMs[next]! < at + withinMs);
    }
  }
  return { window: { fromMs, toMs }, share: cases.total(), byMonth: [...cases.byMonth()] };
}

const FAILING: ReadonlySet<number> = new Set([stateCode("grace"), stateCode("hold")]);
const MADE_GOOD: ReadonlySet<number> = new Set([stateCode("active"), stateCode("won_back")]);

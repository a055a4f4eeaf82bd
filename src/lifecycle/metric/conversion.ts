/**
 * Steps on the way to paying: activation, a trial that is paid for, a free member who pays. Each is a
 * share of those whose time to take the step is over, so that the newest do not drag it down, with the
 * months in which they began. O(members + changes).
 */
import type { MemberLives } from "../../schema/membership.ts";
import type { RetentionReport, Share } from "../../schema/retention.ts";
import { DAY_MS, type DayRange, endMs as endOf, monthName, monthOf } from "./calendar.ts";
import { type PaidSpells, stateCode } from "./paid-spell.ts";
import { shareOf } from "./proportion.ts";

export const conversionDefaults = {
  /** Days after joining in which a member who records or plans counts as activated. */
  activationDays: 7,
  /** What recording and planning are called in the log. */
  activationKinds: ["activity", "track:Route Planned"],
  /** Days after joining in which a member who pays counts as converted. */
  paidDays: 30,
} as const;

/** What a step of one kind looks like: when it could be taken, and whether it was. */
export class MonthlyShare {
  private readonly months = new Map<number, { count: number; n: number }>();

  add(ms: number, isTaken: boolean): void {
    const month = monthOf(ms);
    const own = this.months.get(month) ?? { count: 0, n: 0 };
    own.n++;
    if (isTaken) own.count++;
    this.months.set(month, own);
  }

  total(): Share {
    let count = 0;
    let n = 0;
    for (const own of this.months.values()) {
      count += own.count;
      n += own.n;
    }
    return shareOf(count, n);
  }

  byMonth(): readonly { readonly month: string; readonly share: Share }[] {
    return [...this.months]
      .sort(([a], [b]) => a - b)
      .map(([month, { count, n }]) => ({ month: monthName(month), share: shareOf(count, n) }));
  }
}

type ByCohort = RetentionReport["activation"];

/** Of members who joined in the window, those who recorded or planned within 7 · 24 hours. */
export function activation(
  { joinedMs, isActivated }: Pick<MemberLives, "joinedMs" | "isActivated">,
  members: ArrayLike<number>,
  range: DayRange,
): ByCohort {
  const window = windowBefore(range, conversionDefaults.activationDays);
  const shares = new MonthlyShare();
  for (let i = 0; i < members.length; i++) {
    const at = joinedMs[members[i]!]!;
    if (at < window.fromMs || at >= window.toMs) continue;
    shares.add(at, isActivated[members[i]!] === 1);
  }
  return { window, share: shares.total(), byCohort: [...shares.byMonth()] };
}

/** Of members who joined in the window, those whose first paid spell began within 30 · 24 hours. */
export function freeToPaid(
  { joinedMs }: Pick<MemberLives, "joinedMs">,
  { firstSpell, startMs }: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): ByCohort {
  const window = windowBefore(range, conversionDefaults.paidDays);
  const shares = new MonthlyShare();
  for (let i = 0; i < members.length; i++) {
    const at = joinedMs[members[i]!]!;
    if (at < window.fromMs || at >= window.toMs) continue;
    const first = firstSpell[members[i]!]!;
    const hasPaid = first < firstSpell[members[i]! + 1]!;
    shares.add(at, hasPaid && startMs[first]! < at + conversionDefaults.paidDays * DAY_MS);
  }
  return { window, share: shares.total(), byCohort: [...shares.byMonth()] };
}

/** Of members' first trials that began in the window and are decided, those that were paid for. */
export function trialToPaid(
  { changes }: Pick<MemberLives, "changes">,
  { spellOf }: PaidSpells,
  members: ArrayLike<number>,
  range: DayRange,
): RetentionReport["conversion"]["trialToPaid"] {
  const { firstChange, state, atMs } = changes;
  const window = windowBefore(range, 0);
  const shares = new MonthlyShare();
  let open = 0;
  for (let i = 0; i < members.length; i++) {
    const end = firstChange[members[i]! + 1]!;
    let row = firstChange[members[i]!]!;
    while (row < end && (state[row] !== TRIALING || spellOf[row]! >= 0)) row++;
    if (row === end || atMs[row]! < window.fromMs || atMs[row]! >= window.toMs) continue;
    let outcome = row + 1;
    while (outcome < end && UNDECIDED.has(state[outcome]!) && spellOf[outcome]! < 0) outcome++;
    if (outcome === end || atMs[outcome]! >= window.toMs) open++;
    else shares.add(atMs[row]!, spellOf[outcome]! >= 0);
  }
  return { window, share: shares.total(), byCohort: [...shares.byMonth()], open };
}

const TRIALING = stateCode("trialing");
/** A first charge that is still tried for. */
const UNDECIDED: ReadonlySet<number> = new Set(
  (["trialing", "grace", "hold", "paused"] as const).map(stateCode),
);

/** Those whose days are over by the end of the range. */
function windowBefore(range: DayRange, days: number): ByCohort["window"] {
  const fromMs = range.fromDay * DAY_MS;
  return { fromMs, toMs: Math.max(fromMs, endOf(range) - days * DAY_MS) };
}

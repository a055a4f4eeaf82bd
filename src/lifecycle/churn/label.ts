/**
 * What became of members after a snapshot, from the changes of their memberships. At risk is who pays
 * and renews, as was known at the snapshot; voluntary churn is the day on which renewal was switched
 * off or the membership ended by choice, involuntary churn the day on which access was lost for
 * failure to pay (docs/guide/churn.md). O(changes + snapshots) a member.
 */
import { assert } from "../../base/error.ts";
import type { MembershipState } from "../../schema/billing.ts";
import type { MembershipChange } from "../../schema/membership.ts";
import type { Spell } from "./baseline.ts";
import { churnDefaults, daysOf, msOfDays, PERIODS, periodOf, wholePeriods } from "./period.ts";

/** A change of a membership, as far as labels and values need it. */
export type Change = Pick<
  MembershipChange,
  | "state"
  | "atMs"
  | "knownMs"
  | "plan"
  | "billingInterval"
  | "intervalCount"
  | "priceMinor"
  | "currency"
>;

/** A member at a moment, at risk. */
export interface Snapshot {
  readonly memberId: number;
  readonly atMs: number;
  /** The change that holds at the moment. */
  readonly membership: Change;
  /** Since when the member pays without a break. */
  readonly paidSinceMs: number;
}

export interface Outcome {
  /** Days from the end of the gap to what came, or to the end of watching. */
  readonly days: number;
  /** 0 still there at the end of watching, 1 voluntary, 2 involuntary. */
  readonly cause: 0 | 1 | 2;
}

/**
 * Trials are not at risk: whether a trial becomes a payment is another question. Whose payment has
 * failed and who still has access is: what comes of it is not decided.
 */
const AT_RISK: ReadonlySet<MembershipState> = new Set(["active", "won_back", "grace"]);

/** What each change of state is to who was at risk; others end watching without a label. */
const CAUSE_OF: Partial<Record<MembershipState, 1 | 2>> = {
  auto_renew_off: 1,
  expired_voluntary: 1,
  hold: 2,
  expired_involuntary: 2,
};

/**
 * The member as it was known at `atMs`; undefined when not at risk then.
 *
 * @param changes in the order of `n`: by time
 */
export function snapshotAt(
  memberId: number,
  changes: readonly Change[],
  atMs: number,
): Snapshot | undefined {
  let membership: Change | undefined;
  let paidSinceMs = 0;
  for (const change of changes) {
    if (change.atMs > atMs) break;
    if (change.knownMs > atMs) continue;
    const wasAtRisk = membership !== undefined && isPaid(membership.state);
    if (isPaid(change.state) && !wasAtRisk) paidSinceMs = change.atMs;
    membership = change;
  }
  if (membership === undefined || !AT_RISK.has(membership.state)) return undefined;
  return { memberId, atMs, membership, paidSinceMs };
}

/** Access that is paid for, or still to be: a switched-off renewal or a grace period breaks nothing. */
function isPaid(state: MembershipState): boolean {
  return AT_RISK.has(state) || state === "auto_renew_off";
}

/**
 * What came after the gap, watched until `untilMs`; undefined when it came before the gap was over, or
 * watching ended there.
 *
 * @param changes all of them; those that were not known by `untilMs` are left out
 */
export function outcomeAfter(
  changes: readonly Change[],
  atMs: number,
  untilMs: number,
  gapDays: number = churnDefaults.gapDays,
): Outcome | undefined {
  const beginMs = atMs + msOfDays(gapDays);
  if (beginMs >= untilMs) return undefined;
  for (const change of changes) {
    if (change.atMs > untilMs) break;
    if (change.atMs <= atMs || change.knownMs > untilMs || AT_RISK.has(change.state)) continue;
    if (change.atMs <= beginMs) return undefined;
    // A pause, or a state that says nothing of why: no longer watched.
    return { days: daysOf(change.atMs - beginMs), cause: CAUSE_OF[change.state] ?? 0 };
  }
  return { days: daysOf(untilMs - beginMs), cause: 0 };
}

export interface MemberChanges {
  readonly memberId: number;
  readonly changes: readonly Change[];
}

/** Every member at risk at every landmark, members in the order given, times rising. */
export function landmarks(
  members: readonly MemberChanges[],
  timesMs: readonly number[],
): readonly Snapshot[] {
  return members.flatMap(({ memberId, changes }) =>
    timesMs.flatMap((atMs) => snapshotAt(memberId, changes, atMs) ?? []),
  );
}

/** Times of landmarks: every `stepDays` back from the last one. */
export function landmarkTimes(fromMs: number, lastMs: number, stepDays: number): readonly number[] {
  assert(stepDays > 0, "landmarks are some days apart");
  const times: number[] = [];
  for (let at = lastMs; at >= fromMs; at -= msOfDays(stepDays)) times.push(at);
  return times.reverse();
}

export interface PeriodOutcome {
  /** The last period that was watched to its end, or in which it came. */
  readonly period: number;
  readonly cause: 0 | 1 | 2;
}

/**
 * The outcome in periods, as `expandPeriods` takes it. A period counts only when watching went on to
 * its end whatever happened in it: else only those who leave in it would be seen.
 *
 * @param watchedDays from the end of the gap to the end of watching, had nothing come
 * @returns undefined when no period was watched to its end
 */
export function inPeriods(outcome: Outcome, watchedDays: number): PeriodOutcome | undefined {
  const whole = wholePeriods(watchedDays);
  if (outcome.cause !== 0) {
    const period = periodOf(outcome.days);
    if (period <= whole) return { period, cause: outcome.cause };
    return whole === 0 ? undefined : { period: whole, cause: 0 };
  }
  const period = Math.min(whole, wholePeriods(outcome.days), PERIODS);
  return period === 0 ? undefined : { period, cause: 0 };
}

/** Stretches of paid membership up to `untilMs`, each until renewal was switched off or access ended. */
export function spellsOf(changes: readonly Change[], untilMs: number): readonly Spell[] {
  const spells: Spell[] = [];
  let since: Change | undefined;
  const end = (atMs: number, cause: 0 | 1 | 2): void => {
    if (since === undefined) return;
    const days = daysOf(atMs - since.atMs);
    const watchedDays = daysOf(untilMs - since.atMs);
    spells.push({ interval: since.billingInterval ?? "any", days, cause, watchedDays });
    since = undefined;
  };
  for (const change of changes) {
    if (change.atMs > untilMs) break;
    if (change.knownMs > untilMs) continue;
    if (AT_RISK.has(change.state)) since ??= change;
    else end(change.atMs, CAUSE_OF[change.state] ?? 0);
  }
  end(untilMs, 0);
  return spells;
}

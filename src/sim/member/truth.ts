/**
 * What will become of a member, to whoever knows the process and the member's state but not the future
 * nor the account's balance: the information-constrained oracle. Futures are walked with the world's own
 * step under keys of their own. Chances of leaving are summed instead of drawn, and every charge splits
 * a future into one that is paid and one that is not, so that rare ends are seen in every walk.
 */
import { branchKey } from "./draw.ts";
import { type Life, STATUS, type Surroundings } from "./life.ts";
import { declineChance, isChargeDue, stepDay } from "./step.ts";

export const truthDefaults = {
  /** Days after the snapshot that count for no horizon: the time that acting takes. */
  gapDays: 3,
  /** Days after the gap. */
  horizons: [7, 30, 90],
  /** Futures that are walked. */
  paths: 60,
  /** Futures lighter than this are not split again, but drawn. */
  splitWeight: 0.3,
} as const;

/** Chances that the first end lies in (gap, gap + horizon], one for each horizon. */
export interface MemberTruth {
  readonly member: number;
  readonly userId: string;
  /** Switching renewal off. */
  readonly voluntary: readonly number[];
  /** Access lost while a bill is unpaid: nothing could be collected, or the member gave up on it. */
  readonly involuntary: readonly number[];
  /** Chances of either within the gap. */
  readonly gapVoluntary: number;
  readonly gapInvoluntary: number;
}

/** Whether there is anything to end: a membership that renews. */
export function isAtRisk({ status }: Life): boolean {
  return status === STATUS.TRIALING || status === STATUS.ACTIVE || status === STATUS.ARREARS;
}

/**
 * @param day the snapshot: everything before this day has happened, nothing of it
 * @param horizons days after the gap, rising: futures are walked to the last one
 * @param paths futures; the standard error of a chance p of leaving is well below √(p / paths)
 */
export function truthOf(
  life: Life,
  day: number,
  world: Surroundings,
  paths: number = truthDefaults.paths,
  horizons: readonly number[] = truthDefaults.horizons,
): MemberTruth {
  const { gapDays, splitWeight } = truthDefaults;
  const until = day + gapDays + horizons.at(-1)!;
  // By cause, the chance of the first end on each day after the snapshot.
  const leaves = new Float64Array(until - day);
  const lost = new Float64Array(until - day);
  const share = 1 / paths;

  const walk = (future: Life, from: number, weightAtStart: number): void => {
    let weight = weightAtStart;
    for (let d = from; d < until; d++) {
      // A future that was split off has its charge decided.
      if (future.forced < 0 && isChargeDue(future, d)) {
        const declined = declineChance(future, d, world.scenario);
        if (weight > splitWeight * share) {
          const unpaid = future.copy();
          unpaid.forced = 1;
          unpaid.key = branchKey(future.key, d, 7);
          walk(unpaid, d, weight * declined);
          future.forced = 0;
          weight *= 1 - declined;
        }
      }
      stepDay(future, d, world);
      future.forced = -1;
      if (future.status === STATUS.ENDED_INVOLUNTARY) {
        lost[d - day]! += weight;
        return;
      }
      const of = future.status === STATUS.ARREARS ? lost : leaves;
      of[d - day]! += weight * future.leaving;
      weight *= 1 - future.leaving;
    }
  };
  for (let path = 0; path < paths; path++) {
    const future = life.copy();
    future.key = branchKey(life.key, day, path);
    future.isImagined = true;
    walk(future, day, share);
  }
  const sum = (of: Float64Array, from: number, to: number): number => {
    let total = 0;
    for (let i = from; i < to; i++) total += of[i]!;
    return total;
  };
  return {
    member: life.person.index,
    userId: life.person.userId,
    voluntary: horizons.map((days) => sum(leaves, gapDays, gapDays + days)),
    involuntary: horizons.map((days) => sum(lost, gapDays, gapDays + days)),
    gapVoluntary: sum(leaves, 0, gapDays),
    gapInvoluntary: sum(lost, 0, gapDays),
  };
}

/**
 * A small world whose hazards are known: members who differ in how active they are, which moves the one
 * cause, and in how old their card is, which moves the other. Daily draws from a seed.
 */
import { createRng, normal } from "../base/index.ts";
import { matrixOf } from "../learn/index.ts";
import { type Change, landmarks, landmarkTimes, type Snapshot } from "../lifecycle/churn/label.ts";
import { churnDefaults, msOfDays } from "../lifecycle/churn/period.ts";
import type { TrainingData } from "../platform/train/run.ts";
import { timeWindows } from "../platform/train/window.ts";
import type { ChurnData } from "./churn-task.ts";

export interface DrawnWorld extends ChurnData {
  readonly data: TrainingData;
  /** Hazard a day of each cause, by member. */
  readonly daily: ReadonlyMap<number, readonly [number, number]>;
}

export function drawnWorld(members: number, seed: number, stepDays = 14): DrawnWorld {
  const rng = createRng(seed);
  const days = 365;
  const changes = new Map<number, Change[]>();
  const traits = new Map<number, readonly [number, number, number]>();
  const daily = new Map<number, readonly [number, number]>();
  for (let id = 1; id <= members; id++) {
    const active = normal(rng);
    const card = normal(rng);
    const of = [0.0022 * Math.exp(-0.9 * active), 0.0009 * Math.exp(1.1 * card)] as const;
    traits.set(id, [active, card, normal(rng)]);
    daily.set(id, of);
    let day = Math.floor(rng() * 250);
    const change = (state: Change["state"]): Change => ({
      state,
      atMs: msOfDays(day),
      knownMs: msOfDays(day),
      billingInterval: "month",
      intervalCount: 1,
      priceMinor: 999,
      currency: "EUR",
      plan: id % 3 === 0 ? "basic" : "plus",
    });
    const own = [change("active")];
    while (own.length === 1 && ++day < days) {
      const chance = rng();
      if (chance < of[0]) own.push(change("auto_renew_off"));
      else if (chance < of[0] + of[1]) own.push(change("hold"));
    }
    changes.set(id, own);
  }
  const times = landmarkTimes(msOfDays(30), msOfDays(days - churnDefaults.gapDays - 7), stepDays);
  const each = [...changes].map(([memberId, of]) => ({ memberId, changes: of }));
  const snapshots: readonly Snapshot[] = landmarks(each, times);
  const x = matrixOf(
    snapshots.map(({ memberId, atMs, paidSinceMs }) => [
      ...traits.get(memberId)!,
      (atMs - paidSinceMs) / msOfDays(1),
    ]),
    ["active_28d", "card_age", "noise", "paid_days"],
  );
  return {
    snapshots,
    changes,
    categorical: [],
    windows: timeWindows(msOfDays(30), msOfDays(days)),
    daily,
    data: {
      x,
      atMs: Float64Array.from(snapshots, ({ atMs }) => atMs),
      group: Int32Array.from(snapshots, ({ memberId }) => memberId),
      featureSet: "drawn",
    },
  };
}

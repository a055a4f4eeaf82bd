/**
 * What every bandit promises, whatever it believes and however it explores: the same seed makes the same
 * choices, the propensity that it says is the one it chose with, neither the order of arms nor a pause
 * in JSON matters, sleeping arms stay asleep, and what is wrong is refused by name and changes nothing.
 */
import { describe, expect, it } from "vitest";
import { createRng, normal, type Rng } from "../../base/rng.ts";
import { logistic } from "../calibration/sigmoid.ts";
import { type Matrix, rowOf } from "../matrix.ts";
import { ContextualBandit } from "./bandit.ts";
import type { Exploration } from "./explore.ts";

export interface BanditKind {
  readonly belief: "linear" | "logistic";
  readonly exploration: Exploration;
  /** Whether each arm has a model of its own. */
  readonly isApart: boolean;
}

const ARMS = 5;
const FEATURES = 4;
const FLOOR = 0.1;

const PROMISES = {
  "makes the same choices for the same seed": (kind) => {
    const first = played(kind, 30);
    expect(played(kind, 30)).toEqual(first);
    expect(played(kind, 30, 9)).not.toEqual(first);
  },

  "says the exact chance with which it chooses": (kind) => {
    const bandit = learned(kind);
    const x = armsOf(createRng(8));
    const said = bandit.probabilities(x);
    // Every draw of a fine grid, so that nothing is left to luck.
    const draws = 4096;
    const chosen = new Float64Array(ARMS);
    for (let k = 0; k < draws; k++) {
      const choice = bandit.choose(x, () => (k + 0.5) / draws);
      expect(choice.propensity).toBe(said[choice.arm]);
      expect(choice.probabilities).toEqual(said);
      chosen[choice.arm]! += 1 / draws;
    }
    said.forEach((p, a) => {
      expect(Math.abs(chosen[a]! - p)).toBeLessThanOrEqual(1 / draws);
    });
  },

  "keeps the floor, and gives sleeping arms nothing": (kind) => {
    const bandit = learned(kind);
    const rng = createRng(4);
    for (let k = 0; k < 20; k++) {
      const x = armsOf(rng);
      const available = Uint8Array.from({ length: ARMS }, (_, a) => Number(a === 2 || rng() < 0.5));
      const awake = available.reduce((sum, one) => sum + one, 0);
      const p = bandit.probabilities(x, available);
      expect(p.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 10);
      p.forEach((one, a) => {
        if (available[a]) expect(one).toBeGreaterThanOrEqual(FLOOR / awake - 1e-15);
        else expect(one).toBe(0);
      });
      const { arm } = bandit.choose(x, rng, available);
      expect(available[arm]).toBe(1);
    }
  },

  "does not see the order of arms": (kind) => {
    const order = [3, 0, 4, 1, 2];
    const x = armsOf(createRng(5));
    const plain = learned(kind).probabilities(x);
    const turned = learned(kind, order).probabilities(inOrder(x, order));
    order.forEach((a, k) => {
      expect(turned[k]).toBeCloseTo(plain[a]!, 10);
    });
  },

  "goes on after JSON as if nothing had been": (kind) => {
    const bandit = learned(kind);
    const again = ContextualBandit.fromJson(JSON.parse(JSON.stringify(bandit)));
    const play = (one: ContextualBandit) => choices(one, 30, createRng(6), kind);
    expect(play(again)).toEqual(play(bandit));
    expect(again.rounds).toBe(bandit.rounds);
    expect(JSON.stringify(again)).toBe(JSON.stringify(bandit));
    expect(() => ContextualBandit.fromJson({ kind: "something else" })).toThrow(/not a written/);
  },

  "knows nothing before any reward: arms that look alike share": (kind) => {
    const same: Matrix = {
      rows: ARMS,
      columns: FEATURES,
      values: new Float64Array(ARMS * FEATURES).map((_, at) => [1, 2, -1, 0.5][at % FEATURES]!),
    };
    for (const p of created(kind).probabilities(same)) expect(p).toBeCloseTo(1 / ARMS, 10);
  },

  "refuses what is wrong by name, and stays as it was": (kind) => {
    const bandit = learned(kind);
    const before = JSON.stringify(bandit);
    const x = armsOf(createRng(2));
    const changed = (value: number): Matrix => ({ ...x, values: x.values.with(6, value) });
    const narrow: Matrix = { rows: ARMS, columns: 1, values: new Float64Array(ARMS) };
    const row = rowOf(x, 1);
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [() => bandit.probabilities(changed(Number.NaN)), /column 2, row 1 is NaN/],
      [() => bandit.probabilities(changed(Infinity)), /column 2, row 1 is Infinity/],
      [() => bandit.probabilities(narrow), /5 × 1; .* × 4 features are needed/],
      [() => bandit.probabilities({ ...x, rows: 0, values: new Float64Array(0) }), /0 /],
      [() => bandit.probabilities(x, new Uint8Array(ARMS)), /none of 5 arms is available/],
      [() => bandit.probabilities(x, new Uint8Array(2)), /available has 2 values for 5 arms/],
      [() => bandit.chooseSlate(x, ARMS + 1, createRng(1)), /6 slots/],
      [() => bandit.update(0, row.with(2, Number.NaN), 1), /x, row 2 is NaN/],
      [() => bandit.update(0, row.subarray(1), 1), /3/],
      [() => bandit.update(0, row, Number.NaN), /y, row 0 is NaN/],
      [() => bandit.update(0, row, Infinity), /y, row 0 is Infinity/],
      [() => bandit.update(0, row, 1, -1), /weight, row 0 is -1|weight is -1/],
      [() => bandit.update(0, row, 1, Number.NaN), /weight.* is NaN/],
    ];
    for (const [act, message] of refused) {
      expect(act, String(message)).toThrow(
        expect.objectContaining({ name: "WaymarkError", message: expect.stringMatching(message) }),
      );
    }
    if (kind.isApart) expect(() => bandit.update(ARMS, row, 1)).toThrow(/arm, row 0 is 5/);
    if (kind.belief === "logistic") {
      expect(() => bandit.update(0, row, 0.5)).toThrow(/y, row 0 is 0.5/);
    }
    expect(JSON.stringify(bandit)).toBe(before);
  },
} satisfies Record<string, (kind: BanditKind) => void>;

/** Runs the suite over one kind of bandit. */
export function conformsAsBandit(name: string, kind: BanditKind): void {
  describe(`${name} keeps the promises of a bandit:`, () => {
    for (const [promise, test] of Object.entries(PROMISES)) it(promise, () => test(kind));
  });
}

function created({ belief, exploration, isApart }: BanditKind): ContextualBandit {
  const arms = isApart ? { arms: ARMS } : {};
  return new ContextualBandit({
    belief: { kind: belief, features: FEATURES, ...arms },
    exploration,
    floor: FLOOR,
  });
}

/** A bandit that has seen 60 rewards. @param order where each arm stands for it */
function learned(kind: BanditKind, order = [0, 1, 2, 3, 4]): ContextualBandit {
  const bandit = created(kind);
  const rng = createRng(3);
  for (let t = 0; t < 60; t++) {
    const x = armsOf(rng);
    const arm = t % ARMS;
    bandit.update(order.indexOf(arm), rowOf(x, arm), rewardOf(kind, rowOf(x, arm), arm, rng));
  }
  return bandit;
}

/** What a new bandit chooses and how surely, learning as it goes. */
function played(kind: BanditKind, rounds: number, seed = 1): readonly unknown[] {
  return choices(created(kind), rounds, createRng(seed), kind);
}

function choices(
  bandit: ContextualBandit,
  rounds: number,
  rng: Rng,
  kind: BanditKind,
): readonly (readonly [number, number])[] {
  return Array.from({ length: rounds }, () => {
    const x = armsOf(rng);
    const { arm, propensity } = bandit.choose(x, rng);
    bandit.update(arm, rowOf(x, arm), rewardOf(kind, rowOf(x, arm), arm, rng));
    return [arm, propensity] as const;
  });
}

function rewardOf({ belief }: BanditKind, row: Float64Array, arm: number, rng: Rng): number {
  const signal = row[1]! - 0.5 * row[2]! + 0.3 * arm - 0.6;
  if (belief === "linear") return signal + 0.5 * normal(rng);
  return rng() < logistic(signal) ? 1 : 0;
}

/** A row for each arm: a one, then context and arm crossed. */
function armsOf(rng: Rng): Matrix {
  const values = new Float64Array(ARMS * FEATURES).map((_, at) =>
    at % FEATURES === 0 ? 1 : normal(rng),
  );
  return { rows: ARMS, columns: FEATURES, values };
}

function inOrder(x: Matrix, order: readonly number[]): Matrix {
  return { ...x, values: Float64Array.from(order.flatMap((a) => [...rowOf(x, a)])) };
}

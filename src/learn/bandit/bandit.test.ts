import { describe, expect, it } from "vitest";
import { createRng, normal, type Rng } from "../../base/rng.ts";
import { logistic } from "../calibration/sigmoid.ts";
import { type Matrix, rowOf } from "../matrix.ts";
import { type BanditOptions, ContextualBandit } from "./bandit.ts";
import type { Exploration } from "./explore.ts";
import { restedArms, tiredness, withTiredness } from "./recovery.ts";

const EXPLORATION: readonly Exploration[] = [
  { kind: "epsilon-greedy", epsilon: 0.1 },
  { kind: "lin-ucb", width: 1 },
  { kind: "thompson" },
  { kind: "square-cb" },
];

/** Arms × features: a column of ones, context and arm crossed. */
function arms(rng: Rng, count: number, features: number): Matrix {
  const values = new Float64Array(count * features).map((_, at) =>
    at % features === 0 ? 1 : normal(rng),
  );
  return { rows: count, columns: features, values };
}

function learned(
  exploration: Exploration,
  kind: "linear" | "logistic",
  seed: number,
  floor: number,
) {
  const rng = createRng(seed);
  const bandit = new ContextualBandit({ belief: { kind, features: 4 }, exploration, floor });
  for (let i = 0; i < 40; i++) {
    const x = arms(rng, 1, 4);
    const signal = x.values[1]! - 0.5 * x.values[2]!;
    const reward = kind === "linear" ? signal + normal(rng) : rng() < logistic(signal) ? 1 : 0;
    bandit.update(0, rowOf(x, 0), reward);
  }
  return { bandit, rng };
}

describe.each(EXPLORATION)("$kind", (exploration) => {
  it.each([1, 2])("learns: late regret is below a seventh of chance's (seed %d)", (seed) => {
    const { late, byChance } = regret(
      { belief: { kind: "linear", features: 6 }, exploration },
      seed,
    );
    expect(late).toBeLessThan(byChance / 7);
  });
});

/** 300 rounds of 5 arms with linear rewards and noise ½; regret of the last 150, and uniform choice's. */
function regret(options: BanditOptions, seed: number) {
  const rng = createRng(seed);
  const bandit = new ContextualBandit({ floor: 0.02, ...options });
  const truth = Float64Array.from({ length: 6 }, () => normal(rng));
  let late = 0;
  let byChance = 0;
  for (let t = 0; t < 300; t++) {
    const x = arms(rng, 5, 6);
    const mean = Array.from({ length: 5 }, (_, a) =>
      rowOf(x, a).reduce((s, v, j) => s + v * truth[j]!, 0),
    );
    const best = Math.max(...mean);
    const { arm } = bandit.choose(x, rng);
    if (t >= 150) {
      late += best - mean[arm]!;
      byChance += best - mean.reduce((s, m) => s + m / 5, 0);
    }
    bandit.update(arm, rowOf(x, arm), mean[arm]! + 0.5 * normal(rng));
  }
  return { late, byChance };
}

it("arms with models of their own learn apart", () => {
  const bandit = new ContextualBandit({
    belief: { kind: "logistic", features: 1, arms: 3 },
    exploration: { kind: "thompson" },
    floor: 0,
  });
  for (let i = 0; i < 60; i++) {
    bandit.update(1, [1], 1);
    bandit.update(2, [1], 0);
  }
  const p = bandit.probabilities({ rows: 3, columns: 1, values: Float64Array.of(1, 1, 1) });
  expect(p[1]).toBeGreaterThan(0.9);
  expect(p[2]).toBeLessThan(1e-4);
  expect(p[0]).toBeGreaterThan(p[2]!);
  bandit.belief.discount(0.01);
  const forgotten = bandit.probabilities({ rows: 3, columns: 1, values: Float64Array.of(1, 1, 1) });
  expect(forgotten[0]).toBeGreaterThan(p[0]!);
});

it("a slate keeps sleeping arms out and its propensity follows the arms'", () => {
  const { bandit, rng } = learned({ kind: "thompson" }, "linear", 3, 0.1);
  const x = arms(rng, 6, 4);
  const available = Uint8Array.of(1, 0, 1, 1, 1, 1);
  const { arms: shown, cascade, probabilities } = bandit.chooseSlate(x, 3, rng, available);
  expect(shown.includes(1)).toBe(false);
  expect(cascade[0]).toBe(probabilities[shown[0]!]);
  expect(probabilities).toEqual(bandit.probabilities(x, available));
});

describe("recovering arms", () => {
  it("rest, and are then awake again", () => {
    const shown = Float64Array.of(Number.NaN, 900, 500, 0);
    expect([...restedArms(shown, 1000, 500)]).toEqual([1, 0, 1, 1]);
    expect([...restedArms(shown, 1000, 500, Uint8Array.of(0, 1, 1, 1))]).toEqual([0, 0, 1, 1]);
    expect(() => restedArms(shown, 1000, 500, new Uint8Array(1))).toThrowError(
      /1 values for 4 arms/,
    );
  });

  it("a bandit learns how much an arm tires and shows others meanwhile", () => {
    const rng = createRng(3);
    const bandit = new ContextualBandit({
      belief: { kind: "linear", features: 3 },
      exploration: { kind: "epsilon-greedy", epsilon: 0.2 },
      floor: 0,
    });
    const base: Matrix = {
      rows: 2,
      columns: 2,
      values: Float64Array.of(1, 1, 1, 0),
      names: ["one", "arm"],
    };
    const shown = Float64Array.of(Number.NaN, Number.NaN);
    const earned = [0.8, 0.5];
    for (let t = 0; t < 600; t++) {
      const x = withTiredness(base, shown, t, 3);
      const { arm } = bandit.choose(x, rng);
      const tired = tiredness(shown[arm]!, t, 3);
      bandit.update(arm, rowOf(x, arm), earned[arm]! * (1 - 0.8 * tired) + 0.1 * normal(rng));
      shown[arm] = t;
    }
    const fresh = bandit.belief.scores(
      withTiredness(base, Float64Array.of(Number.NaN, Number.NaN), 0, 3),
    );
    expect(fresh.reward[0]).toBeGreaterThan(fresh.reward[1]!);
    const tired = bandit.belief.scores(
      withTiredness(base, Float64Array.of(599, Number.NaN), 600, 3),
    );
    expect(tired.reward[0]).toBeLessThan(tired.reward[1]!);
    expect(withTiredness(base, shown, 600, 3).names).toEqual(["one", "arm", "tiredness"]);
  });
});

describe("bad input is refused by name", () => {
  const bandit = new ContextualBandit({
    belief: { kind: "linear", features: 2, arms: 2 },
    exploration: { kind: "thompson" },
  });
  const x: Matrix = {
    rows: 2,
    columns: 2,
    values: Float64Array.of(1, 0, 1, 1),
    names: ["one", "age"],
  };
  it.each([
    [() => bandit.probabilities(x, Uint8Array.of(0, 0)), /none of 2 arms is available/],
    [() => bandit.probabilities(x, Uint8Array.of(1)), /available has 1 values for 2 arms/],
    [
      () => bandit.probabilities({ ...x, values: Float64Array.of(1, 0, 1, Number.NaN) }),
      /column 'age', row 1 is NaN/,
    ],
    [
      () => bandit.probabilities({ rows: 1, columns: 2, values: Float64Array.of(1, 0) }),
      /1 × 2; 2 arms × 2/,
    ],
    [() => bandit.update(2, [1, 0], 1), /arm, row 0 is 2/],
    [() => bandit.update(0, [1, 0], Number.POSITIVE_INFINITY), /y, row 0 is Infinity/],
    [
      () =>
        new ContextualBandit({
          belief: { kind: "linear", features: 2 },
          exploration: { kind: "thompson" },
          floor: 2,
        }),
      /floor is 2/,
    ],
    [
      () =>
        new ContextualBandit({
          belief: { kind: "linear", features: 2 },
          exploration: { kind: "epsilon-greedy", epsilon: 7 },
        }),
      /epsilon is 7/,
    ],
    [() => ContextualBandit.fromJson({ kind: "contextual-bandit" }), /not a written bandit/],
  ])("%#", (act, message) => {
    expect(act).toThrowError(message);
  });
});

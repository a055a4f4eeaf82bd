import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { allocate, budgetPath, gainDifference, gainEstimate, untargetedPath } from "./budget.ts";
import { calibrateEffects, gates } from "./gates.ts";
import { policyDifference, policyValue } from "./policy.ts";
import { rate } from "./rate.ts";

describe("budget path", () => {
  it("of one arm is the greedy rule: effect per cost until the budget is spent", () => {
    const effect = Float64Array.of(1, 5, -2, 3);
    const cost = Float64Array.of(1, 10, 1, 2);
    const path = budgetPath(effect, cost, 2);
    expect([...path.row]).toEqual([3, 0, 1]);
    expect([...path.price]).toEqual([1.5, 1, 0.5]);
    expect([...allocate(path, 3 / 4).arm]).toEqual([1, 0, 0, 1]);
    expect(allocate(path, 8 / 4)).toMatchObject({
      spend: 3 / 4,
      last: { row: 1, arm: 1, probability: 0.5 },
    });
    const all = allocate(path, 1e9);
    expect([...all.arm]).toEqual([1, 1, 0, 1]);
    expect(all.last).toBeUndefined();
    expect(allocate(path, 0).arm.every((a) => a === 0)).toBe(true);
  });

  it.each([1, 2, 3, 4, 5, 6])("no allocation within its spend gains more (seed %d)", (seed) => {
    const rng = createRng(seed);
    const [rows, arms] = [5, 4];
    const effect = new Float64Array(rows * 3).map(() => normal(rng) + 0.5);
    const cost = new Float64Array(rows * 3).map(() => 0.05 + rng());
    const path = budgetPath(effect, cost, arms);
    const totals = (arm: ArrayLike<number>) => {
      let [spend, gain] = [0, 0];
      for (let i = 0; i < rows; i++) {
        if (arm[i] === 0) continue;
        spend += cost[i * 3 + arm[i]! - 1]! / rows;
        gain += effect[i * 3 + arm[i]! - 1]! / rows;
      }
      return { spend, gain };
    };
    for (let k = 0; k < path.row.length; k++) {
      const ours = totals(allocate(path, path.spend[k]! + 1e-12).arm);
      expect(ours.spend).toBeCloseTo(path.spend[k]!, 10);
      for (let code = 0; code < arms ** rows; code++) {
        const other = totals(
          Array.from({ length: rows }, (_, i) => Math.floor(code / arms ** i) % arms),
        );
        if (other.spend <= ours.spend) expect(other.gain).toBeLessThanOrEqual(ours.gain + 1e-10);
      }
    }
  });

  it("prices fall, spend grows, steps go up a row's hull in order", () => {
    const rng = createRng(9);
    const effect = new Float64Array(300).map(() => normal(rng));
    const cost = new Float64Array(300).map(() => 0.1 + rng());
    const path = budgetPath(effect, cost, 4);
    const at = new Int32Array(100);
    for (let k = 0; k < path.row.length; k++) {
      if (k > 0) {
        expect(path.price[k]).toBeLessThanOrEqual(path.price[k - 1]!);
        expect(path.spend[k]).toBeGreaterThan(path.spend[k - 1]!);
      }
      expect(path.from[k]).toBe(at[path.row[k]!]);
      at[path.row[k]!] = path.arm[k]!;
      expect(path.price[k]).toBeGreaterThan(0);
    }
    // In the end everyone has the best arm there is, or none where all harm.
    for (let i = 0; i < 100; i++) {
      const best = Math.max(0, ...effect.subarray(3 * i, 3 * i + 3));
      expect(at[i] === 0 ? 0 : effect[3 * i + at[i]! - 1]).toBe(best);
    }
  });

  it("gains by scores: targeting beats the same budget untargeted, with an interval", () => {
    const { scores, effect, arms } = members(2, 1500);
    const cost = Float64Array.of(1, 2);
    const path = budgetPath(effect, cost, arms);
    const options = { replicates: 200, seed: 1 };
    const gain = gainEstimate(path, scores, 0.4, options);
    expect(gain.lower).toBeGreaterThan(0);
    const blind = untargetedPath(effect, cost, arms);
    const better = gainDifference(path, blind, scores, 0.4, options);
    expect(better.lower).toBeGreaterThan(0);
    expect(better.value).toBeCloseTo(
      gain.value - gainEstimate(blind, scores, 0.4, options).value,
      10,
    );
    expect(gainEstimate(path, scores, 0, options)).toMatchObject({ value: 0, lower: 0, upper: 0 });
  });

  it("the gain at a step is that of its allocation", () => {
    const { scores, effect, arms } = members(3, 40);
    const path = budgetPath(effect, Float64Array.of(1, 1.5), arms);
    const budget = path.spend[10]! + 1e-12;
    const { arm } = allocate(path, budget);
    const none = policyValue(scores, arms, new Int32Array(40)).value;
    const value = policyValue(scores, arms, arm).value;
    expect(gainEstimate(path, scores, budget, { replicates: 20 }).value).toBeCloseTo(
      value - none,
      8,
    );
  });

  it("refuses what cannot be", () => {
    expect(() => budgetPath(Float64Array.of(1, 2, 3), Float64Array.of(1), 3)).toThrowError(
      /effect has 3/,
    );
    expect(() => budgetPath(Float64Array.of(1, 2), Float64Array.of(1, 1, 1), 2)).toThrowError(
      /cost has 3/,
    );
    expect(() => budgetPath(Float64Array.of(1, 2), Float64Array.of(1, 0), 2)).toThrowError(
      /row 1, arm 1 is 0/,
    );
    expect(() => budgetPath(Float64Array.of(1, Number.NaN), Float64Array.of(1), 2)).toThrowError(
      /effect, row 1/,
    );
    expect(() => allocate(budgetPath(Float64Array.of(1), Float64Array.of(1), 2), -1)).toThrowError(
      /budget is -1/,
    );
  });
});

/** Three arms; effects of the second and third by a feature that is known. Scores as from a trial. */
function members(seed: number, n: number) {
  const rng = createRng(seed);
  const scores = new Float64Array(3 * n);
  const effect = new Float64Array(2 * n);
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    x[i] = normal(rng);
    effect[2 * i] = x[i]!;
    effect[2 * i + 1] = 0.5 + 0.5 * x[i]!;
    const base = normal(rng);
    for (let a = 0; a < 3; a++) {
      scores[3 * i + a] = base + (a === 0 ? 0 : effect[2 * i + a - 1]!) + normal(rng);
    }
  }
  return { scores, effect, x, arms: 3, rng };
}

describe("policy value", () => {
  const { scores, effect, arms } = members(4, 4000);
  const best = Int32Array.from({ length: 4000 }, (_, i) => {
    const [a, b] = [effect[2 * i]!, effect[2 * i + 1]!];
    return Math.max(a, b) <= 0 ? 0 : a > b ? 1 : 2;
  });
  const nobody = new Int32Array(4000);

  it("paired intervals are narrower than the difference of two", () => {
    const all = new Int32Array(4000).fill(2);
    const paired = policyDifference(scores, arms, best, all);
    const apart = Math.hypot(
      policyValue(scores, arms, best).standardError,
      policyValue(scores, arms, all).standardError,
    );
    expect(paired.standardError).toBeLessThan(0.8 * apart);
    expect(paired.lower).toBeGreaterThan(0);
    expect(policyDifference(scores, arms, best, best)).toMatchObject({
      value: 0,
      standardError: 0,
    });
  });

  it("takes probabilities, and costs", () => {
    const third = new Float64Array(12_000).fill(1 / 3);
    const mean = scores.reduce((s, v) => s + v / 12_000, 0);
    expect(policyValue(scores, arms, third).value).toBeCloseTo(mean, 10);
    const free = policyValue(scores, arms, best).value;
    const cost = Float64Array.of(0, 1, 1);
    const treated = best.filter((a) => a > 0).length / 4000;
    expect(policyValue(scores, arms, best, { cost }).value).toBeCloseTo(free - treated, 10);
    expect(policyValue(scores, arms, nobody, { cost }).value).toBe(
      policyValue(scores, arms, nobody).value,
    );
  });

  it("refuses what cannot be", () => {
    expect(() => policyValue(scores, arms, new Int32Array(3))).toThrowError(/policy has 3 rows/);
    expect(() => policyValue(scores, arms, new Int32Array(4000).fill(3))).toThrowError(
      /policy, row 0 is 3/,
    );
    expect(() => policyValue(scores, arms, nobody, { cost: Float64Array.of(1) })).toThrowError(
      /cost has 1/,
    );
  });
});

describe("rate", () => {
  const { scores, x, rng } = members(5, 2000);
  const effects = new Float64Array(2000).map((_, i) => scores[3 * i + 1]! - scores[3 * i]!);

  it("AUTOC and Qini find a ranking that knows, and not one that does not", () => {
    for (const target of ["autoc", "qini"] as const) {
      const knows = rate(effects, x, { target, seed: 1 });
      expect(knows.lower).toBeGreaterThan(0);
      expect(knows.pValue).toBeLessThan(1e-6);
      const noise = rate(
        effects,
        x.map(() => rng()),
        { target, seed: 1 },
      );
      expect(noise.pValue).toBeGreaterThan(0.01);
    }
    // Effects are standard normal in x: AUTOC is E[TOC] = ∫ φ(z_q)/q dq, about .90; Qini ∫ φ(z_q) dq = 1/(2√π).
    const autoc = rate(effects, x);
    expect(Math.abs(autoc.value - 0.903)).toBeLessThan(4 * autoc.standardError);
    const qini = rate(effects, x, { target: "qini" });
    expect(Math.abs(qini.value - 0.5 / Math.sqrt(Math.PI))).toBeLessThan(4 * qini.standardError);
  });

  it("a constant ranking is 0, and ties do not depend on the order of rows", () => {
    expect(rate(effects, new Float64Array(2000).fill(1)).value).toBeCloseTo(0, 12);
    const rough = x.map((v) => Math.round(v));
    const back = rate(effects.slice().reverse(), rough.slice().reverse()).value;
    expect(back).toBeCloseTo(rate(effects, rough).value, 12);
  });

  it("has its nominal error over 200 null trials", () => {
    const rng = createRng(31);
    let found = 0;
    for (let k = 0; k < 200; k++) {
      const nothing = new Float64Array(150).map(() => normal(rng));
      const priority = new Float64Array(150).map(() => rng());
      if (rate(nothing, priority, { seed: k, replicates: 100 }).pValue < 0.05) found++;
    }
    // 5 % of 200 is 10; half-samples of 150 rows are a little narrow. 22 leaves four deviations.
    expect(found).toBeLessThanOrEqual(22);
  });

  it("clusters are halved whole", () => {
    const two = Float64Array.from({ length: 4000 }, (_, i) => effects[i >> 1]!);
    const rank = Float64Array.from({ length: 4000 }, (_, i) => x[i >> 1]!);
    const cluster = Int32Array.from({ length: 4000 }, (_, i) => i >> 1);
    const clustered = rate(two, rank, { cluster, seed: 2 });
    expect(clustered.standardError).toBeGreaterThan(
      1.2 * rate(two, rank, { seed: 2 }).standardError,
    );
  });

  it("refuses what cannot be", () => {
    expect(() => rate(effects, x.slice(1))).toThrowError(/priority has 1999 rows/);
    expect(() => rate(effects.slice(0, 3), x.slice(0, 3))).toThrowError(/3 rows; a rate needs/);
  });
});

describe("groups and calibration", () => {
  const { scores, x } = members(6, 3000);
  const effects = new Float64Array(3000).map((_, i) => scores[3 * i + 1]! - scores[3 * i]!);

  it("groups rise with the prediction and cover it", () => {
    const groups = gates(effects, x, 5);
    expect(groups.reduce((s, g) => s + g.rows, 0)).toBe(3000);
    for (let g = 1; g < 5; g++) expect(groups[g]!.value).toBeGreaterThan(groups[g - 1]!.value);
    for (const group of groups) {
      expect(Math.abs(group.value - group.predicted)).toBeLessThan(4 * group.standardError);
    }
  });

  it("slope is 1 for right predictions, ½ for twice too large ones, and covers 0 for noise", () => {
    const { slope, mean } = calibrateEffects(effects, x);
    expect(slope.lower).toBeLessThan(1);
    expect(slope.upper).toBeGreaterThan(1);
    expect(Math.abs(mean.value)).toBeLessThan(4 * mean.standardError);
    expect(
      calibrateEffects(
        effects,
        x.map((v) => 2 * v),
      ).slope.value,
    ).toBeCloseTo(slope.value / 2, 12);
    const rng = createRng(1);
    const noise = calibrateEffects(
      effects,
      x.map(() => normal(rng)),
    ).slope;
    expect(Math.abs(noise.value)).toBeLessThan(4 * noise.standardError);
  });

  it("refuses what cannot be", () => {
    expect(() => gates(effects.slice(0, 9), x.slice(0, 9), 5)).toThrowError(
      /9 rows; 5 groups need 10/,
    );
    expect(() => calibrateEffects(effects, new Float64Array(3000))).toThrowError(
      /same on every row/,
    );
  });
});

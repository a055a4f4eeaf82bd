// The tests of an effect: published values, duality of interval and p-value, error under peeking.
import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "../../base/rng.ts";
import { bayesTest, expectedExcess } from "./bayes.ts";
import { type Effect, effectOf } from "./effect.ts";
import { welchTest } from "./fixed.ts";
import { groupSequentialBounds, groupSequentialTest } from "./group-sequential.ts";
import { benjaminiHochberg, bonferroni, holm } from "./multiple.ts";
import { nonInferiorityTest } from "./non-inferiority.ts";
import { sequentialTest } from "./sequential.ts";
import { srmSequentialTest, srmTest } from "./srm.ts";
import { addSums, type ProportionSums } from "./sums.ts";

const proportion = (sum: number, count: number): ProportionSums => ({
  kind: "proportion",
  count,
  sum,
});
const mean = (sum: number, sumSquares: number, count: number) =>
  ({ kind: "mean", count, sum, sumSquares }) as const;

describe("published values", () => {
  // Anchors of gbstats' own tests, to the five digits that they print.
  const control = mean(1396.87, 52377.9767, 3407);
  const treatment = mean(2422.7, 134698.29, 3461);

  it("Welch's test of two means", () => {
    const relative = welchTest(effectOf(control, treatment, { difference: "relative" }));
    expect(relative.estimate).toBeCloseTo(0.70732, 5);
    expect(relative.standardError).toBeCloseTo(0.37879, 5);
    expect([relative.lower, relative.upper]).toEqual([
      expect.closeTo(-0.03526, 5),
      expect.closeTo(1.44989, 5),
    ]);
    expect(relative.pValue).toBeCloseTo(0.06191, 5);
    expect(welchTest(effectOf(control, treatment)).pValue).toBeCloseTo(0.02016, 5);
  });

  it("a Bayesian test of two proportions", () => {
    const effect = effectOf(proportion(49, 100), proportion(51, 100), { difference: "relative" });
    const came = bayesTest(effect);
    expect(came.chanceToWin).toBeCloseTo(0.60918, 5);
    expect(came.riskOfControl).toBeCloseTo(0.0814, 5);
    expect(came.riskOfTreatment).toBeCloseTo(0.04058, 5);
    expect(came.lower).toBeCloseTo(-0.24779, 5);
    expect(came.upper).toBeCloseTo(0.32943, 5);
    expect(expectedExcess(0.1, 0.05)).toBeCloseTo(0.1004245351308, 12);
    expect(expectedExcess(-0.1, 0.05)).toBeCloseTo(0.0004245351308, 12);
  });

  it("bounds of five looks (Reboussin, DeMets, Kim & Lan 2000; the second one by quadrature)", () => {
    const five = [0.2, 0.4, 0.6, 0.8, 1];
    const published = {
      "obrien-fleming": [4.8769, 3.357, 2.6803, 2.2898, 2.031],
      pocock: [2.438, 2.4268, 2.4102, 2.3966, 2.386],
    } as const;
    for (const spending of ["obrien-fleming", "pocock"] as const) {
      const { bound, spent } = groupSequentialBounds(five, { spending });
      bound.forEach((z, k) => {
        expect(z, `${spending} ${k}`).toBeCloseTo(published[spending][k]!, 4);
      });
      expect(spent.at(-1)).toBeCloseTo(0.05, 12);
    }
    // scipy's quad over the first look's density.
    expect(groupSequentialBounds(five).bound[1]).toBeCloseTo(3.3570119215746113, 9);
    expect(groupSequentialBounds([1]).bound[0]).toBeCloseTo(1.959963984540054, 10);
  });
});

describe("interval and p-value say the same", () => {
  const effect = effectOf(proportion(120, 2000), proportion(155, 2100));

  it.each(["two-sided", "greater", "less"] as const)("%s", (alternative) => {
    for (const test of [welchTest, sequentialTest]) {
      for (const nullValue of [-0.01, 0, 0.0138, 0.03]) {
        const { pValue } = test(effect, { alternative, nullValue });
        if (pValue >= 0.49 || pValue <= 1e-12) continue;
        // At alpha = p the interval's edge is the null value.
        const level = { alternative, nullValue, alpha: pValue, tunedFor: 0.05 };
        const { lower, upper } = test(effect, level);
        const edge = alternative === "less" ? upper : alternative === "greater" ? lower : undefined;
        const nearest =
          edge ?? (Math.abs(lower - nullValue) < Math.abs(upper - nullValue) ? lower : upper);
        expect(nearest).toBeCloseTo(nullValue, 10);
      }
    }
  });

  it("a one-sided p-value on the wrong side is not small", () => {
    expect(sequentialTest(effect, { alternative: "less" }).pValue).toBe(1);
    expect(welchTest(effect, { alternative: "less" }).pValue).toBeGreaterThan(0.9);
  });

  it("less is greater with the arms' difference turned round", () => {
    const turned = { ...effect, estimate: -effect.estimate };
    for (const test of [welchTest, sequentialTest]) {
      const less = test(turned, { alternative: "less" });
      const greater = test(effect, { alternative: "greater" });
      expect(less.pValue).toBe(greater.pValue);
      expect(less.upper).toBe(-greater.lower);
      expect(less.isSignificant).toBe(greater.isSignificant);
    }
  });
});

describe("A/A experiments looked at 40 times", () => {
  /** Effects at 40 looks, 150 new units an arm between them, both arms at 20 %. */
  function looks(rng: Rng): Effect[] {
    let [a, b] = [proportion(0, 0), proportion(0, 0)];
    const draw = (): ProportionSums => {
      let sum = 0;
      for (let i = 0; i < 150; i++) if (rng() < 0.2) sum++;
      return proportion(sum, 150);
    };
    return Array.from({ length: 40 }, () => {
      [a, b] = [addSums(a, draw()), addSums(b, draw())];
      return effectOf(a, b);
    });
  }
  const rng = createRng(7);
  const worlds = Array.from({ length: 600 }, () => looks(rng));
  const rate = (isAlarm: (all: Effect[]) => boolean): number =>
    worlds.filter(isAlarm).length / worlds.length;
  // Binomial(600, .05): a standard deviation is .0089.
  const three = 0.027;

  it("a fixed test keeps its error at the last look and loses it over all", () => {
    expect(Math.abs(rate((all) => welchTest(all.at(-1)!).isSignificant) - 0.05)).toBeLessThan(
      three,
    );
    expect(rate((all) => all.some((effect) => welchTest(effect).isSignificant))).toBeGreaterThan(
      0.25,
    );
  });

  it("a confidence sequence keeps its error over all looks, two-sided and one-sided", () => {
    for (const alternative of ["two-sided", "greater", "less"] as const) {
      const options = { alternative, tightestAt: 6000 };
      const alarms = rate((all) => all.some((e) => sequentialTest(e, options).isSignificant));
      expect(alarms).toBeLessThan(0.05);
      expect(alarms).toBeGreaterThan(0.002);
    }
  });

  it("group-sequential bounds spend just their alpha over the planned looks", () => {
    const planned = [7, 15, 23, 31, 39];
    for (const spending of ["obrien-fleming", "pocock"] as const) {
      for (const alternative of ["two-sided", "less"] as const) {
        const bounds = groupSequentialBounds(
          planned.map((k) => (k + 1) / 40),
          { spending, alternative },
        );
        const alarms = rate((all) =>
          planned.some((k, look) => groupSequentialTest(all[k]!, bounds, look).isSignificant),
        );
        expect(Math.abs(alarms - 0.05), `${spending} ${alternative}`).toBeLessThan(three);
      }
    }
  });

  it("a sequential check of the arms' sizes keeps its error after every unit", () => {
    const units = createRng(3);
    let alarms = 0;
    for (let world = 0; world < 200; world++) {
      const count = [0, 0];
      let least = 1;
      for (let i = 0; i < 1000; i++) {
        count[units() < 0.5 ? 0 : 1]!++;
        least = Math.min(least, srmSequentialTest(count, [1, 1]));
      }
      if (least < 0.05) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(14);
    expect(srmSequentialTest([5000, 5600], [1, 1])).toBeLessThan(1e-6);
    expect(srmSequentialTest([5000, 5050], [1, 1])).toBe(1);
  });
});

describe("Bayesian test", () => {
  const effect = effectOf(proportion(100, 1000), proportion(125, 1000));

  it("a prior pulls to its mean, by its precision, in either unit", () => {
    const prior = {
      mean: 0,
      standardDeviation: effect.standardError,
      difference: "absolute",
    } as const;
    const came = bayesTest(effect, { prior });
    expect(came.estimate).toBeCloseTo(effect.estimate / 2, 12);
    expect(came.standardDeviation).toBeCloseTo(effect.standardError / Math.SQRT2, 12);
    const relative = {
      ...prior,
      standardDeviation: effect.standardError / 0.1,
      difference: "relative",
    } as const;
    expect(bayesTest(effect, { prior: relative }).estimate).toBeCloseTo(came.estimate, 12);
  });

  it("turned round, chance and risks change places", () => {
    const higher = bayesTest(effect);
    const lower = bayesTest(effect, { isLowerBetter: true });
    expect(lower.chanceToWin).toBeCloseTo(1 - higher.chanceToWin, 12);
    expect([lower.riskOfControl, lower.riskOfTreatment]).toEqual([
      higher.riskOfTreatment,
      higher.riskOfControl,
    ]);
    expect(higher.riskOfControl - higher.riskOfTreatment).toBeCloseTo(effect.estimate, 12);
  });

  it("risk stays a small positive number forty deviations out", () => {
    expect(expectedExcess(-30, 1)).toBeGreaterThan(0);
    expect(expectedExcess(-30, 1)).toBeLessThan(1e-190);
    expect(expectedExcess(-300, 1)).toBe(0);
    expect(expectedExcess(300, 1)).toBe(300);
  });
});

describe("non-inferiority", () => {
  it("no data never passes, a margin can be kept, and harm is seen", () => {
    const small = effectOf(proportion(10, 100), proportion(10, 100));
    expect(nonInferiorityTest(small, { margin: 0.01 }).isSignificant).toBe(false);
    const large = effectOf(proportion(10_000, 100_000), proportion(9950, 100_000));
    expect(welchTest(large).isSignificant).toBe(false);
    expect(nonInferiorityTest(large, { margin: 0.01 }).isSignificant).toBe(true);
    expect(nonInferiorityTest(large, { margin: 0.01, method: "sequential" }).isSignificant).toBe(
      true,
    );
    expect(nonInferiorityTest(large, { margin: 0.001 }).isSignificant).toBe(false);
    const harmed = effectOf(proportion(10_000, 100_000), proportion(8000, 100_000));
    expect(nonInferiorityTest(harmed, { margin: 0.01 }).isSignificant).toBe(false);
    expect(nonInferiorityTest(harmed, { margin: 0.01, isLowerBetter: true }).isSignificant).toBe(
      true,
    );
  });
});

describe("corrections and arms' sizes", () => {
  it("Holm is between nothing and Bonferroni, Benjamini–Hochberg below Holm", () => {
    const p = [0.001, 0.2, 0.03, 0.9, 0.04, 0.04];
    const [b, h, f] = [bonferroni(p), holm(p), benjaminiHochberg(p)];
    p.forEach((value, i) => {
      expect(h[i]).toBeGreaterThanOrEqual(value);
      expect(h[i]).toBeLessThanOrEqual(b[i]!);
      expect(f[i]).toBeLessThanOrEqual(h[i]!);
    });
    expect(holm([])).toHaveLength(0);
  });

  it("corrections do not depend on the order of tests", () => {
    const p = [0.04, 0.01, 0.3, 0.01, 0.05];
    const order = [3, 0, 4, 2, 1];
    for (const correct of [holm, benjaminiHochberg, bonferroni]) {
      const straight = correct(p);
      const shuffled = correct(order.map((i) => p[i]!));
      order.forEach((i, k) => {
        expect(shuffled[k]).toBe(straight[i]);
      });
    }
  });

  it("the Cookie Cats mismatch is found", () => {
    // 44,700 and 45,489 players of a test that assigned halves: χ² 6.90, p .0086.
    expect(srmTest([44_700, 45_489], [1, 1])).toBeCloseTo(0.0086, 4);
  });
});

describe("bad options are refused by name", () => {
  const effect = effectOf(proportion(10, 100), proportion(12, 100));
  it.each([
    ["alpha is 5; expected above 0 and below .5", () => welchTest(effect, { alpha: 5 })],
    ["alternative 'both' is unknown", () => welchTest(effect, { alternative: "both" as "less" })],
    ["nullValue is NaN", () => sequentialTest(effect, { nullValue: Number.NaN })],
    ["tightestAt is 0", () => sequentialTest(effect, { tightestAt: 0 })],
    ["tunedFor is 1", () => sequentialTest(effect, { tunedFor: 1 })],
    [
      "margin is 0; expected a finite number above 0",
      () => nonInferiorityTest(effect, { margin: 0 }),
    ],
    [
      "method is always",
      () => nonInferiorityTest(effect, { margin: 1, method: "always" as "fixed" }),
    ],
    [
      "prior.standardDeviation is -1",
      () =>
        bayesTest(effect, { prior: { mean: 0, standardDeviation: -1, difference: "absolute" } }),
    ],
    ["looks is 0", () => groupSequentialBounds([])],
    ["information[1] is 0.3; expected above 0.5", () => groupSequentialBounds([0.5, 0.3])],
    ["spending is even", () => groupSequentialBounds([1], { spending: "even" as "pocock" })],
    [
      "look is 4; expected 0 to 0",
      () => groupSequentialTest(effect, groupSequentialBounds([1]), 4),
    ],
    ["p-value of test 1 is NaN", () => holm([0.1, Number.NaN])],
    ["there are 1 arms", () => srmTest([5], [1])],
    ["count of arm 1 is -3", () => srmTest([5, -3], [1, 1])],
    ["weight of arm 0 is -1", () => srmTest([5, 3], [-1, 1])],
    ["all weights are 0", () => srmTest([0, 0], [0, 0])],
    ["arm 1 has weight 0 and 3 units", () => srmTest([5, 3], [1, 0])],
    ["weight has 1 arms; count has 2", () => srmTest([5, 3], [1])],
    ["concentration is 0", () => srmSequentialTest([5, 3], [1, 1], 0)],
  ])("%s", (message, act) => {
    expect(act).toThrow(message);
  });
});

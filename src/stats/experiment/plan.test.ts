// Planning and deciding: sample sizes as statsmodels has them, and the decision rule by simulation.
import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { type DecisionMetric, decide, decisionLevels } from "./decision.ts";
import { type Effect, effectOf } from "./effect.ts";
import { detectableEffect, powerOf, sampleSize } from "./power.ts";
import { sequentialTest } from "./sequential.ts";
import { meanOfMoments, proportionOf } from "./sums.ts";

describe("power", () => {
  const plan = { mean: 0.1, variance: 0.09 };

  it("agrees with statsmodels' normal power", () => {
    // NormalIndPower of statsmodels 0.15.
    expect(sampleSize(plan, 0.01)).toEqual({ control: 14128, treatment: 14128, total: 28256 });
    const larger = { mean: 1, variance: 1, alternative: "greater", ratio: 2 } as const;
    expect(sampleSize(larger, 0.1, 0.9)).toEqual({ control: 1285, treatment: 2570, total: 3855 });
    expect(powerOf({ mean: 0, variance: 1, ratio: 0.5 }, 0.05, 3000)).toBeCloseTo(
      0.3526080824447023,
      12,
    );
    const strict = { mean: 0, variance: 1, alpha: 0.01 };
    // (z₀.₉₉₅ + z₀.₈) / √(n/2), which statsmodels' solver finds to six digits.
    expect(detectableEffect(strict, 5000)).toBeCloseTo((2.5758293035489 + 0.8416212335729) / 50, 9);
  });

  it("is GrowthBook's to the five digits that it prints", () => {
    // packages/shared/test/power.test.ts of GrowthBook: relative effects, three arms of equal size. Its
    // sequential figures are not ours: it widens the noise where the critical value moves.
    const mean = { mean: 10, variance: 3909.9997749994377, difference: "relative" } as const;
    const arm = 400_000 / 3;
    expect(powerOf(mean, 0.05, arm)).toBeCloseTo(0.52144, 5);
    expect(detectableEffect(mean, arm)).toBeCloseTo(0.07027, 5);
    const clicks = { mean: 0.1, variance: 0.09, difference: "relative" } as const;
    const revenue = { mean: 0.1, variance: 0.5, difference: "relative" } as const;
    // By week of 4,500 users: the power of 5 % and of 30 %, and what .8 of the time is detected.
    for (const [week, ofClicks, ofRevenue, leastClicks, leastRevenue] of [
      [1, 0.073, 0.17053, 0.36767, 1.26769],
      [2, 0.0965, 0.29389, 0.24505, 0.71941],
      [4, 0.14458, 0.51749, 0.16673, 0.4506],
      [8, 0.24235, 0.80886, 0.11491, 0.29603],
      [9, 0.26666, 0.85213, 0.10796, 0.27647],
    ] as const) {
      const count = 1500 * week;
      expect(powerOf(clicks, 0.05, count)).toBeCloseTo(ofClicks, 5);
      expect(powerOf(revenue, 0.3, count)).toBeCloseTo(ofRevenue, 5);
      // It leaves the other tail out, a millionth of the power.
      expect(detectableEffect(clicks, count)).toBeCloseTo(leastClicks, 4);
      expect(detectableEffect(revenue, count)).toBeCloseTo(leastRevenue, 4);
    }
    expect(Math.ceil(sampleSize(revenue, 0.3).control / 1500)).toBe(8);
  });

  it("no relative effect shows where the noise of control's mean is larger than any", () => {
    const noisy = { mean: 0.1, variance: 0.5, difference: "relative" } as const;
    expect(() => detectableEffect(noisy, 100)).toThrow("enough units for some relative effect");
    const falling = { ...noisy, alternative: "less" } as const;
    expect(() => detectableEffect(falling, 100)).toThrow("enough units for some relative effect");
  });

  it.each([
    ["a rise of 5 %", 0.05, 0.78, 0.86],
    ["a rise of 40 %", 0.4, 0.8, 0.9],
    ["a fall of 10 %", -0.1, 0.78, 0.84],
    ["a fall of 40 %", -0.4, 0.78, 0.9],
  ])("the promised power of %s is what experiments have, or a little more", (_, lift, from, to) => {
    const one = { mean: 2, variance: 9, difference: "relative" } as const;
    const { control } = sampleSize(one, lift, 0.8);
    const rng = createRng(5);
    const error = 3 / Math.sqrt(control);
    let found = 0;
    for (let world = 0; world < 4000; world++) {
      const [a, b] = [2 + error * normal(rng), 2 * (1 + lift) + error * normal(rng)];
      const arms = [meanOfMoments(control, a, 9), meanOfMoments(control, b, 9)] as const;
      const { estimate, standardError } = effectOf(...arms, { difference: "relative" });
      if (Math.abs(estimate) > 1.959964 * standardError) found++;
    }
    expect(found / 4000).toBeGreaterThan(from);
    expect(found / 4000).toBeLessThan(to);
  });

  it("the promised power of a sequential test is that of its last look", () => {
    const one = { mean: 5, variance: 4, tightestAt: 1000 };
    const { control } = sampleSize(one, 0.4, 0.8);
    expect(control / sampleSize({ mean: 5, variance: 4 }, 0.4, 0.8).control).toBeGreaterThan(1.5);
    expect(powerOf(one, detectableEffect(one, control), control)).toBeCloseTo(0.8, 9);
    const rng = createRng(6);
    const error = 2 / Math.sqrt(control);
    let found = 0;
    for (let world = 0; world < 4000; world++) {
      const [a, b] = [5 + error * normal(rng), 5.4 + error * normal(rng)];
      const effect = effectOf(meanOfMoments(control, a, 4), meanOfMoments(control, b, 4));
      if (sequentialTest(effect, { tightestAt: 1000 }).isSignificant) found++;
    }
    expect(Math.abs(found / 4000 - 0.8)).toBeLessThan(0.019);
  });

  it("size, power and effect are each other's inverses", () => {
    for (const alternative of ["two-sided", "greater", "less"] as const) {
      const one = { ...plan, alternative, difference: "relative", ratio: 0.7 } as const;
      const effect = detectableEffect(one, 9000, 0.9);
      expect(Math.sign(effect)).toBe(alternative === "less" ? -1 : 1);
      expect(powerOf(one, effect, 9000)).toBeCloseTo(0.9, 10);
      expect(Math.abs(sampleSize(one, effect, 0.9).control - 9000)).toBeLessThanOrEqual(1);
    }
  });

  it("a covariate saves its squared correlation, a margin asks about non-inferiority", () => {
    const plain = sampleSize(plan, 0.01).control;
    expect(sampleSize({ ...plan, correlation: 0.6 }, 0.01).control / plain).toBeCloseTo(0.64, 3);
    const margin = sampleSize({ ...plan, margin: 0.01, alpha: 0.05 }, 0);
    expect(margin).toEqual(sampleSize({ ...plan, alternative: "greater" }, 0.01));
  });

  it("an effect beyond all noise needs two units an arm, and halving for it ends", () => {
    const sharp = { mean: 1, variance: 1e-300 };
    expect(sampleSize(sharp, 1e150)).toEqual({ control: 2, treatment: 2, total: 4 });
    expect(detectableEffect({ mean: 1, variance: 1 }, 100, 0.01)).toBeLessThan(1e-6);
  });

  it("the promised power is what experiments have", () => {
    const one = { mean: 5, variance: 4, difference: "absolute" } as const;
    const { control } = sampleSize(one, 0.4, 0.7);
    const rng = createRng(8);
    let found = 0;
    for (let world = 0; world < 2000; world++) {
      const error = Math.sqrt(8 / control);
      if (Math.abs(0.4 + error * normal(rng)) / error > 1.959964) found++;
    }
    expect(Math.abs(found / 2000 - 0.7)).toBeLessThan(0.032);
  });

  it.each([
    ["variance is 0", () => sampleSize({ mean: 1, variance: 0 }, 1)],
    ["effect is 0; expected one that differs", () => sampleSize(plan, 0)],
    ["effect is -1", () => sampleSize({ ...plan, alternative: "greater" }, -1)],
    ["power is 80", () => sampleSize(plan, 0.01, 80)],
    [
      "mean is 0; expected not 0",
      () => powerOf({ mean: 0, variance: 1, difference: "relative" }, 1, 9),
    ],
    ["correlation is 1", () => powerOf({ ...plan, correlation: 1 }, 1, 9)],
    ["controlCount is 1", () => powerOf(plan, 1, 1)],
    ["ratio is -1", () => powerOf({ ...plan, ratio: -1 }, 1, 9)],
    ["tightestAt is 0", () => powerOf({ ...plan, tightestAt: 0 }, 1, 9)],
    ["margin is -1", () => powerOf({ ...plan, margin: -1 }, 1, 9)],
    ["effect is NaN", () => powerOf(plan, Number.NaN, 9)],
  ])("%s is refused", (message, act) => {
    expect(act).toThrow(message);
  });
});

describe("decision", () => {
  /** An effect of so many standard errors, from arms of 5,000. */
  const at = (z: number): Effect => {
    const error = Math.sqrt(2 / 5000);
    return effectOf(meanOfMoments(5000, 10, 1), meanOfMoments(5000, 10 + z * error, 1));
  };
  const success = (z: number, name = "rides"): DecisionMetric => ({
    name,
    role: "success",
    effect: at(z),
  });
  const guardrail = (z: number, name = "crashes"): DecisionMetric => ({
    name,
    role: "guardrail",
    effect: at(z),
    margin: 0.08, // four standard errors
  });

  it("ships when a success is better and every guardrail is kept", () => {
    const { verdict, reasons } = decide([success(3), success(0, "visits"), guardrail(0)]);
    expect(verdict).toBe("ship");
    expect(reasons[0]).toBe("rides is better");
  });

  it("does not when nothing is better, or a guardrail is unproven", () => {
    expect(decide([success(1), guardrail(0)]).reasons).toEqual([
      "no success metric is shown to be better",
    ]);
    const open = decide([success(3), guardrail(-3)]);
    expect(open.verdict).toBe("not-shown");
    expect(open.reasons).toEqual(["crashes is not shown to be within its margin"]);
  });

  it("stops for harm, in any metric, and before all for a broken experiment", () => {
    const harmed = [success(3), { name: "speed", role: "deterioration", effect: at(-6) }] as const;
    expect(decide(harmed)).toMatchObject({ verdict: "stop", reasons: ["speed is worse"] });
    const broken = decide(harmed, [{ name: "arm sizes", pValue: 1e-9 }]);
    expect(broken).toMatchObject({
      verdict: "invalid",
      reasons: ["arm sizes failed (p = 1.0e-9)"],
    });
  });

  it("a roll-out needs guardrails alone", () => {
    expect(decide([guardrail(0)]).verdict).toBe("ship");
  });

  it("an unknown method is refused", () => {
    const peeked = { method: "peeking" as "fixed" };
    expect(() => decide([success(3)], [], peeked)).toThrow(
      "method is peeking; expected fixed or sequential",
    );
  });

  it("a metric where lower is better is turned round", () => {
    const fewer: DecisionMetric = { ...success(-3), isLowerBetter: true };
    expect(decide([fewer]).verdict).toBe("ship");
    expect(decide([{ ...fewer, effect: at(7) }]).verdict).toBe("stop");
  });

  it("ships what does nothing no more often than alpha, with five success metrics", () => {
    const rng = createRng(12);
    let shipped = 0;
    for (let world = 0; world < 1000; world++) {
      const metrics = [1, 2, 3, 4, 5].map((i) => success(normal(rng), `success ${i}`));
      if (decide([...metrics, guardrail(3)]).verdict === "ship") shipped++;
    }
    expect(shipped / 1000).toBeLessThan(0.05 + 0.021);
    expect(shipped / 1000).toBeGreaterThan(0.02);
  });

  it("ships what harms a guardrail by its margin no more often than alpha", () => {
    const rng = createRng(13);
    let shipped = 0;
    for (let world = 0; world < 1000; world++) {
      const harmed = guardrail(normal(rng) - 4);
      if (decide([success(6), harmed]).verdict === "ship") shipped++;
    }
    expect(shipped / 1000).toBeLessThan(0.05 + 0.021);
  });

  it("the levels give the decision its power though all must pass", () => {
    const levels = decisionLevels({ successCount: 2, guardrailCount: 3, power: 0.8 });
    expect(levels).toEqual({
      successAlpha: 0.025,
      guardrailAlpha: 0.05,
      power: expect.closeTo(0.95, 12),
    });
    expect(decisionLevels({ successCount: 0, guardrailCount: 2, power: 0.9 }).power).toBeCloseTo(
      0.95,
      12,
    );
    // Four independent tests at .95 each all pass with .95⁴ = .81.
    expect(levels.power ** 4).toBeGreaterThan(0.8);
  });

  it.each([
    ["there is no success metric and no guardrail", () => decide([])],
    ["metric 'rides' stands there twice", () => decide([success(1), success(2)])],
    [
      "margin of guardrail 'x' is missing",
      () => decide([{ name: "x", role: "guardrail", effect: at(0) }]),
    ],
    ["p-value of sizes is 2", () => decide([success(1)], [{ name: "sizes", pValue: 2 }])],
    [
      "role 'hope' of metric",
      () => decide([success(1), { ...success(1, "y"), role: "hope" as "success" }]),
    ],
    ["alpha is 0.9", () => decide([success(1)], [], { alpha: 0.9 })],
    [
      "falseStop is 0.3",
      () => decisionLevels({ successCount: 1, guardrailCount: 1, falseStop: 0.3 }),
    ],
  ])("%s", (message, act) => {
    expect(act).toThrow(message);
  });

  it("stands on real sums as well", () => {
    const arm = (ones: number) => proportionOf(Array.from({ length: 2000 }, (_, i) => i < ones));
    const effect = effectOf(arm(200), arm(280), { difference: "relative" });
    expect(decide([{ name: "joined", role: "success", effect }]).verdict).toBe("ship");
  });
});

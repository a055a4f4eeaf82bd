import { describe, expect, it } from "vitest";
import { createRng } from "../../base/rng.ts";
import { policyValue } from "./estimator.ts";
import { SLATES } from "./golden.fixture.ts";
import { intervalOf } from "./interval.ts";
import { cascadeTerms, type SlateLog, slateTerms } from "./slate.ts";

const { reward, propensity, evaluated, action, model, policy } = SLATES;
const slots = 2;
/** Products down the slate, and those of the whole slate. */
const down = (p: Float64Array) => p.map((x, at) => (at % 2 === 0 ? x : x * p[at - 1]!));
const whole = (p: Float64Array) => down(p).filter((_, at) => at % 2 === 1);

describe("the Open Bandit Pipeline's slate estimates on six slates", () => {
  const each: SlateLog = { slots, reward, propensity };
  const cascade: SlateLog = { slots, reward, propensity: down(propensity) };
  const joint: SlateLog = { slots, reward, propensity: whole(propensity) };
  it.each([
    [false, 0.18175451719933242, 0.9107739245572367, 0.9175463375939125],
    [true, 0.5043125984156265, 0.9180694617033996, 0.8380271427708134],
  ])("self-normalised %s", (selfNormalised, standard, independent, cascaded) => {
    const of = (
      log: SlateLog,
      p: Float64Array,
      weighting: "standard" | "independent" | "cascade",
    ) => policyValue(slateTerms(log, p, { weighting, selfNormalised }));
    expect(of(joint, whole(evaluated), "standard")).toBeCloseTo(standard, 12);
    expect(of(each, evaluated, "independent")).toBeCloseTo(independent, 12);
    expect(of(cascade, down(evaluated), "cascade")).toBeCloseTo(cascaded, 12);
  });

  it("cascade doubly robust", () => {
    const of = { actions: 3, action, reward: model, policy };
    expect(policyValue(cascadeTerms(cascade, down(evaluated), of))).toBeCloseTo(
      1.58190029606859,
      12,
    );
  });

  it("slots by themselves add up to the slate", () => {
    const slot = (s: number) =>
      policyValue(slateTerms(each, evaluated, { weighting: "independent", slot: s }));
    const sum = policyValue(slateTerms(each, evaluated, { weighting: "independent" }));
    expect(slot(0) + slot(1)).toBeCloseTo(sum, 12);
  });
});

it("additive weights are unbiased when slots add up, with less variance than the whole slate's", () => {
  // Two slots of three actions drawn independently and uniformly; reward = gain(a₁) + gain(a₂) at slot 0.
  const gain = [0, 0.3, 0.5];
  const wanted = [0.1, 0.2, 0.7];
  const truth = 2 * wanted.reduce((sum, p, a) => sum + p * gain[a]!, 0);
  const rng = createRng(5);
  const n = 20_000;
  const rewards = new Float64Array(2 * n);
  const p = new Float64Array(2 * n).fill(1 / 3);
  const q = new Float64Array(2 * n);
  const jointP = new Float64Array(n).fill(1 / 9);
  const jointQ = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const a = Math.floor(3 * rng());
    const b = Math.floor(3 * rng());
    rewards[2 * i] = gain[a]! + gain[b]!;
    q[2 * i] = wanted[a]!;
    q[2 * i + 1] = wanted[b]!;
    jointQ[i] = wanted[a]! * wanted[b]!;
  }
  const additive = intervalOf(
    slateTerms({ slots: 2, reward: rewards, propensity: p }, q, { weighting: "additive" }),
    { seed: 1, replicates: 200 },
  );
  const standard = intervalOf(
    slateTerms({ slots: 2, reward: rewards, propensity: jointP }, jointQ, {
      weighting: "standard",
    }),
    { seed: 1, replicates: 200 },
  );
  expect(Math.abs(additive.value - truth)).toBeLessThan(4 * additive.standardError);
  expect(Math.abs(standard.value - truth)).toBeLessThan(4 * standard.standardError);
  expect(additive.standardError).toBeLessThan(standard.standardError);
});

it("bad slates are refused by name", () => {
  const of =
    (log: Partial<SlateLog>, options = {}) =>
    () =>
      slateTerms({ slots, reward, propensity, ...log }, evaluated, {
        weighting: "independent",
        ...options,
      });
  expect(of({ slots: 0 })).toThrowError(/slots is 0/);
  expect(of({ slots: 5 })).toThrowError(/reward has 12 values/);
  expect(of({ propensity: propensity.slice(1) })).toThrowError(/propensity has 11 rows/);
  expect(of({ propensity: propensity.map(() => 0) })).toThrowError(/propensity, row 0 is 0/);
  expect(of({ cluster: new Int32Array(2) })).toThrowError(/cluster has 2 rows/);
  expect(of({}, { slot: 2 })).toThrowError(/slot is 2; it must be 0 … 1/);
});

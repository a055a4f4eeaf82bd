import { describe, expect, it } from "vitest";
import { createRng, normal, type Rng } from "../../base/rng.ts";
import { fitTraceModel, ProgressiveBelief, type TraceModel } from "./progressive.ts";

const HORIZON = 5;

/** An arm's quality shows in every step, later steps more; members differ, steps of one member alike. */
function traces(rng: Rng, quality: number, members: number): Float64Array {
  const values = new Float64Array(members * HORIZON);
  for (let i = 0; i < members; i++) {
    const keen = 0.8 * normal(rng);
    for (let j = 0; j < HORIZON; j++) {
      values[i * HORIZON + j] = 1 + quality * (0.5 + 0.2 * j) + keen + 0.3 * normal(rng);
    }
  }
  return values;
}

function history(seed: number): TraceModel {
  const rng = createRng(seed);
  return fitTraceModel(
    Array.from({ length: 200 }, () => traces(rng, normal(rng), 40)),
    HORIZON,
  );
}

describe("progressive belief", () => {
  const model = history(1);

  it("finds the covariances that made the history", () => {
    const at = (m: Float64Array, i: number, j: number) => m[i * HORIZON + j]!;
    // Within arms .64 everywhere and .09 more on the diagonal; between arms (.5 + .2i)(.5 + .2j).
    expect(at(model.withinArm, 0, 0)).toBeCloseTo(0.73, 1);
    expect(at(model.withinArm, 0, 4)).toBeCloseTo(0.64, 1);
    expect(Math.abs(at(model.betweenArms, 0, 0) - 0.25)).toBeLessThan(0.08);
    expect(Math.abs(at(model.betweenArms, 4, 4) - 1.69)).toBeLessThan(0.45);
  });

  it("before anything is seen it is the prior; then it narrows with every step and member", () => {
    const belief = new ProgressiveBelief(model);
    expect(belief.reward.mean).toBeCloseTo(
      model.mean.reduce((s, m) => s + m, 0),
      8,
    );
    let before: number[] = [];
    let wide = belief.reward.deviation;
    for (let k = 1; k <= HORIZON; k++) {
      const prefix = Array.from({ length: k }, () => 2);
      belief.observe(prefix, before);
      expect(belief.reward.deviation).toBeLessThan(wide);
      wide = belief.reward.deviation;
      before = prefix;
    }
    belief.observe([2]);
    expect(belief.reward.deviation).toBeLessThan(wide);
  });

  it("is the conjugate normal update where traces are whole", () => {
    const one: TraceModel = {
      horizon: 1,
      mean: Float64Array.of(1),
      betweenArms: Float64Array.of(4),
      withinArm: Float64Array.of(2),
      rewardWeight: Float64Array.of(3),
    };
    const belief = new ProgressiveBelief(one);
    for (const y of [2, 3, 7]) belief.observe([y]);
    const precision = 1 / 4 + 3 / 2;
    expect(belief.reward.mean).toBeCloseTo((3 * (1 / 4 + 12 / 2)) / precision, 12);
    expect(belief.reward.deviation).toBeCloseTo(3 / Math.sqrt(precision), 12);
  });

  it("intervals from half-seen traces hold the truth as often as they say", () => {
    const rng = createRng(7);
    let held = 0;
    for (let k = 0; k < 300; k++) {
      const quality = normal(rng);
      const seen = traces(rng, quality, 20);
      const belief = new ProgressiveBelief(model);
      for (let i = 0; i < 20; i++) belief.observe(seen.subarray(i * HORIZON, i * HORIZON + 2));
      const truth = HORIZON + quality * (2.5 + 0.2 * 10);
      const { mean, deviation } = belief.reward;
      if (Math.abs(truth - mean) < 1.96 * deviation) held++;
    }
    // The model was fitted on 200 arms, so its covariances are off by a tenth.
    expect(held / 300).toBeGreaterThan(0.9);
    expect(held / 300).toBeLessThan(0.99);
  });

  it("tells arms apart earlier than whole traces alone would", () => {
    const rng = createRng(9);
    let right = 0;
    for (let k = 0; k < 100; k++) {
      const [good, poor] = [0.5, -0.5].map((quality) => {
        const seen = traces(rng, quality, 15);
        const belief = new ProgressiveBelief(model);
        for (let i = 0; i < 15; i++) belief.observe(seen.subarray(i * HORIZON, i * HORIZON + 2));
        return belief.reward.mean;
      });
      if (good! > poor!) right++;
    }
    // Without prefixes both arms would still be the prior: a coin.
    expect(right).toBeGreaterThan(85);
  });

  it("comes back from its writing", () => {
    const belief = new ProgressiveBelief(model);
    belief.observe([1, 2, 3]);
    belief.observe([0.5]);
    const again = ProgressiveBelief.fromJson(JSON.parse(JSON.stringify(belief)), model);
    expect(again.reward).toEqual(belief.reward);
  });

  it("refuses what cannot be", () => {
    const belief = new ProgressiveBelief(model);
    expect(() => belief.observe([1, 2, 3, 4, 5, 6])).toThrowError(/at most 5/);
    expect(() => belief.observe([1], [1, 2])).toThrowError(/no shorter/);
    expect(() => belief.observe([1, 2], [3])).toThrowError(/step 0 is 1 where it was 3/);
    expect(() => belief.observe([1, 2], [1])).toThrowError(/no prefix of 1 steps/);
    expect(() => belief.observe([Number.NaN])).toThrowError(/prefix, row 0 is NaN/);
    expect(() => fitTraceModel([new Float64Array(10)], 5)).toThrowError(/1 arms/);
    expect(() => fitTraceModel([new Float64Array(10), new Float64Array(7)], 5)).toThrowError(
      /arm 1 has 7/,
    );
    expect(() => ProgressiveBelief.fromJson({}, model)).toThrowError(/not a written/);
  });

  it("a history without differences between arms says so: prefixes move nothing", () => {
    const rng = createRng(2);
    const flat = fitTraceModel(
      Array.from({ length: 50 }, () => traces(rng, 0, 30)),
      HORIZON,
    );
    const belief = new ProgressiveBelief(flat);
    belief.observe([9, 9]);
    const prior = flat.mean.reduce((s, m) => s + m, 0);
    expect(Math.abs(belief.reward.mean - prior)).toBeLessThan(0.5);
  });
});

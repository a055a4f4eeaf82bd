import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "../../base/rng.ts";
import { type Estimator, policyValue, roundRewards, termsOf } from "./estimator.ts";
import { LOG, MODEL, POLICY } from "./golden.fixture.ts";
import type { BanditLog } from "./log.ts";
import { tuneEstimator } from "./tune.ts";

describe("the Open Bandit Pipeline's estimates on a small log", () => {
  const cases: [Estimator, number][] = [
    [{ kind: "dm" }, 0.5135843333333333],
    [{ kind: "ips" }, 0.39018188987431524],
    [{ kind: "snips" }, 0.43941321278300344],
    [{ kind: "dr" }, 0.44986389774364643],
    [{ kind: "dr", clip: 2 }, 0.4644493688765441],
    [{ kind: "sndr" }, 0.4418239517035864],
    [{ kind: "switch-dr", threshold: 1.5 }, 0.5647337727842646],
    [{ kind: "dr-os", shrinkage: 3 }, 0.49900311067018865],
  ];
  it.each(cases)("%o", (estimator, published) => {
    const terms = termsOf(LOG, POLICY, estimator, MODEL);
    expect(policyValue(terms)).toBeCloseTo(published, 12);
    const rewards = roundRewards(terms);
    expect(rewards.reduce((sum, r) => sum + r, 0) / rewards.length).toBeCloseTo(published, 12);
  });

  const choices = [0.5, 1, 2, 4, 8, Number.POSITIVE_INFINITY];
  it.each([
    ["ips", "slope", 0.5],
    ["ips", "mean squared error", 2],
    ["dr", "slope", 0.5],
    ["dr", "mean squared error", 4],
    ["switch-dr", "slope", 0.5],
    ["switch-dr", "mean squared error", 4],
    ["dr-os", "slope", 0.5],
    ["dr-os", "mean squared error", Number.POSITIVE_INFINITY],
  ] as const)("%s tuned by %s", (kind, rule, published) => {
    const tuned = tuneEstimator(LOG, POLICY, kind, { rule, choices, model: MODEL, delta: 0.05 });
    const { clip, threshold, shrinkage } = tuned as {
      clip?: number;
      threshold?: number;
      shrinkage?: number;
    };
    expect(clip ?? threshold ?? shrinkage).toBe(published);
  });
});

describe("properties", () => {
  const seeds = [1, 2, 3, 4, 5];

  it.each(seeds)("the logging policy's own value is its mean reward (seed %d)", (seed) => {
    const { log, model } = randomLog(createRng(seed), 60, 4);
    const mean = log.reward.reduce((sum, r) => sum + r, 0) / 60;
    for (const kind of ["ips", "snips"] as const) {
      expect(policyValue(termsOf(log, log.logging!, { kind }, model))).toBeCloseTo(mean, 12);
    }
  });

  it.each(seeds)("a perfect model leaves nothing to correct (seed %d)", (seed) => {
    const { log, policy, model } = randomLog(createRng(seed), 60, 4);
    const exact = { ...log, reward: Float64Array.from(log.action, (a, i) => model[4 * i + a]!) };
    const byModel = policyValue(termsOf(exact, policy, { kind: "dm" }, model));
    for (const estimator of [
      { kind: "dr" },
      { kind: "sndr" },
      { kind: "switch-dr", threshold: 1 },
      { kind: "dr-os", shrinkage: 2 },
    ] as const) {
      expect(policyValue(termsOf(exact, policy, estimator, model))).toBeCloseTo(byModel, 12);
    }
  });

  it.each(seeds)("limits: untouched weights are dr, none are dm (seed %d)", (seed) => {
    const { log, policy, model } = randomLog(createRng(seed), 60, 4);
    const value = (estimator: Estimator) => policyValue(termsOf(log, policy, estimator, model));
    expect(value({ kind: "switch-dr", threshold: Infinity })).toBe(value({ kind: "dr" }));
    expect(value({ kind: "dr-os", shrinkage: Infinity })).toBe(value({ kind: "dr" }));
    expect(value({ kind: "switch-dr", threshold: 0 })).toBeCloseTo(value({ kind: "dm" }), 14);
    expect(value({ kind: "dr-os", shrinkage: 0 })).toBeCloseTo(value({ kind: "dm" }), 14);
    expect(value({ kind: "ips", clip: 0 })).toBe(0);
  });

  it.each(seeds)("self-normalised values follow a shift of the reward (seed %d)", (seed) => {
    const { log, policy } = randomLog(createRng(seed), 60, 4);
    const shifted = { ...log, reward: log.reward.map((r) => r + 10) };
    const before = policyValue(termsOf(log, policy, { kind: "snips" }));
    expect(policyValue(termsOf(shifted, policy, { kind: "snips" }))).toBeCloseTo(before + 10, 10);
  });

  it.each(seeds)("the order of rounds does not matter (seed %d)", (seed) => {
    const { log, policy, model } = randomLog(createRng(seed), 40, 3);
    const back = (x: Float64Array, k: number) =>
      x.map((_, at) => x[(39 - Math.floor(at / k)) * k + (at % k)]!);
    const turned: BanditLog = {
      actions: 3,
      action: log.action.slice().reverse(),
      reward: log.reward.slice().reverse(),
      propensity: log.propensity.slice().reverse(),
    };
    for (const kind of ["dm", "ips", "snips", "dr", "sndr"] as const) {
      const there = policyValue(termsOf(log, policy, { kind }, model));
      expect(policyValue(termsOf(turned, back(policy, 3), { kind }, back(model, 3)))).toBeCloseTo(
        there,
        12,
      );
    }
  });

  it("is unbiased where propensities are right: ips and dr over 400 logs", () => {
    const rng = createRng(11);
    let ips = 0;
    let dr = 0;
    let truth = 0;
    for (let k = 0; k < 400; k++) {
      const { log, policy, model, expected } = randomLog(rng, 50, 3);
      ips += policyValue(termsOf(log, policy, { kind: "ips" })) / 400;
      dr += policyValue(termsOf(log, policy, { kind: "dr" }, model)) / 400;
      for (let at = 0; at < expected.length; at++)
        truth += (policy[at]! * expected[at]!) / 50 / 400;
    }
    // Standard errors over the 400 logs are about .007 and .009.
    expect(Math.abs(ips - truth)).toBeLessThan(0.025);
    expect(Math.abs(dr - truth)).toBeLessThan(0.025);
  });
});

describe("bad input names array, row and rule", () => {
  const bad = (change: Partial<BanditLog>): (() => unknown) => {
    return () => termsOf({ ...LOG, ...change }, POLICY, { kind: "ips" });
  };
  it.each([
    [bad({ action: new Int32Array() }), /no rounds/],
    [bad({ action: LOG.action.map((a, i) => (i === 3 ? 7 : a)) }), /action, row 3 is 7/],
    [bad({ reward: LOG.reward.slice(1) }), /reward has 23 rows where 24/],
    [bad({ reward: LOG.reward.map((r, i) => (i === 2 ? Number.NaN : r)) }), /reward, row 2 is NaN/],
    [
      bad({ propensity: LOG.propensity.map((p, i) => (i === 5 ? 0 : p)) }),
      /propensity, row 5 is 0/,
    ],
    [
      bad({ propensity: LOG.propensity.map((p, i) => (i === 5 ? 1.2 : p)) }),
      /propensity, row 5 is 1.2/,
    ],
    [bad({ propensity: LOG.propensity.map(() => 0.9) }), /propensity, row 0 is 0.9 where logging/],
    [bad({ actions: 0 }), /actions is 0/],
    [bad({ cluster: new Int32Array(3) }), /cluster has 3 rows/],
    [() => termsOf(LOG, POLICY.slice(3), { kind: "ips" }), /policy holds 69 values/],
    [
      () =>
        termsOf(
          LOG,
          POLICY.map((p) => p / 2),
          { kind: "ips" },
        ),
      /policy, row 0 sums to 0.5/,
    ],
    [() => termsOf(LOG, POLICY, { kind: "dr" }), /'dr' needs a reward model/],
    [
      () =>
        termsOf(
          LOG,
          POLICY,
          { kind: "dr" },
          MODEL.map(() => Infinity),
        ),
      /model rewards, row 0/,
    ],
    [() => termsOf(LOG, POLICY, { kind: "ips", clip: -1 }), /clip is -1/],
    [() => tuneEstimator(LOG, POLICY, "dr", { choices: [], model: MODEL }), /choices is empty/],
  ])("%#", (act, message) => {
    expect(act).toThrowError(message);
  });

  it("a self-normalised value that does not exist is refused, not NaN", () => {
    const log: BanditLog = {
      actions: 2,
      action: Int32Array.of(0, 0),
      reward: Float64Array.of(1, 0),
      propensity: Float64Array.of(0.5, 0.5),
    };
    const other = Float64Array.of(0, 1, 0, 1);
    expect(() => policyValue(termsOf(log, other, { kind: "snips" }))).toThrowError(
      /does not exist/,
    );
    expect(policyValue(termsOf(log, other, { kind: "ips" }))).toBe(0);
  });
});

/** Rewards 0/1 by a true mean per round and action; policies drawn at random; a model that is off. */
function randomLog(rng: Rng, rounds: number, actions: number) {
  const distributions = (): Float64Array => {
    const p = new Float64Array(rounds * actions).map(() => 0.1 + rng());
    for (let i = 0; i < rounds; i++) {
      const row = p.subarray(i * actions, (i + 1) * actions);
      const sum = row.reduce((s, x) => s + x, 0);
      for (let a = 0; a < actions; a++) row[a]! /= sum;
    }
    return p;
  };
  const logging = distributions();
  const policy = distributions();
  const expected = new Float64Array(rounds * actions).map(() => rng());
  const action = new Int32Array(rounds);
  for (let i = 0; i < rounds; i++) {
    let u = rng();
    while (action[i]! < actions - 1 && u >= logging[i * actions + action[i]!]!) {
      u -= logging[i * actions + action[i]!]!;
      action[i]!++;
    }
  }
  const log: BanditLog = {
    actions,
    action,
    reward: Float64Array.from(action, (a, i) => (rng() < expected[i * actions + a]! ? 1 : 0)),
    propensity: Float64Array.from(action, (a, i) => logging[i * actions + a]!),
    logging,
  };
  const model = expected.map((q) => 0.5 * q + 0.2);
  return { log, policy, model, expected };
}

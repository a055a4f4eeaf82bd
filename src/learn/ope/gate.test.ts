import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { createRng, type Rng } from "../../base/rng.ts";
import { policyValue, termsOf } from "./estimator.ts";
import { gate } from "./gate.ts";
import { LOG, POLICY } from "./golden.fixture.ts";
import { empiricalBernstein, intervalOf, pairedInterval } from "./interval.ts";
import type { BanditLog } from "./log.ts";
import { overlapOf } from "./overlap.ts";

describe("intervals", () => {
  it("Bernstein's lower bound is the Open Bandit Pipeline's", () => {
    const x = LOG.reward.map((r, i) => (r * POLICY[3 * i + LOG.action[i]!]!) / LOG.propensity[i]!);
    const range = [0, Math.max(...x)] as const;
    expect(empiricalBernstein(x, { level: 0.9, range }).lower).toBeCloseTo(-0.6243003575362069, 12);
    expect(() => empiricalBernstein(x, { range: [0, 1] })).toThrowError(/outside the range/);
    expect(() => empiricalBernstein(x.slice(1, 2))).toThrowError(/at least 2/);
  });

  it("95 % intervals hold the truth in 92–98 % of 300 logs; Bernstein's in all but 5 %", () => {
    const rng = createRng(3);
    const kept = { ips: 0, snips: 0, bernstein: 0 };
    for (let k = 0; k < 300; k++) {
      const { log, policy, truth } = world(rng, 300);
      const holds = (kind: "ips" | "snips", method: "bootstrap" | "bernstein") => {
        const { lower, upper } = intervalOf(termsOf(log, policy, { kind }), {
          method,
          replicates: 200,
          seed: k,
        });
        return lower <= truth && truth <= upper ? 1 : 0;
      };
      kept.ips += holds("ips", "bootstrap");
      kept.snips += holds("snips", "bootstrap");
      kept.bernstein += holds("ips", "bernstein");
    }
    // ± 2.6 standard errors of a coverage of .95 over 300 logs, and a little for 200 replicates.
    expect(kept.ips / 300).toBeGreaterThan(0.91);
    expect(kept.ips / 300).toBeLessThan(0.985);
    expect(kept.snips / 300).toBeGreaterThan(0.91);
    expect(kept.snips / 300).toBeLessThan(0.985);
    expect(kept.bernstein / 300).toBeGreaterThan(0.95);
  });

  it("rounds of one member, copied ten times, make an interval no narrower when clustered", () => {
    const { log, policy } = world(createRng(8), 200);
    const ten = <T extends Float64Array | Int32Array>(x: T, k = 1): T =>
      x.slice(0, 0).constructor === Int32Array
        ? (Int32Array.from({ length: 10 * x.length }, (_, at) => x[copied(at, k)]!) as T)
        : (Float64Array.from({ length: 10 * x.length }, (_, at) => x[copied(at, k)]!) as T);
    const copied = (at: number, k: number) => Math.floor(Math.floor(at / k) / 10) * k + (at % k);
    const copies: BanditLog = {
      actions: 2,
      action: ten(log.action),
      reward: ten(log.reward),
      propensity: ten(log.propensity),
    };
    const cluster = Int32Array.from({ length: 2000 }, (_, i) => Math.floor(i / 10));
    const once = intervalOf(termsOf(log, policy, { kind: "snips" }), { seed: 1 });
    const terms = termsOf(copies, ten(policy, 2), { kind: "snips" });
    const clustered = intervalOf(terms, { seed: 1, cluster });
    expect(clustered.value).toBeCloseTo(once.value, 12);
    expect(clustered.lower).toBeCloseTo(once.lower, 10);
    expect(intervalOf(terms, { seed: 1 }).standardError).toBeLessThan(0.5 * once.standardError);
    const bernstein = intervalOf(terms, { method: "bernstein", cluster });
    const single = intervalOf(termsOf(log, policy, { kind: "snips" }), { method: "bernstein" });
    expect(bernstein.lower).toBeCloseTo(single.lower, 10);
  });

  it("a policy differs from itself by nothing", () => {
    const { log, policy } = world(createRng(8), 200);
    const terms = termsOf(log, policy, { kind: "snips" });
    expect(pairedInterval(terms, terms)).toMatchObject({ value: 0, lower: 0, upper: 0 });
  });
});

describe("overlap", () => {
  it("the logging policy overlaps itself wholly", () => {
    const { log } = world(createRng(2), 500);
    const overlap = overlapOf(log, log.logging!);
    expect(overlap.effectiveSize).toBeCloseTo(500, 9);
    expect(overlap.meanWeight).toBeCloseTo(1, 12);
    expect(overlap.unsupported).toBe(0);
  });

  it("counts what the log cannot show, by the whole distribution or by what was seen", () => {
    const log: BanditLog = {
      actions: 3,
      action: Int32Array.of(0, 1, 0, 1),
      reward: Float64Array.of(1, 0, 1, 0),
      propensity: Float64Array.of(0.5, 0.5, 0.5, 0.5),
    };
    const policy = Float64Array.of(0.5, 0.3, 0.2, 0.5, 0.3, 0.2, 0.5, 0.3, 0.2, 0.5, 0.3, 0.2);
    expect(overlapOf(log, policy).unsupported).toBeCloseTo(0.2, 12);
    const logging = Float64Array.of(0.5, 0, 0.5, 0, 0.5, 0.5, 0.5, 0, 0.5, 0, 0.5, 0.5);
    expect(overlapOf({ ...log, logging }, policy).unsupported).toBeCloseTo(0.4, 12);
  });
});

describe("gate", () => {
  it("ships what is better, refuses what is worse, and cannot tell what is equal", () => {
    const { log, better, worse } = world(createRng(1), 4000);
    expect(gate(log, better).verdict).toBe("ship");
    expect(gate(log, worse).verdict).toBe("do not ship");
    const same = gate(log, log.logging!);
    expect(same.verdict).toBe("cannot tell");
    expect(same.reasons[0]).toMatch(/on both sides of 0/);
    expect(gate(log, log.logging!, { margin: 0.01 }).verdict).toBe("ship");
    expect(gate(log, better, { incumbent: worse }).verdict).toBe("ship");
    expect(gate(log, worse, { incumbent: better }).verdict).toBe("do not ship");
  });

  it("ships a candidate that is worse by just the margin in at most 5 of 100 logs", () => {
    const rng = createRng(21);
    let shipped = 0;
    for (let k = 0; k < 200; k++) {
      const { log, policy, truth } = world(rng, 1200);
      const margin = WORLD_MEAN - truth;
      if (margin < 0) continue;
      const options = { margin, replicates: 100, seed: k, minEffectiveSize: 500 };
      if (gate(log, policy, options).verdict === "ship") shipped++;
    }
    // One side of a two-sided 95 % interval is 2.5 % of about 100 logs; 5 % leaves 1.6 standard errors.
    expect(shipped).toBeLessThanOrEqual(5);
  });

  it("decides by Bernstein's bounds too, and by no model alone", () => {
    const { log, better } = world(createRng(1), 40_000);
    const bernstein = { method: "bernstein", range: [0, 2] } as const;
    const estimator = { kind: "ips" } as const;
    expect(gate(log, better, { ...bernstein, estimator }).verdict).toBe("ship");
    const few = gate(world(createRng(1), 1200).log, better.slice(0, 2400), {
      ...bernstein,
      estimator,
    });
    expect(few.verdict).toBe("cannot tell");
    const model = new Float64Array(80_000).fill(0.5);
    expect(() => gate(log, better, { estimator: { kind: "dm" }, model })).toThrowError(
      /'dm' believes its model/,
    );
  });

  it("does not believe propensities that were logged wrong", () => {
    const { log, better } = world(createRng(4), 20_000);
    const wrong = {
      ...log,
      logging: undefined,
      propensity: log.propensity.map((p) => Math.min(1, p * 1.2)),
    };
    const answer = gate(wrong, better);
    expect(answer.verdict).toBe("cannot tell");
    expect(answer.reasons.join()).toMatch(/instead of 1: propensities were logged wrong/);
  });

  it("does not judge actions that were never tried, nor a handful of rounds", () => {
    const { log } = world(createRng(4), 3000);
    const wide: BanditLog = { ...log, actions: 3, logging: undefined };
    const third = new Float64Array(9000).map((_, at) => (at % 3 === 2 ? 0.5 : 0.25));
    const answer = gate(wide, third);
    expect(answer.verdict).toBe("cannot tell");
    expect(answer.reasons.join()).toMatch(/50 % of its choices on actions that were never logged/);
    const few = world(createRng(4), 100);
    expect(gate(few.log, few.better).reasons.join()).toMatch(/rounds are worth .* 1000 are needed/);
  });
});

describe.skipIf(SHARED === undefined)("the Open Bandit sample (needs ../shared)", () => {
  it("cannot tell uniform choice from Thompson sampling's log: 10,000 rounds are worth 656", () => {
    const log = openBandit("bts");
    const uniform = new Float64Array(log.action.length * log.actions).fill(1 / log.actions);
    const answer = gate(log, uniform, { seed: 1 });
    expect(answer.verdict).toBe("cannot tell");
    expect(answer.overlap.effectiveSize).toBeCloseTo(656, -1);
    expect(policyValue(termsOf(log, uniform, { kind: "ips" }))).toBeCloseTo(0.003, 3);
    expect(policyValue(termsOf(log, uniform, { kind: "snips" }))).toBeCloseTo(0.0032, 4);
    // The truth is .0046, far outside what a gate on the estimate alone would have believed.
    expect(answer.reasons.join()).toMatch(/rounds are worth 65\d; 1000 are needed/);
  });

  it("uniform logs are their own policy's mean", () => {
    const log = openBandit("random");
    const uniform = new Float64Array(log.action.length * log.actions).fill(1 / log.actions);
    const answer = gate(log, uniform, { seed: 1 });
    expect(answer.candidate.value).toBeCloseTo(0.0046, 4);
    expect(answer.overlap.effectiveSize).toBeGreaterThan(9990);
    expect(answer.verdict).toBe("cannot tell");
  });
});

function openBandit(policy: "bts" | "random"): BanditLog {
  const file = shared("data", "ml", "bandit", `obd_${policy}_men.csv.gz`);
  const [head, ...lines] = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  const names = head!.split(",");
  const column = (name: string): number => names.indexOf(name);
  const rows = lines.map((line) => line.split(","));
  const of = (name: string) => rows.map((row) => Number(row[column(name)]));
  return {
    actions: 34,
    action: Int32Array.from(of("item_id")),
    reward: Float64Array.from(of("click")),
    propensity: Float64Array.from(of("propensity_score")),
  };
}

const WORLD_MEAN = 0.5 * 0.3 + 0.5 * 0.6;

/** Two actions with rewards .3 and .6, logged at evens. */
function world(rng: Rng, rounds: number) {
  const action = Int32Array.from({ length: rounds }, () => (rng() < 0.5 ? 0 : 1));
  const reward = Float64Array.from(action, (a) => (rng() < (a === 0 ? 0.3 : 0.6) ? 1 : 0));
  const rows = (p: number) =>
    new Float64Array(2 * rounds).map((_, at) => (at % 2 === 0 ? p : 1 - p));
  const p = 0.2 + 0.6 * rng();
  const log: BanditLog = {
    actions: 2,
    action,
    reward,
    propensity: new Float64Array(rounds).fill(0.5),
    logging: rows(0.5),
  };
  return {
    log,
    policy: rows(p),
    truth: p * 0.3 + (1 - p) * 0.6,
    better: rows(0.2),
    worse: rows(0.8),
  };
}

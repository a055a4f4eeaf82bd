import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import type { ReliabilityBin } from "../../schema/model.ts";
import { measureOutcome } from "../train/measure.ts";
import { chanceInterval } from "./chance-interval.ts";

const bin = (predicted: number, lower: number, upper: number): ReliabilityBin => ({
  predicted,
  observed: { value: (lower + upper) / 2, lower, upper },
  rows: 100,
});

describe("the interval of a chance", () => {
  it("is the bin's where the bin's own chance is asked", () => {
    const bins = [bin(0.3, 0.25, 0.36), bin(0.1, 0.08, 0.13)];
    expect(chanceInterval(0.1, bins)!.low).toBeCloseTo(0.08, 12);
    expect(chanceInterval(0.1, bins)!.high).toBeCloseTo(0.13, 12);
    expect(chanceInterval(0.3, bins)!.high).toBeCloseTo(0.36, 12);
  });

  it("holds the chance, stays within 0 and 1, and rises with it", () => {
    const bins = [bin(0.01, 0, 0.02), bin(0.05, 0.06, 0.09), bin(0.4, 0.3, 1)];
    let before = 0;
    for (let p = 0.001; p < 1; p += 0.001) {
      const { low, high } = chanceInterval(p, bins)!;
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(p);
      expect(high).toBeGreaterThanOrEqual(Math.max(p, before));
      expect(high).toBeLessThanOrEqual(1);
      before = high;
    }
  });

  it("is not known without bins, nor of what is certain", () => {
    expect(chanceInterval(0.2, [])).toBeUndefined();
    expect(chanceInterval(0, [bin(0.1, 0, 0.2)])).toBeUndefined();
    expect(chanceInterval(1, [bin(0.1, 0, 0.2)])).toBeUndefined();
    expect(chanceInterval(0.2, [bin(0, 0, 0.2)])).toBeUndefined();
  });

  it("covers what is true of chances like it, mostly, when the model says half of it", () => {
    // Truth is twice the odds of what is said: intervals of a measured outcome must tell so.
    let covered = 0;
    let asked = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const rng = createRng(seed);
      const n = 4000;
      const p = Float64Array.from({ length: n }, () => 0.02 + 0.4 * rng() ** 3);
      const truth = (said: number): number => (2 * said) / (1 + said);
      const y = Float64Array.from(p, (said) => (rng() < truth(said) ? 1 : 0));
      const group = Int32Array.from({ length: n }, (_, i) => i);
      const { reliability } = measureOutcome(
        {
          ...{ name: "it", label: "it", y, group, weight: new Float64Array(n).fill(1) },
          predictors: [{ name: "model", p }],
        },
        seed,
      );
      for (const said of [0.03, 0.06, 0.12, 0.25]) {
        const { low, high } = chanceInterval(said, reliability)!;
        asked++;
        if (low <= truth(said) && truth(said) <= high) covered++;
      }
    }
    expect(covered / asked).toBeGreaterThan(0.85);
  });
});

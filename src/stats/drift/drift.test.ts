// Drift: Evidently's definitions on its own vectors, the null of PSI by simulation, histograms that merge.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { createRng, normal } from "../../base/rng.ts";
import {
  histogramOf,
  jensenShannon,
  kolmogorovSmirnov,
  kullbackLeibler,
  mergeHistograms,
  normedWasserstein,
  pairOfCategories,
  pairOfHistograms,
  psi,
  psiNull,
  quantileEdges,
  sturgesEdges,
  totalVariation,
  wasserstein,
} from "./index.ts";

interface Numeric {
  readonly kind: "num";
  readonly name: string;
  readonly reference: number[];
  readonly current: number[];
  readonly bins: number;
  readonly [measure: string]: unknown;
}
interface Categorical {
  readonly kind: "cat";
  readonly name: string;
  readonly reference: string[];
  readonly current: string[];
  readonly [measure: string]: unknown;
}

function measure(vector: Numeric | Categorical): Record<string, number> {
  if (vector.kind === "cat") {
    const pair = pairOfCategories(vector.reference, vector.current);
    return { psi: psi(pair), jensenshannon: jensenShannon(pair), tvd: totalVariation(pair) };
  }
  const { reference, current } = vector;
  const edges = sturgesEdges(reference, current);
  const pair = pairOfHistograms(histogramOf(reference, edges), histogramOf(current, edges));
  const ks = kolmogorovSmirnov(reference, current);
  return {
    bins: edges.length - 1,
    psi: psi(pair),
    kl: kullbackLeibler(pair),
    jensenshannon: jensenShannon(pair),
    wasserstein: wasserstein(reference, current),
    wasserstein_normed: normedWasserstein(reference, current),
    ks_stat: ks.statistic,
    ks_p: ks.pValue,
  };
}

describe.skipIf(SHARED === undefined)("Evidently's vectors (needs ../shared)", () => {
  const { vectors } =
    SHARED === undefined
      ? { vectors: [] }
      : (JSON.parse(readFileSync(shared("vectors", "drift-vectors.json"), "utf8")) as {
          vectors: (Numeric | Categorical)[];
        });

  it("every measure of all 7 agrees to ten digits", () => {
    expect(vectors).toHaveLength(7);
    const wrong = vectors.flatMap((vector) =>
      Object.entries(measure(vector))
        .filter(([key, came]) => !(Math.abs(came / (vector[key] as number) - 1) < 1e-10))
        .map(([key, came]) => `${vector.name} ${key}: ${came} for ${vector[key]}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("PSI against chance", () => {
  it("alarms as often as alpha when nothing drifts, whatever the sample sizes", () => {
    for (const [n, m] of [
      [2000, 150],
      [500, 500],
    ] as const) {
      const rng = createRng(17);
      let alarms = 0;
      for (let round = 0; round < 400; round++) {
        const reference = Float64Array.from({ length: n }, () => normal(rng));
        const current = Float64Array.from({ length: m }, () => normal(rng));
        const edges = quantileEdges(reference, 8);
        const pair = pairOfHistograms(histogramOf(reference, edges), histogramOf(current, edges));
        if (psiNull(pair, 0.1).hasDrifted) alarms++;
      }
      // Binomial(400, .1): 40 ± 18 at three deviations; the χ² is a little short of PSI's tail.
      expect(alarms).toBeGreaterThan(22);
      expect(alarms).toBeLessThan(75);
    }
  });

  it("sees on a large sample a drift that the mark of .1 sleeps through, and none on a small one", () => {
    const large = psiNull({ reference: [50_000, 50_000], current: [48_500, 51_500] });
    expect(large.psi).toBeLessThan(0.1);
    expect(large.hasDrifted).toBe(true);
    const small = psiNull({ reference: [20, 20], current: [13, 27] });
    expect(small.psi).toBeGreaterThan(0.1);
    expect(small.hasDrifted).toBe(false);
    expect(small.threshold).toBeGreaterThan(small.psi);
  });
});

describe("Kolmogorov–Smirnov", () => {
  it("its exact p-value is the share of orders with such a gap", () => {
    // 3 against 2, wholly apart: 2 of the 10 orders.
    expect(kolmogorovSmirnov([1, 2, 3], [8, 9])).toEqual({
      statistic: 1,
      pValue: expect.closeTo(0.2, 14),
    });
    expect(kolmogorovSmirnov([1, 2], [1, 2]).pValue).toBe(1);
  });

  it("exact and limit meet where they change over", () => {
    const rng = createRng(5);
    const a = Float64Array.from({ length: 5001 }, () => normal(rng));
    const b = Float64Array.from({ length: 4998 }, () => normal(rng) + 0.02);
    const exact = kolmogorovSmirnov(a, b);
    const beyond = kolmogorovSmirnov(a, Float64Array.from([...b, ...b]));
    expect(exact.pValue).toBeGreaterThan(0.001);
    expect(beyond.statistic).toBeCloseTo(exact.statistic, 12);
    // Twice the current sample: the same gap, λ larger by √(4/3).
    expect(beyond.pValue).toBeLessThan(exact.pValue);
    // 2Σ(−1)^(k−1)e^(−2k²λ²) at the corrected λ of the doubled sample.
    const root = Math.sqrt((5001 * 9996) / 14_997);
    const lambda = (root + 0.12 + 0.11 / root) * exact.statistic;
    const series = 2 * (Math.exp(-2 * lambda ** 2) - Math.exp(-8 * lambda ** 2));
    expect(beyond.pValue / series).toBeCloseTo(1, 2);
  });
});

describe("histograms", () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 3);

  it("merging shards is counting everything, in any order", () => {
    const edges = quantileEdges(values, 12);
    const whole = histogramOf([...values, Number.NaN, 99, -99], edges);
    const parts = [
      histogramOf(values.subarray(0, 300), edges),
      histogramOf([...values.subarray(300), Number.NaN], edges),
      histogramOf([99, -99], edges),
    ];
    const merged = parts.reduce(mergeHistograms);
    expect(merged).toEqual(whole);
    expect([...parts].reverse().reduce(mergeHistograms)).toEqual(whole);
    expect(whole.missing).toBe(1);
    expect(whole.counts.reduce((sum, count) => sum + count, 0)).toBe(1002);
  });

  it("bins are closed below, the last one on both sides", () => {
    const { counts } = histogramOf([0, 1, 1.5, 2, 2.1, -0.1], Float64Array.of(0, 1, 2));
    expect([...counts]).toEqual([1, 1, 3, 1]);
  });

  it("edges of quantiles share the reference evenly and leave nothing outside", () => {
    const { counts } = histogramOf(values, quantileEdges(values, 5));
    expect(counts).toHaveLength(5);
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThanOrEqual(1);
  });

  it("a constant column is told from what lies on either side of it", () => {
    const edges = quantileEdges([4, 4, 4]);
    expect([...histogramOf([4, 4, 3.9, 4.1, 4.1], edges).counts]).toEqual([1, 2, 2]);
    expect(sturgesEdges([4, 4])[0]).toBe(3.5);
  });

  it("distances are 0 between equals and do not depend on scale", () => {
    const pair = { reference: [5, 10, 15], current: [10, 20, 30] };
    for (const distance of [psi, jensenShannon, totalVariation, kullbackLeibler]) {
      expect(distance(pair)).toBeCloseTo(0, 12);
    }
    expect(wasserstein([1, 2, 3], [11, 12, 13])).toBeCloseTo(10, 12);
  });
});

describe("bad input", () => {
  it("is refused with what was wrong", () => {
    expect(() => psi({ reference: [0, 0], current: [1, 2] })).toThrow("reference is empty");
    expect(() => psi({ reference: [1], current: [1, 2] })).toThrow(
      "reference has 1 bins, current 2",
    );
    expect(() => psi({ reference: [1, -1], current: [1, 2] })).toThrow("bin 1 of reference is -1");
    expect(() => kolmogorovSmirnov([], [1])).toThrow("reference is empty");
    expect(() => wasserstein([1], [2, Number.NaN])).toThrow("value of row 1 of current is NaN");
    expect(() => quantileEdges([Number.NaN])).toThrow("there is no value");
    expect(() => sturgesEdges([1, Number.POSITIVE_INFINITY])).toThrow("row 1 is Infinity");
    expect(() => quantileEdges([1, 2], 1)).toThrow("bins is 1; expected a whole number from 3");
    expect(() => histogramOf([1], Float64Array.of(2, 1))).toThrow("edge 1 is 1, after 2");
    expect(() =>
      mergeHistograms(
        histogramOf([1], Float64Array.of(0, 1)),
        histogramOf([1], Float64Array.of(0, 2)),
      ),
    ).toThrow("edge 1 is 1 in one and 2 in the other");
    expect(() => psiNull({ reference: [1, 2], current: [1, 2] }, 5)).toThrow("alpha is 5");
    expect(() => sturgesEdges([-1.7e308, 1.7e308])).toThrow("Infinity; edges need finite numbers");
  });
});

describe("numbers at the edge", () => {
  it("as many categories as a table has rows are no trouble", () => {
    const reference = new Float64Array(300_000).fill(1);
    const current = reference.map((_, i) => i % 2);
    expect(psi({ reference, current })).toBeGreaterThan(1);
    expect(psi({ reference, current: reference })).toBe(0);
  });

  it("one value, of any size, has edges around it", () => {
    for (const values of [[1e300], [1, 1 + Number.EPSILON], [-1e20, -1e20], [0]]) {
      const { counts } = histogramOf(values, sturgesEdges(values));
      expect(counts.at(0)).toBe(0);
      expect(counts.at(-1)).toBe(0);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
    }
  });

  it("a distance in deviations has no unit, even where squares overflow", () => {
    const [reference, current] = [
      [1, 2, 4],
      [3, 4, 9],
    ];
    const huge = (of: readonly number[]) => of.map((x) => 1e200 * x);
    expect(normedWasserstein(huge(reference!), huge(current!))).toBeCloseTo(
      normedWasserstein(reference!, current!),
      12,
    );
  });
});

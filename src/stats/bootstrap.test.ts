// Bootstrap intervals: their coverage, the skewness that BCa follows, clusters, and what is refused.
import { expect, it } from "vitest";
import { WaymarkError } from "../base/error.ts";
import { createRng, normal } from "../base/rng.ts";
import { bootstrapInterval, bootstrapIntervals } from "./bootstrap.ts";

const meanOf =
  (values: ArrayLike<number>) =>
  (indices: Int32Array): number => {
    let sum = 0;
    for (const i of indices) sum += values[i]!;
    return sum / indices.length;
  };

function draws(seed: number, n: number, of: (rng: () => number) => number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => of(rng));
}

it("finds the standard error of a mean", () => {
  const values = draws(1, 400, normal);
  const interval = bootstrapInterval(400, meanOf(values), { seed: 5, replicates: 2000 });
  const mean = meanOf(values)(Int32Array.from(values.keys()));
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 400);
  expect(interval.estimate).toBe(mean);
  // 2,000 replicates know a standard error to 1/√4000 = 1.6 %; three of those.
  expect(Math.abs(interval.standardError / (sd / 20) - 1)).toBeLessThan(0.05);
  expect(interval.lower).toBeLessThan(mean);
  expect(interval.upper).toBeGreaterThan(mean);
});

it("equal seeds give equal intervals and other seeds others", () => {
  const values = draws(2, 50, normal);
  const at = (seed: number) => bootstrapInterval(50, meanOf(values), { seed, replicates: 100 });
  expect(at(3)).toEqual(at(3));
  expect(at(3)).not.toEqual(at(4));
});

it("covers the truth about as often as it says", () => {
  let covered = 0;
  for (let world = 0; world < 200; world++) {
    const values = draws(100 + world, 60, normal);
    const { lower, upper } = bootstrapInterval(60, meanOf(values), {
      seed: world,
      replicates: 400,
      level: 0.9,
    });
    if (lower <= 0 && upper >= 0) covered++;
  }
  // Binomial(200, .9): three standard deviations are 13.
  expect(covered).toBeGreaterThan(180 - 14);
  expect(covered).toBeLessThan(180 + 14);
});

it("BCa moves the interval of a skewed mean towards its long tail", () => {
  const values = draws(7, 80, (rng) => -Math.log(1 - rng()));
  const base = { seed: 1, replicates: 2000 };
  const percentile = bootstrapInterval(80, meanOf(values), base);
  const bca = bootstrapInterval(80, meanOf(values), { ...base, method: "bca" });
  expect(bca.upper).toBeGreaterThan(percentile.upper);
  expect(bca.lower).toBeGreaterThan(percentile.lower);
});

it("draws the rows of a cluster together", () => {
  // 40 members of 10 equal rows each: 400 rows know no more than 40 do.
  const member = draws(9, 40, normal);
  const values = Float64Array.from({ length: 400 }, (_, i) => member[Math.floor(i / 10)]!);
  const cluster = Int32Array.from({ length: 400 }, (_, i) => Math.floor(i / 10));
  const apart = bootstrapInterval(400, meanOf(values), { seed: 1 });
  const together = bootstrapInterval(400, meanOf(values), { seed: 1, cluster });
  expect(together.standardError / apart.standardError).toBeGreaterThan(2.8);
  expect(together.standardError / apart.standardError).toBeLessThan(3.6);
});

it("several statistics share their resamples, so a difference is paired", () => {
  const x = draws(11, 100, normal);
  const y = x.map((value) => value + 1);
  const [first, second, gap] = bootstrapIntervals(
    100,
    (indices) => {
      const [a, b] = [meanOf(x)(indices), meanOf(y)(indices)];
      return [a, b, b - a];
    },
    { seed: 2, replicates: 200 },
  );
  expect(second!.standardError).toBeCloseTo(first!.standardError, 12);
  expect(gap!.standardError).toBeLessThan(1e-12);
});

it("counts replicates without a value, and refuses when there are many", () => {
  const oneIn = (n: number) => (indices: Int32Array) =>
    indices.includes(0) ? indices.length / n : Number.NaN;
  // Row 0 is absent from a share (1 − 1/n)ⁿ ≈ 37 % of resamples.
  expect(() => bootstrapInterval(30, oneIn(30), { seed: 1 })).toThrow("had no finite value in");
  const rare = (indices: Int32Array) =>
    indices.includes(0) || indices.includes(1) || indices.includes(2) ? 1 : Number.NaN;
  expect(bootstrapInterval(30, rare, { seed: 1 }).failed).toBeGreaterThan(0);
});

it("a resample that the statistic refuses is counted, another error is passed on", () => {
  const refusing = (indices: Int32Array): number => {
    if (indices.includes(0) || indices.includes(1) || indices.includes(2)) return indices[0]!;
    throw new WaymarkError("TABLE_INVALID", "one class only");
  };
  expect(bootstrapInterval(30, refusing, { seed: 1, method: "bca" }).failed).toBeGreaterThan(0);
  const broken = (): number => {
    throw new TypeError("a bug");
  };
  expect(() => bootstrapInterval(30, broken, { seed: 1 })).toThrow("a bug");
});

it("refuses too few rows, wrong clusters and wrong options by name", () => {
  const one = () => 1;
  expect(() => bootstrapInterval(1, one, { seed: 1 })).toThrow("there are 1 rows");
  expect(() => bootstrapInterval(3, one, { seed: 1, cluster: [1, 1, 1] })).toThrow("1 clusters");
  expect(() => bootstrapInterval(3, one, { seed: 1, cluster: [1, 2] })).toThrow(
    "cluster has 2 rows; expected 3",
  );
  expect(() => bootstrapInterval(3, one, { seed: 1, level: 95 })).toThrow("level is 95");
  expect(() => bootstrapInterval(3, () => Number.NaN, { seed: 1 })).toThrow("statistic 0 of all 3");
});

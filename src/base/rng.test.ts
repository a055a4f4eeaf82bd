import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng, integer, normal, pick } from "./rng.ts";

it("repeats itself for a seed and differs between seeds and streams", () => {
  const take = (seed: number, stream = 0): number[] => {
    const rng = createRng(seed, stream);
    return Array.from({ length: 8 }, rng);
  };
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
  expect(take(7, 1)).not.toEqual(take(7, 2));
});

it("gives the same sequence on every machine", () => {
  const rng = createRng(42);
  const integers = Array.from({ length: 4 }, () => integer(rng, 1_000_000));
  expect(integers).toMatchInlineSnapshot(`
    [
      456255,
      564175,
      574377,
      964942,
    ]
  `);
});

it("stays in [0, 1) and fills it evenly", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const rng = createRng(seed);
      const bins = new Int32Array(10);
      for (let i = 0; i < 10_000; i++) {
        // A number outside [0, 1) finds no bin and the sum falls short.
        bins[Math.floor(rng() * 10)]!++;
      }
      expect(bins.reduce((sum, n) => sum + n, 0)).toBe(10_000);
      // Chi-squared with 9 degrees of freedom exceeds 45 once in 10⁶ draws.
      const chi2 = bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
      expect(chi2).toBeLessThan(45);
    }),
    { numRuns: 20, seed: 1 },
  );
});

it("draws normal numbers with mean 0 and variance 1", () => {
  const rng = createRng(3);
  let sum = 0;
  let squares = 0;
  const n = 100_000;
  for (let i = 0; i < n; i++) {
    const z = normal(rng);
    sum += z;
    squares += z * z;
  }
  // Standard errors are 0.003 and 0.0045.
  expect(Math.abs(sum / n)).toBeLessThan(0.015);
  expect(Math.abs(squares / n - 1)).toBeLessThan(0.025);
});

it("picks every item", () => {
  const rng = createRng(5);
  const seen = new Set(Array.from({ length: 200 }, () => pick(rng, ["a", "b", "c"])));
  expect([...seen].sort()).toEqual(["a", "b", "c"]);
});

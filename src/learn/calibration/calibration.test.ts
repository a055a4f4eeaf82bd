import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/rng.ts";
import { brier } from "../metric/error-mean.ts";
import {
  prediction,
  p as probability,
  reference,
  weight as weights,
  y,
} from "../metric/reference.fixture.ts";
import { fitIsotonic, isotonicFromJson, poolAdjacentViolators } from "./isotonic.ts";
import { fitPlatt, logit, plattFromJson } from "./platt.ts";
import { logistic } from "./sigmoid.ts";

const weight = Float64Array.from(weights);

describe("Platt scaling", () => {
  it("agrees with scikit-learn", () => {
    const plain = fitPlatt(y, prediction);
    // Its L-BFGS stops at a gradient of 1e-6 or so.
    expect(plain.slope).toBeCloseTo(reference.platt[0]!, 4);
    expect(plain.intercept).toBeCloseTo(reference.platt[1]!, 4);
    const weighted = fitPlatt(y, prediction, { weight });
    expect(weighted.slope).toBeCloseTo(reference.plattWeighted[0]!, 4);
    expect(weighted.intercept).toBeCloseTo(reference.plattWeighted[1]!, 4);
  });

  it("leaves calibrated probabilities nearly as they are", () => {
    const rng = createRng(3);
    const p = Array.from({ length: 4000 }, () => 0.05 + 0.9 * rng());
    const labels = p.map((q) => (rng() < q ? 1 : 0));
    const fit = fitPlatt(labels, p, { input: "probability" });
    expect(fit.slope).toBeCloseTo(1, 0);
    for (const q of [0.1, 0.5, 0.9]) expect(fit.apply([q])[0]).toBeCloseTo(q, 1);
  });

  it("mends predictions that are too sure", () => {
    const rng = createRng(4);
    const truth = Array.from({ length: 2000 }, () => 0.05 + 0.9 * rng());
    const labels = truth.map((q) => (rng() < q ? 1 : 0));
    const sure = truth.map((q) => logistic(3 * logit(q)));
    const fit = fitPlatt(labels, sure, { input: "probability" });
    expect(fit.slope).toBeGreaterThan(0.28);
    expect(fit.slope).toBeLessThan(0.39);
    expect(brier(labels, fit.apply(sure))).toBeLessThan(brier(labels, sure));
  });

  it("comes back from JSON", () => {
    const fit = fitPlatt(y, probability, { input: "probability" });
    const back = plattFromJson(JSON.parse(JSON.stringify(fit)));
    expect(back).toEqual(fit);
    expect(() => plattFromJson({ kind: "isotonic" })).toThrow(/not a written Platt/);
  });

  it("refuses one class and a constant score", () => {
    expect(() => fitPlatt([1, 1], [1, 2])).toThrow(/no row of 0/);
    expect(() => fitPlatt([0, 1], [2, 2])).toThrow(/is 2 on every row/);
    expect(() => fitPlatt([0, 1], [2, Number.NaN])).toThrow(/score, row 1/);
  });

  it("stays finite where the score tells the labels apart", () => {
    const fit = fitPlatt([0, 0, 1, 1], [1, 2, 3, 4]);
    expect(fit.slope).toBeGreaterThan(0);
    expect(Number.isFinite(fit.slope)).toBe(true);
  });
});

describe("isotonic regression", () => {
  it("agrees with scikit-learn, between the steps and beyond", () => {
    const grid = Array.from({ length: 11 }, (_, i) => i / 10);
    const fit = fitIsotonic(y, probability, { weight });
    expect([...fit.apply(grid)]).toEqual(reference.isotonic.map((v) => expect.closeTo(v, 12)));
  });

  it("is monotone, keeps the mean, and is its own isotonic fit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 5 })), {
          minLength: 1,
        }),
        (pairs) => {
          const values = pairs.map(([v]) => v);
          const mass = pairs.map(([, w]) => w);
          const fit = poolAdjacentViolators(values, mass);
          const sum = (of: readonly number[]) => of.reduce((s, v, i) => s + v * mass[i]!, 0);
          expect(sum(fit)).toBeCloseTo(sum(values), 9);
          for (let i = 1; i < fit.length; i++) expect(fit[i]!).toBeGreaterThanOrEqual(fit[i - 1]!);
          poolAdjacentViolators(fit, mass).forEach((v, i) => {
            expect(v).toBeCloseTo(fit[i]!, 9);
          });
        },
      ),
    );
  });

  it("falls when asked to", () => {
    const rising = fitIsotonic([1, 3, 2], [1, 2, 3]).apply([1, 2, 3]);
    const falling = fitIsotonic([-1, -3, -2], [1, 2, 3], { isIncreasing: false }).apply([1, 2, 3]);
    expect([...falling]).toEqual([...rising].map((v) => -v));
  });

  it("comes back from JSON", () => {
    const fit = fitIsotonic(y, probability);
    const back = isotonicFromJson(JSON.parse(JSON.stringify(fit)));
    expect([...back.apply([0.1, 0.33, 0.9])]).toEqual([...fit.apply([0.1, 0.33, 0.9])]);
    expect(() => isotonicFromJson({ kind: "isotonic", x: [1], y: [] })).toThrow(/not a written/);
  });

  it("refuses no rows and numbers that are not finite", () => {
    expect(() => fitIsotonic([], [])).toThrow(/no rows/);
    expect(() => fitIsotonic([1], [Number.POSITIVE_INFINITY])).toThrow(/score, row 0/);
  });
});

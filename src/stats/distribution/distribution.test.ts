// Special functions against mpmath, their symmetries, and what they refuse.
import { describe, expect, it } from "vitest";
import {
  betaCdf,
  betaQuantile,
  betaSurvival,
  chiSquaredCdf,
  chiSquaredQuantile,
  chiSquaredSurvival,
  erf,
  erfc,
  gammaCdf,
  gammaQuantile,
  gammaSurvival,
  logGamma,
  millsRatio,
  normalCdf,
  normalPdf,
  normalQuantile,
  studentTCdf,
  studentTQuantile,
} from "./index.ts";
import { REFERENCE } from "./reference.fixture.ts";

const FUNCTIONS: Record<keyof typeof REFERENCE, (...x: number[]) => number[]> = {
  erf: (x) => [erf(x!)],
  erfc: (x) => [erfc(x!)],
  normalCdf: (x) => [normalCdf(x!)],
  normalQuantile: (p) => [normalQuantile(p!)],
  logGamma: (x) => [logGamma(x!)],
  gammaCdf: (x, a) => [gammaCdf(x!, a!), gammaSurvival(x!, a!)],
  betaCdf: (x, a, b) => [betaCdf(x!, a!, b!), betaSurvival(x!, a!, b!)],
  studentTCdf: (t, v) => [studentTCdf(t!, v!)],
  gammaQuantile: (p, a) => [gammaQuantile(p!, a!)],
  betaQuantile: (p, a, b) => [betaQuantile(p!, a!, b!)],
  studentTQuantile: (p, v) => [studentTQuantile(p!, v!)],
};

/** Largest relative error over a table, and the row where it is. */
function worst(name: keyof typeof REFERENCE): { error: number; row: string } {
  let out = { error: 0, row: "" };
  for (const row of REFERENCE[name]) {
    const tails = name === "gammaCdf" || name === "betaCdf" ? 2 : 1;
    const came = FUNCTIONS[name](...row.slice(0, -tails));
    row.slice(-tails).forEach((expected, k) => {
      const error = came[k] === expected ? 0 : Math.abs(came[k]! / expected - 1);
      if (!(error <= out.error)) out = { error, row: `${row.join(", ")}: ${came[k]}` };
    });
  }
  return out;
}

describe("special functions", () => {
  it.each(Object.keys(FUNCTIONS) as (keyof typeof REFERENCE)[])(
    "%s has twelve digits everywhere",
    (name) => {
      const { error, row } = worst(name);
      expect(error, row).toBeLessThan(2e-13);
    },
  );

  it("quantiles undo distribution functions", () => {
    for (const p of [1e-12, 0.01, 0.3, 0.5, 0.77, 0.999]) {
      expect(normalCdf(normalQuantile(p, 3, 2), 3, 2) / p).toBeCloseTo(1, 12);
      expect(chiSquaredCdf(chiSquaredQuantile(p, 7), 7) / p).toBeCloseTo(1, 12);
      expect(betaCdf(betaQuantile(p, 0.3, 9), 0.3, 9) / p).toBeCloseTo(1, 12);
      expect(studentTCdf(studentTQuantile(p, 3.3), 3.3) / p).toBeCloseTo(1, 12);
    }
  });

  it("tails meet at one", () => {
    for (const x of [0.01, 0.4, 3, 11]) {
      expect(chiSquaredCdf(x, 5) + chiSquaredSurvival(x, 5)).toBeCloseTo(1, 15);
      expect(normalCdf(x) + normalCdf(-x)).toBeCloseTo(1, 15);
    }
    expect(chiSquaredSurvival(0, 3)).toBe(1);
    expect(chiSquaredSurvival(Number.POSITIVE_INFINITY, 3)).toBe(0);
    expect(gammaCdf(-1, 3)).toBe(0);
    expect(betaCdf(0, 2, 3)).toBe(0);
    expect(betaCdf(1, 2, 3)).toBe(1);
    expect(betaCdf(2, 2, 3)).toBe(1);
    expect(studentTCdf(Number.NEGATIVE_INFINITY, 2)).toBe(0);
    expect(studentTCdf(0, 2)).toBe(0.5);
  });

  it("Student's t with no end of degrees is normal", () => {
    const infinite = Number.POSITIVE_INFINITY;
    expect(studentTCdf(-1.3, infinite)).toBe(normalCdf(-1.3));
    expect(studentTQuantile(0.9, infinite)).toBe(normalQuantile(0.9));
    expect(studentTQuantile(0.975, 1e12)).toBeCloseTo(normalQuantile(0.975), 10);
  });

  it("Mills' ratio agrees with its parts and outlives them", () => {
    for (const z of [-3, 0, 1, 5]) {
      expect((millsRatio(z) * normalPdf(z)) / normalCdf(-z)).toBeCloseTo(1, 13);
    }
    expect(millsRatio(1e6) * 1e6).toBeCloseTo(1, 11);
  });

  it("refuses what is outside its domain, by name", () => {
    expect(() => normalQuantile(1.2)).toThrow("p is 1.2; expected a probability from 0 to 1");
    expect(() => normalCdf(Number.NaN)).toThrow("x is NaN");
    expect(() => logGamma(0)).toThrow("x is 0; expected a finite number above 0");
    expect(() => studentTCdf(1, 0)).toThrow("degreesOfFreedom is 0");
    expect(() => betaCdf(0.5, -1, 2)).toThrow("a is -1");
    expect(() => gammaCdf(0.5, Number.NaN)).toThrow("shape is NaN");
  });
});

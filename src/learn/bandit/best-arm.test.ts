import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { normalCdf } from "../../stats/distribution/normal.ts";
import { gaussLegendre } from "../quadrature.ts";
import { bestArmProbabilities } from "./best-arm.ts";

const of = (...x: number[]) => Float64Array.from(x);

describe("best-arm probabilities", () => {
  it("of two arms are the normal distribution of their difference", () => {
    for (const [m, d, e] of [
      [0, 1, 1],
      [0.3, 0.2, 2],
      [-1, 3, 0.001],
      [5, 0.5, 0.5],
      [1e-3, 1e-4, 1e-3],
    ] as const) {
      const p = bestArmProbabilities(of(m, 0), of(d, e));
      expect(p[0]).toBeCloseTo(normalCdf(m / Math.hypot(d, e)), 10);
      expect(p[0]! + p[1]!).toBeCloseTo(1, 14);
    }
  });

  it("of equal arms are equal, whatever their number", () => {
    for (const arms of [1, 2, 3, 10, 60]) {
      const p = bestArmProbabilities(
        new Float64Array(arms).fill(2),
        new Float64Array(arms).fill(0.7),
      );
      for (const x of p) expect(x).toBeCloseTo(1 / arms, 11);
    }
  });

  it("of known arms: the best known one is beaten by what may exceed it", () => {
    const p = bestArmProbabilities(of(0, 1, 1, 0.5), of(1, 0, 0, 0));
    expect(p[0]).toBeCloseTo(1 - normalCdf(1), 11);
    expect(p[1]).toBeCloseTo(normalCdf(1) / 2, 11);
    expect(p[2]).toBe(p[1]);
    expect(p[3]).toBe(0);
    expect(bestArmProbabilities(of(1, 2), of(0, 0))).toEqual(of(0, 1));
    expect(bestArmProbabilities(of(2, 2), of(0, 0))).toEqual(of(0.5, 0.5));
  });

  it("agree with 200,000 draws of five unlike arms", () => {
    const mean = of(0, 0.5, 1, -3, 0.9);
    const deviation = of(1, 0.5, 0.1, 4, 0.01);
    const p = bestArmProbabilities(mean, deviation);
    const rng = createRng(6);
    const wins = new Float64Array(5);
    const n = 200_000;
    for (let i = 0; i < n; i++) {
      let best = 0;
      let highest = Number.NEGATIVE_INFINITY;
      for (let a = 0; a < 5; a++) {
        const draw = mean[a]! + deviation[a]! * normal(rng);
        if (draw > highest) [highest, best] = [draw, a];
      }
      wins[best]! += 1 / n;
    }
    // Four standard errors of a share of 200,000 draws.
    for (let a = 0; a < 5; a++)
      expect(Math.abs(p[a]! - wins[a]!)).toBeLessThan((4 * 0.5) / Math.sqrt(n));
  });

  it("do not change when all arms move together or grow together", () => {
    const mean = of(0.1, 0.2, -0.4, 0.15);
    const deviation = of(0.2, 0.05, 0.6, 0.1);
    const p = bestArmProbabilities(mean, deviation);
    const moved = bestArmProbabilities(
      mean.map((m) => 40 * m + 7),
      deviation.map((d) => 40 * d),
    );
    for (let a = 0; a < 4; a++) expect(moved[a]).toBeCloseTo(p[a]!, 10);
  });
});

it("Gauss–Legendre is exact for polynomials of degree 19 with 10 nodes", () => {
  const { node, weight } = gaussLegendre(10);
  for (let degree = 0; degree < 20; degree++) {
    const sum = node.reduce((s, x, k) => s + weight[k]! * x ** degree, 0);
    expect(sum).toBeCloseTo(degree % 2 === 0 ? 2 / (degree + 1) : 0, 13);
  }
});

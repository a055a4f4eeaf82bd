import { describe, expect, it } from "vitest";
import { createRng } from "../../base/rng.ts";
import { drawSlate, slateCascade, slotMarginals } from "./slate.ts";

/** Every ordered slate with its Plackett–Luce probability, the obvious way. */
function enumerated(p: Float64Array, slots: number): Float64Array {
  const marginals = new Float64Array(slots * p.length);
  const walk = (left: number[], slot: number, product: number, shown: number[]): void => {
    if (slot === slots) {
      shown.forEach((a, l) => {
        marginals[l * p.length + a]! += product;
      });
      return;
    }
    const sum = left.reduce((s, a) => s + p[a]!, 0);
    for (const a of left) {
      walk(
        left.filter((b) => b !== a),
        slot + 1,
        (product * p[a]!) / sum,
        [...shown, a],
      );
    }
  };
  walk(
    [...p.keys()].filter((a) => p[a]! > 0),
    0,
    1,
    [],
  );
  return marginals;
}

describe("slot marginals", () => {
  it.each([
    [[0.5, 0.3, 0.2], 3],
    [[0.5, 0.3, 0.2], 1],
    [[0.9, 0.05, 0.03, 0.01, 0.01, 0], 3],
    [[0.999, 0.0005, 0.0004, 0.0001], 2],
    [[1 - 3e-9, 1e-9, 1e-9, 1e-9], 3],
    [[1 / 7, 1 / 7, 1 / 7, 1 / 7, 1 / 7, 1 / 7, 1 / 7], 4],
  ])("%j in %d slots are those of all orders", (p, slots) => {
    const weights = Float64Array.from(p);
    const marginals = slotMarginals(weights, slots);
    enumerated(weights, slots).forEach((expected, at) => {
      expect(marginals[at]).toBeCloseTo(expected, 10);
    });
  });

  it("each slot sums to 1 and no arm is shown more than once", () => {
    const rng = createRng(2);
    const weights = new Float64Array(30).map(() => rng() ** 4);
    const sum = weights.reduce((s, x) => s + x, 0);
    const marginals = slotMarginals(
      weights.map((x) => x / sum),
      5,
    );
    for (let l = 0; l < 5; l++) {
      expect(marginals.subarray(30 * l, 30 * l + 30).reduce((s, x) => s + x, 0)).toBeCloseTo(1, 12);
    }
    for (let a = 0; a < 30; a++) {
      let shown = 0;
      for (let l = 0; l < 5; l++) shown += marginals[30 * l + a]!;
      expect(shown).toBeLessThanOrEqual(1 + 1e-10);
    }
  });
});

describe("drawn slates", () => {
  const p = Float64Array.of(0.5, 0.25, 0, 0.15, 0.1);

  it("come as often as their propensity says", () => {
    const rng = createRng(4);
    const n = 4000;
    const seen = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const { arms } = drawSlate(p, 2, rng);
      const key = arms.join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(12);
    let total = 0;
    for (const [key, times] of seen) {
      const expected = slateCascade(p, key.split(",").map(Number))[1]!;
      total += expected;
      expect(Math.abs(times / n - expected)).toBeLessThan(4.5 * Math.sqrt(expected / n));
    }
    expect(total).toBeCloseTo(1, 12);
  });

  it("carry the propensity of the slate, of each prefix and of each slot", () => {
    const { arms, propensity, cascade, marginal } = drawSlate(p, 3, createRng(9));
    expect([...cascade]).toEqual([...slateCascade(p, arms)]);
    expect(propensity).toBe(cascade[2]);
    expect(cascade[0]).toBe(p[arms[0]!]);
    const marginals = slotMarginals(p, 3);
    arms.forEach((a, l) => {
      expect(marginal[l]).toBe(marginals[5 * l + a]);
    });
    expect(new Set(arms).size).toBe(3);
  });

  it("other policies' slates have a propensity too: 0 for an arm that sleeps or stands twice", () => {
    expect([...slateCascade(p, [2, 0])]).toEqual([0, 0]);
    expect(slateCascade(p, [0, 0])[1]).toBe(0);
  });

  it("more slots than arms are refused", () => {
    expect(() => drawSlate(p, 5, createRng(1))).toThrowError(
      /5 slots cannot be filled from 4 arms/,
    );
    expect(() => slotMarginals(p, 0)).toThrowError(/slots is 0/);
  });
});

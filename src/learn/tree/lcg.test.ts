import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lcg } from "./lcg.ts";

describe("LightGBM's random numbers", () => {
  it("are those of the old C library, which everybody knows", () => {
    const lcg = new Lcg(1);
    expect([0, 1, 2, 3, 4].map(() => lcg.nextShort(0, 32768))).toEqual([
      41, 18467, 6334, 26500, 19169,
    ]);
  });

  it("draw k of n in order, each at most once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(300), fc.integer(), (n, k, seed) => {
        const drawn = [...new Lcg(seed).sample(n, k)];
        if (k > n) expect(drawn).toEqual([]);
        else expect(drawn.length).toBe(k);
        expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
        expect(drawn.every((i) => i >= 0 && i < n)).toBe(true);
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { createRng } from "../../../base/rng.ts";
import { boundedExp } from "./exp.ts";

describe("boundedExp", () => {
  it("is within an ulp of the engine's own", () => {
    const rng = createRng(9);
    for (let i = 0; i < 100_000; i++) {
      const x = (rng() - 0.5) * (i % 2 === 0 ? 1400 : 4);
      const wanted = Math.exp(x);
      expect(Math.abs(boundedExp(x) - wanted) / wanted).toBeLessThan(2.3e-16);
    }
  });

  it("stays finite and above 0 beyond what doubles hold", () => {
    expect(boundedExp(Number.POSITIVE_INFINITY)).toBe(boundedExp(709));
    expect(boundedExp(-1e9)).toBe(boundedExp(-708));
    expect(boundedExp(-1e9)).toBeGreaterThan(0);
    expect(boundedExp(0)).toBe(1);
    expect(boundedExp(Number.NaN)).toBeNaN();
  });
});

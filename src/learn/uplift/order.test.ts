import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { byFallingScore } from "./order.ts";

describe("rows by falling score", () => {
  const rng = createRng(1);
  const worlds: Record<string, (i: number) => number> = {
    "numbers of either sign": () => normal(rng) * 10 ** Math.round(6 * normal(rng)),
    "many ties": () => Math.round(3 * normal(rng)),
    "both zeros and the smallest numbers": (i) => [0, -0, 5e-324, -5e-324, 1e308, -1e308][i % 6]!,
    "the same everywhere": () => 0.25,
    "already in order": (i) => i,
  };
  it.each(Object.entries(worlds))("%s", (_, draw) => {
    for (const n of [0, 1, 100, 6000]) {
      const score = Float64Array.from({ length: n }, (_, i) => draw(i));
      const obvious = Array.from({ length: n }, (_, i) => i);
      obvious.sort((a, b) => score[b]! - score[a]! || b - a);
      expect([...byFallingScore(score)]).toEqual(obvious);
    }
  });
});

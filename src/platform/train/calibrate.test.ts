import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { chooseCalibration } from "./calibrate.ts";
import { levelledPlatt } from "./shrink-platt.ts";

/** Rare things whose chances are known. */
function drawn(n: number) {
  const rng = createRng(5);
  const p = Float64Array.from({ length: n }, () => 1 / (1 + Math.exp(3.5 - normal(rng))));
  const y = p.map((chance) => (rng() < chance ? 1 : 0));
  return { p, y, group: Int32Array.from(p.keys()) };
}

const mean = (values: Float64Array, weight = values.map(() => 1)): number =>
  values.reduce((total, value, i) => total + weight[i]! * value, 0) /
  weight.reduce((total, w) => total + w, 0);

describe("a calibration", () => {
  it("of rows that stand for others foretells as much as came, not as much as was kept", () => {
    const all = drawn(12_000);
    // One in four of those to whom nothing came, each for four.
    const kept = Array.from(all.y.keys()).filter((i) => all.y[i] === 1 || i % 4 === 0);
    const take = (values: Float64Array): Float64Array => Float64Array.from(kept, (i) => values[i]!);
    const y = take(all.y);
    const weight = y.map((label) => (label === 1 ? 1 : 4));
    const group = Int32Array.from(kept);
    const { calibrator } = chooseCalibration({ y, p: take(all.p), group, weight }, 1);
    const ratio = mean(calibrator.apply(all.p)) / mean(all.y);
    // Some 500 events: a standard error of .045. Without the weights it would be near 4.
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
  });

  it("with a slope that is known from elsewhere follows the level of later rows where it is sure", () => {
    const { p, y } = drawn(40_000);
    const far = levelledPlatt(0.6, y, p);
    expect(far.slope).toBe(0.6);
    expect(mean(far.apply(p)) / mean(y)).toBeCloseTo(1, 2);
    // As many came as were foretold, but for chance: nothing is moved.
    expect(levelledPlatt(1, y, p, { repeats: 25 }).intercept).toBe(0);
  });
});

import { expect, it } from "vitest";
import { createRng } from "../../src/base/rng.ts";
import { haversine, METRES_PER_DEGREE } from "../../src/geo/lonlat.ts";
import { walk, withNoise } from "./walk.ts";

const line = Float64Array.of(8.7, 49.4, 8.7, 49.5);

it("steps at the given speed, one row a second, to the very end", () => {
  const points = walk(line, 3);
  expect(points.lon.length).toBe(Math.ceil(((0.1 * METRES_PER_DEGREE) / 3) * 1) + 1);
  for (let i = 1; i < points.lon.length - 1; i++) {
    const step = haversine(points.lon[i - 1]!, points.lat[i - 1]!, points.lon[i]!, points.lat[i]!);
    expect(step).toBeCloseTo(3, 6);
    expect(points.timeMs![i]! - points.timeMs![i - 1]!).toBe(1000);
  }
  expect(points.lat.at(-1)).toBe(49.5);
});

it("adds an error with the stated spread and correlation", () => {
  const truth = walk(line, 0.5);
  for (const { sigmaM, tauS } of [
    { sigmaM: 5, tauS: 10 },
    { sigmaM: 5, tauS: 0 },
  ]) {
    const noisy = withNoise(truth, { name: "", sigmaM, tauS }, createRng(1));
    const north = truth.lat.map((lat, i) => (noisy.lat[i]! - lat) * METRES_PER_DEGREE);
    const n = north.length;
    const variance = north.reduce((sum, x) => sum + x * x, 0) / n;
    let product = 0;
    for (let i = 1; i < n; i++) product += north[i]! * north[i - 1]!;
    // 22,000 rows: about 1,000 independent ones at τ 10 s, so ±7 % is three standard errors of σ.
    expect(Math.sqrt(variance)).toBeGreaterThan(4.65);
    expect(Math.sqrt(variance)).toBeLessThan(5.35);
    const correlation = product / (n - 1) / variance;
    expect(Math.abs(correlation - (tauS ? Math.exp(-1 / tauS) : 0))).toBeLessThan(0.03);
  }
});

import { describe, expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { createRng, normal } from "../../base/rng.ts";
import { METRES_PER_DEGREE, METRES_PER_UNIT } from "../lonlat.ts";
import { buildCandidateIndex } from "./candidate.ts";
import { sigmaFromDistances, smoothThree, whiteJitterM } from "./jitter.ts";
import type { TrackPoints } from "./match.ts";
import { defaults } from "./options.ts";
import { Rows, Steps } from "./thin.ts";

const INDEX = buildCandidateIndex(town("A----B", ["AB"]).network);

/** Rows due north at these metres and seconds. */
function north(rows: readonly (readonly [number, number])[]): TrackPoints {
  return {
    lon: new Float64Array(rows.length).fill(8),
    lat: Float64Array.from(rows, ([m]) => 47 + m / METRES_PER_DEGREE),
    timeMs: Float64Array.from(rows, ([, s]) => 1000 * s),
  };
}

function stepsOf(points: TrackPoints): Steps {
  const rows = new Rows();
  rows.read(points, INDEX);
  const steps = new Steps();
  steps.choose(rows, points, INDEX, defaults.minStepM, defaults);
  return steps;
}

const firsts = (steps: Steps): number[] => [...steps.first.subarray(0, steps.count)];

describe("steps", () => {
  it("are rows that moved ten metres, and the first and the last", () => {
    const steps = stepsOf(north(Array.from({ length: 12 }, (_, i) => [3 * i, i])));
    expect(firsts(steps)).toEqual([0, 4, 8, 11]);
  });

  it("are all rows of a sparse track", () => {
    const steps = stepsOf(north(Array.from({ length: 6 }, (_, i) => [100 * i, 60 * i])));
    expect(firsts(steps)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("are one for a pause, at its middle, with arrival and departure", () => {
    const rng = createRng(1);
    const come = Array.from({ length: 10 }, (_, i): [number, number] => [3 * i - 30, i]);
    const stand = Array.from({ length: 100 }, (_, i): [number, number] => [
      3 * normal(rng),
      10 + i,
    ]);
    const go = Array.from({ length: 10 }, (_, i): [number, number] => [15 + 5 * i, 110 + i]);
    const steps = stepsOf(north([...come, ...stand, ...go]));
    const pauses = [...Array(steps.count).keys()].filter((s) => steps.first[s] !== steps.last[s]);
    expect(pauses).toHaveLength(1);
    const s = pauses[0]!;
    expect(steps.leaveMs[s]! - steps.timeMs[s]!).toBeGreaterThan(90_000);
    const middle = (steps.y[s]! + INDEX.originLat - 47e7) * METRES_PER_UNIT;
    expect(Math.abs(middle)).toBeLessThan(3);
  });

  it("go on through a slow climb", () => {
    // .8 m/s: in forty seconds further than a pause is wide.
    const steps = stepsOf(north(Array.from({ length: 400 }, (_, i) => [0.8 * i, i])));
    expect(steps.count).toBeGreaterThan(25);
    expect([...steps.first.subarray(0, steps.count)]).toEqual([
      ...steps.last.subarray(0, steps.count),
    ]);
  });
});

describe("jitter", () => {
  const white = (sigmaM: number, rho: number): { x: Float64Array; y: Float64Array } => {
    const rng = createRng(9);
    const n = 3000;
    const column = (speed: number): Float64Array => {
      let e = 0;
      return Float64Array.from({ length: n }, (_, i) => {
        e = rho * e + Math.sqrt(1 - rho * rho) * sigmaM * normal(rng);
        return (speed * i + e) / METRES_PER_UNIT;
      });
    };
    return { x: column(2), y: column(2) };
  };
  const times = Float64Array.from({ length: 3000 }, (_, i) => 1000 * i);
  const jitterOf = ({ x, y }: { x: Float64Array; y: Float64Array }, t = times): number =>
    whiteJitterM(x, y, t, x.length, METRES_PER_UNIT);

  it("is what was added when it is white, and little when it persists", () => {
    expect(jitterOf(white(5, 0))).toBeGreaterThan(4.3);
    expect(jitterOf(white(5, 0))).toBeLessThan(5.7);
    expect(jitterOf(white(5, Math.exp(-0.1)))).toBeLessThan(2);
  });

  it("is not asked of sparse rows, where bends would look like noise", () => {
    expect(
      jitterOf(
        white(5, 0),
        times.map((t) => 10 * t),
      ),
    ).toBe(0);
  });

  it("shrinks by √3 under the mean of three", () => {
    const { x, y } = white(5, 0);
    const straight = Float64Array.from(x, (_, i) => (2 * i) / METRES_PER_UNIT);
    smoothThree(x, y, times, x.length);
    const rms = Math.sqrt(
      x.reduce((sum, v, i) => sum + ((v - straight[i]!) * METRES_PER_UNIT) ** 2, 0) / x.length,
    );
    expect(rms).toBeCloseTo(5 / Math.sqrt(3), 0);
  });

  it("of a whole track is told by the distances from the path", () => {
    const rng = createRng(2);
    const distances = Float64Array.from({ length: 2000 }, () => Math.abs(7 * normal(rng)));
    expect(sigmaFromDistances(distances)).toBeCloseTo(7, 0);
    expect(sigmaFromDistances(new Float64Array(5))).toBeNaN();
  });
});

// A million rows, in every shape that could make a step quadratic. The bound is generous: the point
// is that none of them takes minutes.
import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/index.ts";
import { cleanRecording } from "./clean.ts";
import { brokenPromises } from "./invariant.fixture.ts";
import type { Streams } from "./recording.ts";
import { placesOf, recordingOf, START_MS } from "./track.fixture.ts";

const n = 1_000_000;
const column = (value: (i: number) => number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => value(i));

const SHAPES: Readonly<Record<string, () => Partial<Streams> & { length: number }>> = {
  "a long ride with sensors": () => ({
    ...placesOf(n, (i) => i * 0.5),
    altitudeM: column((i) => 500 + 100 * Math.sin(i / 5000)),
    heartRateBpm: column(() => 130),
    powerW: column(() => 200),
  }),
  "standing in one place": () => {
    const rng = createRng(1);
    return { ...placesOf(n, () => rng()), altitudeM: column(() => 3) };
  },
  "impossible noise": () => {
    const rng = createRng(2);
    return placesOf(
      n,
      () => 5000 * normal(rng),
      () => 5000 * normal(rng),
    );
  },
  "times backwards": () => ({
    ...placesOf(n, (i) => i),
    timeMs: Float64Array.from({ length: n }, (_, i) => START_MS - i * 1000),
  }),
  "one moment for every row": () => ({
    ...placesOf(n, (i) => i),
    timeMs: new Float64Array(n).fill(START_MS),
  }),
  "altitude and distance that alternate": () => ({
    ...placesOf(n, (i) => i * 3),
    altitudeM: column((i) => (i % 2) * 4000),
    distanceM: Float64Array.from({ length: n }, (_, i) => (i % 2) * 1e6),
  }),
};

describe("a million rows", () => {
  it.each(Object.keys(SHAPES))("%s", { timeout: 120_000 }, (name) => {
    const recording = recordingOf(SHAPES[name]!(), { sport: "ride" });
    const start = performance.now();
    const activity = cleanRecording(recording);
    expect(performance.now() - start).toBeLessThan(60_000);
    expect(brokenPromises(activity, recording)).toEqual([]);
  });
});

// A million rows of a plain ride, and a hundred thousand in every shape that could make a step
// quadratic. The bound is generous: the point is that none of them takes minutes.
import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/index.ts";
import { cleanRecording } from "./clean.ts";
import { brokenPromises } from "./invariant.fixture.ts";
import type { Streams } from "./recording.ts";
import { placesOf, recordingOf, START_MS } from "./track.fixture.ts";

type Shape = (n: number) => Partial<Streams> & { length: number };

const column = (n: number, value: (i: number) => number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => value(i));

const plainRide: Shape = (n) => ({
  ...placesOf(n, (i) => i * 0.5),
  altitudeM: column(n, (i) => 500 + 100 * Math.sin(i / 5000)),
  heartRateBpm: column(n, () => 130),
  powerW: column(n, () => 200),
});

const SHAPES: Readonly<Record<string, Shape>> = {
  "standing in one place": (n) => {
    const rng = createRng(1);
    return { ...placesOf(n, () => rng()), altitudeM: column(n, () => 3) };
  },
  "impossible noise": (n) => {
    const rng = createRng(2);
    return placesOf(
      n,
      () => 5000 * normal(rng),
      () => 5000 * normal(rng),
    );
  },
  "times backwards": (n) => ({
    ...placesOf(n, (i) => i),
    timeMs: Float64Array.from({ length: n }, (_, i) => START_MS - i * 1000),
  }),
  "times at random": (n) => {
    const rng = createRng(3);
    return {
      ...placesOf(n, (i) => i),
      timeMs: Float64Array.from({ length: n }, () => START_MS + Math.floor(rng() * 1e9)),
    };
  },
  "a clock that jumps by months on every row": (n) => ({
    ...placesOf(n, (i) => i),
    timeMs: Float64Array.from({ length: n }, (_, i) => START_MS + (i % 2) * 1e10 + i * 1000),
  }),
  "one moment for every row": (n) => ({
    ...placesOf(n, (i) => i),
    timeMs: new Float64Array(n).fill(START_MS),
  }),
  "altitude and distance that alternate": (n) => ({
    ...placesOf(n, (i) => i * 3),
    altitudeM: column(n, (i) => (i % 2) * 4000),
    distanceM: Float64Array.from({ length: n }, (_, i) => (i % 2) * 1e6),
  }),
};

function expectQuick(shape: Shape, n: number): void {
  const recording = recordingOf(shape(n), { sport: "ride" });
  const start = performance.now();
  const activity = cleanRecording(recording);
  expect(performance.now() - start).toBeLessThan(45_000);
  expect(brokenPromises(activity, recording)).toEqual([]);
}

describe("large recordings", () => {
  it("a million rows of a plain ride", { timeout: 90_000 }, () => {
    expectQuick(plainRide, 1_000_000);
  });

  it.each(Object.keys(SHAPES))("%s", { timeout: 90_000 }, (name) => {
    expectQuick(SHAPES[name]!, 100_000);
  });
});

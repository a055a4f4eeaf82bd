import fc from "fast-check";
import { expect, it } from "vitest";
import type { ActivityStreams } from "../schema/activity.ts";
import { packStreams, STREAM_STEPS, unpackStreams } from "./stream-columns.ts";

const cell = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const degrees = fc.option(fc.double({ min: -180, max: 180, noNaN: true }));

it("gives back every value to within half a step, and unknown as unknown", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 50 }).chain((n) =>
        fc.record({
          altitudeM: fc.array(cell, { minLength: n, maxLength: n }),
          lon: fc.array(degrees, { minLength: n, maxLength: n }),
        }),
      ),
      ({ altitudeM, lon }) => {
        const streams: ActivityStreams = {
          timeS: lon.map((_, i) => i),
          distanceM: lon.map((_, i) => i * 2.5),
          lon,
          lat: lon.map(() => null),
          altitudeM,
          isMoving: lon.map(() => 1),
        };
        const back = unpackStreams(packStreams(streams));
        expect(Object.keys(back).sort()).toEqual(Object.keys(streams).sort());
        for (const column of ["altitudeM", "lon"] as const) {
          for (const [i, value] of streams[column]!.entries()) {
            const other = back[column]![i]!;
            if (value === null) expect(other).toBeNull();
            // Half a step, and the last bit of the scaled integer's division.
            else
              expect(Math.abs(other - value)).toBeLessThanOrEqual(0.5000001 / STREAM_STEPS[column]);
          }
        }
        // What is stored once is stored the same ever after.
        expect(packStreams(back)).toBe(packStreams(streams));
      },
    ),
    { seed: 42, numRuns: 200 },
  );
});

it("does not let a value that is not finite through", () => {
  const nan = [Number.NaN, Number.POSITIVE_INFINITY, 1];
  const streams: ActivityStreams = {
    timeS: [0, 1, 2],
    distanceM: [0, 1, 2],
    lon: nan,
    lat: nan,
    isMoving: [0, 1, 1],
  };
  expect(unpackStreams(packStreams(streams)).lon).toEqual([null, null, 1]);
});

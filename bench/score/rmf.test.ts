import fc from "fast-check";
import { expect, it } from "vitest";
import { METRES_PER_DEGREE } from "../../src/geo/lonlat.ts";
import { type Line, lineLengthM, part, resample } from "./line.ts";
import { hausdorffM, lineMismatch, totalMismatch } from "./rmf.ts";
import { SegmentGrid } from "./segment-grid.ts";

/** A line from metres east and north of 8.7° E 49.4° N. */
function line(...metres: readonly (readonly [number, number])[]): Line {
  const perLon = METRES_PER_DEGREE * Math.cos((49.4 * Math.PI) / 180);
  return Float64Array.from(
    metres.flatMap(([x, y]) => [8.7 + x / perLon, 49.4 + y / METRES_PER_DEGREE]),
  );
}

const straight = line([0, 0], [1000, 0]);

it("scores a line against itself as no mismatch, whatever its vertices and direction", () => {
  const other = line([1000, 0], [400, 0], [399, 0], [0, 0]);
  const { rmf, lengthRatio } = totalMismatch([lineMismatch(straight, [other])]);
  expect(rmf).toBe(0);
  expect(lengthRatio).toBeCloseTo(1, 4);
});

it("tolerates a metre beside and counts more as missed and as extra", () => {
  expect(totalMismatch([lineMismatch(straight, [line([0, 0.9], [1000, 0.9])])]).rmf).toBe(0);
  const beside = lineMismatch(straight, [line([0, 5], [1000, 5])]);
  expect(beside.missedM).toBeCloseTo(1000, 0);
  expect(beside.extraM).toBeCloseTo(1000, 0);
});

it("counts a spur as extra, and a spur walked back shows in the length ratio", () => {
  const spur = line([0, 0], [500, 0], [500, 100], [500, 0], [1000, 0]);
  const mismatch = lineMismatch(straight, [spur]);
  expect(mismatch.missedM).toBe(0);
  expect(mismatch.extraM).toBeGreaterThan(195);
  expect(mismatch.extraM).toBeLessThan(201);
  expect(totalMismatch([mismatch]).lengthRatio).toBeCloseTo(1.2, 3);
});

it("does not bridge the hole between two pieces", () => {
  const pieces = [line([0, 0], [400, 0]), line([600, 0], [1000, 0])];
  // The tolerance covers a metre at both ends of the hole.
  expect(lineMismatch(straight, pieces).missedM).toBeCloseTo(198, 0);
});

it("misses everything when nothing is matched, and weighs tracks by their length", () => {
  const none = lineMismatch(straight, []);
  expect(none).toMatchObject({ extraM: 0, matchedM: 0 });
  const long = line([0, 0], [3000, 0]);
  expect(totalMismatch([none, lineMismatch(long, [long])]).rmf).toBeCloseTo(0.25, 3);
});

it("measures the Hausdorff distance both ways", () => {
  const bulge = line([0, 0], [500, 30], [1000, 0]);
  expect(hausdorffM([straight], [bulge])).toBeCloseTo(30, 1);
  expect(hausdorffM([bulge], [straight])).toBeCloseTo(30, 1);
  expect(hausdorffM([straight], [line([0, 0], [950, 0])])).toBeCloseTo(50, 0);
  expect(hausdorffM([], [straight])).toBe(Number.POSITIVE_INFINITY);
});

it("cuts and resamples lines by length", () => {
  const cut = part(line([0, 0], [100, 0], [100, 100]), 0.25, 0.75);
  expect(lineLengthM(cut)).toBeCloseTo(100, 1);
  expect(cut[0]).toBeCloseTo(line([50, 0])[0]!, 7);
  expect(part(straight, 0.9, 0.4)[0]).toBeCloseTo(line([900, 0])[0]!, 7);
  expect(resample(line([0, 0], [10, 0]), 2.5).length / 2).toBeGreaterThanOrEqual(5);
});

it("finds the same distance as looking at every segment", () => {
  const metre = fc.double({ min: -400, max: 400, noNaN: true });
  const point = fc.tuple(metre, metre);
  fc.assert(
    fc.property(fc.array(point, { minLength: 2, maxLength: 12 }), point, (vertices, [x, y]) => {
      const grid = new SegmentGrid([line(...vertices)], 60, 8.7, 49.4);
      let nearest = Number.POSITIVE_INFINITY;
      for (let i = 1; i < vertices.length; i++) {
        const [[x0, y0], [x1, y1]] = [vertices[i - 1]!, vertices[i]!];
        const length2 = (x1 - x0) ** 2 + (y1 - y0) ** 2;
        const t = length2 ? ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length2 : 0;
        const c = Math.max(0, Math.min(1, t));
        nearest = Math.min(nearest, Math.hypot(x - x0 - c * (x1 - x0), y - y0 - c * (y1 - y0)));
      }
      const [lon, lat] = line([x, y]);
      const found = grid.distanceM(lon!, lat!);
      // At the edge of its reach the grid may say either.
      if (Math.abs(nearest - 60) > 0.01) {
        if (nearest > 60) expect(found).toBe(Number.POSITIVE_INFINITY);
        else expect(found).toBeCloseTo(nearest, 3);
      }
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_MERCATOR_LAT, mercatorLat, mercatorLon, mercatorX, mercatorY } from "./mercator.ts";

test("puts the corners of the world on the corners of the unit square", () => {
  expect(mercatorX(-180)).toBe(0);
  expect(mercatorX(180)).toBe(1);
  expect(mercatorY(MAX_MERCATOR_LAT)).toBeCloseTo(0, 12);
  expect(mercatorY(-MAX_MERCATOR_LAT)).toBeCloseTo(1, 12);
  expect(mercatorY(0)).toBeCloseTo(0.5, 15);
});

test("holds the poles at the edge instead of running to infinity", () => {
  expect(mercatorY(90)).toBe(mercatorY(MAX_MERCATOR_LAT));
  expect(mercatorY(-90)).toBe(mercatorY(-MAX_MERCATOR_LAT));
});

test("comes back to the same coordinate within a tenth of a millimetre", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.double({ min: -85, max: 85, noNaN: true }),
      (lon, lat) => {
        expect(mercatorLon(mercatorX(lon))).toBeCloseTo(lon, 9);
        expect(mercatorLat(mercatorY(lat))).toBeCloseTo(lat, 9);
      },
    ),
  );
});

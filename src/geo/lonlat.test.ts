import fc from "fast-check";
import { expect, it } from "vitest";
import { bearing, haversine, METRES_PER_DEGREE, metresPerLon } from "./lonlat.ts";

const lon = fc.double({ min: -180, max: 180, noNaN: true });
const lat = fc.double({ min: -90, max: 90, noNaN: true });

it("measures a degree of the meridian and half the earth", () => {
  expect(haversine(0, 0, 0, 1)).toBeCloseTo(METRES_PER_DEGREE, 6);
  expect(haversine(0, 0, 180, 0)).toBeCloseTo(180 * METRES_PER_DEGREE, 3);
  expect(metresPerLon(60)).toBeCloseTo(METRES_PER_DEGREE / 2, 6);
});

it("is a distance: symmetric, zero at home, and no detour is shorter", () => {
  fc.assert(
    fc.property(lon, lat, lon, lat, lon, lat, (a, b, c, d, e, f) => {
      const direct = haversine(a, b, c, d);
      expect(direct).toBeCloseTo(haversine(c, d, a, b), 6);
      expect(haversine(a, b, a, b)).toBe(0);
      expect(direct).toBeLessThanOrEqual(haversine(a, b, e, f) + haversine(e, f, c, d) + 1e-3);
    }),
  );
});

it("points north, east, south and west", () => {
  expect(bearing(8, 49, 8, 50)).toBeCloseTo(0, 9);
  expect(bearing(0, 0, 1, 0)).toBeCloseTo(90, 9);
  expect(bearing(8, 50, 8, 49)).toBeCloseTo(180, 9);
  expect(bearing(1, 0, 0, 0)).toBeCloseTo(270, 9);
});

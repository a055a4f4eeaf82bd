import fc from "fast-check";
import { expect, it } from "vitest";
import { decodePolyline, encodePolyline } from "./polyline.ts";

it("encodes the example of the format's own page", () => {
  const lat = [38.5, 40.7, 43.252];
  const lon = [-120.2, -120.95, -126.453];
  expect(encodePolyline(lon, lat)).toBe("_p~iF~ps|U_ulLnnqC_mqNvxq`@");
});

it("returns what it was given, to half a unit of the last digit", () => {
  const point = fc.tuple(
    fc.double({ min: -180, max: 180, noNaN: true }),
    fc.double({ min: -90, max: 90, noNaN: true }),
  );
  fc.assert(
    fc.property(
      fc.array(point, { maxLength: 50 }),
      fc.constantFrom<5 | 6>(5, 6),
      (points, precision) => {
        const lon = points.map((p) => p[0]);
        const lat = points.map((p) => p[1]);
        const back = decodePolyline(encodePolyline(lon, lat, precision), precision);
        expect(back.lon.length).toBe(points.length);
        for (let i = 0; i < points.length; i++) {
          expect(Math.abs(back.lon[i]! - lon[i]!)).toBeLessThanOrEqual(0.5001 * 10 ** -precision);
          expect(Math.abs(back.lat[i]! - lat[i]!)).toBeLessThanOrEqual(0.5001 * 10 ** -precision);
        }
      },
    ),
  );
});

it("drops a cut tail and never hangs on foreign text", () => {
  const whole = encodePolyline([8.6, 8.7], [49.4, 49.5], 6);
  expect(decodePolyline(whole.slice(0, -1), 6).lon.length).toBe(1);
  fc.assert(fc.property(fc.string(), (text) => void decodePolyline(text)));
});

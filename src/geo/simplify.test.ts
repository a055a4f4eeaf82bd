import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { METRES_PER_DEGREE, metresPerLon } from "./lonlat.ts";
import { simplify } from "./simplify.ts";

const anyLine = fc.array(
  fc.tuple(
    fc.double({ min: 8, max: 8.1, noNaN: true }),
    fc.double({ min: 49, max: 49.1, noNaN: true }),
  ),
  { maxLength: 80 },
);
const anyTolerance = fc.double({ min: 0.1, max: 2000, noNaN: true });

/** Metres from point p to the segment a–b, on the flat around the line's first latitude. */
function offM(
  line: readonly (readonly [number, number])[],
  p: number,
  a: number,
  b: number,
): number {
  const kx = metresPerLon(line[0]![1]);
  const at = (i: number): [number, number] => [line[i]![0] * kx, line[i]![1] * METRES_PER_DEGREE];
  const [px, py] = at(p);
  const [ax, ay] = at(a);
  const [bx, by] = at(b);
  const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
  const t = length2 > 0 ? ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length2 : 0;
  const c = Math.max(0, Math.min(1, t));
  return Math.hypot(px - ax - c * (bx - ax), py - ay - c * (by - ay));
}

describe("simplify", () => {
  it("drops no point farther than the tolerance from the kept line", () => {
    fc.assert(
      fc.property(anyLine, anyTolerance, (line, tolerance) => {
        const kept = simplify(
          line.map((p) => p[0]),
          line.map((p) => p[1]),
          tolerance,
        );
        for (let k = 1; k < kept.length; k++) {
          for (let p = kept[k - 1]! + 1; p < kept[k]!; p++) {
            expect(offM(line, p, kept[k - 1]!, kept[k]!)).toBeLessThanOrEqual(tolerance + 1e-6);
          }
        }
      }),
    );
  });

  it("keeps the ends, the order, and no more with a larger tolerance of a drawn line", () => {
    fc.assert(
      fc.property(anyLine, anyTolerance, (line, tolerance) => {
        const kept = Array.from(
          simplify(
            line.map((p) => p[0]),
            line.map((p) => p[1]),
            tolerance,
          ),
        );
        if (line.length > 0) {
          expect(kept[0]).toBe(0);
          expect(kept[kept.length - 1]).toBe(line.length - 1);
        }
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      }),
    );
  });

  it("keeps the ends of a straight line and the corner of a bent one", () => {
    const lon = [8, 8.001, 8.002, 8.003, 8.004];
    expect(Array.from(simplify(lon, [49, 49, 49, 49, 49], 1))).toEqual([0, 4]);
    expect(Array.from(simplify(lon, [49, 49, 49.001, 49, 49], 1))).toEqual([0, 1, 2, 3, 4]);
    expect(Array.from(simplify([8, 8.001, 8.001], [49, 49, 49.001], 5))).toEqual([0, 1, 2]);
  });

  it("keeps places that return to their start", () => {
    expect(Array.from(simplify([8, 8.01, 8], [49, 49, 49], 10))).toEqual([0, 1, 2]);
  });

  it("takes a hundred thousand points in its stride", () => {
    const n = 100_000;
    const lon = Float64Array.from({ length: n }, (_, i) => 8 + Math.sin(i / 500) / 100);
    const lat = Float64Array.from({ length: n }, (_, i) => 49 + i / 1e6);
    const kept = simplify(lon, lat, 5);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThan(n / 20);
  });
});

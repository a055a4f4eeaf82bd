// What holds for every track on every town, whatever it looks like.
import fc from "fast-check";
import { expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { METRES_PER_DEGREE, metresPerLon } from "../lonlat.ts";
import { compileProfile } from "../network/profile.ts";
import { createMatcher, geometryOf, type Match, type TrackPoints } from "./index.ts";

const TOWN = town(
  `
   A------B------C------------D
   |      |      |            |
   |      |      |            |
   E------F------G            |
   |      |                   |
   |      |                   |
   H------I-------------------J------K`,
  ["ABCD", "EFG", "HIJK", "AEH", "BFI", "CG", "DJ"],
);
const MATCHERS = (["foot", "bike", "car"] as const).map((profile) =>
  createMatcher(TOWN.network, compileProfile(TOWN.network, profile)),
);
const [LON, LAT] = TOWN.at.A!;

/** Rows in a box somewhat larger than the town, in jumps or small moves, some of them holes. */
const track: fc.Arbitrary<TrackPoints> = fc
  .array(
    fc.record({
      x: fc.double({ min: -40, max: 40, noNaN: true }),
      y: fc.double({ min: -40, max: 40, noNaN: true }),
      s: fc.integer({ min: 1, max: 90 }),
      jumps: fc.integer({ min: 0, max: 30 }),
      isHole: fc.integer({ min: 0, max: 15 }),
    }),
    { minLength: 2, maxLength: 60 },
  )
  .map((moves) => {
    let [x, y, t] = [100, -50, 0];
    const rows = moves.map((m) => {
      x = m.jumps === 0 ? x + 8 * m.x : x + m.x;
      y = m.jumps === 0 ? y + 8 * m.y : y + m.y;
      x = Math.max(-150, Math.min(450, x));
      y = Math.max(-200, Math.min(150, y));
      t += m.s * 1000;
      return { x, y, t, isHole: m.isHole === 0 };
    });
    return {
      lon: Float64Array.from(rows, (r) => (r.isHole ? NaN : LON + r.x / metresPerLon(LAT))),
      lat: Float64Array.from(rows, (r) => LAT + r.y / METRES_PER_DEGREE),
      timeMs: Float64Array.from(rows, (r) => r.t),
    };
  })
  .filter((points) => points.lon.filter((x) => !Number.isNaN(x)).length >= 2);

const headOf = (arc: number): number =>
  (arc & 1) === 0 ? TOWN.network.target[arc >>> 1]! : TOWN.network.source[arc >>> 1]!;

function expectSound(match: Match, points: TrackPoints): void {
  const positions = [...points.lon.keys()].filter((i) => !Number.isNaN(points.lon[i]!));
  let row = -1;
  for (const piece of match.pieces) {
    expect(piece.firstPoint).toBeLessThanOrEqual(piece.lastPoint);
    expect(piece.firstPoint).toBeGreaterThan(row);
    // No row with a position lies between two pieces.
    expect(positions.some((i) => i > row && i < piece.firstPoint)).toBe(false);
    row = piece.lastPoint;
    expect(piece.lengthM).toBeGreaterThanOrEqual(0);
    if (piece.kind === "off-network") continue;

    const { arcs, timeMs, startFraction, endFraction, confidence } = piece;
    expect(arcs.length).toBeGreaterThan(0);
    for (let i = 1; i < arcs.length; i++) {
      expect(headOf(arcs[i - 1]!)).toBe(headOf(arcs[i]! ^ 1));
    }
    for (const share of [startFraction, endFraction, confidence]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    if (arcs.length === 1) expect(endFraction).toBeGreaterThanOrEqual(startFraction);
    expect(timeMs).toHaveLength(arcs.length + 1);
    for (let i = 1; i < timeMs.length; i++) {
      expect(timeMs[i]).toBeGreaterThanOrEqual(timeMs[i - 1]!);
    }
    const { lon, lat } = geometryOf(TOWN.network, piece);
    let length = 0;
    for (let i = 1; i < lon.length; i++) {
      const dx = (lon[i]! - lon[i - 1]!) * metresPerLon(lat[i]!);
      length += Math.hypot(dx, (lat[i]! - lat[i - 1]!) * METRES_PER_DEGREE);
    }
    expect(Math.abs(length - piece.lengthM)).toBeLessThan(0.1 + 0.001 * length);
  }
  expect(positions.at(-1)).toBeLessThanOrEqual(row);
}

it("tiles the rows with sound pieces", () => {
  fc.assert(
    fc.property(track, fc.constantFrom(...MATCHERS), (points, matcher) => {
      expectSound(matcher.match(points), points);
    }),
    { numRuns: 400 },
  );
});

it("gives the same match again, whatever it matched in between", () => {
  const [matcher] = MATCHERS;
  fc.assert(
    fc.property(track, track, (points, other) => {
      const first = matcher!.match(points);
      matcher!.match(other);
      expect(matcher!.match(points)).toEqual(first);
    }),
    { numRuns: 100 },
  );
});

it("moves with the clock", () => {
  const [matcher] = MATCHERS;
  fc.assert(
    fc.property(track, fc.integer({ min: -1e9, max: 1e9 }), (points, shift) => {
      const later = { ...points, timeMs: points.timeMs!.map((t) => t + 1000 * shift) };
      const [now, then] = [matcher!.match(points), matcher!.match(later)];
      expect(then.pieces.length).toBe(now.pieces.length);
      then.pieces.forEach((piece, i) => {
        const same = now.pieces[i]!;
        expect(piece.firstPoint).toBe(same.firstPoint);
        if (piece.kind !== "matched" || same.kind !== "matched") return;
        expect([...piece.arcs]).toEqual([...same.arcs]);
        piece.timeMs.forEach((t, k) => {
          expect(t - 1000 * shift).toBeCloseTo(same.timeMs[k]!, 1);
        });
      });
    }),
    { numRuns: 100 },
  );
});

it("walks the same streets when the track is turned round", () => {
  // Rows far enough apart to be steps from either end, near enough to the streets to be clear.
  const streets = ["ABCDJ", "HIJK", "AEFG", "KJDCGFIH"];
  const [matcher] = MATCHERS;
  fc.assert(
    fc.property(
      fc.constantFrom(...streets),
      fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 400, maxLength: 400 }),
      (letters, noise) => {
        const lon: number[] = [];
        const lat: number[] = [];
        for (let i = 0; i + 1 < letters.length; i++) {
          const [a, b] = [TOWN.at[letters[i]!]!, TOWN.at[letters[i + 1]!]!];
          const metres = Math.hypot(
            (b[0] - a[0]) * metresPerLon(LAT),
            (b[1] - a[1]) * METRES_PER_DEGREE,
          );
          for (let d = 10; d < metres - 5; d += 20) {
            const k = 2 * lon.length;
            lon.push(a[0] + ((b[0] - a[0]) * d) / metres + noise[k % 400]! / metresPerLon(LAT));
            lat.push(
              a[1] + ((b[1] - a[1]) * d) / metres + noise[(k + 1) % 400]! / METRES_PER_DEGREE,
            );
          }
        }
        const timeMs = Float64Array.from(lon, (_, i) => 6000 * i);
        const there = { lon: Float64Array.from(lon), lat: Float64Array.from(lat), timeMs };
        const back = { lon: there.lon.toReversed(), lat: there.lat.toReversed(), timeMs };
        const arcsOf = (m: Match): number[] =>
          m.pieces.flatMap((p) => (p.kind === "matched" ? [...p.arcs] : []));
        const out = arcsOf(matcher!.match(there));
        const home = arcsOf(matcher!.match(back));
        expect(home.reverse().map((a) => a ^ 1)).toEqual(out);
      },
    ),
    { numRuns: 100 },
  );
});

import { beforeAll, describe, expect, it } from "vitest";
import { drawCrossings } from "../../bench/dataset/off-network.ts";
import { profiledMap } from "../../bench/match/map.ts";
import { lineLengthM, pieceLines } from "../../bench/score/line.ts";
import { hausdorffM } from "../../bench/score/rmf.ts";
import {
  createMatcher,
  geometryOf,
  type Match,
  type TrackPoints,
} from "../../src/geo/match/index.ts";
import type { Network } from "../../src/geo/network/network.ts";
import { SHARED, shared } from "../shared.ts";

/** What a match promises about its pieces, on walks and rides that also leave the paths. */
describe.skipIf(SHARED === undefined)("pieces of a match (needs ../shared)", () => {
  const matched: { points: TrackPoints; match: Match; network: Network }[] = [];

  beforeAll(async () => {
    const extract = shared("data", "osm", "liechtenstein-2015-07-27.osm.pbf");
    for (const { profile, speedMps } of [
      { profile: "foot", speedMps: 3 },
      { profile: "bike", speedMps: 5 },
    ] as const) {
      const { network, arcs, index } = await profiledMap(extract, profile);
      const matcher = createMatcher(network, arcs, undefined, index);
      for (const { points } of drawCrossings(network, arcs, speedMps, 10, 71)) {
        matched.push({ points, match: matcher.match(points), network });
      }
    }
  });

  it("gives every row to exactly one piece, in order", () => {
    for (const { points, match } of matched) {
      expect(match.pieces[0]!.firstPoint).toBe(0);
      expect(match.pieces.at(-1)!.lastPoint).toBe(points.lon.length - 1);
      match.pieces.forEach((piece, i) => {
        expect(piece.lastPoint).toBeGreaterThanOrEqual(piece.firstPoint);
        if (i > 0) expect(piece.firstPoint).toBe(match.pieces[i - 1]!.lastPoint + 1);
      });
    }
  });

  it("travels arcs that meet, at times that never go back", () => {
    const pieces = matched.flatMap(({ match, network }) =>
      match.pieces.flatMap((piece) => (piece.kind === "matched" ? [{ piece, network }] : [])),
    );
    expect(pieces.length).toBeGreaterThan(matched.length);
    for (const { piece, network } of pieces) {
      const { arcs, timeMs, startFraction, endFraction, confidence } = piece;
      const tail = (arc: number) => (arc & 1 ? network.target : network.source)[arc >>> 1];
      for (let i = 1; i < arcs.length; i++) expect(tail(arcs[i]!)).toBe(tail(arcs[i - 1]! ^ 1));
      expect(timeMs.length).toBe(arcs.length + 1);
      for (let i = 1; i < timeMs.length; i++) expect(timeMs[i]! >= timeMs[i - 1]!).toBe(true);
      for (const fraction of [startFraction, endFraction, confidence]) {
        expect(fraction >= 0 && fraction <= 1).toBe(true);
      }
    }
  });

  it("draws the line that its arcs and fractions say, as long as it says", () => {
    for (const { match, network } of matched) {
      for (const piece of match.pieces) {
        if (piece.kind !== "matched") continue;
        const { lon, lat } = geometryOf(network, piece);
        const drawn = Float64Array.from(Array.from(lon, (x, i) => [x, lat[i]!]).flat());
        const [said] = pieceLines(network, [piece]);
        // Fractions are cut by two formulas for the ground, on a sphere and flat: centimetres apart.
        expect(hausdorffM([drawn], [said!])).toBeLessThan(0.5);
        expect(Math.abs(lineLengthM(drawn) - piece.lengthM)).toBeLessThan(
          0.5 + 0.002 * piece.lengthM,
        );
      }
    }
  });

  it("sums up what its pieces hold", () => {
    for (const { match, points } of matched) {
      const lengthOf = (kind: string): number =>
        match.pieces.reduce((sum, piece) => sum + (piece.kind === kind ? piece.lengthM : 0), 0);
      expect(match.statistics.points).toBe(points.lon.length);
      expect(match.statistics.matchedM).toBeCloseTo(lengthOf("matched"), 3);
      expect(match.statistics.offNetworkM).toBeCloseTo(lengthOf("off-network"), 3);
    }
  });
});

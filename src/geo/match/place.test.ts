import { describe, expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { createRng, normal } from "../../base/rng.ts";
import { METRES_PER_DEGREE, metresPerLon } from "../lonlat.ts";
import { compileProfile } from "../network/profile.ts";
import { createMatcher, geometryOf, type MatchedPiece } from "./index.ts";
import { placeRows } from "./place.ts";
import { type TravelledLine, travelledLine } from "./travelled-line.ts";

/** A line through places given in metres east and north of [8, 47]. */
function lineOf(places: readonly (readonly [number, number])[]): TravelledLine {
  const lon = Float64Array.from(places, ([east]) => 8 + east / metresPerLon(47));
  const lat = Float64Array.from(places, ([, north]) => 47 + north / METRES_PER_DEGREE);
  const metres = new Float64Array(places.length);
  for (let i = 1; i < places.length; i++) {
    const [a, b] = [places[i - 1]!, places[i]!];
    metres[i] = metres[i - 1]! + Math.hypot(b[0] - a[0], b[1] - a[1]);
  }
  return {
    lon,
    lat,
    metres,
    node: new Int32Array(places.length).fill(-1),
    arc: new Uint32Array(places.length - 1),
    nodeBefore: -1,
    nodeAfter: -1,
    firstVertex: Int32Array.of(0, places.length - 1),
  };
}

/** Rows every `stepM` metres along the line with noise; where they truly lie. */
function rowsAlong(line: TravelledLine, stepM: number, sigmaM: number, seed: number) {
  const rng = createRng(seed);
  const last = line.metres.length - 1;
  const truth: number[] = [];
  for (let m = 0; m < line.metres[last]!; m += stepM) truth.push(m);
  truth.push(line.metres[last]!);
  const lon: number[] = [];
  const lat: number[] = [];
  for (const m of truth) {
    let v = 0;
    while (v < last - 1 && line.metres[v + 1]! < m) v++;
    const length = line.metres[v + 1]! - line.metres[v]!;
    const t = length > 0 ? (m - line.metres[v]!) / length : 0;
    lon.push(
      line.lon[v]! +
        t * (line.lon[v + 1]! - line.lon[v]!) +
        (sigmaM * normal(rng)) / metresPerLon(47),
    );
    lat.push(
      line.lat[v]! +
        t * (line.lat[v + 1]! - line.lat[v]!) +
        (sigmaM * normal(rng)) / METRES_PER_DEGREE,
    );
  }
  return { truth, lon, lat };
}

const circle = (laps: number, radius = 64): [number, number][] =>
  Array.from({ length: 48 * laps + 1 }, (_, i) => [
    radius * Math.cos((i * Math.PI) / 24),
    radius * Math.sin((i * Math.PI) / 24),
  ]);

describe("rows on a line", () => {
  it.each([
    [
      "a straight",
      [
        [0, 0],
        [500, 0],
      ],
    ],
    [
      "an out and back",
      [
        [0, 0],
        [300, 0],
        [0, 0],
      ],
    ],
    [
      "hairpins",
      [
        [0, 0],
        [200, 0],
        [200, 15],
        [0, 15],
        [0, 30],
        [200, 30],
        [200, 45],
        [0, 45],
      ],
    ],
    [
      "a figure of eight",
      [...circle(1), ...circle(1).map(([x, y]): [number, number] => [128 - x, y])],
    ],
    ["thirty laps of a track", circle(30)],
  ] as [string, [number, number][]][])("lie on %s where they were taken", (_, places) => {
    const line = lineOf(places);
    for (const stepM of [3, 25]) {
      const { truth, lon, lat } = rowsAlong(line, stepM, 3, 5);
      const metres = placeRows(line, 0, places.length - 1, lon, lat);
      for (const [i, m] of truth.entries()) {
        // Three metres of noise along the line, and what noise does at the tip of a turn.
        expect(Math.abs(metres[i]! - m), `row ${i} of ${truth.length}`).toBeLessThan(30);
        if (i > 0) expect(metres[i]!).toBeGreaterThanOrEqual(metres[i - 1]!);
      }
    }
  });

  it("are placed at the nearest vertex when they are far away, and none is no problem", () => {
    const line = lineOf([
      [0, 0],
      [100, 0],
    ]);
    expect(placeRows(line, 0, 1, [], [])).toHaveLength(0);
    expect([...placeRows(line, 0, 1, [8 + 5000 / metresPerLon(47)], [47])][0]).toBeCloseTo(100, 3);
  });

  it("go on across the antimeridian", () => {
    const line = {
      ...lineOf([
        [0, 0],
        [1000, 0],
      ]),
      lon: Float64Array.of(179.995, 179.995 + 1000 / metresPerLon(47)),
    };
    const lon = [0, 250, 500, 750, 1000].map((east) => {
      const x = 179.995 + east / metresPerLon(47);
      return x > 180 ? x - 360 : x;
    });
    const metres = placeRows(line, 0, 1, lon, Array(5).fill(47));
    for (const [i, m] of metres.entries()) expect(m).toBeCloseTo(250 * i, 0);
  });

  it("of a line without length lie at its place", () => {
    const line = lineOf([
      [0, 0],
      [0, 0],
    ]);
    expect([...placeRows(line, 0, 1, [8, 8], [47, 47])]).toEqual([0, 0]);
  });
});

describe("the travelled line", () => {
  const t = town(
    `
     A---b---C
         |   |
         D---E`,
    ["AbC", "bD", "DE", "EC"],
    { grid: 25 },
  );
  // Fixes 90 s apart: a place left for one of them is no pause.
  const options = { pauseS: Number.POSITIVE_INFINITY };
  const matcher = createMatcher(t.network, compileProfile(t.network, "foot"), options);
  const match = (letters: string): MatchedPiece[] => {
    const points = [...letters].map((letter) => t.at[letter]!);
    const track = {
      lon: Float64Array.from(points, ([lon]) => lon),
      lat: Float64Array.from(points, ([, lat]) => lat),
      timeMs: Float64Array.from(points, (_, i) => i * 90_000),
    };
    return matcher.match(track).pieces.filter((p) => p.kind === "matched");
  };

  it("is the piece's own geometry, with its nodes and arcs", () => {
    const pieces = match("AbDEC");
    expect(pieces).toHaveLength(1);
    const line = travelledLine(t.network, pieces);
    const { lon, lat } = geometryOf(t.network, pieces[0]!);
    expect([...line.lon].map((x) => x.toFixed(6))).toEqual([...lon].map((x) => x.toFixed(6)));
    expect([...line.lat].map((y) => y.toFixed(6))).toEqual([...lat].map((y) => y.toFixed(6)));
    expect(line.metres.at(-1)).toBeCloseTo(pieces[0]!.lengthM, 0);
    const letters = [...line.node].map((n) =>
      n < 0 ? "·" : String.fromCharCode(t.network.nodeOsmId[n]!),
    );
    expect(letters.join("")).toContain("bD");
    expect(new Set(line.arc)).toEqual(new Set(pieces[0]!.arcs));
  });

  it("goes on where a piece turns back", () => {
    const pieces = match("AbA");
    const line = travelledLine(t.network, pieces);
    expect(line.firstVertex).toHaveLength(pieces.length + 1);
    expect(line.metres.at(-1)).toBeCloseTo(200, 0);
    expect(line.lon.at(-1)).toBeCloseTo(line.lon[0]!, 6);
  });
});

import { expect, it } from "vitest";
import type { MatchedPiece, TrackPoints } from "../../src/geo/match/match.ts";
import { arcNetwork } from "../dataset/arc-network.ts";
import { arcMismatch } from "./arc-mismatch.ts";

// 0 ── 1 ── 2 ── 3 along the equator, both ways, with a spur 2 ── 4 north and one-way 3 → 5.
// Nodes 1 is no junction: 0–1–2 becomes one edge. A degree step of 0.001 is 111.195 m.
const LON = Float64Array.of(0, 0.001, 0.002, 0.003, 0.002, 0.004);
const LAT = Float64Array.of(0, 0, 0, 0, 0.001, 0);
const ARCS = [
  [0, 1],
  [1, 2],
  [2, 3],
  [1, 0],
  [2, 1],
  [3, 2],
  [2, 4],
  [4, 2],
  [3, 5],
] as const;
const at = arcNetwork(
  LON,
  LAT,
  Uint32Array.from(ARCS, (a) => a[0]),
  Uint32Array.from(ARCS, (a) => a[1]),
);
const STEP_M = 111.195;

/** The network arc that begins with this arc of the file. */
function arcFrom(fileArc: number): number {
  for (let a = 0; a < at.firstPart.length - 1; a++) {
    if (at.partArc[at.firstPart[a]!] === fileArc) return a;
  }
  throw new Error(`no arc begins with ${fileArc}`);
}

/** A recording from one place on the equator to another. */
function recorded(firstLon: number, lastLon: number): TrackPoints {
  return { lon: Float64Array.of(firstLon, lastLon), lat: new Float64Array(2) };
}
const ALL = recorded(0, 0.003);

function piece(arcs: readonly number[], startFraction = 0, endFraction = 1): MatchedPiece {
  return {
    kind: "matched",
    firstPoint: 0,
    lastPoint: 1,
    arcs: Uint32Array.from(arcs),
    startFraction,
    endFraction,
    timeMs: new Float64Array(arcs.length + 1),
    lengthM: 0,
    confidence: 1,
  };
}

it("makes one edge of a chain, keeps its arcs and closes one-ways against the arrow", () => {
  expect(at.network.edgeCount).toBe(4);
  const along = arcFrom(0);
  expect([...at.partArc.subarray(at.firstPart[along], at.firstPart[along + 1])]).toEqual([0, 1]);
  const back = along ^ 1;
  expect([...at.partArc.subarray(at.firstPart[back], at.firstPart[back + 1])]).toEqual([4, 3]);
  const oneWay = arcFrom(8);
  expect(at.profile.isOpen[oneWay]).toBe(1);
  expect(at.profile.isOpen[oneWay ^ 1]).toBe(0);
});

it("finds all of the truth in the truth, although the recording starts within its first arc", () => {
  // Half of the first arc and a tenth of the last were never driven, and are not asked for.
  const points = recorded(0.0005, 0.0029);
  const match = [piece([arcFrom(0), arcFrom(2)], 0.27, 0.85)];
  const { truthM, foundM, extraM } = arcMismatch(at, Uint32Array.of(0, 1, 2), points, match);
  expect(truthM).toBeCloseTo(2.4 * STEP_M, 0);
  expect(foundM).toBeCloseTo(truthM, 6);
  expect(extraM).toBe(0);
});

it("does not miss a first arc that ends where the recording starts", () => {
  const match = [piece([arcFrom(0)], 0.5, 1)];
  const { truthM, foundM } = arcMismatch(at, Uint32Array.of(0, 1), recorded(0.001, 0.002), match);
  expect(truthM).toBeCloseTo(STEP_M, 0);
  expect(foundM).toBeCloseTo(truthM, 6);
});

it("counts a detour as extra and what it skips as missed", () => {
  const spur = arcFrom(6);
  const match = [piece([arcFrom(0), spur, spur ^ 1])];
  const { truthM, foundM, extraM } = arcMismatch(at, Uint32Array.of(0, 1, 2), ALL, match);
  expect(truthM - foundM).toBeCloseTo(STEP_M, 0);
  expect(extraM).toBeCloseTo(2 * STEP_M, 0);
});

it("counts the last arc by its travelled part when the truth does not hold it", () => {
  const match = [piece([arcFrom(0), arcFrom(6)], 0, 0.25)];
  const { extraM } = arcMismatch(at, Uint32Array.of(0, 1), recorded(0, 0.002), match);
  expect(extraM).toBeCloseTo(STEP_M / 4, 0);
});

it("asks for an arc as often as it was driven, and for its direction", () => {
  const there = arcFrom(2);
  const twice = arcMismatch(at, Uint32Array.of(2, 5, 2), recorded(0.002, 0.003), [piece([there])]);
  expect(twice.foundM).toBeCloseTo(STEP_M, 0);
  const wrongWay = arcMismatch(at, Uint32Array.of(2), recorded(0.002, 0.003), [piece([there ^ 1])]);
  expect(wrongWay.foundM).toBe(0);
  expect(wrongWay.extraM).toBeCloseTo(STEP_M, 0);
});

it("lets two pieces share an arc, and misses what lies between them", () => {
  const long = arcFrom(0);
  const parted = [piece([long], 0, 0.4), piece([long], 0.6, 1)];
  const { truthM, foundM, extraM } = arcMismatch(
    at,
    Uint32Array.of(0, 1),
    recorded(0, 0.002),
    parted,
  );
  expect(truthM - foundM).toBeCloseTo(0.2 * 2 * STEP_M, 0);
  expect(extraM).toBeCloseTo(0, 6);
});

it("finds nothing in an empty match", () => {
  expect(arcMismatch(at, Uint32Array.of(0), ALL, [])).toMatchObject({ foundM: 0, extraM: 0 });
});

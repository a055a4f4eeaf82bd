import fc from "fast-check";
import { expect, test } from "vitest";
import { assembleRings } from "./ring.ts";

/** A ring as a set of undirected sides, so that start and direction do not matter. */
function sides(ring: readonly number[]): string[] {
  return ring
    .slice(1)
    .map((node, i) => [ring[i]!, node].sort((a, b) => a - b).join("-"))
    .sort();
}

test("takes a closed way as it is", () => {
  expect(assembleRings([[1, 2, 3, 1]])).toEqual({ rings: [[1, 2, 3, 1]], open: [] });
});

test("joins ways in any order and direction", () => {
  const { rings, open } = assembleRings([
    [5, 6, 1],
    [3, 2, 1],
    [3, 4, 5],
  ]);
  expect(open).toEqual([]);
  expect(rings.map(sides)).toEqual([sides([1, 2, 3, 4, 5, 6, 1])]);
});

test("keeps two rings apart", () => {
  const { rings } = assembleRings([
    [1, 2],
    [11, 12, 13],
    [2, 3, 1],
    [13, 11],
  ]);
  expect(rings.length).toBe(2);
});

test("gives back what never closes, grown from both ends", () => {
  const { rings, open } = assembleRings([
    [3, 4],
    [1, 2],
    [2, 3],
    [21, 22, 23, 21],
  ]);
  expect(rings.length).toBe(1);
  expect(open.length).toBe(1);
  expect([...open[0]!].sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
});

test("passes over ways of one node and rings of two sides", () => {
  expect(assembleRings([[], [7], [1, 2, 1]])).toEqual({ rings: [], open: [] });
});

test("finds any ring however it was cut, turned and shuffled", () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 40 }), fc.infiniteStream(fc.nat(1000)), (n, stream) => {
      const draw = (): number => stream.next().value as number;
      const ring = [...Array.from({ length: n }, (_, i) => i), 0];
      const pieces: number[][] = [];
      for (let first = 0; first < n; ) {
        const last = Math.min(n, first + 1 + (draw() % 5));
        const piece = ring.slice(first, last + 1);
        pieces.splice(draw() % (pieces.length + 1), 0, draw() % 2 ? piece : piece.reverse());
        first = last;
      }
      const { rings, open } = assembleRings(pieces);
      expect(open).toEqual([]);
      expect(rings.map(sides)).toEqual([sides(ring)]);
    }),
  );
});

import { expect, test } from "vitest";
import { isInside, polygonArea, type Ring } from "./area.ts";
import { coastlineSea } from "./coastline.ts";

const BOX = [0, 0, 10, 10] as const;

const isSea = (coast: readonly Ring[], lon: number, lat: number): boolean =>
  coastlineSea(coast, BOX).polygons.some(
    ([outer, ...holes]) =>
      isInside(lon, lat, outer!) && !holes.some((hole) => isInside(lon, lat, hole)),
  );

test("puts the sea on the right of the coast", () => {
  // Northward through the middle: land to the west, water to the east.
  const northward: Ring = [
    [5, -1],
    [5, 11],
  ];
  expect(isSea([northward], 8, 5)).toBe(true);
  expect(isSea([northward], 2, 5)).toBe(false);
  const southward = [...northward].reverse();
  expect(isSea([southward], 2, 5)).toBe(true);
  expect(isSea([southward], 8, 5)).toBe(false);
});

test("joins a coast that is cut into ways in any order", () => {
  const ways: Ring[] = [
    [
      [5, 4],
      [6, 6],
    ],
    [
      [6, 6],
      [5, 12],
    ],
    [
      [5, -2],
      [5, 4],
    ],
  ];
  const { polygons, lost } = coastlineSea(ways, BOX);
  expect(lost).toBe(0);
  expect(polygons.length).toBe(1);
  expect(isSea(ways, 9, 9)).toBe(true);
});

test("leaves an island dry", () => {
  // Anticlockwise: land inside.
  const island: Ring = [
    [4, 4],
    [6, 4],
    [6, 6],
    [4, 6],
    [4, 4],
  ];
  expect(isSea([island], 1, 1)).toBe(true);
  expect(isSea([island], 5, 5)).toBe(false);
});

test("keeps a strait between two coasts, in one piece", () => {
  const west: Ring = [
    [3, -1],
    [3, 11],
  ];
  const east: Ring = [
    [7, 11],
    [7, -1],
  ];
  const { polygons } = coastlineSea([west, east], BOX);
  expect(polygons.length).toBe(1);
  expect(isSea([west, east], 5, 5)).toBe(true);
  expect(isSea([west, east], 1, 5)).toBe(false);
  expect(isSea([west, east], 9, 5)).toBe(false);
  const whole = polygonArea([
    [
      [0, 0],
      [10, 0],
      [10, 10],
      [0, 10],
      [0, 0],
    ],
  ]);
  expect(polygonArea(polygons[0]!) / whole).toBeCloseTo(0.4, 2);
});

test("leads a coast that ends near the edge straight to it", () => {
  const short: Ring = [
    [5, 1],
    [5, 9],
  ];
  expect(coastlineSea([short], BOX).lost).toBe(0);
  expect(isSea([short], 8, 5)).toBe(true);
  expect(isSea([short], 2, 5)).toBe(false);
});

test("counts a coast that ends inside the box and draws no sea from it", () => {
  const stub: Ring = [
    [5, 5],
    [5, 11],
  ];
  expect(coastlineSea([stub], BOX)).toEqual({ polygons: [], lost: 1 });
});

test("draws nothing without a coast", () => {
  expect(coastlineSea([], BOX)).toEqual({ polygons: [], lost: 0 });
});

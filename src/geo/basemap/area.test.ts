import { expect, test } from "vitest";
import { isInside, labelPoint, nestRings, polygonArea, type Ring, ringArea } from "./area.ts";

const box = (west: number, south: number, east: number, north: number): Ring => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];

test("measures a square kilometre whichever way it is drawn", () => {
  const side = 1000 / 111_195.08;
  const square = box(0, -side / 2, side, side / 2);
  expect(ringArea(square)).toBeCloseTo(1e6, -2);
  expect(ringArea([...square].reverse())).toBeCloseTo(1e6, -2);
});

test("gives each hole to the smallest outer ring around it", () => {
  const sea = box(0, 0, 10, 10);
  const island = box(4, 4, 6, 6);
  const hole = box(4.5, 4.5, 5, 5);
  const { polygons, lostInners } = nestRings([sea, island], [hole]);
  expect(lostInners).toBe(0);
  expect(polygons.find((polygon) => polygon[0] === island)).toEqual([island, hole]);
  expect(polygons.find((polygon) => polygon[0] === sea)).toEqual([sea]);
});

test("counts a hole that lies in no outer ring", () => {
  expect(nestRings([box(0, 0, 1, 1)], [box(5, 5, 6, 6)]).lostInners).toBe(1);
});

test("subtracts holes from the area", () => {
  const whole = polygonArea([box(0, 0, 1, 1)]);
  expect(polygonArea([box(0, 0, 1, 1), box(0, 0, 0.5, 1)])).toBeCloseTo(whole / 2, -4);
});

test("puts the name inside a shape whose centre is outside", () => {
  const crescent: Ring = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
    [0, 9],
    [9, 9],
    [9, 1],
    [0, 1],
    [0, 0],
  ];
  const [lon, lat] = labelPoint([crescent]);
  expect(isInside(lon, lat, crescent)).toBe(true);
});

test("keeps the name out of a hole", () => {
  const outer = box(0, 0, 10, 10);
  const hole = box(3, 1, 7, 9);
  const [lon, lat] = labelPoint([outer, hole]);
  expect(isInside(lon, lat, outer)).toBe(true);
  expect(isInside(lon, lat, hole)).toBe(false);
});

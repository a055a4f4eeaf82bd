import { expect, it } from "vitest";
import { haversine } from "../src/geo/lonlat.ts";
import { nameOf } from "../src/geo/network/network.ts";
import { town } from "./town.ts";

const CROSS = `
A----B----C
     |  1
  2  D
`;

it("puts letters and digits where they are drawn, in metres", () => {
  for (const origin of [
    [8, 47],
    [-70, -33],
    [24, 68],
  ] as const) {
    const t = town(CROSS, ["ABC", "BD"], { grid: 20, origin });
    expect(haversine(...t.at.A!, ...t.at.B!)).toBeCloseTo(100, 0);
    expect(haversine(...t.at.B!, ...t.at.D!)).toBeCloseTo(40, 1);
    expect(t.at.D![1]).toBeLessThan(t.at.B![1]);
    expect(t.fixes).toEqual([t.at["1"], t.at["2"]]);
  }
});

it("names arcs and ways by their letters", () => {
  const t = town(CROSS, { ABC: { highway: "path" }, BD: {} });
  expect(t.network.edgeCount).toBe(3);
  expect(t.lettersOf(t.arcOf("AB"))).toBe("AB");
  expect(t.arcOf("BA")).toBe(t.arcOf("AB") ^ 1);
  expect(t.wayOf(t.network.wayId[t.arcOf("CB") >>> 1]!)).toBe("ABC");
  expect(nameOf(t.network, t.arcOf("BD") >>> 1)).toBe("BD");
  expect(t.hasArc("AC")).toBe(false);
  expect(() => t.arcOf("AC")).toThrow("0 arcs lead along 'AC'");
  expect(t.network.nodeOsmId[t.nodeOf("B")]).toBe(66);
});

it("finds an arc by letters inside it", () => {
  const t = town("A-B-C", ["ABC"]);
  expect(t.arcOf("AB")).toBe(t.arcOf("ABC"));
  expect(t.arcOf("AC")).toBe(t.arcOf("ABC"));
  expect(t.arcOf("CA")).toBe(t.arcOf("ABC") ^ 1);
});

it("refuses drawings that contradict themselves", () => {
  expect(() => town("A-A", [])).toThrow("'A' is drawn twice");
  expect(() => town("A-B", ["AC"])).toThrow("'C' is used but not drawn");
  expect(() => town("A-B", ["AB"], { relations: [{ tags: {}, members: [["BC", ""]] }] })).toThrow(
    "names way 'BC'",
  );
});

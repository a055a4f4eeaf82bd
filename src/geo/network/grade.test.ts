import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { type Town, town } from "../../../test/town.ts";
import { readElevation } from "../elevation/index.ts";
import { metresPerLon } from "../lonlat.ts";
import type { ElevationGrid } from "./build.ts";
import { compileProfile } from "./profile.ts";

/** Heights over metres east of the drawing's left edge. */
const over = (height: (eastM: number) => number): ElevationGrid => ({
  at: (lon) => height((lon - 8) * metresPerLon(47)),
});

const street = (grid: ElevationGrid, tags: Record<string, string> = {}): Town =>
  town("A---------B---------C", { AB: tags, BC: {} }, { grid: 50, build: { elevation: grid } });

const climb = (t: Town, letters: string): [number, number] => {
  const e = t.arcOf(letters) >>> 1;
  return [t.network.ascentM[e]!, t.network.descentM[e]!];
};

describe("grade", () => {
  it("a steady slope climbs what it rises", () => {
    const t = street(over((x) => 100 + 0.1 * x));
    expect(climb(t, "AB")[0]).toBeCloseTo(50, 1);
    expect(climb(t, "AB")[1]).toBeCloseTo(0, 3);
    expect(t.network.nodeElevationM[t.nodeOf("A")]).toBeCloseTo(100, 1);
    expect(t.network.nodeElevationM[t.nodeOf("C")]).toBeCloseTo(200, 1);
  });

  it("a hill inside an edge counts up and down", () => {
    const t = street(over((x) => 40 * Math.sin((Math.PI * x) / 500) ** 2));
    const [up, down] = climb(t, "AB");
    expect(up).toBeGreaterThan(36);
    expect(up).toBeLessThanOrEqual(40.1);
    expect(down).toBeCloseTo(up, 1);
  });

  it("ascent less descent is the difference of the ends, whatever the ground", () => {
    const t = street(over((x) => 300 + 30 * Math.sin(x / 70) + 0.02 * x));
    for (const letters of ["AB", "BC"]) {
      const e = t.arcOf(letters) >>> 1;
      const { nodeElevationM, source, target } = t.network;
      const [up, down] = climb(t, letters);
      expect(up - down).toBeCloseTo(nodeElevationM[target[e]!]! - nodeElevationM[source[e]!]!, 2);
    }
  });

  it("noise finer than the grid adds little climb", () => {
    const t = street(over((x) => 100 + 3 * Math.sin(x / 8)));
    const [up] = climb(t, "AB");
    // Unsmoothed samples every 25 m would climb about 40 m here.
    expect(up).toBeLessThan(15);
  });

  it("a bridge runs straight over the valley, a tunnel through the hill", () => {
    const valley = over((x) => (x > 100 && x < 400 ? 0 : 50));
    expect(climb(street(valley), "AB")[1]).toBeGreaterThan(45);
    expect(climb(street(valley, { bridge: "yes" }), "AB")).toEqual([0, 0]);
    expect(climb(street(valley, { tunnel: "yes" }), "AB")).toEqual([0, 0]);
  });

  it("holes of the grid are bridged, and ends without height climb nothing", () => {
    const holed = over((x) => (x > 150 && x < 350 ? Number.NaN : 100 + 0.1 * x));
    expect(climb(street(holed), "AB")[0]).toBeCloseTo(50, 1);
    const half = over((x) => (x > 700 ? Number.NaN : 100 + 0.1 * x));
    const t = street(half);
    expect(climb(t, "BC")).toEqual([0, 0]);
    expect(t.network.nodeElevationM[t.nodeOf("C")]).toBeNaN();
  });

  it("without a grid nothing is known of heights", () => {
    const t = town("A---B", ["AB"]);
    expect(t.network.nodeElevationM[0]).toBeNaN();
    expect(Array.from(t.network.ascentM)).toEqual([0]);
  });

  it("slows walkers and riders uphill", () => {
    const t = street(over((x) => 100 + 0.1 * x));
    const up = t.arcOf("AB");
    for (const name of ["foot", "bike"] as const) {
      const { speedMps } = compileProfile(t.network, name);
      expect(speedMps[up]!).toBeLessThan(speedMps[up ^ 1]!);
      expect(speedMps[up]!).toBeGreaterThan(0);
    }
    const { speedMps } = compileProfile(t.network, "car");
    expect(speedMps[up]).toBe(speedMps[up ^ 1]);
  });
});

describe.skipIf(SHARED === undefined)("grade of Andorra (needs ../shared)", () => {
  it("reads the Pic Negre road's heights from the tile", () => {
    const file = "N42E001.hgt.zip";
    const grid = readElevation(readFileSync(shared("data", "elevation", file)), file);
    // Andorra la Vella lies at about 1,020 m, Pas de la Casa at about 2,080 m.
    expect(grid.at(1.5218, 42.5063)).toBeGreaterThan(980);
    expect(grid.at(1.5218, 42.5063)).toBeLessThan(1060);
    expect(grid.at(1.7336, 42.5422)).toBeGreaterThan(2030);
    expect(grid.at(1.7336, 42.5422)).toBeLessThan(2130);
  });
});

// The base map of real extracts: what a person from there would look for is on it, and everything that
// an extract breaks is counted. Needs ../shared.
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { readOsmFile } from "../../jobs/read-osm.ts";
import { cutBasemap } from "./cut.ts";
import { mapFeatures } from "./feature.ts";

describe.skipIf(SHARED === undefined)("real extracts (needs ../shared)", () => {
  test("shows Andorra's capital, its highest summit, its lakes and its trails", async () => {
    const osm = await readOsmFile(shared("data", "osm", "andorra-2025-01-19.osm.pbf"));
    const { layers, repairs } = mapFeatures(osm);
    const named = (layer: keyof typeof layers, name: string) =>
      layers[layer].filter(({ properties }) => properties.name === name);
    expect(named("place", "Andorra la Vella")[0]?.properties.minZoom).toBeLessThanOrEqual(7);
    expect(named("peak", "Pic de Comapedrosa")[0]?.properties.ele).toBe(2943);
    expect(named("label", "Llac d'Engolasters").length).toBeGreaterThan(0);
    const trails = layers.road.filter(({ properties }) => properties.class === "path");
    expect(trails.length).toBeGreaterThan(1500);
    expect(trails.filter(({ properties }) => "sac" in properties).length).toBeGreaterThan(100);
    expect(layers.landcover.length).toBeGreaterThan(1000);
    // Clipped at the border, and only there.
    const broken = repairs.reduce((sum, { count }) => sum + count, 0);
    expect(broken).toBeLessThan(20);
    const bytes = cutBasemap(osm);
    // 2.7 MB when written; a regression that stops simplifying or zoom limits doubles it.
    expect(bytes.length).toBeLessThan(4_000_000);
  });

  test("puts the sea beside Monaco and none beside Andorra", async () => {
    const monaco = await readOsmFile(shared("data", "osm", "monaco-2016-03-05.osm.pbf"));
    const sea = mapFeatures(monaco).layers.water.filter((f) => f.properties.class === "sea");
    expect(sea.length).toBeGreaterThan(0);
    const andorra = await readOsmFile(shared("data", "osm", "andorra-2013-05-28.osm.pbf"));
    expect(mapFeatures(andorra).layers.water.some((f) => f.properties.class === "sea")).toBe(false);
  });

  test("cuts every broken edge case without a crash", async () => {
    const folder = shared("data", "osm", "edge");
    const files = readdirSync(folder).filter((name) => /\.osm(\.pbf)?$/.test(name));
    expect(files.length).toBeGreaterThan(5);
    for (const name of files) {
      const osm = await readOsmFile(shared("data", "osm", "edge", name)).catch(() => undefined);
      if (osm) expect(cutBasemap(osm, { maxZoom: 14 }).length, name).toBeGreaterThan(127);
    }
  });
});

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PMTiles } from "pmtiles";
import { afterAll, describe, expect, it } from "vitest";
import { SHARED, shared } from "../../test/shared.ts";
import { UNITS_PER_DEGREE } from "../geo/lonlat.ts";
import { pbfFile } from "../geo/network/osm/pbf.fixture.ts";
import { mapSchema } from "../schema/map.ts";
import { hgtName, writeHgt } from "../sim/index.ts";
import { BASEMAP_FILE, buildMap, MAP_FILE, MAP_STAGES } from "./build-map.ts";
import { loadMapNetwork, loadNetwork, NETWORK_FILE } from "./load-map.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-build-map-"));
afterAll(() => rmSync(folder, { recursive: true }));

const osmFile = join(folder, "village.osm.pbf");
writeFileSync(
  osmFile,
  pbfFile(
    [
      {
        nodes: [
          { id: 1, lon: 80_000_000, lat: 470_000_000 },
          { id: 2, lon: 80_010_000, lat: 470_000_000 },
          { id: 3, lon: 80_010_000, lat: 470_010_000 },
        ],
        ways: [
          { id: 10, refs: [1, 2, 3, 99], tags: { highway: "residential", name: "Dorfstraße" } },
        ],
      },
    ],
    { timestampS: 1_700_000_000 },
  ),
);

describe("building a map", () => {
  it("writes network, base map and a description that agree", async () => {
    const outFolder = join(folder, "a", "map");
    const stages: string[] = [];
    const map = await buildMap({
      osmFile,
      outFolder,
      now: 1_800_000_000_000,
      threads: 1,
      onProgress: (stage) => stages.push(stage),
    });
    expect(readdirSync(outFolder).sort()).toEqual([BASEMAP_FILE, MAP_FILE, NETWORK_FILE]);
    const described = JSON.parse(readFileSync(join(outFolder, MAP_FILE), "utf8"));
    expect(described).toEqual(map);
    expect(mapSchema.parse(described)).toMatchObject({
      name: "village",
      bbox: [8, 47, 8.001, 47.001],
      attribution: "© OpenStreetMap contributors, ODbL",
    });
    expect(map).toMatchObject({
      counts: { osmNodes: 3, osmWays: 1, nodes: 2, edges: 1 },
      dataMs: 1_700_000_000_000,
      builtMs: 1_800_000_000_000,
      repairs: [{ code: "missing-node" }, { code: "clipped-way" }],
    });
    const network = await loadMapNetwork(outFolder);
    expect(network.version).toBe(map.networkVersion);
    expect(network.nodeLon.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(stages.filter((stage, i) => stage !== stages[i - 1])).toEqual(
      MAP_STAGES.filter((stage) => stage !== "elevation"),
    );
  });

  it("names the owners of the data on the map: OpenStreetMap's mappers, or who is said to be", async () => {
    const shownOn = async (options: { attribution?: string }) => {
      const outFolder = join(folder, "attribution");
      const { attribution } = await buildMap({ osmFile, outFolder, threads: 1, ...options });
      const bytes = readFileSync(join(outFolder, BASEMAP_FILE));
      const basemap = new PMTiles({
        getKey: () => "basemap",
        getBytes: async (at, length) => ({
          data: Uint8Array.from(bytes.subarray(at, at + length)).buffer,
        }),
      });
      const metadata = (await basemap.getMetadata()) as { attribution: string };
      return [attribution, metadata.attribution];
    };
    expect(await shownOn({})).toEqual([
      "© OpenStreetMap contributors, ODbL",
      "© OpenStreetMap contributors",
    ]);
    const invented = "An invented town";
    expect(await shownOn({ attribution: invented })).toEqual([invented, invented]);
  });

  it("gives the nodes the heights of the terrain", async () => {
    const outFolder = join(folder, "hills");
    const south = join(folder, hgtName(47, 8));
    // The ground rises by 100 m from west to east over the village, and 30 m from south to north.
    const ground = (lon: number, lat: number): number =>
      500 + (lon - 8) * 100_000 + (lat - 47) * 30_000;
    writeFileSync(south, writeHgt(ground, 47, 8));
    const built = await buildMap({ osmFile, outFolder, threads: 1, demFiles: [south] });
    const { nodeElevationM, nodeLon, nodeLat, ascentM, descentM, version } =
      await loadMapNetwork(outFolder);
    expect(nodeElevationM).toHaveLength(2);
    for (const [n, metres] of nodeElevationM.entries()) {
      const expected = ground(nodeLon[n]! / UNITS_PER_DEGREE, nodeLat[n]! / UNITS_PER_DEGREE);
      // The tile holds whole metres.
      expect(Math.abs(metres - expected)).toBeLessThan(1);
    }
    const climbs = [ascentM[0]!, descentM[0]!].sort((a, b) => a - b);
    expect(climbs[0]).toBeCloseTo(0, 0);
    expect(Math.abs(climbs[1]! - 130)).toBeLessThan(4);
    const flat = await buildMap({ osmFile, outFolder: join(folder, "flat"), threads: 1 });
    expect(flat.networkVersion).not.toBe(built.networkVersion);
    expect(version).toBe(built.networkVersion);
  });

  it("leaves the old map where the new extract is refused", async () => {
    const outFolder = join(folder, "b");
    const before = await buildMap({ osmFile, outFolder, threads: 1, name: "before" });
    const cut = join(folder, "cut.osm.pbf");
    writeFileSync(cut, readFileSync(osmFile).subarray(0, -5));
    await expect(buildMap({ osmFile: cut, outFolder, threads: 1 })).rejects.toMatchObject({
      code: "OSM_FORMAT",
    });
    expect(JSON.parse(readFileSync(join(outFolder, MAP_FILE), "utf8"))).toEqual(before);
    expect((await loadMapNetwork(outFolder)).version).toBe(before.networkVersion);
  });

  it("leaves no part of a file where writing fails", async () => {
    const outFolder = join(folder, "c");
    // A folder stands where the base map should go, so that the last moves fail.
    mkdirSync(join(outFolder, BASEMAP_FILE, "in the way"), { recursive: true });
    await expect(buildMap({ osmFile, outFolder, threads: 1 })).rejects.toMatchObject({
      code: expect.stringMatching(/EISDIR|ENOTEMPTY|EEXIST|EPERM/),
    });
    expect(existsSync(join(outFolder, MAP_FILE))).toBe(false);
    expect(readdirSync(outFolder).filter((file) => file.endsWith(".part"))).toEqual([]);
  });

  it("that is killed in the middle leaves nothing behind", async () => {
    const outFolder = join(folder, "killed");
    const builder = new URL("./build-map.ts", import.meta.url).href;
    const script = `
      const { buildMap } = await import(${JSON.stringify(builder)});
      await buildMap({
        osmFile: ${JSON.stringify(osmFile)}, outFolder: ${JSON.stringify(outFolder)}, threads: 1,
        onProgress: (stage) => { if (stage === "basemap") process.kill(process.pid, "SIGKILL"); },
      });`;
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(signal).toBe("SIGKILL");
    expect(existsSync(outFolder)).toBe(false);
  });

  it("refuses a terrain file that is none, and one that is not there", async () => {
    const outFolder = join(folder, "d");
    const bad = join(folder, "N47E008.hgt");
    writeFileSync(bad, "no heights");
    await expect(
      buildMap({ osmFile, outFolder, threads: 1, demFiles: [bad] }),
    ).rejects.toMatchObject({ code: "ELEVATION_FORMAT" });
    await expect(
      buildMap({ osmFile, outFolder, threads: 1, demFiles: [join(folder, "none.hgt")] }),
    ).rejects.toMatchObject({ code: "FILE_READ" });
    expect(existsSync(outFolder)).toBe(false);
  });

  it("loading says which file cannot be read, or is none, or is damaged", async () => {
    const outFolder = join(folder, "e");
    await buildMap({ osmFile, outFolder, threads: 1 });
    const path = join(outFolder, NETWORK_FILE);
    await expect(loadNetwork(join(outFolder, "none"))).rejects.toMatchObject({ code: "FILE_READ" });
    await expect(loadNetwork(osmFile)).rejects.toMatchObject({ code: "SNAPSHOT_FOREIGN" });
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    await expect(loadNetwork(path)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" });
    writeFileSync(path, "");
    await expect(loadNetwork(path)).rejects.toMatchObject({ code: "SNAPSHOT_FOREIGN" });
  });
});

describe.skipIf(SHARED === undefined)("a real map (needs ../shared)", () => {
  it("Andorra 2013 with its terrain", async () => {
    const outFolder = join(folder, "andorra");
    const map = await buildMap({
      osmFile: shared("data", "osm", "andorra-2013-05-28.osm.pbf"),
      outFolder,
      demFiles: [shared("data", "elevation", "N42E001.hgt.zip")],
      threads: 1,
    });
    expect(map.name).toBe("andorra-2013-05-28");
    const { nodeElevationM } = await loadMapNetwork(outFolder);
    const known = nodeElevationM.filter((m) => !Number.isNaN(m));
    expect(known.length / nodeElevationM.length).toBeGreaterThan(0.95);
    expect(Math.min(...known)).toBeGreaterThan(600);
    expect(Math.max(...known)).toBeLessThan(3_000);
  });
});

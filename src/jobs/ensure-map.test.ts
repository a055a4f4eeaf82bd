import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { streetOsm } from "../../test/cli/gpx.ts";
import { writeHgt } from "../sim/index.ts";
import { cachedMap, ensureMap, isMapFolder } from "./ensure-map.ts";
import { demFilesOf, loadSharedMap, openMap } from "./import-map.ts";

let folder: string;
let osmFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-map-"));
  osmFile = join(folder, "street.osm");
  writeFileSync(osmFile, streetOsm());
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it("builds a map once, and again when its extract has changed", async () => {
  const outFolder = join(folder, "map");
  expect(await ensureMap({ osmFile, outFolder, threads: 1 })).toBe(true);
  expect(await ensureMap({ osmFile, outFolder, threads: 1 })).toBe(false);
  appendFileSync(osmFile, "\n");
  expect(await ensureMap({ osmFile, outFolder, threads: 1 })).toBe(true);
  expect(isMapFolder(outFolder)).toBe(true);
});

it("keeps the elevation grids, and threads ask them", async () => {
  const demFile = join(folder, "N42E001.hgt");
  writeFileSync(
    demFile,
    writeHgt(() => 1234, 42, 1),
  );
  const outFolder = join(folder, "map");
  await ensureMap({ osmFile, outFolder, demFiles: [demFile], threads: 1 });
  expect(await demFilesOf(outFolder)).toEqual([join(outFolder, "dem", "N42E001.hgt")]);
  const map = openMap(await loadSharedMap(outFolder));
  expect(map.elevation?.at(1.52, 42.5)).toBe(1234);
  // Built again without: they are gone.
  await ensureMap({ osmFile, outFolder, threads: 1 });
  expect(await demFilesOf(outFolder)).toEqual([]);
});

it("two that need one cached map at once both get it, and nothing is left over", async () => {
  const [a, b] = await Promise.all([
    cachedMap(folder, { osmFile, threads: 1 }),
    cachedMap(folder, { osmFile, threads: 1 }),
  ]);
  expect(a).toBe(b);
  expect(isMapFolder(a)).toBe(true);
  expect(await cachedMap(folder, { osmFile, threads: 1 })).toBe(a);
  expect(readdirSync(join(folder, "map"))).toHaveLength(1);
});

it("leaves nothing of a map that cannot be built", async () => {
  writeFileSync(osmFile, "not a map");
  await expect(cachedMap(folder, { osmFile, threads: 1 })).rejects.toMatchObject({
    code: "OSM_FORMAT",
  });
  expect(readdirSync(folder)).toEqual(["street.osm"]);
});

it("shares the network between threads without copying it", async () => {
  const { network, index, profiles } = await loadSharedMap(
    await cachedMap(folder, { osmFile, threads: 1 }),
  );
  expect(network.shapeLon.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(index.record.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(profiles.map((profile) => profile.profile).sort()).toEqual([
    "bike",
    "foot",
    "gravel",
    "hike",
    "mtb",
  ]);
  for (const { speedMps } of profiles) expect(speedMps.buffer).toBeInstanceOf(SharedArrayBuffer);
});

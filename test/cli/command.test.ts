// The other commands, and command lines that are wrong.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { readSettings } from "../../src/cli/settings.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { UNITS_PER_DEGREE } from "../../src/geo/lonlat.ts";
import { loadMapNetwork } from "../../src/jobs/load-map.ts";
import { writeHgt } from "../../src/sim/index.ts";
import { makeDataFolder } from "../memory-store.ts";
import { streetOsm, walkGpx } from "./gpx.ts";
import { waymark } from "./waymark.ts";

const terminal = createTerminal({ isDebug: false });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-cli-"));
  writeFileSync(join(folder, "walk.gpx"), walkGpx());
  writeFileSync(join(folder, "street.osm"), streetOsm());
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a command line that is wrong", () => {
  it.each([
    [
      ["fly"],
      "command 'fly' of waymark is unknown; choose one of start, map, import, match, activity, user, token",
    ],
    [["map", "destroy"], "command 'destroy' of waymark map is unknown; choose one of build"],
    [["import", "x", "--jsno"], "flag '--jsno' of waymark import is unknown; choose one of --data"],
    [["import"], "waymark import: missing required argument 'path'"],
    [
      ["import", "x", "--threads", "many"],
      "--threads is 'many'; it must be a whole number from 1 to 256",
    ],
    [["start", "--port", "70000"], "--port is '70000'; it must be a whole number from 0 to 65535"],
    [["match", "walk.gpx", "--profile", "foot"], "waymark match: required option '--map <map>'"],
    [
      ["match", "walk.gpx", "--map", "street.osm", "--profile", "fott"],
      "profile 'fott' is unknown; choose one of foot, hike, bike",
    ],
    [[], "waymark needs a command; choose one of start"],
  ])("%j is one sentence with the choices", async (args, sentence) => {
    const program = createProgram(readSettings({}), terminal);
    await expect(program.parseAsync(args, { from: "user" })).rejects.toMatchObject({
      name: "WaymarkError",
      message: expect.stringContaining(sentence),
    });
  });

  it("ends with 2, one line on standard error and nothing on standard output", async () => {
    const { code, stdout, stderr } = await waymark(["import", "x", "--jsno"], folder);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error USAGE: flag '--jsno' .*\n$/);
  });

  it("a variable that is wrong is told by its name", () => {
    expect(() => readSettings({ WAYMARK_PORT: "http" })).toThrow("WAYMARK_PORT is 'http'");
    expect(() => readSettings({ WAYMARK_THREADS: "0" })).toThrow("WAYMARK_THREADS is '0'");
    expect(Object.isFrozen(readSettings({}))).toBe(true);
  });
});

describe("match", () => {
  it("prints the ways, the line and the times of each piece, and stores nothing", async () => {
    const args = ["match", "walk.gpx", "--map", "street.osm", "--profile", "foot", "--json"];
    const { code, lines } = await waymark(args, folder);
    expect(code).toBe(0);
    expect(lines).toHaveLength(1);
    const match = lines[0] as unknown as {
      file: string;
      profile: string;
      networkVersion: string;
      pieces: {
        kind: string;
        edges: { wayId: number; reversed: boolean; startFraction: number; startMs: number }[];
        geometry: [number, number][];
        lengthM: number;
        confidence: number;
        firstPoint: number;
        lastPoint: number;
      }[];
      statistics: { matchedM: number };
    };
    expect(match).toMatchObject({ file: "walk.gpx", profile: "foot" });
    expect(match.networkVersion).toMatch(/^[0-9a-f]{16}$/);
    expect(match.pieces).toHaveLength(1);
    const [piece] = match.pieces;
    expect(piece).toMatchObject({ kind: "matched", firstPoint: 0, lastPoint: 119 });
    expect(new Set(piece?.edges.map(({ wayId }) => wayId))).toEqual(new Set([100]));
    expect(piece?.edges[0]?.startMs).toBe(Date.UTC(2024, 4, 4, 8));
    expect(piece?.lengthM).toBeGreaterThan(160);
    expect(piece?.geometry[0]?.[0]).toBeCloseTo(1.52, 5);
    expect(piece?.geometry[0]?.[1]).toBeCloseTo(42.5, 3);
    expect(readdirSync(folder).sort()).toEqual(["cache", "street.osm", "walk.gpx"]);

    const [name] = readdirSync(join(folder, "cache/map"));
    const again = await waymark(
      ["match", "walk.gpx", "--map", `cache/map/${name}`, "--profile", "foot", "--json"],
      folder,
    );
    expect(again.lines).toEqual(lines);
  });

  it("says what is wrong with a map that is none", async () => {
    const args = (map: string) => ["match", "walk.gpx", "--map", map, "--profile", "foot"];
    const maps = ["walk.gpx", ".", "nowhere"];
    const ran = await Promise.all(maps.map((map) => waymark(args(map), folder)));
    expect(ran.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining("error OSM_"),
      expect.stringContaining("a folder without a map"),
      expect.stringContaining("error FILE_READ"),
    ]);
  });
});

describe("map build", () => {
  it("writes a folder that match and import take", async () => {
    const { code, stdout } = await waymark(["map", "build", "street.osm", "--out", "town"], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^town: network [0-9a-f]{16}$/m);
    await makeDataFolder(join(folder, "d"));
    const ran = await waymark(
      ["import", "walk.gpx", "--map", "town", "--data", "d", "--json"],
      folder,
    );
    expect(ran.lines[0]).toMatchObject({ activities: [{ hasPosition: true }] });
    rmSync(join(folder, "town"), { recursive: true });
    rmSync(join(folder, "d"), { recursive: true });
  });

  it("takes the heights of --dem into the network", async () => {
    // The street runs north, and the ground rises by a metre per 0.0005° of latitude.
    const ground = (_lon: number, lat: number): number => (lat - 42) * 2000;
    writeFileSync(join(folder, "N42E001.hgt"), writeHgt(ground, 42, 1));
    const args = ["map", "build", "street.osm", "--out", "hill", "--dem", "N42E001.hgt"];
    expect((await waymark(args, folder)).code).toBe(0);
    const { nodeElevationM, nodeLat, nodeCount } = await loadMapNetwork(join(folder, "hill"));
    expect(nodeCount).toBeGreaterThan(3);
    for (const [n, metres] of nodeElevationM.entries()) {
      // A sample is a whole metre.
      expect(Math.abs(metres - ground(0, nodeLat[n]! / UNITS_PER_DEGREE))).toBeLessThan(1);
    }
    // The tile stays with the map: cleaning asks it for the altitudes of what is recorded there.
    expect(readdirSync(join(folder, "hill", "dem"))).toEqual(["N42E001.hgt"]);
    rmSync(join(folder, "hill"), { recursive: true });
  });
});

describe("activity", () => {
  it("lists and shows what is stored, and shows a file without storing it", async () => {
    const file = await waymark(["activity", "show", "walk.gpx"], folder);
    expect(file.code).toBe(0);
    expect(file.stdout).toMatch(/distance +0\.18 km/);
    expect(readdirSync(folder)).not.toContain("data");

    await makeDataFolder(join(folder, "d"));
    await waymark(["import", "walk.gpx", "--data", "d"], folder);
    const list = await waymark(["activity", "list", "--data", "d", "--json"], folder);
    expect(list.lines).toHaveLength(1);
    const id = String(list.lines[0]?.id);
    const shown = await waymark(["activity", "show", id, "--data", "d", "--json"], folder);
    expect(shown.lines[0]).toMatchObject({ id, sport: "walk", points: 120 });
    rmSync(join(folder, "d"), { recursive: true });
  });

  it("says NOT_FOUND for what is neither", async () => {
    const { code, stderr } = await waymark(["activity", "show", "nobody"], folder);
    expect(code).toBe(1);
    expect(stderr).toContain("error NOT_FOUND: 'nobody' is neither");
  });
});

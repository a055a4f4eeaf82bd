// Real maps as places to live in: what of a network is walked, where its middle is, and what a year
// there gives.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { SHARED } from "../../test/shared.ts";
import { town } from "../../test/town.ts";
import { createHash64 } from "../base/index.ts";
import { haversine } from "../geo/lonlat.ts";
import { ROAD_CLASSES } from "../geo/network/attribute.ts";
import { buildNetwork } from "../geo/network/build.ts";
import type { Network } from "../geo/network/network.ts";
import { EDGE, EDGE_KINDS, recordWorld, worldAthletes } from "../sim/index.ts";
import { gridOsm } from "./grid.fixture.ts";
import { openMap, shareMap } from "./import-map.ts";
import { matchProfile } from "./match-profile.ts";
import { readOsmFile } from "./read-osm.ts";
import { readActivities } from "./read-recording.ts";
import { type MapRegion, type RegionOptions, regionOf } from "./region-of.ts";

const UNTIL = Date.UTC(2026, 10, 21, 6);

/** 100 m at the middle, rising to the north-east; void in one place. */
const SLOPE = {
  at: (lon: number, lat: number): number =>
    haversine(lon, lat, 1.502, 42.501) < 150
      ? Number.NaN
      : 100 + (lon - 1.5) * 8000 + (lat - 42.5) * 8000,
};

let network: Network;
const settled = (options: Partial<RegionOptions> = {}): MapRegion => {
  const region = regionOf(network, { name: "grid", seed: 1, ...options });
  if (typeof region === "string") throw new Error(region);
  return region;
};
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "waymark-region-"));
  const file = join(folder, "grid.osm");
  writeFileSync(file, gridOsm());
  network = buildNetwork(await readOsmFile(file)).network;
  rmSync(folder, { recursive: true });
});

const ANDORRA = SHARED && join(SHARED, "data/osm/andorra-2013-05-28.osm.pbf");
const hasAndorra = ANDORRA !== undefined && existsSync(ANDORRA);
if (!hasAndorra)
  console.log("region-of.test.ts: real map skipped, ../shared/data/osm is not there");

describe.skipIf(!hasAndorra)("Andorra of 2013", () => {
  it("has athletes whose true ways are found by the real engine", { timeout: 60_000 }, async () => {
    const andorra = buildNetwork(await readOsmFile(ANDORRA!, { threads: 1 })).network;
    const settled = regionOf(andorra, { name: "andorra", seed: 1 });
    if (typeof settled === "string") throw new Error(settled);
    const { region, networkEdge } = settled;
    expect(region.graph.lengthM.reduce((a, b) => a + b)).toBeGreaterThan(150_000);
    const map = openMap(shareMap(andorra));
    let trueM = 0;
    let foundM = 0;
    for (const r of recordWorld({ seed: 1, until: UNTIL, days: 14, region })) {
      if (!r.truth || r.quirks.some((quirk) => quirk !== "gzip")) continue;
      const travelled = new Map<number, number>();
      for (const activity of readActivities(r.bytes, r.fileName)) {
        // TCX knows no hikes.
        const match = map
          .matcher(matchProfile({ ...activity, sport: r.sport }) ?? "foot")
          .match(activity.streams);
        for (const piece of match.pieces) {
          if (piece.kind !== "matched") continue;
          for (const [i, arc] of piece.arcs.entries()) {
            const from = i === 0 ? piece.startFraction : 0;
            const to = i === piece.arcs.length - 1 ? piece.endFraction : 1;
            travelled.set(arc >>> 1, (travelled.get(arc >>> 1) ?? 0) + to - from);
          }
        }
      }
      const truth = new Map<number, number>();
      for (const arc of r.truth.arcs) {
        const edge = networkEdge[arc >> 1];
        if (edge !== undefined) truth.set(edge, (truth.get(edge) ?? 0) + 1);
      }
      for (const [edge, times] of truth) {
        trueM += times * andorra.lengthM[edge]!;
        foundM += Math.min(times, travelled.get(edge) ?? 0) * andorra.lengthM[edge]!;
      }
    }
    expect(trueM).toBeGreaterThan(200_000);
    expect(foundM / trueM).toBeGreaterThan(0.95);
  });
});

describe("a region of a map", () => {
  it("has its middle among the streets and nothing that nobody walks on", () => {
    const { region, networkEdge } = settled();
    expect(haversine(region.plane.originLon, region.plane.originLat, 1.5, 42.5)).toBeLessThan(300);
    const classes = new Set(Array.from(networkEdge, (e) => ROAD_CLASSES[network.roadClass[e]!]));
    expect(classes).toEqual(new Set(["residential", "path", "track"]));
    // The path east of everything is connected with nothing.
    const east = Math.max(...region.graph.nodeX);
    expect(east).toBeLessThan(1700);
    for (const [e, edge] of networkEdge.entries()) {
      expect(region.graph.wayId[e]).toBe(network.wayId[edge]);
      expect(region.graph.lengthM[e]! / network.lengthM[edge]!).toBeCloseTo(1, 2);
    }
  });

  it("leaves the paths where no way is near", () => {
    const { region, networkEdge } = settled();
    const { graph } = region;
    expect(graph.edgeCount).toBeGreaterThan(networkEdge.length + 3);
    for (let e = networkEdge.length; e < graph.edgeCount; e++) {
      expect(EDGE_KINDS[graph.kind[e]!]).toBe("off");
      expect(graph.flag[e]! & EDGE.UNMAPPED).toBeTruthy();
      expect(graph.lengthM[e]).toBeGreaterThan(150);
      const middle = (graph.firstShape[e]! + graph.firstShape[e + 1]!) >> 1;
      const x = graph.shapeX[middle]!;
      const y = graph.shapeY[middle]!;
      for (let k = 0; k < graph.firstShape[networkEdge.length]! - 1; k++) {
        expect(Math.hypot(graph.shapeX[k]! - x, graph.shapeY[k]! - y)).toBeGreaterThan(24);
      }
    }
  });

  it("is walked to where its paths end, or up to its heights", () => {
    const flat = settled().region;
    const degree = (n: number): number => flat.graph.firstOut[n + 1]! - flat.graph.firstOut[n]!;
    // Paths that end at the region's border were perhaps cut there.
    expect(flat.summits.every((n) => degree(n) === 1 || degree(n) === 2)).toBe(true);
    const { summits, graph } = settled({ elevation: SLOPE }).region;
    const north = Math.max(...graph.nodeY);
    const top = summits[0]!;
    expect(graph.nodeX[top]! + graph.nodeY[top]!).toBeGreaterThan(north);
  });

  it("gives the same recordings for the same map and seed, and others for another", () => {
    const prints = (seed: number): string[] => {
      const { region } = settled({ seed });
      return Array.from(
        recordWorld({ seed, until: UNTIL, days: 12, athletes: 12, region }),
        (r) => `${r.fileName} ${createHash64().update(r.bytes).digest()}`,
      );
    };
    const once = prints(1);
    expect(once.length).toBeGreaterThan(8);
    expect(prints(1)).toEqual(once);
    expect(prints(2)).not.toEqual(once);
  });

  it("has people with homes on streets who go along its ways", () => {
    const { region, networkEdge } = settled();
    const { graph } = region;
    const street = EDGE_KINDS.indexOf("street");
    for (const { home } of worldAthletes({ seed: 1, until: UNTIL, region })) {
      const arcs = graph.outArc.subarray(graph.firstOut[home]!, graph.firstOut[home + 1]!);
      expect(arcs.some((arc) => graph.kind[arc >> 1] === street)).toBe(true);
    }
    let onM = 0;
    let allM = 0;
    for (const { truth } of recordWorld({ seed: 1, until: UNTIL, days: 30, region })) {
      for (const arc of truth?.arcs ?? []) {
        allM += graph.lengthM[arc >> 1]!;
        if (arc >> 1 < networkEdge.length) onM += graph.lengthM[arc >> 1]!;
      }
    }
    expect(onM / allM).toBeGreaterThan(0.9);
  });

  it("has altitudes where the map has them, over voids too, and none where it has not", () => {
    const altitudes = (options: Partial<RegionOptions>): number[] =>
      Array.from(
        recordWorld({
          seed: 1,
          until: UNTIL,
          days: 12,
          athletes: 12,
          region: settled(options).region,
        }),
      )
        .filter((r) => r.truth)
        .flatMap((r) => Array.from(r.recorded.altitudeM));
    expect(altitudes({}).every(Number.isNaN)).toBe(true);
    const known = altitudes({ elevation: SLOPE });
    expect(known.some(Number.isNaN)).toBe(false);
    expect(Math.min(...known.slice(0, 5000))).toBeGreaterThan(-150);
    expect(settled({ elevation: { at: () => Number.NaN } }).region.hasHeights).toBe(false);
  });

  it("lives by the sun where it lies", () => {
    const { region } = settled();
    const far = { ...region, clockMs: 8 * 3_600_000 };
    const [here] = recordWorld({ seed: 1, until: UNTIL, days: 12, region });
    const [there] = recordWorld({ seed: 1, until: UNTIL, days: 12, region: far });
    expect(here!.startMs - there!.startMs).toBe(8 * 3_600_000);
    expect(there!.title).toBe(here!.title);
  });

  it("is refused in words where a map is too small or has no ways", () => {
    const small = town("A--B--C", { ABC: { highway: "residential" } });
    expect(regionOf(small.network, { name: "hamlet", seed: 1 })).toBe(
      "hamlet is too small: 0.1 km of ways hang together on foot, 20 km are needed",
    );
    const closed = town("A--B--C", { ABC: { highway: "motorway" } });
    expect(regionOf(closed.network, { name: "road", seed: 1 })).toBe(
      "road has no ways that are open on foot",
    );
  });
});

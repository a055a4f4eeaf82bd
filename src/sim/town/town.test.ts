import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHash64 } from "../../base/index.ts";
import { buildNetwork } from "../../geo/network/build.ts";
import { componentsOf } from "../../geo/network/component.ts";
import { compileProfile } from "../../geo/network/profile.ts";
import { readOsmFile } from "../../jobs/read-osm.ts";
import { hgtName, writeHgt } from "./hgt.ts";
import { crossing } from "./line.ts";
import { writeOsmPbf } from "./osm-pbf.ts";
import { writeOsmXml } from "./osm-xml.ts";
import type { Point } from "./terrain.ts";
import { drawTown, type Town } from "./town.ts";

const digest = (bytes: Uint8Array): string => createHash64().update(bytes).digest();

let town: Town;
let pbf: Uint8Array;
beforeAll(() => {
  town = drawTown(1);
  pbf = writeOsmPbf(town.osm);
});

describe("a drawn town", () => {
  it("is the same for the same seed and another for another", { timeout: 120_000 }, () => {
    expect(digest(writeOsmPbf(drawTown(1).osm))).toBe(digest(pbf));
    const other = drawTown(2);
    expect(digest(writeOsmPbf(other.osm))).not.toBe(digest(pbf));
    expect(other.graph.edgeCount).toBeGreaterThan(1500);
  });

  it("refers only to nodes, ways and relations that it holds", () => {
    const { osm } = town;
    const ways = new Set(osm.ways.map((w) => w.id));
    const relations = new Set(osm.relations.map((r) => r.id));
    const hasNode = (id: number): boolean =>
      id >= osm.firstNodeId && id < osm.firstNodeId + osm.nodeCount;
    expect(ways.size).toBe(osm.ways.length);
    for (const way of osm.ways) {
      expect(way.refs.length).toBeGreaterThan(1);
      expect(way.refs.every(hasNode)).toBe(true);
    }
    for (const relation of osm.relations) {
      for (const m of relation.members) {
        const isHeld =
          m.type === "node" ? hasNode(m.ref) : (m.type === "way" ? ways : relations).has(m.ref);
        expect(isHeld).toBe(true);
      }
    }
    for (const id of osm.nodeTags.keys()) expect(hasNode(id)).toBe(true);
    // No mark of the drawing reaches the file.
    for (const way of osm.ways) {
      expect(Object.keys(way.tags).some((k) => k.startsWith("sim:"))).toBe(false);
    }
  });

  it("keeps its unmapped trails out of the file", () => {
    expect(town.unmappedWays.length).toBeGreaterThan(4);
    const ids = new Set(town.osm.ways.map((w) => w.id));
    for (const way of town.unmappedWays) expect(ids.has(way.id)).toBe(false);
    const walked = new Set(town.graph.wayId);
    expect(town.unmappedWays.every((w) => walked.has(w.id))).toBe(true);
  });

  it("has everything that a town map shows", () => {
    const has = (key: string, value?: string): number =>
      town.osm.ways.filter((w) => (value ? w.tags[key] === value : w.tags[key] !== undefined))
        .length;
    for (const highway of [
      "primary",
      "secondary",
      "tertiary",
      "residential",
      "pedestrian",
      "footway",
      "cycleway",
      "steps",
      "track",
      "path",
    ]) {
      expect(has("highway", highway), highway).toBeGreaterThan(0);
    }
    expect(has("building")).toBeGreaterThan(3000);
    expect(has("bridge")).toBeGreaterThan(4);
    expect(has("tunnel", "yes")).toBeGreaterThan(0);
    expect(has("junction", "roundabout")).toBeGreaterThan(2);
    expect(has("oneway", "yes")).toBeGreaterThan(10);
    expect(has("oneway:bicycle", "no")).toBeGreaterThan(3);
    expect(has("sac_scale")).toBeGreaterThan(10);
    expect(has("area", "yes")).toBe(2);
    const types = town.osm.relations.map((r) => r.tags.type);
    for (const type of ["multipolygon", "restriction", "route"]) expect(types).toContain(type);
    const tags = [...town.osm.nodeTags.values()];
    expect(tags.filter((t) => t.natural === "peak").length).toBeGreaterThan(5);
    expect(tags.filter((t) => t.barrier).length).toBeGreaterThan(5);
  });

  it("lets no two streets of one layer cross without a shared node", () => {
    const { osm, plane } = town;
    const at = (id: number): Point => ({
      x: plane.toX(osm.nodeLon[id - osm.firstNodeId]! / 1e7),
      y: plane.toY(osm.nodeLat[id - osm.firstNodeId]! / 1e7),
    });
    const cells = new Map<number, { a: number; b: number; layer: string }[]>();
    for (const way of osm.ways) {
      if (!way.tags.highway) continue;
      for (let i = 1; i < way.refs.length; i++) {
        const segment = { a: way.refs[i - 1]!, b: way.refs[i]!, layer: way.tags.layer ?? "0" };
        const p = at(segment.a);
        const q = at(segment.b);
        for (
          let y = Math.floor(Math.min(p.y, q.y) / 80);
          y <= Math.floor(Math.max(p.y, q.y) / 80);
          y++
        ) {
          for (
            let x = Math.floor(Math.min(p.x, q.x) / 80);
            x <= Math.floor(Math.max(p.x, q.x) / 80);
            x++
          ) {
            const key = y * 4096 + x;
            cells.set(key, [...(cells.get(key) ?? []), segment]);
          }
        }
      }
    }
    let crossings = 0;
    for (const list of cells.values()) {
      for (let i = 0; i < list.length; i++) {
        for (let j = i + 1; j < list.length; j++) {
          const s = list[i]!;
          const o = list[j]!;
          if (s.layer !== o.layer || s.a === o.a || s.a === o.b || s.b === o.a || s.b === o.b)
            continue;
          const hit = crossing(at(s.a), at(s.b), at(o.a), at(o.b));
          if (!hit) continue;
          // Closer to a shared corner than a step is the rounding of merged junctions.
          const p = at(s.a);
          const q = at(s.b);
          const length = Math.hypot(q.x - p.x, q.y - p.y);
          if (Math.min(hit.t, 1 - hit.t) * length > 2.5) crossings++;
        }
      }
    }
    // Merging junctions that stand a few paces apart moves some streets over a corner.
    expect(crossings).toBeLessThanOrEqual(12);
  });

  it("walks everywhere from everywhere", () => {
    const { graph } = town;
    const seen = new Uint8Array(graph.nodeCount);
    const queue = [0];
    seen[0] = 1;
    for (let n = queue.pop(); n !== undefined; n = queue.pop()) {
      for (let slot = graph.firstOut[n]!; slot < graph.firstOut[n + 1]!; slot++) {
        const arc = graph.outArc[slot]!;
        const next = arc & 1 ? graph.source[arc >> 1]! : graph.target[arc >> 1]!;
        if (!seen[next]) {
          seen[next] = 1;
          queue.push(next);
        }
      }
    }
    expect(seen.reduce((sum, s) => sum + s, 0)).toBe(graph.nodeCount);
  });

  it("has hills, and its lake lies flat", () => {
    const [west, south, east, north] = town.bbox;
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i <= 60; i++) {
      for (let j = 0; j <= 60; j++) {
        const z = town.elevationAt(
          west + ((east - west) * i) / 60,
          south + ((north - south) * j) / 60,
        );
        low = Math.min(low, z);
        high = Math.max(high, z);
      }
    }
    expect(low).toBeGreaterThan(400);
    expect(low).toBeLessThan(600);
    expect(high).toBeGreaterThan(1000);
    expect(high).toBeLessThan(1600);
  });
});

describe("a written town", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "waymark-sim-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is read by the importer alike from PBF and XML, without repairs", async () => {
    writeFileSync(join(folder, "town.osm.pbf"), pbf);
    writeFileSync(join(folder, "town.osm"), writeOsmXml(town.osm));
    const fromPbf = await readOsmFile(join(folder, "town.osm.pbf"), { threads: 1 });
    const fromXml = await readOsmFile(join(folder, "town.osm"), { threads: 1 });
    for (const osm of [fromPbf, fromXml]) {
      expect(osm.repairs).toEqual([]);
      expect(osm.node.id.length).toBe(town.osm.nodeCount);
      expect(osm.way.id.length).toBe(town.osm.ways.length);
      expect(osm.relation.id.length).toBe(town.osm.relations.length);
    }
    expect(fromXml.node.lon).toEqual(fromPbf.node.lon);
    expect(fromXml.node.lat).toEqual(fromPbf.node.lat);
    expect(fromXml.way.ref).toEqual(fromPbf.way.ref);

    const { network } = buildNetwork(fromPbf);
    expect(buildNetwork(fromXml).network.version).toBe(network.version);
    const wayIds = new Set(network.wayId);
    for (const way of town.osm.ways) {
      if (way.tags.highway && !way.tags.area)
        expect(wayIds.has(way.id), way.tags.highway).toBe(true);
    }
    expect(network.turnFrom.length).toBeGreaterThan(10);
    expect(network.routeId.length).toBeGreaterThan(5);
    const components = componentsOf(network, compileProfile(network, "hike"));
    expect(components.size[0]).toBe(network.nodeCount);
  });

  it("carries its ground in an SRTM tile", () => {
    const lon = town.plane.originLon;
    const lat = town.plane.originLat;
    expect(hgtName(lat, lon)).toBe("N47E011.hgt");
    expect(hgtName(-0.5, -70.2)).toBe("S01W071.hgt");
    const bytes = writeHgt(town.elevationAt, 47, 11);
    expect(bytes.length).toBe(1201 * 1201 * 2);
    const row = Math.round((48 - lat) * 1200);
    const column = Math.round((lon - 11) * 1200);
    const z = new DataView(bytes.buffer).getInt16((row * 1201 + column) * 2);
    expect(z).toBe(Math.round(town.elevationAt(11 + column / 1200, 48 - row / 1200)));
  });
});

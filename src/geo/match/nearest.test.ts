import { expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { createRng } from "../../base/rng.ts";
import { haversine, METRES_PER_DEGREE, metresPerLon, UNITS_PER_DEGREE } from "../lonlat.ts";
import type { Network } from "../network/network.ts";
import { compileProfile } from "../network/profile.ts";
import { buildCandidateIndex } from "./candidate.ts";
import { nearestPlaces } from "./nearest.ts";

/** A net of crooked streets over 2 km, with a way that only feet may use in every row. */
function crookedNet() {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXY";
  const rng = createRng(3);
  const rows: string[] = [];
  for (let r = 0; r < 5; r++) {
    const line = Array.from({ length: 60 }, () => " ");
    for (let c = 0; c < 5; c++) line[c * 12 + Math.floor(rng() * 6)] = letters[5 * r + c]!;
    rows.push(line.join(""), "", "", "");
  }
  const ways: Record<string, Record<string, string>> = {};
  for (let r = 0; r < 5; r++) {
    ways[letters.slice(5 * r, 5 * r + 5)] = r % 2 === 0 ? { highway: "steps" } : {};
    ways[[0, 1, 2, 3, 4].map((k) => letters[r + 5 * k]).join("")] = {};
  }
  return town(rows.join("\n"), ways, { grid: 40 });
}

/** Distance to every open edge by looking at all of them. */
function bruteForce(
  network: Network,
  isOpen: Uint8Array,
  lon: number,
  lat: number,
): { edge: number; distanceM: number }[] {
  const kx = metresPerLon(lat);
  const found: { edge: number; distanceM: number }[] = [];
  for (let edge = 0; edge < network.edgeCount; edge++) {
    if (!isOpen[2 * edge] && !isOpen[2 * edge + 1]) continue;
    let least = Number.POSITIVE_INFINITY;
    for (let p = network.firstShape[edge]!; p + 1 < network.firstShape[edge + 1]!; p++) {
      const ax = (network.shapeLon[p]! / UNITS_PER_DEGREE - lon) * kx;
      const ay = (network.shapeLat[p]! / UNITS_PER_DEGREE - lat) * METRES_PER_DEGREE;
      const dx = ((network.shapeLon[p + 1]! - network.shapeLon[p]!) / UNITS_PER_DEGREE) * kx;
      const dy =
        ((network.shapeLat[p + 1]! - network.shapeLat[p]!) / UNITS_PER_DEGREE) * METRES_PER_DEGREE;
      const length = dx * dx + dy * dy;
      const t = length > 0 ? Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length)) : 0;
      least = Math.min(least, Math.hypot(ax + t * dx, ay + t * dy));
    }
    found.push({ edge, distanceM: least });
  }
  return found.sort((a, b) => a.distanceM - b.distanceM || a.edge - b.edge);
}

const t = crookedNet();
const index = buildCandidateIndex(t.network);

it.each(["foot", "car"])("finds for %s what looking at every edge finds", (profile) => {
  const arcs = compileProfile(t.network, profile);
  const rng = createRng(11);
  for (let i = 0; i < 300; i++) {
    // Within the town and up to a town's size around it.
    const lon = 8 + (rng() * 3 - 1) * 0.03;
    const lat = 47 - (rng() * 3 - 1) * 0.006;
    const limit = 1 + Math.floor(rng() * 8);
    const all = bruteForce(t.network, arcs.isOpen, lon, lat);
    const found = nearestPlaces(index, arcs, lon, lat, { limit });
    expect(found).toHaveLength(Math.min(limit, all.length));
    for (const [k, place] of found.entries()) {
      // Both are on the flat around the place; the index keeps metres by whole millimetres.
      expect(place.distanceM).toBeCloseTo(all[k]!.distanceM, 1);
      const apart = haversine(lon, lat, place.lon, place.lat);
      expect(Math.abs(apart - place.distanceM)).toBeLessThan(0.01 * place.distanceM + 0.1);
    }
  }
});

it("gives nothing beyond the radius, and everything without a limit that bites", () => {
  const arcs = compileProfile(t.network, "foot");
  const [lon, lat] = t.at.M!;
  const all = bruteForce(t.network, arcs.isOpen, lon, lat);
  const within = nearestPlaces(index, arcs, lon, lat, { radiusM: 300, limit: 1000 });
  expect(within.map((p) => p.edge).sort()).toEqual(
    all
      .filter((p) => p.distanceM <= 300)
      .map((p) => p.edge)
      .sort(),
  );
  expect(nearestPlaces(index, arcs, 100, 0, { radiusM: 1000 })).toEqual([]);
  expect(nearestPlaces(index, arcs, -172, -47)).toHaveLength(1);
});

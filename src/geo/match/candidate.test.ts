import { describe, expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { createRng } from "../../base/rng.ts";
import { METRES_PER_UNIT } from "../lonlat.ts";
import type { Network } from "../network/network.ts";
import {
  buildCandidateIndex,
  type CandidateIndex,
  cosine,
  createNearby,
  lookUp,
  relativeLon,
  shareIndex,
} from "./candidate.ts";

const TOWN = town(
  `
   A-----------B--------------------C
   |           |                    |
   |           |      E-------------F
   |           |                    |
   D-----------G--------------------H`,
  ["ABC", "ADG", "BG", "EF", "CFH", "GH"],
);

/** Edge → metres to its nearest point, by looking at every segment. */
function nearestByHand(network: Network, index: CandidateIndex, x: number, y: number) {
  const kx = METRES_PER_UNIT * cosine(y + index.originLat);
  const found = new Map<number, number>();
  for (let e = 0; e < network.edgeCount; e++) {
    for (let p = network.firstShape[e]!; p + 1 < network.firstShape[e + 1]!; p++) {
      const ax = (relativeLon(network.shapeLon[p]!, index.originLon) - x) * kx;
      const ay = (network.shapeLat[p]! - index.originLat - y) * METRES_PER_UNIT;
      const dx = (network.shapeLon[p + 1]! - network.shapeLon[p]!) * kx;
      const dy = (network.shapeLat[p + 1]! - network.shapeLat[p]!) * METRES_PER_UNIT;
      const t = Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy)));
      found.set(e, Math.min(found.get(e) ?? 1e9, Math.hypot(ax + t * dx, ay + t * dy)));
    }
  }
  return { found, kx };
}

describe("the candidate index", () => {
  it.each([12, 45, 200])(
    "finds the edges that a look at all of them finds, cells of %d m",
    (cellM) => {
      const index = buildCandidateIndex(TOWN.network, { cellM });
      const nearby = createNearby(TOWN.network.edgeCount);
      const rng = createRng(5);
      for (let i = 0; i < 500; i++) {
        const x = index.minX + (1.4 * rng() - 0.2) * (index.maxX - index.minX);
        const y = index.minY + (1.8 * rng() - 0.4) * (index.maxY - index.minY);
        const { found, kx } = nearestByHand(TOWN.network, index, x, y);
        lookUp(index, nearby, x, y, kx, 40, 100);
        const expected = [...found].filter(([, d]) => d <= 40).sort();
        const got = [...Array(nearby.count).keys()].map((k) => nearby.edge[k]!);
        expect([...new Set(got)].sort((a, b) => a - b)).toEqual(
          expected.map(([e]) => e).sort((a, b) => a - b),
        );
        for (let k = 0; k < nearby.count; k++) {
          const d = Math.sqrt(nearby.squaredM[k]!);
          expect(d).toBeCloseTo(found.get(nearby.edge[k]!)!, 3);
        }
      }
    },
  );

  it("keeps the nearest when there are more than asked for", () => {
    const index = buildCandidateIndex(TOWN.network);
    const nearby = createNearby(TOWN.network.edgeCount);
    const [lon, lat] = TOWN.at.F!;
    const x = lon * 1e7 - index.originLon;
    const y = lat * 1e7 - index.originLat - 500;
    const { found, kx } = nearestByHand(TOWN.network, index, x, y);
    lookUp(index, nearby, x, y, kx, 45, 2);
    const nearest = [...found.values()].sort((a, b) => a - b).slice(0, 2);
    expect(nearby.count).toBe(2);
    for (let k = 0; k < 2; k++) {
      expect(Math.sqrt(nearby.squaredM[k]!)).toBeCloseTo(nearest[k]!, 3);
    }
  });

  it("gives both legs of a hairpin", () => {
    const t = town(
      `
       A--------------------B
                            |
       D--------------------C`,
      ["ABCD"],
    );
    const index = buildCandidateIndex(t.network);
    const nearby = createNearby(1);
    const [lon, lat] = t.at.A!;
    const y = lat * 1e7 - index.originLat - 899;
    lookUp(index, nearby, lon * 1e7 - index.originLon, y, 0.00758, 40, 16);
    const offsets = [nearby.offsetM[0]!, nearby.offsetM[1]!].sort((a, b) => a - b);
    expect(nearby.count).toBe(2);
    expect(offsets[0]).toBeCloseTo(0, 0);
    expect(offsets[1]).toBeCloseTo(440, 0);
  });

  it("has headings that turn half around with the arc", () => {
    const { headingStart, headingEnd } = buildCandidateIndex(TOWN.network);
    for (let a = 0; a < headingStart.length; a++) {
      expect(headingStart[a]).toBe((headingEnd[a ^ 1]! + 128) & 255);
    }
    const east = TOWN.arcOf("EF");
    expect(headingStart[east]).toBe(64);
    expect(headingStart[TOWN.arcOf("BG")]).toBe(128);
  });

  it("answers the same from shared memory, copied or built there", () => {
    const index = buildCandidateIndex(TOWN.network);
    const allocate = (n: number): SharedArrayBuffer => new SharedArrayBuffer(n);
    for (const shared of [shareIndex(index), buildCandidateIndex(TOWN.network, { allocate })]) {
      expect(shared.record.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(shared.headingEnd.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect([...shared.record]).toEqual([...index.record]);
      expect([...shared.firstRecord]).toEqual([...index.firstRecord]);
      expect(shareIndex(shared).record).toBe(shared.record);
    }
  });
});

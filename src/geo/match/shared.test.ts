// Real tracks with known truth, a quick part of what `npm run bench -- match` measures in full.
import { describe, expect, it } from "vitest";
import { readItinero } from "../../../bench/dataset/itinero.ts";
import { readKubicka, thin } from "../../../bench/dataset/kubicka.ts";
import { profiledMap } from "../../../bench/match/map.ts";
import { arcMismatch } from "../../../bench/score/arc-mismatch.ts";
import { pieceLines } from "../../../bench/score/line.ts";
import { hausdorffM } from "../../../bench/score/rmf.ts";
import { SHARED, shared } from "../../../test/shared.ts";
import { createMatcher } from "./index.ts";

describe.skipIf(SHARED === undefined)("real tracks (needs ../shared)", () => {
  it("keeps recall and route mismatch on a dozen tracks of Kubička's benchmark", () => {
    // The first of the benchmark in their order whose truth nobody doubts.
    const only = ["00", "06", "12", "14", "18", "22", "24", "36", "38", "48", "50", "52"];
    const sums = { 0: [0, 0, 0], 60: [0, 0, 0] };
    const folder = shared("data", "mapmatch", "kubicka100");
    for (const track of readKubicka(folder, { only: only.map((id) => `000000${id}`) })) {
      const matcher = createMatcher(track.network, track.profile);
      for (const everyS of [0, 60] as const) {
        const points = thin(track.points, everyS);
        const { pieces } = matcher.match(points);
        const { truthM, foundM, extraM } = arcMismatch(track, track.truth, points, pieces);
        sums[everyS][0]! += truthM;
        sums[everyS][1]! += foundM;
        sums[everyS][2]! += extraM;
      }
    }
    const of = ([truthM, foundM, extraM]: readonly number[]) => ({
      recall: foundM! / truthM!,
      rmf: (truthM! - foundM! + extraM!) / truthM!,
    });
    expect(sums[0][0]).toBeGreaterThan(180_000);
    expect(of(sums[0]).recall).toBeGreaterThan(0.994);
    expect(of(sums[0]).rmf).toBeLessThan(0.016);
    expect(of(sums[60]).recall).toBeGreaterThan(0.975);
    expect(of(sums[60]).rmf).toBeLessThan(0.04);
  }, 60_000);

  it("reproduces itinero's small cases within five metres", async () => {
    const within: string[] = [];
    for (const one of readItinero(shared("data", "mapmatch", "itinero"))) {
      if (one.points.lon.length > 100) continue;
      const { network, arcs, index } = await profiledMap(one.extract, one.profile);
      const { pieces } = createMatcher(network, arcs, undefined, index).match(one.points);
      if (hausdorffM([one.expected], pieceLines(network, pieces)) <= 5) within.push(one.name);
    }
    // Bicycle 3 and car 3 begin at drawn points 12 m from two streets; the cases take the further.
    expect(within).toEqual(
      expect.arrayContaining([
        "bicycle 1",
        "bicycle 2",
        "bicycle 4",
        "bicycle 6",
        "car 1",
        "car 4",
      ]),
    );
  }, 120_000);
});

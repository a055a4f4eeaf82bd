import { describe, expect, it } from "vitest";
import { type KubickaOutcome, kubickaTotal, matchKubicka } from "../../bench/match/kubicka.ts";
import { SHARED, shared } from "../shared.ts";

/**
 * Recorded drives with known truth (Kubička et al. 2015): ten of the fifty, spread over the world,
 * with small and large maps, quiet and noisy recorders, pauses and silences. The bounds are for these
 * ten and leave a little room; the whole set is in bench/results/match.md.
 */
const TRACKS = ["0000", "0006", "0018", "0024", "0036", "0052", "0060", "0068", "0074", "0090"];

const run = (everyS: number): KubickaOutcome[] => [
  ...matchKubicka(shared("data", "mapmatch", "kubicka100"), { everyS, only: TRACKS }),
];

describe.skipIf(SHARED === undefined)("Kubička drives (needs ../shared)", () => {
  it("finds the driven arcs of ten tracks as recorded", () => {
    const outcomes = run(0);
    expect(outcomes.map(({ error }) => error)).toEqual(TRACKS.map(() => undefined));
    const { tracks, points, recall, rmf } = kubickaTotal(outcomes);
    expect({ tracks, points }).toEqual({ tracks: 10, points: 10_829 });
    expect(recall).toBeGreaterThan(0.99);
    expect(rmf).toBeLessThan(0.02);
  });

  it("finds most of them from one row a minute", () => {
    const { recall, rmf } = kubickaTotal(run(60));
    expect(recall).toBeGreaterThan(0.97);
    expect(rmf).toBeLessThan(0.05);
  });
});

import { describe, expect, it } from "vitest";
import { ITINERO_TOLERANCE_M, matchItinero } from "../../bench/match/itinero.ts";
import { SHARED, shared } from "../shared.ts";

describe.skipIf(SHARED === undefined)("itinero's cases (needs ../shared)", () => {
  it("reproduces every expected line within 5 m, looked at from both sides, but for its last metres", async () => {
    const farthest: Record<string, number> = {};
    for await (const outcome of matchItinero(shared("data", "mapmatch", "itinero"))) {
      farthest[outcome.case.name] = outcome.hausdorffM;
    }
    expect(Object.keys(farthest)).toEqual([
      "bicycle 1",
      "bicycle 2",
      "bicycle 3",
      "bicycle 4",
      "bicycle 6",
      "bicycle 8",
      "car 1",
      "car 3",
      "car 4",
    ]);
    const tooFar = Object.entries(farthest).filter(([, m]) => m > ITINERO_TOLERANCE_M);
    expect(Object.fromEntries(tooFar)).toEqual({});
  });
});

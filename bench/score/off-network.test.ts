import { expect, it } from "vitest";
import type { MatchPiece } from "../../src/geo/match/match.ts";
import type { OffNetworkTrack } from "../dataset/off-network.ts";
import { scoreOffNetwork, totalOffNetwork } from "./off-network.ts";

/** Ten rows a metre apart; rows 3 to 6 are off, the first and last of them near the path. */
const track: OffNetworkTrack = {
  points: { lon: new Float64Array(10), lat: new Float64Array(10) },
  weightM: new Float64Array(10).fill(1),
  isOff: Uint8Array.of(0, 0, 0, 1, 1, 1, 1, 0, 0, 0),
  isNear: Uint8Array.of(0, 0, 0, 1, 0, 0, 1, 0, 0, 0),
  sigmaM: 5,
};

const off = (firstPoint: number, lastPoint: number): MatchPiece => ({
  kind: "off-network",
  firstPoint,
  lastPoint,
  lengthM: lastPoint - firstPoint,
  reason: "left",
});

it("counts metres said, true, and both", () => {
  const score = scoreOffNetwork(track, [off(4, 8)]);
  expect(score).toEqual({ trulyOffM: 4, saidOffM: 5, bothM: 3 });
  const { precision, recall, f1 } = totalOffNetwork([score]);
  expect(precision).toBeCloseTo(3 / 5);
  expect(recall).toBeCloseTo(3 / 4);
  expect(f1).toBeCloseTo(2 / 3);
});

it("leaves rows near a path out when asked", () => {
  expect(scoreOffNetwork(track, [off(4, 5)], true)).toEqual({
    trulyOffM: 2,
    saidOffM: 2,
    bothM: 2,
  });
});

it("gives nothing for a match that never leaves, and nothing off the network for all", () => {
  expect(totalOffNetwork([scoreOffNetwork(track, [])])).toEqual({ precision: 1, recall: 0, f1: 0 });
  expect(totalOffNetwork([])).toEqual({ precision: 1, recall: 1, f1: 1 });
});

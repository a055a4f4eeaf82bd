/**
 * Itinero's cases: the matched line and the expected one may nowhere be further than 5 m apart,
 * looked at from either side (Hausdorff distance). Off-network pieces are no part of the line.
 */
import { createMatcher } from "../../src/geo/match/index.ts";
import { type ItineroCase, readItinero } from "../dataset/itinero.ts";
import { report } from "../report.ts";
import { type Line, lineLengthM, pieceLines } from "../score/line.ts";
import { hausdorffM, lineMismatch } from "../score/rmf.ts";
import { profiledMap } from "./map.ts";

export const ITINERO_TOLERANCE_M = 5;

export interface ItineroOutcome {
  readonly case: ItineroCase;
  readonly hausdorffM: number;
  /** Metres of the expected line that the match lacks, and of the match that nobody expected. */
  readonly missedM: number;
  readonly extraM: number;
  readonly expectedM: number;
  readonly pieces: number;
  readonly lines: readonly Line[];
}

export async function* matchItinero(folder: string): AsyncGenerator<ItineroOutcome> {
  for (const one of readItinero(folder)) {
    const { network, arcs, index } = await profiledMap(one.extract, one.profile);
    const { pieces } = createMatcher(network, arcs, undefined, index).match(one.points);
    const lines = pieceLines(network, pieces);
    const { missedM, extraM } = lineMismatch(one.expected, lines, ITINERO_TOLERANCE_M);
    yield {
      case: one,
      hausdorffM: hausdorffM([one.expected], lines),
      missedM,
      extraM,
      expectedM: lineLengthM(one.expected),
      pieces: pieces.length,
      lines,
    };
  }
}

export async function runItinero(folder: string): Promise<void> {
  const outcomes: ItineroOutcome[] = [];
  for await (const outcome of matchItinero(folder)) outcomes.push(outcome);
  report({
    suite: "match",
    title: "Itinero's cases",
    columns: [
      "case",
      "points",
      { name: "expected m", digits: 0 },
      { name: "farthest m", digits: 1 },
      { name: "missed m", digits: 0 },
      { name: "extra m", digits: 0 },
      "pieces",
      "within 5 m",
    ],
    rows: outcomes.map((o) => [
      o.case.name,
      o.case.points.lon.length,
      o.expectedM,
      o.hausdorffM,
      o.missedM,
      o.extraM,
      o.pieces,
      o.hausdorffM <= ITINERO_TOLERANCE_M ? "yes" : "no",
    ]),
    notes: [
      "Farthest: Hausdorff distance between matched and expected line, both ways; above 100 m ∞. " +
        "Missed and extra: metres further than 5 m from the other line.",
    ],
  });
}

/**
 * Itinero's cases: the matched line and the expected one may nowhere be further than 5 m apart,
 * looked at from either side (Hausdorff distance); Itinero itself asks only for the first side. At its
 * ends the expected line may run on by up to 25 m: two run on where nothing was recorded, and where
 * a line clicked on a map begins along the way is anyone's guess. Off-network pieces are no part of the line.
 */
import { createMatcher } from "../../src/geo/match/index.ts";
import { type ItineroCase, readItinero } from "../dataset/itinero.ts";
import { report } from "../report.ts";
import { type Line, lineLengthM, pieceLines, resample } from "../score/line.ts";
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
    const expected = between(one.expected, lines);
    const { missedM, extraM } = lineMismatch(expected, lines, ITINERO_TOLERANCE_M);
    yield {
      case: one,
      hausdorffM: hausdorffM([expected], lines),
      missedM,
      extraM,
      expectedM: lineLengthM(expected),
      pieces: pieces.length,
      lines,
    };
  }
}

/** Metres at either end by which an expected line may run on. */
const BEYOND_M = 25;

/** The part of a line between where it passes the begin of the first and the end of the last of others. */
function between(line: Line, others: readonly Line[]): Line {
  const first = others[0]?.subarray(0, 2);
  const last = others.at(-1)?.slice(-2);
  if (first === undefined || last === undefined) return line;
  return reversed(startingAt(reversed(startingAt(line, first)), last));
}

/** The line from its nearest place to a position, looked for within its first metres. */
function startingAt(line: Line, place: Line): Line {
  const [lon, lat] = [place[0]!, place[1]!];
  const samples = resample(line, 1);
  const head = samples.subarray(0, 2 * BEYOND_M);
  const squash = Math.cos((lat * Math.PI) / 180);
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < head.length; i += 2) {
    const d = Math.hypot((head[i]! - lon) * squash, head[i + 1]! - lat);
    if (d < least) {
      least = d;
      nearest = i;
    }
  }
  return samples.subarray(nearest);
}

function reversed(line: Line): Line {
  const back = new Float64Array(line.length);
  for (let i = 0; i < line.length; i += 2) {
    back[i] = line[line.length - 2 - i]!;
    back[i + 1] = line[line.length - 1 - i]!;
  }
  return back;
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
      "Farthest: Hausdorff distance between matched and expected line, both ways; above 100 m ∞; " +
        "the expected line may run on by up to 25 m at its ends. Missed and extra: metres further than 5 m from the other line.",
    ],
  });
}

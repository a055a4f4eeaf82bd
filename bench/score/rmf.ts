/**
 * How well a match agrees with a truth that is a line: the route mismatch fraction of Newson & Krumm
 * (ACM GIS 2009), (d₋ + d₊) / d₀, on lines sampled every metre. It needs no common network, so any
 * engine can be scored; what it does not see, a stretch travelled twice, the length ratio shows.
 */
import { type Line, lineLengthM, resample } from "./line.ts";
import { SegmentGrid } from "./segment-grid.ts";

/** A sample further than this from the other line is off it. */
export const TOLERANCE_M = 1;
const STEP_M = 1;

export interface LineMismatch {
  readonly truthM: number;
  /** d₋: truth that no matched line covers. */
  readonly missedM: number;
  /** d₊: matched line that lies off the truth. */
  readonly extraM: number;
  readonly matchedM: number;
}

/** @param matched one line per matched piece; between pieces nothing is matched */
export function lineMismatch(
  truth: Line,
  matched: readonly Line[],
  toleranceM = TOLERANCE_M,
): LineMismatch {
  return {
    truthM: lineLengthM(truth),
    missedM: lengthOff([truth], matched, toleranceM),
    extraM: lengthOff(matched, [truth], toleranceM),
    matchedM: matched.reduce((sum, line) => sum + lineLengthM(line), 0),
  };
}

/** Sums over tracks, so that each metre of truth weighs the same. */
export function totalMismatch(parts: readonly LineMismatch[]): {
  readonly rmf: number;
  readonly missed: number;
  readonly extra: number;
  readonly lengthRatio: number;
} {
  const sum = (of: (part: LineMismatch) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  const truthM = sum((p) => p.truthM);
  const missed = sum((p) => p.missedM) / truthM;
  const extra = sum((p) => p.extraM) / truthM;
  return { rmf: missed + extra, missed, extra, lengthRatio: sum((p) => p.matchedM) / truthM };
}

/** Largest distance in metres of one line from the other, both ways (Hausdorff), up to `reachM`. */
export function hausdorffM(a: readonly Line[], b: readonly Line[], reachM = 100): number {
  const oneWay = (from: readonly Line[], to: readonly Line[]): number => {
    const origin = from[0];
    if (origin === undefined) return to.length === 0 ? 0 : Number.POSITIVE_INFINITY;
    const grid = new SegmentGrid(to, reachM, origin[0]!, origin[1]!);
    let farthest = 0;
    for (const line of from) {
      const samples = resample(line, STEP_M);
      for (let i = 0; i < samples.length; i += 2) {
        farthest = Math.max(farthest, grid.distanceM(samples[i]!, samples[i + 1]!));
      }
    }
    return farthest;
  };
  return Math.max(oneWay(a, b), oneWay(b, a));
}

/** Metres of these lines that lie further than the tolerance from all of the others. */
function lengthOff(lines: readonly Line[], others: readonly Line[], toleranceM: number): number {
  const origin = lines.find((line) => line.length > 0);
  if (origin === undefined) return 0;
  const grid = new SegmentGrid(others, toleranceM, origin[0]!, origin[1]!);
  let offM = 0;
  for (const line of lines) {
    const samples = resample(line, STEP_M);
    const count = samples.length / 2;
    if (count === 0) continue;
    let off = 0;
    for (let i = 0; i < samples.length; i += 2) {
      if (grid.distanceM(samples[i]!, samples[i + 1]!) > toleranceM) off++;
    }
    offM += (off / count) * lineLengthM(line);
  }
  return offM;
}

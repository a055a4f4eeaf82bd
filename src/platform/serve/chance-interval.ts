/**
 * How far a single chance may be trusted: what came, of all who were told about as much when the model
 * was measured on members that it had never seen. The error of one chance cannot be known, because each
 * member leaves once or not; that of chances like it can. Between bins of the reliability diagram the
 * bounds are drawn as ratios of odds along the logit of the chance; beyond them the last ratio holds.
 */
import type { ReliabilityBin } from "../../schema/model.ts";

export interface ChanceInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * @param p above 0 and below 1
 * @param bins of the outcome, in any order; their intervals are at 95 %
 * @returns 0 ≤ low ≤ p ≤ high ≤ 1; undefined without bins, or at a chance of 0 or 1
 */
export function chanceInterval(
  p: number,
  bins: readonly ReliabilityBin[],
): ChanceInterval | undefined {
  const known = bins
    .filter(({ predicted }) => predicted > 0 && predicted < 1)
    .sort((a, b) => a.predicted - b.predicted);
  if (known.length === 0 || !(p > 0 && p < 1)) return undefined;
  const at = Math.log(oddsOf(p));
  const places = known.map(({ predicted }) => Math.log(oddsOf(predicted)));
  const ratioAt = (bound: (bin: ReliabilityBin) => number): number => {
    const ratio = (k: number): number => {
      const bin = known[k]!;
      return oddsOf(Math.min(MOST, bound(bin))) / oddsOf(bin.predicted);
    };
    const above = places.findIndex((place) => place >= at);
    if (above <= 0) return ratio(above < 0 ? known.length - 1 : 0);
    const share = (at - places[above - 1]!) / (places[above]! - places[above - 1]!);
    return ratio(above - 1) * (1 - share) + ratio(above) * share;
  };
  const moved = (ratio: number): number => {
    const odds = ratio * oddsOf(p);
    return odds / (1 + odds);
  };
  return {
    low: Math.min(p, moved(ratioAt(({ observed }) => Math.max(0, observed.lower)))),
    high: Math.max(p, moved(ratioAt(({ observed }) => observed.upper))),
  };
}

/** A share of 1 has no odds. */
const MOST = 1 - 1e-9;

function oddsOf(p: number): number {
  return p / (1 - p);
}

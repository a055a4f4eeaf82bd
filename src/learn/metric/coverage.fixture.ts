// How an interval fares over many worlds whose truth is known: what tests of intervals hold to account.
import type { Estimate } from "./estimate.ts";

export interface Coverage {
  /** Share of the worlds in which the interval held the truth. */
  readonly kept: number;
  /** Mean standard error by the deviation of the estimates: 1 is right. */
  readonly errorByScatter: number;
  readonly mean: number;
}

export function coverageOf(
  worlds: number,
  truth: number,
  estimateIn: (world: number) => Estimate,
): Coverage {
  const estimates = Array.from({ length: worlds }, (_, world) => estimateIn(world));
  const meanOf = (of: (estimate: Estimate) => number): number =>
    estimates.reduce((sum, estimate) => sum + of(estimate), 0) / worlds;
  const mean = meanOf(({ value }) => value);
  const variance = (meanOf(({ value }) => (value - mean) ** 2) * worlds) / (worlds - 1);
  return {
    kept: meanOf(({ lower, upper }) => (lower <= truth && truth <= upper ? 1 : 0)),
    errorByScatter: meanOf(({ standardError }) => standardError) / Math.sqrt(variance),
    mean,
  };
}

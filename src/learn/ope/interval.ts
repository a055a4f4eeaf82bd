/**
 * How sure an off-policy estimate is: a percentile bootstrap over clusters, which assumes little but
 * needs many; or empirical Bernstein bounds (Maurer & Pontil, COLT 2009; Thomas, Theocharous &
 * Ghavamzadeh, AAAI 2015), which hold at any size for bounded rewards and are wide for it.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkChoice, checkFinite, checkLength, checkOption } from "../check.ts";
import { bootstrapEstimate, bootstrapEstimates, type Estimate } from "../metric/estimate.ts";
import { policyValue, roundRewards, type Terms } from "./estimator.ts";

const METHODS = ["bootstrap", "bernstein"] as const;

export interface IntervalOptions {
  /** Coverage; .95 unless given. */
  readonly level?: number;
  readonly method?: (typeof METHODS)[number];
  /** Bootstrap draws; 500 unless given. */
  readonly replicates?: number;
  readonly seed?: number;
  /** Int32Array (rounds): drawn together. */
  readonly cluster?: Int32Array | undefined;
  /**
   * Lowest and highest that a round's reward after weighting can be, for Bernstein's bound: known from
   * the floor on propensities. What was seen stands in for it when it is left out, and then the bound
   * holds only as far as nothing larger was to come.
   */
  readonly range?: readonly [number, number];
}

/** The value of one policy with its interval. */
export function intervalOf(terms: Terms, options: IntervalOptions = {}): Estimate {
  checkChoice("method", options.method ?? "bootstrap", METHODS);
  if (options.method === "bernstein") {
    return bernstein(roundRewards(terms), policyValue(terms), options);
  }
  return bootstrapEstimate((times) => policyValue(terms, times), terms.direct.length, options);
}

/** value(a) − value(b) on the same log, drawn together: the interval of a decision between the two. */
export function pairedInterval(a: Terms, b: Terms, options: IntervalOptions = {}): Estimate {
  return pairedIntervals(a, b, options).difference;
}

/** The values of two policies and their difference, from the same draws. */
export function pairedIntervals(
  a: Terms,
  b: Terms,
  options: IntervalOptions = {},
): { readonly a: Estimate; readonly b: Estimate; readonly difference: Estimate } {
  checkChoice("method", options.method ?? "bootstrap", METHODS);
  checkLength("terms of b", b.direct, a.direct.length);
  if (options.method === "bernstein") {
    const of = roundRewards(b);
    const difference = roundRewards(a).map((r, i) => r - of[i]!);
    const { range, ...rest } = options;
    const wide: IntervalOptions = range
      ? { ...rest, range: [range[0] - range[1], range[1] - range[0]] }
      : rest;
    return {
      a: intervalOf(a, options),
      b: intervalOf(b, options),
      difference: bernstein(difference, policyValue(a) - policyValue(b), wide),
    };
  }
  const [ofA, ofB, difference] = bootstrapEstimates(
    (times) => {
      const values = [policyValue(a, times), policyValue(b, times)] as const;
      return [...values, values[0] - values[1]];
    },
    a.direct.length,
    options,
  ) as [Estimate, Estimate, Estimate];
  return { a: ofA, b: ofB, difference };
}

function bernstein(x: Float64Array, value: number, options: IntervalOptions): Estimate {
  const { level = 0.95, cluster, range } = options;
  const bounded = cluster ? clusterSums(x, cluster) : x;
  // Sums of clusters have no range but the one seen; the given one is of a round.
  const interval = empiricalBernstein(bounded, { level, ...(range && !cluster && { range }) });
  const shift = value - interval.value;
  return {
    value,
    standardError: interval.standardError,
    lower: interval.lower + shift,
    upper: interval.upper + shift,
  };
}

/** Sums by cluster, scaled so that their mean is the mean of `x`. */
function clusterSums(x: Float64Array, cluster: Int32Array): Float64Array {
  const sums = new Map<number, number>();
  for (let i = 0; i < x.length; i++) {
    sums.set(cluster[i]!, (sums.get(cluster[i]!) ?? 0) + x[i]!);
  }
  const scale = sums.size / x.length;
  return Float64Array.from(sums.values(), (sum) => sum * scale);
}

/**
 * Bounds on the mean of independent bounded numbers: mean ± √(2 v ln(2/δ)/(n − 1)) ± 7 R ln(2/δ)/(3(n − 1)),
 * v the variance over n and R the width of the range, each side with δ = (1 − level)/2.
 *
 * @throws WaymarkError TABLE_INVALID with fewer than 2 numbers or one outside the range
 */
export function empiricalBernstein(
  x: Float64Array,
  options: { readonly level?: number; readonly range?: readonly [number, number] } = {},
): Estimate {
  const { level = 0.95 } = options;
  checkOption("level", level, 0.5, 0.999999);
  checkFinite("values", x, x.length);
  const n = x.length;
  if (n < 2) throw new WaymarkError("TABLE_INVALID", `${n} values; a bound needs at least 2`);
  let lowest = x[0]!;
  let highest = x[0]!;
  let mean = 0;
  for (const value of x) {
    mean += value / n;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const [low, high] = options.range ?? [lowest, highest];
  if (lowest < low || highest > high) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `values lie between ${lowest} and ${highest}, outside the range ${low} … ${high} that was given`,
    );
  }
  let variance = 0;
  for (const value of x) variance += (value - mean) ** 2 / n;
  const log = Math.log(2 / ((1 - level) / 2));
  const half = (7 * (high - low) * log) / (3 * (n - 1)) + Math.sqrt((2 * log * variance) / (n - 1));
  return {
    value: mean,
    standardError: Math.sqrt(variance / (n - 1)),
    lower: mean - half,
    upper: mean + half,
  };
}

/**
 * Sufficient statistics of one arm: counts, sums, sums of squares and of products per unit of
 * assignment. They add up over days, shards and segments, so one SQL GROUP BY feeds every test, and
 * nothing of a single member leaves the database. A quantile does not add up and is computed once.
 */
import { WaymarkError } from "../../base/error.ts";

/** A share of units: 0 or 1 per unit. */
export interface ProportionSums {
  readonly kind: "proportion";
  readonly count: number;
  /** Units with a 1. */
  readonly sum: number;
}

/** A mean per unit. */
export interface MeanSums {
  readonly kind: "mean";
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
}

/**
 * A sum over a sum, both per unit: clicks per view, or a mean over sessions when members were assigned.
 * With clusters as units, the values' sum above and the rows' count below, it is the clustered mean.
 */
export interface RatioSums extends Omit<MeanSums, "kind"> {
  readonly kind: "ratio";
  readonly denominatorSum: number;
  readonly denominatorSumSquares: number;
  /** Σ numerator · denominator. */
  readonly sumDenominatorProduct: number;
}

/** A mean with a covariate from before the experiment, or a model's prediction made then (CUPED). */
export interface AdjustedMeanSums extends Omit<MeanSums, "kind"> {
  readonly kind: "adjusted-mean";
  readonly covariateSum: number;
  readonly covariateSumSquares: number;
  /** Σ outcome · covariate. */
  readonly sumCovariateProduct: number;
}

/** A ratio with the same ratio from before the experiment: four variables per unit. */
export interface AdjustedRatioSums extends Omit<RatioSums, "kind"> {
  readonly kind: "adjusted-ratio";
  readonly covariateSum: number;
  readonly covariateSumSquares: number;
  readonly covariateDenominatorSum: number;
  readonly covariateDenominatorSumSquares: number;
  readonly sumCovariateProduct: number;
  readonly sumCovariateDenominatorProduct: number;
  readonly denominatorCovariateProduct: number;
  readonly denominatorCovariateDenominatorProduct: number;
  readonly covariateCovariateDenominatorProduct: number;
}

/** A quantile with the order statistics around it at 95 %: `quantileOf` makes it from rows. */
export interface QuantileSummary {
  readonly kind: "quantile";
  /** Values that the quantile is of. */
  readonly count: number;
  /** Level, in (0, 1). */
  readonly level: number;
  readonly estimate: number;
  /** The quantiles at level ∓ 1.96·√(level·(1 − level)/countAtBounds). */
  readonly lower: number;
  readonly upper: number;
  /** Values that the bounds were made for, when they were computed earlier; else `count`. */
  readonly countAtBounds?: number;
  /** Where values come in clusters (events of members): per cluster how many, and how many at or below. */
  readonly clusters?: {
    readonly count: number;
    readonly belowSum: number;
    readonly belowSumSquares: number;
    readonly sizeSum: number;
    readonly sizeSumSquares: number;
    readonly belowSizeProduct: number;
  };
}

/** Statistics that can be added. */
export type AdditiveSums =
  | ProportionSums
  | MeanSums
  | RatioSums
  | AdjustedMeanSums
  | AdjustedRatioSums;

/** One arm of an experiment. */
export type ArmSums = AdditiveSums | QuantileSummary;

/**
 * The statistics of two disjoint sets of units together.
 *
 * @throws WaymarkError TABLE_INVALID when the kinds differ
 */
export function addSums<S extends AdditiveSums>(a: S, b: S): S {
  if (a.kind !== b.kind) throw invalid(`a ${a.kind} and a ${b.kind} cannot be added`);
  const entries = Object.entries(a).map(([key, value]) => [
    key,
    key === "kind" ? value : value + (b as unknown as Record<string, number>)[key]!,
  ]);
  return Object.fromEntries(entries) as S;
}

/** Statistics of 0/1 values. */
export function proportionOf(values: ArrayLike<number | boolean>): ProportionSums {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value !== 0 && value !== 1)
      throw invalid(`value of row ${i} is ${values[i]}; expected 0 or 1`);
    sum += value;
  }
  return { kind: "proportion", count: values.length, sum };
}

/** Statistics of one number per unit. */
export function meanOf(values: ArrayLike<number>): MeanSums {
  const [sum] = totals({ value: values });
  return { kind: "mean", count: values.length, sum: sum!, sumSquares: dot(values, values) };
}

/** Statistics of numbers of which only count, mean and variance (over count − 1) are left. */
export function meanOfMoments(count: number, mean: number, variance: number): MeanSums {
  const sumSquares = variance * (count - 1) + count * mean * mean;
  return { kind: "mean", count, sum: count * mean, sumSquares };
}

/** Statistics of numerator and denominator per unit. */
export function ratioOf(numerator: ArrayLike<number>, denominator: ArrayLike<number>): RatioSums {
  const [sum, denominatorSum] = totals({ numerator, denominator });
  return {
    kind: "ratio",
    count: numerator.length,
    sum: sum!,
    sumSquares: dot(numerator, numerator),
    denominatorSum: denominatorSum!,
    denominatorSumSquares: dot(denominator, denominator),
    sumDenominatorProduct: dot(numerator, denominator),
  };
}

/** Statistics of the mean over rows that come in clusters, the clusters being what was assigned. */
export function clusteredMeanOf(values: ArrayLike<number>, cluster: ArrayLike<number>): RatioSums {
  totals({ value: values, cluster });
  const numberOf = new Map<number, number>();
  const sum: number[] = [];
  const size: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const number = numberOf.get(cluster[i]!) ?? numberOf.size;
    numberOf.set(cluster[i]!, number);
    sum[number] = (sum[number] ?? 0) + values[i]!;
    size[number] = (size[number] ?? 0) + 1;
  }
  return ratioOf(sum, size);
}

/** Statistics of an outcome and a covariate per unit. */
export function adjustedMeanOf(
  outcome: ArrayLike<number>,
  covariate: ArrayLike<number>,
): AdjustedMeanSums {
  const [sum, covariateSum] = totals({ outcome, covariate });
  return {
    kind: "adjusted-mean",
    count: outcome.length,
    sum: sum!,
    sumSquares: dot(outcome, outcome),
    covariateSum: covariateSum!,
    covariateSumSquares: dot(covariate, covariate),
    sumCovariateProduct: dot(outcome, covariate),
  };
}

/** Statistics of a ratio during, and the same ratio before the experiment, per unit. */
export function adjustedRatioOf(
  numerator: ArrayLike<number>,
  denominator: ArrayLike<number>,
  covariate: ArrayLike<number>,
  covariateDenominator: ArrayLike<number>,
): AdjustedRatioSums {
  const [sum, denominatorSum, covariateSum, covariateDenominatorSum] = totals({
    numerator,
    denominator,
    covariate,
    covariateDenominator,
  });
  return {
    kind: "adjusted-ratio",
    count: numerator.length,
    sum: sum!,
    sumSquares: dot(numerator, numerator),
    denominatorSum: denominatorSum!,
    denominatorSumSquares: dot(denominator, denominator),
    covariateSum: covariateSum!,
    covariateSumSquares: dot(covariate, covariate),
    covariateDenominatorSum: covariateDenominatorSum!,
    covariateDenominatorSumSquares: dot(covariateDenominator, covariateDenominator),
    sumDenominatorProduct: dot(numerator, denominator),
    sumCovariateProduct: dot(numerator, covariate),
    sumCovariateDenominatorProduct: dot(numerator, covariateDenominator),
    denominatorCovariateProduct: dot(denominator, covariate),
    denominatorCovariateDenominatorProduct: dot(denominator, covariateDenominator),
    covariateCovariateDenominatorProduct: dot(covariate, covariateDenominator),
  };
}

/** A table that is not what a test asks for. */
export function invalid(message: string): WaymarkError {
  return new WaymarkError("TABLE_INVALID", message);
}

/** The sum of every column, all of one length and finite. */
function totals(columns: Record<string, ArrayLike<number>>): number[] {
  const length = Object.values(columns)[0]!.length;
  return Object.entries(columns).map(([name, values]) => {
    if (values.length !== length) {
      throw invalid(`${name} has ${values.length} rows; expected ${length}`);
    }
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) {
        throw invalid(`${name} of row ${i} is ${value}; expected a finite number`);
      }
      sum += value;
    }
    return sum;
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

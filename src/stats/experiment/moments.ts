/** Means and covariances of the variables behind an arm's sums, and the delta method over them. */
import { type AdditiveSums, invalid } from "./sums.ts";

export interface Moments {
  readonly count: number;
  readonly mean: readonly number[];
  /** Per pair of variables, over count − 1. */
  readonly covariance: readonly (readonly number[])[];
}

/** outcome · [denominator] · [covariate] · [covariate's denominator], in this order. */
export function momentsOf(arm: Exclude<AdditiveSums, { kind: "proportion" }>): Moments {
  const { count } = arm;
  switch (arm.kind) {
    case "mean":
      return moments(count, [arm.sum], [[arm.sumSquares]]);
    case "ratio":
      return moments(
        count,
        [arm.sum, arm.denominatorSum],
        [[arm.sumSquares], [arm.sumDenominatorProduct, arm.denominatorSumSquares]],
      );
    case "adjusted-mean":
      return moments(
        count,
        [arm.sum, arm.covariateSum],
        [[arm.sumSquares], [arm.sumCovariateProduct, arm.covariateSumSquares]],
      );
    case "adjusted-ratio":
      return moments(
        count,
        [arm.sum, arm.denominatorSum, arm.covariateSum, arm.covariateDenominatorSum],
        [
          [arm.sumSquares],
          [arm.sumDenominatorProduct, arm.denominatorSumSquares],
          [arm.sumCovariateProduct, arm.denominatorCovariateProduct, arm.covariateSumSquares],
          [
            arm.sumCovariateDenominatorProduct,
            arm.denominatorCovariateDenominatorProduct,
            arm.covariateCovariateDenominatorProduct,
            arm.covariateDenominatorSumSquares,
          ],
        ],
      );
    default:
      throw invalid(`kind '${(arm as { kind: string }).kind}' is unknown`);
  }
}

/** Variance of one unit's part in a smooth function of the means, and covariance of two such functions. */
export function deltaCovariance(
  { covariance }: Moments,
  gradient: readonly number[],
  other: readonly number[] = gradient,
): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) {
    for (let j = 0; j < other.length; j++) sum += gradient[i]! * covariance[i]![j]! * other[j]!;
  }
  return sum;
}

/** @param products lower triangle of Σ xᵢxⱼ */
function moments(
  count: number,
  sums: readonly number[],
  products: readonly (readonly number[])[],
): Moments {
  const covariance = sums.map((a, i) =>
    sums.map((b, j) => {
      const product = i >= j ? products[i]![j]! : products[j]![i]!;
      return (product - (a * b) / count) / (count - 1);
    }),
  );
  return { count, mean: sums.map((sum) => sum / count), covariance };
}

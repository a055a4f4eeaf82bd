/**
 * Least squares with a quadratic penalty on the coefficients (Hoerl & Kennard 1970), by a Cholesky
 * factor of the normal equations of standardised columns. With `l2: 0` it is ordinary least squares.
 * Use it for means of numbers; for labels 0 and 1 use `logistic`, for kinks and interactions trees.
 * O(n·d² + d³).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkChoice, checkFinite, checkOption, weightsOf } from "../check.ts";
import type { FitOptions, Learner } from "../learner.ts";
import type { Matrix } from "../matrix.ts";
import { cholesky, inverse, solve } from "./cholesky.ts";
import { LinearModel } from "./linear-model.ts";
import { sandwich } from "./sandwich.ts";
import { covarianceInOwnUnits, inOwnUnits, penaltyOf, standardise } from "./standardise.ts";

export const ERRORS = ["model", "sandwich", "none"] as const;

export interface LinearOptions {
  /** Adds ½ · l2 · Σ coefficient² to the negative log likelihood (of ridge: to half the squares). */
  readonly l2?: number;
  /** Whether the penalty sees columns in units of their standard deviation; else in their own. */
  readonly isStandardised?: boolean;
  readonly hasIntercept?: boolean;
  /**
   * "model" trusts the model's noise, the same on every row; "sandwich" does not, and allows for
   * clusters; "none" saves the time.
   */
  readonly errors?: (typeof ERRORS)[number];
}

export const defaults = {
  /** As if one more row spoke for 0: decides where the data cannot, and is lost among many rows. */
  l2: 1,
  isStandardised: true,
  hasIntercept: true,
  errors: "model",
} as const;

export interface LinearFitOptions extends FitOptions {
  /** Any integer a row; with `errors: "sandwich"` rows of equal number may depend on each other. */
  readonly cluster?: Int32Array | undefined;
}

/** Rows beyond parameters, below which nothing is known of the noise. */
const LEAST_FREEDOM = 0.01;

/** A learner whose fit says more than a predictor. */
export interface LinearLearner extends Learner {
  fit(x: Matrix, y: Float64Array, options?: LinearFitOptions): LinearModel;
}

/**
 * Weights count rows: a row of weight 2 is two rows, in the errors as well. For weights that are not
 * counts ask for sandwich errors. With a penalty, "model" errors are those of the posterior.
 */
export function ridge(options: LinearOptions = {}): LinearLearner {
  const { l2, isStandardised, hasIntercept, errors } = { ...defaults, ...options };
  checkOption("l2", l2, 0, Number.MAX_VALUE);
  checkChoice("errors", errors, ERRORS);
  return {
    fit(x, y, { weight, cluster } = {}) {
      checkFinite("y", y, x.rows);
      const w = weightsOf(weight, x.rows);
      const scaled = standardise(x, w, hasIntercept);
      const { design } = scaled;
      const d = design.columns;
      const penalty = penaltyOf(scaled, l2, isStandardised);
      const centre = hasIntercept ? weightedMean(y, w) : 0;
      const { products, moments } = normalEquations(design, y, w, centre);
      const penalised = products.slice();
      for (let j = 0; j < d; j++) penalised[j * d + j]! += penalty[j]!;
      const factor = cholesky(penalised, d);
      const beta = solve(factor, moments);

      const residual = residuals(design, y, beta, centre);
      let squares = 0;
      let total = 0;
      for (let i = 0; i < x.rows; i++) {
        squares += w[i]! * residual[i]! ** 2;
        total += w[i]!;
      }
      if (!(squares < Number.POSITIVE_INFINITY)) {
        throw new WaymarkError("TABLE_INVALID", "y is so large that its squares are no numbers");
      }
      if (hasIntercept) beta[0]! += centre;
      const bread = inverse(factor);
      // Effective parameters: the trace of bread · products.
      let parameters = 0;
      for (let at = 0; at < d * d; at++) parameters += bread[at]! * products[at]!;
      const freedom = total - parameters;
      const residualVariance = freedom > LEAST_FREEDOM ? squares / freedom : 0;
      let covariance: Float64Array | undefined;
      if (errors !== "none" && freedom > LEAST_FREEDOM) {
        covariance =
          errors === "model"
            ? bread.map((value) => residualVariance * value)
            : sandwich(
                design,
                residual.map((r, i) => w[i]! * r),
                w,
                bread,
                factor.isAliased.reduce((count, a) => count - a, d),
                cluster,
              );
        covariance = covarianceInOwnUnits(scaled, covariance);
      }
      const first = hasIntercept ? 1 : 0;
      return new LinearModel({
        kind: "ridge",
        names: x.names,
        ...inOwnUnits(scaled, beta),
        covariance,
        aliased: aliasedColumns(design, factor.isAliased, first),
        residualVariance,
        degreesOfFreedom:
          freedom > LEAST_FREEDOM ? freedomOf(freedom, errors, w, cluster) : undefined,
        logLikelihood:
          squares > 0 ? (-total / 2) * (Math.log((2 * Math.PI * squares) / total) + 1) : 0,
      });
    },
  };
}

/** Rows beyond parameters; with clusters, their number less one (Cameron & Miller 2015, §VI.D). */
function freedomOf(
  freedom: number,
  errors: (typeof ERRORS)[number],
  weight: Float64Array,
  cluster: Int32Array | undefined,
): number {
  if (errors !== "sandwich" || !cluster) return freedom;
  return new Set(cluster.filter((_, i) => weight[i]! > 0)).size - 1;
}

/** Columns that the factor left out, and constant ones, which a penalty alone does not show. */
export function aliasedColumns(
  design: Matrix,
  isAliased: ArrayLike<number>,
  first: number,
): number[] {
  const aliased: number[] = [];
  for (let j = first; j < design.columns; j++) {
    let isEmpty = true;
    for (let i = 0; i < design.rows && isEmpty; i++) {
      isEmpty = design.values[i * design.columns + j] === 0;
    }
    if (isEmpty || isAliased[j] === 1) aliased.push(j - first);
  }
  return aliased;
}

function weightedMean(y: Float64Array, weight: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    sum += weight[i]! * y[i]!;
    total += weight[i]!;
  }
  return sum / total;
}

function normalEquations(
  { rows, columns: d, values }: Matrix,
  y: Float64Array,
  weight: Float64Array,
  centre: number,
): { readonly products: Float64Array; readonly moments: Float64Array } {
  const products = new Float64Array(d * d);
  const moments = new Float64Array(d);
  for (let i = 0, base = 0; i < rows; i++, base += d) {
    const w = weight[i]!;
    if (w === 0) continue;
    const target = y[i]! - centre;
    for (let j = 0; j < d; j++) {
      const wx = w * values[base + j]!;
      if (wx === 0) continue;
      moments[j]! += wx * target;
      const row = j * d;
      for (let k = 0; k <= j; k++) products[row + k]! += wx * values[base + k]!;
    }
  }
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < j; k++) products[k * d + j] = products[j * d + k]!;
  }
  return { products, moments };
}

function residuals(
  { rows, columns: d, values }: Matrix,
  y: Float64Array,
  beta: Float64Array,
  centre: number,
): Float64Array {
  const residual = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = y[i]! - centre;
    for (let j = 0; j < d; j++) sum -= values[i * d + j]! * beta[j]!;
    residual[i] = sum;
  }
  return residual;
}

/**
 * Logistic regression: log odds of 1 as a weighted sum of columns (Cox 1958), by Newton's method
 * (iteratively reweighted least squares), or by L-BFGS where columns are many. Gives coefficients,
 * their errors and calibrated probabilities; curves and interactions must be given as columns, or
 * trees be used. O(n·d²) a step with Newton, O(n·d) with L-BFGS.
 */
import { logistic as curve, softplus } from "../calibration/sigmoid.ts";
import { checkBinary, checkChoice, checkOption, weightsOf } from "../check.ts";
import type { Matrix } from "../matrix.ts";
import { inverse } from "./cholesky.ts";
import { minimise } from "./lbfgs.ts";
import { LinearModel } from "./linear-model.ts";
import { newton, withoutAliased } from "./newton.ts";
import {
  aliasedColumns,
  defaults,
  ERRORS,
  type LinearLearner,
  type LinearOptions,
} from "./ridge.ts";
import { sandwich } from "./sandwich.ts";
import { covarianceInOwnUnits, inOwnUnits, penaltyOf, standardise } from "./standardise.ts";

export const SOLVERS = ["newton", "lbfgs"] as const;

export interface LogisticOptions extends LinearOptions {
  /** Newton up to 200 columns and L-BFGS, which knows no errors, beyond, unless one is named. */
  readonly solver?: (typeof SOLVERS)[number];
}

/** Columns up to which a Hessian is cheap beside the passes that it saves. */
export const NEWTON_COLUMNS = 200;

/**
 * @throws WaymarkError TABLE_INVALID from `fit` when a class is missing, or when `l2` is 0 and the
 *   columns tell the classes apart; the message names a column
 */
export function logistic(options: LogisticOptions = {}): LinearLearner {
  const { l2, isStandardised, hasIntercept, errors } = { ...defaults, ...options };
  checkOption("l2", l2, 0, Number.MAX_VALUE);
  checkChoice("errors", errors, ERRORS);
  checkChoice("solver", options.solver ?? "newton", SOLVERS);
  return {
    fit(x, y, { weight, cluster } = {}) {
      const w = weightsOf(weight, x.rows);
      checkBinary("y", y, x.rows);
      checkBinary(
        "y, where it has weight,",
        y.filter((_, i) => w[i]! > 0),
        countAbove0(w),
        true,
      );
      const scaled = standardise(x, w, hasIntercept);
      const { design } = scaled;
      const d = design.columns;
      const first = hasIntercept ? 1 : 0;
      const penalty = penaltyOf(scaled, l2, isStandardised);
      const solver = options.solver ?? (x.columns <= NEWTON_COLUMNS ? "newton" : "lbfgs");
      if (solver === "lbfgs") {
        const { x: beta, logLikelihood } = byLbfgs(design, y, w, penalty);
        return new LinearModel({
          kind: "logistic",
          names: x.names,
          ...inOwnUnits(scaled, beta),
          aliased: aliasedColumns(design, [], first),
          residualVariance: 1,
          logLikelihood,
        });
      }
      const precision = new Float64Array(d * d);
      for (let j = 0; j < d; j++) precision[j * d + j] = penalty[j]!;
      const mode = newton(design, y, w, { mean: new Float64Array(d), precision });
      let covariance: Float64Array | undefined;
      if (errors !== "none") {
        const bread = inverse(withoutAliased(mode.hessian, d, mode.isAliased));
        covariance = bread;
        if (errors === "sandwich") {
          const residual = residuals(design, y, w, mode.beta);
          const free = mode.isAliased.reduce((count, a) => count - a, d);
          covariance = sandwich(design, residual, w, bread, free, cluster);
        }
        covariance = covarianceInOwnUnits(scaled, covariance);
      }
      return new LinearModel({
        kind: "logistic",
        names: x.names,
        ...inOwnUnits(scaled, mode.beta),
        covariance,
        aliased: aliasedColumns(design, mode.isAliased, first),
        residualVariance: 1,
        logLikelihood: mode.logLikelihood,
      });
    },
  };
}

function countAbove0(weight: Float64Array): number {
  let count = 0;
  for (const w of weight) if (w > 0) count++;
  return count;
}

function residuals(
  x: Matrix,
  y: Float64Array,
  weight: Float64Array,
  beta: Float64Array,
): Float64Array {
  const { rows, columns: d, values } = x;
  const residual = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let eta = 0;
    for (let j = 0; j < d; j++) eta += values[i * d + j]! * beta[j]!;
    residual[i] = weight[i]! * (y[i]! - curve(eta));
  }
  return residual;
}

function byLbfgs(
  { rows, columns: d, values }: Matrix,
  y: Float64Array,
  weight: Float64Array,
  penalty: Float64Array,
): { readonly x: Float64Array; readonly logLikelihood: number } {
  let total = 0;
  for (const w of weight) total += w;
  const sumOf = (beta: Float64Array, gradient?: Float64Array): number => {
    let logLikelihood = 0;
    for (let i = 0, base = 0; i < rows; i++, base += d) {
      const w = weight[i]!;
      if (w === 0) continue;
      let eta = 0;
      for (let j = 0; j < d; j++) eta += values[base + j]! * beta[j]!;
      logLikelihood += w * (y[i]! * eta - softplus(eta));
      if (!gradient) continue;
      const residual = (w / total) * (curve(eta) - y[i]!);
      for (let j = 0; j < d; j++) gradient[j]! += residual * values[base + j]!;
    }
    return logLikelihood;
  };
  // Per unit of weight, so that the tolerance means the same for any number of rows.
  const { x } = minimise((beta, gradient) => {
    let distance = 0;
    for (let j = 0; j < d; j++) {
      gradient[j] = (penalty[j]! / total) * beta[j]!;
      distance += 0.5 * penalty[j]! * beta[j]! ** 2;
    }
    return (distance - sumOf(beta, gradient)) / total;
  }, new Float64Array(d));
  return { x, logLikelihood: sumOf(x) };
}

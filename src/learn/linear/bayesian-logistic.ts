/**
 * Bayesian logistic regression with a normal belief over the coefficients. Row by row it is assumed
 * density filtering: the exact mode given one more row, which lies along a known line, and the
 * curvature there as a rank-one update (Spiegelhalter & Lauritzen 1990; Chapelle & Li, NIPS 2011),
 * O(d²). `fitLaplace` instead finds the mode for all rows at once, whatever their order. No
 * intercept: give a column of ones.
 */
import type { Rng } from "../../base/rng.ts";
import { logistic } from "../calibration/sigmoid.ts";
import { checkBinary, checkCount, checkFinite, checkOption, weightsOf } from "../check.ts";
import type { FitOptions, JsonObject, Learner, Predictor, Serialisable } from "../learner.ts";
import { alignColumns, checkMatrix, type Matrix, rowOf } from "../matrix.ts";
import { GaussianCoefficients, needModerate } from "./gaussian.ts";
import { newton } from "./newton.ts";

export interface BayesianLogisticOptions {
  /** Of each coefficient; 1 believes odds ratios between 1/7 and 7 per unit of a column. */
  readonly priorPrecision?: number;
}

const defaults = { priorPrecision: 1 } as const;

export class BayesianLogistic implements Predictor, Serialisable {
  readonly columns: number;
  readonly names: readonly string[] | undefined;
  #coefficients: GaussianCoefficients;

  /** The prior, before any row. */
  constructor(columns: number, options: BayesianLogisticOptions = {}, names?: readonly string[]) {
    const { priorPrecision } = { ...defaults, ...options };
    checkCount("columns", columns, 1);
    checkOption("priorPrecision", priorPrecision, Number.MIN_VALUE, Number.MAX_VALUE);
    this.columns = columns;
    this.names = names;
    this.#coefficients = GaussianCoefficients.isotropic(columns, priorPrecision);
  }

  /** Mean of the coefficients, on the scale of log odds. */
  get mean(): Float64Array {
    return this.#coefficients.mean;
  }

  /** Learns one row. @param y 0 or 1 */
  update(x: ArrayLike<number>, y: number, weight = 1): void {
    checkFinite("x", x, this.columns);
    checkBinary("y", [y], 1);
    checkOption("weight", weight, 0, Number.MAX_VALUE);
    if (weight === 0) return;
    const beta = this.#coefficients;
    const spread = beta.variance(x);
    const eta = beta.project(x);
    needModerate(weight * spread + Math.abs(eta));
    const step = modeStep(eta, weight * spread, y);
    const gain = beta.gain(x);
    for (let j = 0; j < this.columns; j++) beta.mean[j]! += gain[j]! * weight * step;
    const p = logistic(eta + weight * spread * step);
    beta.addPrecision(x, weight * p * (1 - p));
  }

  /** Learns many rows at once by Newton's method from the present belief as prior. */
  updateAll(x: Matrix, y: ArrayLike<number>, weight?: Float64Array): void {
    const rows = alignColumns(x, this);
    checkMatrix(rows);
    checkBinary("y", y, x.rows);
    const w = weightsOf(weight, x.rows);
    const prior = { mean: this.mean, precision: this.#coefficients.precision() };
    const { beta, hessian } = newton(rows, y, w, prior);
    this.#coefficients = new GaussianCoefficients(beta, hessian);
  }

  /** Forgets: all that was learned, the prior with it, counts `factor` as much. */
  discount(factor: number): void {
    checkOption("factor", factor, Number.MIN_VALUE, 1);
    this.#coefficients.scalePrecision(factor);
  }

  /** Probability of 1 for each row, the uncertainty of the coefficients averaged over. */
  predict(x: Matrix): Float64Array {
    const rows = alignColumns(x, this);
    checkMatrix(rows, { minRows: 0 });
    return Float64Array.from({ length: x.rows }, (_, i) => this.probability(rowOf(rows, i)));
  }

  /** Probability of 1 at x: MacKay's approximation (1992), within .01 of the integral. */
  probability(x: ArrayLike<number>): number {
    checkFinite("x", x, this.columns);
    const variance = this.#coefficients.variance(x);
    return logistic(this.#coefficients.project(x) / Math.sqrt(1 + (Math.PI * variance) / 8));
  }

  /** Variance of the log odds at x. */
  variance(x: ArrayLike<number>): number {
    checkFinite("x", x, this.columns);
    return this.#coefficients.variance(x);
  }

  /** Coefficients drawn from the belief. */
  sample(rng: Rng): Float64Array {
    return this.#coefficients.sample(rng);
  }

  /** Float64Array (columns × columns), row-major. O(d³). */
  covariance(): Float64Array {
    return this.#coefficients.covariance();
  }

  toJSON(): JsonObject {
    return {
      kind: "bayesian-logistic",
      names: this.names ?? null,
      coefficients: this.#coefficients.toJSON(),
    };
  }

  static fromJson(json: JsonObject): BayesianLogistic {
    const { kind, names, coefficients } = json;
    const beta = GaussianCoefficients.fromJson(
      kind === "bayesian-logistic" ? coefficients : undefined,
    );
    const model = new BayesianLogistic(
      beta.dimension,
      {},
      Array.isArray(names) ? (names as string[]) : undefined,
    );
    model.#coefficients = beta;
    return model;
  }
}

/** As a learner: the mode for all rows at once. One class alone is allowed; the prior holds. */
export function bayesianLogistic(options: BayesianLogisticOptions = {}): Learner {
  return {
    fit(x: Matrix, y: Float64Array, { weight }: FitOptions = {}): BayesianLogistic {
      checkMatrix(x);
      const model = new BayesianLogistic(x.columns, options, x.names);
      model.updateAll(x, y, weight);
      return model;
    },
  };
}

/**
 * The root of step = y − logistic(eta + spread · step): y − p at the mode. Between y − 1 and y the
 * difference changes sign once, so Newton's method is kept inside the bracket.
 */
function modeStep(eta: number, spread: number, y: number): number {
  let lower = y - 1;
  let upper = y;
  let step = y - logistic(eta);
  for (let k = 0; k < 100; k++) {
    const p = logistic(eta + spread * step);
    const excess = step - y + p;
    if (excess > 0) upper = step;
    else lower = step;
    let next = step - excess / (1 + spread * p * (1 - p));
    if (!(next > lower && next < upper)) next = (lower + upper) / 2;
    if (Math.abs(next - step) <= 1e-15) break;
    step = next;
  }
  return step;
}

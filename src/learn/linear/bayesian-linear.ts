/**
 * Bayesian linear regression with a conjugate prior (Bishop 2006, §3.3): normal coefficients, the
 * noise known or with an inverse-gamma prior of its own. Learns row by row in O(d²) and is then what
 * it would be had all rows come at once; Thompson sampling draws from it. No intercept: give a
 * column of ones. Not for counts or shares with few rows, whose noise is not normal.
 */
import type { Rng } from "../../base/rng.ts";
import { checkCount, checkFinite, checkOption, weightsOf } from "../check.ts";
import type { FitOptions, JsonObject, Learner, Predictor, Serialisable } from "../learner.ts";
import { alignColumns, checkMatrix, type Matrix, rowOf } from "../matrix.ts";
import { FORGOTTEN, GaussianCoefficients, needModerate } from "./gaussian.ts";
import { randomGamma } from "./random-gamma.ts";

export interface BayesianLinearOptions {
  /** Of each coefficient, in units of 1/noise variance; larger shrinks more. */
  readonly priorPrecision?: number;
  /** Variance of y about its mean; unless given it is learned. */
  readonly noiseVariance?: number;
  /** Shape and rate of the prior on 1/noise variance. */
  readonly noiseShape?: number;
  readonly noiseRate?: number;
}

/** A noise variance beyond which drawn coefficients would be no numbers. */
const WIDEST = 1e200;

const defaults = { priorPrecision: 1, noiseShape: 1, noiseRate: 1 } as const;

export class BayesianLinear implements Predictor, Serialisable {
  readonly columns: number;
  readonly names: readonly string[] | undefined;
  #coefficients: GaussianCoefficients;
  readonly #noiseVariance: number | undefined;
  #shape: number;
  #rate: number;

  /** The prior, before any row. */
  constructor(columns: number, options: BayesianLinearOptions = {}, names?: readonly string[]) {
    const { priorPrecision, noiseShape, noiseRate } = { ...defaults, ...options };
    checkCount("columns", columns, 1);
    checkOption("priorPrecision", priorPrecision, Number.MIN_VALUE, Number.MAX_VALUE);
    checkOption("noiseShape", noiseShape, Number.MIN_VALUE, Number.MAX_VALUE);
    checkOption("noiseRate", noiseRate, Number.MIN_VALUE, Number.MAX_VALUE);
    if (options.noiseVariance !== undefined) {
      checkOption("noiseVariance", options.noiseVariance, Number.MIN_VALUE, Number.MAX_VALUE);
    }
    this.columns = columns;
    this.names = names;
    this.#coefficients = GaussianCoefficients.isotropic(columns, priorPrecision);
    this.#noiseVariance = options.noiseVariance;
    this.#shape = noiseShape;
    this.#rate = noiseRate;
  }

  /** Posterior mean of the coefficients. */
  get mean(): Float64Array {
    return this.#coefficients.mean;
  }

  /** Variance of y about its mean: as given, or 1 over the mean of what is believed of 1/variance. */
  get noiseVariance(): number {
    return this.#noiseVariance ?? this.#rate / this.#shape;
  }

  /** Learns one row. @throws WaymarkError TABLE_INVALID when a number is not finite */
  update(x: ArrayLike<number>, y: number, weight = 1): void {
    checkFinite("x", x, this.columns);
    checkFinite("y", [y], 1);
    checkOption("weight", weight, 0, Number.MAX_VALUE);
    if (weight === 0) return;
    const beta = this.#coefficients;
    const spread = beta.variance(x);
    const residual = y - beta.project(x);
    needModerate(weight * (spread + residual * residual));
    const gain = beta.gain(x);
    const step = (weight * residual) / (1 + weight * spread);
    for (let j = 0; j < this.columns; j++) beta.mean[j]! += gain[j]! * step;
    beta.addPrecision(x, weight);
    this.#shape += 0.5 * weight;
    this.#rate += (0.5 * weight * residual * residual) / (1 + weight * spread);
  }

  /** Forgets: all that was learned, the prior with it, counts `factor` as much. */
  discount(factor: number): void {
    checkOption("factor", factor, Number.MIN_VALUE, 1);
    this.#coefficients.scalePrecision(factor);
    if (this.#shape * factor < FORGOTTEN) return;
    this.#shape *= factor;
    this.#rate *= factor;
  }

  /** Mean of y for each row. */
  predict(x: Matrix): Float64Array {
    const rows = alignColumns(x, this);
    checkMatrix(rows, { minRows: 0 });
    return Float64Array.from({ length: x.rows }, (_, i) =>
      this.#coefficients.project(rowOf(rows, i)),
    );
  }

  /** Variance of the mean at x, without the noise of y. */
  variance(x: ArrayLike<number>): number {
    checkFinite("x", x, this.columns);
    return this.noiseVariance * this.#coefficients.variance(x);
  }

  /** Coefficients drawn from the posterior, the noise drawn first where it is learned. */
  sample(rng: Rng): Float64Array {
    const noise =
      this.#noiseVariance ?? Math.min(WIDEST, this.#rate / randomGamma(rng, this.#shape));
    return this.#coefficients.sample(rng, Math.sqrt(noise));
  }

  /** Float64Array (columns × columns), row-major, at the noise variance believed. O(d³). */
  covariance(): Float64Array {
    const noise = this.noiseVariance;
    return this.#coefficients.covariance().map((value) => noise * value);
  }

  toJSON(): JsonObject {
    return {
      kind: "bayesian-linear",
      columns: this.columns,
      names: this.names ?? null,
      noiseVariance: this.#noiseVariance ?? null,
      shape: this.#shape,
      rate: this.#rate,
      coefficients: this.#coefficients.toJSON(),
    };
  }

  static fromJson(json: JsonObject): BayesianLinear {
    const { kind, columns, names, noiseVariance, shape, rate, coefficients } = json;
    const isGood =
      kind === "bayesian-linear" &&
      typeof columns === "number" &&
      typeof shape === "number" &&
      typeof rate === "number";
    const beta = GaussianCoefficients.fromJson(isGood ? coefficients : undefined);
    const model = new BayesianLinear(
      beta.dimension,
      {
        noiseShape: shape as number,
        noiseRate: rate as number,
        ...(typeof noiseVariance === "number" && { noiseVariance }),
      },
      Array.isArray(names) ? (names as string[]) : undefined,
    );
    model.#coefficients = beta;
    return model;
  }
}

/** As a learner: the posterior mean predicts. The order of the rows does not matter. */
export function bayesianLinear(options: BayesianLinearOptions = {}): Learner {
  return {
    fit(x: Matrix, y: Float64Array, { weight }: FitOptions = {}): BayesianLinear {
      checkMatrix(x);
      checkFinite("y", y, x.rows);
      const w = weightsOf(weight, x.rows);
      const model = new BayesianLinear(x.columns, options, x.names);
      for (let i = 0; i < x.rows; i++) model.update(rowOf(x, i), y[i]!, w[i]);
      return model;
    },
  };
}

/**
 * A normal distribution of coefficients, kept as its mean and the Cholesky factor of its precision:
 * what the Bayesian regressions learn and bandits draw from. One more observation is a rank-one
 * update; drawing and predicting solve triangles. All O(d²) for d coefficients.
 */

import { WaymarkError } from "../../base/error.ts";
import { normal, type Rng } from "../../base/rng.ts";
import { checkFinite } from "../check.ts";
import type { JsonObject, JsonValue } from "../learner.ts";
import {
  addRankOne,
  type Cholesky,
  cholesky,
  inverse,
  solveLower,
  solveUpper,
} from "./cholesky.ts";

/** A precision from which nothing more is forgotten, so that no variance becomes infinite. */
export const FORGOTTEN = 1e-50;

/**
 * Before a row is learned: a model that took one number beyond all others in would be lost.
 *
 * @throws WaymarkError TABLE_INVALID
 */
export function needModerate(size: number): void {
  if (size < 1e200) return;
  throw new WaymarkError(
    "TABLE_INVALID",
    "x or y is so large, or so much beyond what is believed, that its square is no number",
  );
}

export class GaussianCoefficients {
  readonly dimension: number;
  readonly mean: Float64Array;
  readonly #factor: Cholesky;
  readonly #scratch: Float64Array;

  /**
   * @param precision Float64Array (dimension × dimension), row-major, positive definite
   * @throws WaymarkError OPTION_INVALID when it is not
   */
  constructor(mean: Float64Array, precision: Float64Array) {
    this.dimension = mean.length;
    this.mean = mean.slice();
    this.#factor = cholesky(precision, mean.length);
    this.#scratch = new Float64Array(mean.length);
    if (this.#factor.isAliased.includes(1)) {
      throw new WaymarkError("OPTION_INVALID", "the precision matrix is not positive definite");
    }
  }

  /** Mean 0, the same precision for each coefficient, independent. */
  static isotropic(dimension: number, precision: number): GaussianCoefficients {
    const matrix = new Float64Array(dimension * dimension);
    for (let j = 0; j < dimension; j++) matrix[j * dimension + j] = precision;
    return new GaussianCoefficients(new Float64Array(dimension), matrix);
  }

  /** Mean of xᵀβ. */
  project(x: ArrayLike<number>): number {
    let sum = 0;
    for (let j = 0; j < this.dimension; j++) sum += x[j]! * this.mean[j]!;
    return sum;
  }

  /** Variance of xᵀβ. */
  variance(x: ArrayLike<number>): number {
    this.#scratch.set(x);
    const half = solveLower(this.#factor, this.#scratch);
    let sum = 0;
    for (const h of half) sum += h * h;
    return sum;
  }

  /** Σ x, the direction in which an observation at x moves the mean. */
  gain(x: ArrayLike<number>): Float64Array {
    this.#scratch.set(x);
    return solveUpper(this.#factor, solveLower(this.#factor, this.#scratch));
  }

  /** Adds weight · x xᵀ to the precision; the mean stays. */
  addPrecision(x: ArrayLike<number>, weight: number): void {
    const root = Math.sqrt(weight);
    for (let j = 0; j < this.dimension; j++) this.#scratch[j] = root * x[j]!;
    addRankOne(this.#factor.lower, this.dimension, this.#scratch);
  }

  /**
   * Multiplies the precision: below 1 forgets, as for a world that drifts. What is forgotten wholly
   * stays as it is.
   */
  scalePrecision(factor: number): void {
    const { lower } = this.#factor;
    for (let j = 0; j < this.dimension; j++) {
      if (lower[j * this.dimension + j]! ** 2 * factor < FORGOTTEN) return;
    }
    const root = Math.sqrt(factor);
    for (let at = 0; at < lower.length; at++) lower[at]! *= root;
  }

  /** A draw of the coefficients, their deviations `scale` times as large. */
  sample(rng: Rng, scale = 1): Float64Array {
    for (let j = 0; j < this.dimension; j++) this.#scratch[j] = normal(rng);
    const deviation = solveUpper(this.#factor, this.#scratch);
    for (let j = 0; j < this.dimension; j++) {
      deviation[j] = this.mean[j]! + scale * deviation[j]!;
    }
    return deviation;
  }

  /** Float64Array (dimension × dimension), row-major. O(d³). */
  covariance(): Float64Array {
    return inverse(this.#factor);
  }

  /** Float64Array (dimension × dimension), row-major. O(d³). */
  precision(): Float64Array {
    const { lower } = this.#factor;
    const d = this.dimension;
    const matrix = new Float64Array(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k <= j; k++) sum += lower[i * d + k]! * lower[j * d + k]!;
        matrix[i * d + j] = sum;
        matrix[j * d + i] = sum;
      }
    }
    return matrix;
  }

  toJSON(): JsonObject {
    return { mean: [...this.mean], lower: [...this.#factor.lower] };
  }

  static fromJson(json: JsonValue | undefined): GaussianCoefficients {
    const { mean, lower } = (json ?? {}) as JsonObject;
    if (!Array.isArray(mean) || !Array.isArray(lower)) {
      throw new WaymarkError("TABLE_INVALID", "these are not written coefficients");
    }
    checkFinite("mean", mean, mean.length);
    checkFinite("lower", lower, mean.length ** 2);
    for (let j = 0; j < mean.length; j++) {
      if (!((lower[j * mean.length + j] as number) > 0)) {
        throw new WaymarkError("TABLE_INVALID", "these are not written coefficients");
      }
    }
    const gaussian = GaussianCoefficients.isotropic(mean.length, 1);
    gaussian.mean.set(mean);
    gaussian.#factor.lower.set(lower);
    return gaussian;
  }
}

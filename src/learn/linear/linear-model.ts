/**
 * A fitted linear predictor, intercept + Σ coefficient · column, read as a mean or through the
 * logistic curve as a probability; with the covariance of its coefficients where it was asked for.
 */
import { WaymarkError } from "../../base/error.ts";
import { studentTQuantile } from "../../stats/distribution/student-t.ts";
import { logistic } from "../calibration/sigmoid.ts";
import { checkFinite } from "../check.ts";
import type { JsonObject, Predictor, Serialisable } from "../learner.ts";
import { alignColumns, checkMatrix, columnLabel, type Matrix } from "../matrix.ts";
import { type Estimate, zOf } from "../metric/estimate.ts";

export interface LinearParts {
  readonly kind: "ridge" | "logistic";
  readonly names?: readonly string[] | undefined;
  readonly intercept: number;
  /** One a column, in the column's own units. */
  readonly coefficient: Float64Array;
  /**
   * Float64Array ((columns + 1)²), row-major, the intercept first; undefined when it was not asked
   * for, or when there are no more rows than coefficients.
   */
  readonly covariance?: Float64Array | undefined;
  /** Columns left out because they are constant or sums of others; their coefficient is 0. */
  readonly aliased: readonly number[];
  /** Of ridge: variance of y about the line. Of logistic: 1. */
  readonly residualVariance: number;
  /** Of ridge: of the t-distribution of its coefficients. Of logistic none: they are normal. */
  readonly degreesOfFreedom?: number | undefined;
  /** Nats; of ridge at the residual variance's maximum-likelihood value. */
  readonly logLikelihood: number;
}

export interface Coefficient extends Estimate {
  readonly name: string;
}

export class LinearModel implements Predictor, Serialisable, LinearParts {
  readonly kind: "ridge" | "logistic";
  readonly columns: number;
  readonly names: readonly string[] | undefined;
  readonly intercept: number;
  readonly coefficient: Float64Array;
  readonly covariance: Float64Array | undefined;
  readonly aliased: readonly number[];
  readonly residualVariance: number;
  readonly degreesOfFreedom: number | undefined;
  readonly logLikelihood: number;

  constructor(parts: LinearParts) {
    this.kind = parts.kind;
    this.columns = parts.coefficient.length;
    this.names = parts.names;
    this.intercept = parts.intercept;
    this.coefficient = parts.coefficient;
    this.covariance = parts.covariance;
    this.aliased = parts.aliased;
    this.residualVariance = parts.residualVariance;
    this.degreesOfFreedom = parts.degreesOfFreedom;
    this.logLikelihood = parts.logLikelihood;
  }

  /** Mean of y, or probability of 1, for each row. */
  predict(x: Matrix): Float64Array {
    const eta = this.linear(x);
    return this.kind === "ridge" ? eta : eta.map(logistic);
  }

  /** The sum itself: for logistic the log odds. */
  linear(x: Matrix): Float64Array {
    const { columns, values, rows } = alignColumns(x, this);
    checkMatrix({ columns, values, rows, names: this.names }, { minRows: 0 });
    const { coefficient, intercept } = this;
    const eta = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      let sum = intercept;
      for (let j = 0; j < columns; j++) sum += coefficient[j]! * values[i * columns + j]!;
      if (!Number.isFinite(sum)) {
        throw new WaymarkError(
          "TABLE_INVALID",
          `row ${i} is so large that its prediction is ${sum}`,
        );
      }
      eta[i] = sum;
    }
    return eta;
  }

  /**
   * The intercept and every column that is not aliased, with Wald intervals: by Student's t for least
   * squares, by the normal for log odds.
   *
   * @throws WaymarkError OPTION_INVALID when the fit kept no covariance
   */
  coefficients(level = 0.95): Coefficient[] {
    const { covariance } = this;
    if (!covariance) {
      throw new WaymarkError(
        "OPTION_INVALID",
        "the model has no standard errors: they were not asked for, or the rows are too few",
      );
    }
    const normal = zOf(level);
    const quantile =
      this.degreesOfFreedom === undefined
        ? normal
        : studentTQuantile((1 + level) / 2, this.degreesOfFreedom);
    const d = this.columns + 1;
    const row = (name: string, value: number, at: number): Coefficient => {
      const standardError = Math.sqrt(covariance[at * d + at]!);
      const half = quantile * standardError;
      return { name, value, standardError, lower: value - half, upper: value + half };
    };
    return [
      row("intercept", this.intercept, 0),
      ...Array.from(this.coefficient, (value, j) =>
        row(this.names?.[j] ?? columnLabel(this, j), value, j + 1),
      ).filter((_, j) => !this.aliased.includes(j)),
    ];
  }

  toJSON(): JsonObject {
    return {
      kind: this.kind,
      names: this.names ?? null,
      intercept: this.intercept,
      coefficient: [...this.coefficient],
      covariance: this.covariance ? [...this.covariance] : null,
      aliased: this.aliased,
      residualVariance: this.residualVariance,
      degreesOfFreedom: this.degreesOfFreedom ?? null,
      logLikelihood: this.logLikelihood,
    };
  }

  /** @throws WaymarkError TABLE_INVALID when the object is not a written model */
  static fromJson(json: JsonObject): LinearModel {
    const { kind, names, intercept, coefficient, covariance, aliased } = json;
    if ((kind !== "ridge" && kind !== "logistic") || !Array.isArray(coefficient)) {
      throw new WaymarkError("TABLE_INVALID", "this is not a written linear model");
    }
    checkFinite("coefficient", coefficient, coefficient.length);
    checkFinite("intercept", [intercept as number], 1);
    return new LinearModel({
      kind,
      names: Array.isArray(names) ? (names as string[]) : undefined,
      intercept: intercept as number,
      coefficient: Float64Array.from(coefficient),
      covariance: Array.isArray(covariance) ? Float64Array.from(covariance) : undefined,
      aliased: Array.isArray(aliased) ? (aliased as number[]) : [],
      residualVariance: json.residualVariance as number,
      degreesOfFreedom: (json.degreesOfFreedom as number | null | undefined) ?? undefined,
      logLikelihood: json.logLikelihood as number,
    });
  }
}

/**
 * What a bandit believes of its arms: Bayesian linear or logistic regression of the reward, one for
 * all arms on features of context and arm together (new arms are known at once), or one for each arm
 * (arms that have nothing in common). O(features²) to learn a reward.
 */
import { WaymarkError } from "../../base/error.ts";
import { logistic } from "../calibration/sigmoid.ts";
import { checkCodes, checkCount } from "../check.ts";
import type { JsonObject } from "../learner.ts";
import { BayesianLinear, type BayesianLinearOptions } from "../linear/bayesian-linear.ts";
import { BayesianLogistic, type BayesianLogisticOptions } from "../linear/bayesian-logistic.ts";
import { checkMatrix, type Matrix, rowOf } from "../matrix.ts";
import type { Scores } from "./explore.ts";

export type BeliefOptions = {
  /** Columns of the features; give a column of ones, there is no intercept. */
  readonly features: number;
  /** With a number each arm has a model of its own; without, all share one. */
  readonly arms?: number;
} & (
  | ({ readonly kind: "linear" } & BayesianLinearOptions)
  /** Rewards 0 and 1. */
  | ({ readonly kind: "logistic" } & BayesianLogisticOptions)
);

export class ArmBelief {
  readonly kind: "linear" | "logistic";
  readonly features: number;
  /** Undefined where all arms share a model. */
  readonly arms: number | undefined;
  readonly #models: (BayesianLinear | BayesianLogistic)[];

  constructor(options: BeliefOptions, models?: readonly (BayesianLinear | BayesianLogistic)[]) {
    checkCount("features", options.features, 1);
    if (options.arms !== undefined) checkCount("arms", options.arms, 1);
    this.kind = options.kind;
    this.features = options.features;
    this.arms = options.arms;
    const fresh = (): BayesianLinear | BayesianLogistic =>
      options.kind === "linear"
        ? new BayesianLinear(options.features, options)
        : new BayesianLogistic(options.features, options);
    this.#models = models ? [...models] : Array.from({ length: options.arms ?? 1 }, fresh);
  }

  /**
   * @param x a row of features for each arm
   * @throws WaymarkError TABLE_INVALID naming column, row and rule
   */
  scores(x: Matrix): Scores {
    checkMatrix(x);
    if (x.columns !== this.features || (this.arms !== undefined && x.rows !== this.arms)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `the arms are ${x.rows} × ${x.columns}; ${this.arms ?? "any number of"} arms × ${this.features} features are needed`,
      );
    }
    const mean = new Float64Array(x.rows);
    const deviation = new Float64Array(x.rows);
    for (let a = 0; a < x.rows; a++) {
      const model = this.#modelOf(a);
      const row = rowOf(x, a);
      const coefficients = model.mean;
      for (let j = 0; j < row.length; j++) mean[a]! += row[j]! * coefficients[j]!;
      deviation[a] = Math.sqrt(model.variance(row));
    }
    return { mean, deviation, reward: this.kind === "linear" ? mean : mean.map(logistic) };
  }

  /** Learns what an arm earned. @param reward of a logistic belief 0 or 1 @param weight ≥ 0 */
  update(arm: number, x: ArrayLike<number>, reward: number, weight = 1): void {
    if (this.arms !== undefined) checkCodes("arm", [arm], 1, this.arms);
    this.#modelOf(arm).update(x, reward, weight);
  }

  /** Forgets: what was learned counts `factor` as much, for a world that drifts. */
  discount(factor: number): void {
    for (const model of this.#models) model.discount(factor);
  }

  #modelOf(arm: number): BayesianLinear | BayesianLogistic {
    return this.#models[this.arms === undefined ? 0 : arm]!;
  }

  toJSON(): JsonObject {
    return {
      kind: this.kind,
      features: this.features,
      arms: this.arms ?? null,
      models: this.#models.map((model) => model.toJSON()),
    };
  }

  static fromJson({ kind, features, arms, models }: JsonObject): ArmBelief {
    const count = typeof arms === "number" ? arms : 1;
    if (
      (kind !== "linear" && kind !== "logistic") ||
      typeof features !== "number" ||
      !Array.isArray(models) ||
      models.length !== count
    ) {
      throw new WaymarkError("TABLE_INVALID", "this is not a written belief of a bandit");
    }
    const read = (models as readonly JsonObject[]).map((json) =>
      kind === "linear" ? BayesianLinear.fromJson(json) : BayesianLogistic.fromJson(json),
    );
    return new ArmBelief({ kind, features, ...(typeof arms === "number" && { arms }) }, read);
  }
}

/**
 * What a supervised learner is to whoever uses one: a recipe that fits on rows and gives a model that
 * predicts. Survival, uplift and off-policy evaluation take any `Learner`; linear models and trees
 * are two. Fitting is a pure function of its arguments: the same rows and seed give the same model.
 */
import { WaymarkError } from "../base/error.ts";
import type { Matrix } from "./matrix.ts";

export interface FitOptions {
  /** Float64Array (rows), ≥ 0 and not all 0; a weight of 2 counts as the row twice. */
  readonly weight?: Float64Array | undefined;
  /** For learners that draw numbers; others ignore it. */
  readonly seed?: number | undefined;
}

export interface Learner {
  /**
   * @param y Float64Array (rows), finite; a classifier asks for 0 and 1
   * @throws WaymarkError TABLE_INVALID naming column, row and rule
   */
  fit(x: Matrix, y: Float64Array, options?: FitOptions): Predictor;
}

export interface Predictor {
  /** Float64Array (rows): the mean of y; of a classifier the probability of 1. */
  predict(x: Matrix): Float64Array;
}

/** A learner of several classes at once. */
export interface ClassLearner {
  /**
   * @param y Int32Array (rows), class codes 0 … classes − 1
   * @throws WaymarkError TABLE_INVALID naming column, row and rule
   */
  fit(x: Matrix, y: Int32Array, classes: number, options?: FitOptions): ClassPredictor;
}

export interface ClassPredictor {
  readonly classes: number;
  /** Float64Array (rows × classes), row-major: probabilities, each row summing to 1. */
  predict(x: Matrix): Float64Array;
}

/**
 * A model of models as JSON has to write those it is made of.
 *
 * @throws WaymarkError OPTION_INVALID where a model cannot be written down
 */
export function written(model: object): JsonObject {
  if ("toJSON" in model) return (model as Serialisable).toJSON();
  throw new WaymarkError("OPTION_INVALID", "the learner's model cannot be written down");
}

/** A model that can be written down: `JSON.stringify(model)`, and its own `…FromJson` back. */
export interface Serialisable {
  toJSON(): JsonObject;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

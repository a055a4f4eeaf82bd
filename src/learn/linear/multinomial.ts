/**
 * Multinomial logistic regression: log odds between classes as weighted sums of columns. All classes
 * have coefficients, which sum to 0 over the classes; `contrast` gives the log odds of one class
 * against another. Newton's method while classes × columns is at most 200, else L-BFGS.
 * O(n·(K·d)²) a step with Newton, O(n·K·d) with L-BFGS.
 */
import { WaymarkError } from "../../base/error.ts";
import {
  checkChoice,
  checkCodes,
  checkCount,
  checkFinite,
  checkOption,
  weightsOf,
} from "../check.ts";
import type {
  ClassLearner,
  ClassPredictor,
  FitOptions,
  JsonObject,
  Serialisable,
} from "../learner.ts";
import { alignColumns, checkMatrix, columnLabel, type Matrix } from "../matrix.ts";
import { zOf } from "../metric/estimate.ts";
import { cholesky, inverse, solve } from "./cholesky.ts";
import { minimise } from "./lbfgs.ts";
import type { Coefficient } from "./linear-model.ts";
import { NEWTON_COLUMNS, SOLVERS } from "./logistic.ts";
import { withoutAliased } from "./newton.ts";
import { defaults } from "./ridge.ts";
import { penaltyOf, type Standardised, standardise } from "./standardise.ts";

export interface MultinomialOptions {
  /** Adds ½ · l2 · Σ coefficient² over all classes to the negative log likelihood. */
  readonly l2?: number;
  readonly isStandardised?: boolean;
  readonly errors?: "model" | "none";
  readonly solver?: (typeof SOLVERS)[number];
}

export class MultinomialModel implements ClassPredictor, Serialisable {
  readonly classes: number;
  readonly columns: number;
  readonly names: readonly string[] | undefined;
  /** Float64Array (classes × (columns + 1)), row-major, the intercept first. */
  readonly beta: Float64Array;
  /** Float64Array ((classes · (columns + 1))²), row-major. */
  readonly covariance: Float64Array | undefined;

  constructor(
    classes: number,
    names: readonly string[] | undefined,
    beta: Float64Array,
    covariance: Float64Array | undefined,
  ) {
    this.classes = classes;
    this.columns = beta.length / classes - 1;
    this.names = names;
    this.beta = beta;
    this.covariance = covariance;
  }

  predict(x: Matrix): Float64Array {
    const { rows, values } = alignColumns(x, this);
    const { classes, columns, beta } = this;
    checkMatrix({ rows, columns, values, names: this.names }, { minRows: 0 });
    const d = columns + 1;
    const p = new Float64Array(rows * classes);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < classes; k++) {
        let eta = beta[k * d]!;
        for (let j = 0; j < columns; j++) eta += beta[k * d + j + 1]! * values[i * columns + j]!;
        p[i * classes + k] = eta;
      }
      softmax(p.subarray(i * classes, (i + 1) * classes));
    }
    return p;
  }

  /**
   * Log odds of class `k` against class `base`: intercept, then columns, with Wald intervals.
   *
   * @throws WaymarkError OPTION_INVALID when the fit kept no covariance
   */
  contrast(k: number, base: number, level = 0.95): Coefficient[] {
    const { beta, covariance, classes } = this;
    if (!covariance) {
      throw new WaymarkError("OPTION_INVALID", "the model was fitted without standard errors");
    }
    checkCodes("class", [k, base], 2, classes);
    const z = zOf(level);
    const d = this.columns + 1;
    const size = classes * d;
    return Array.from({ length: d }, (_, j) => {
      const a = k * d + j;
      const b = base * d + j;
      const value = beta[a]! - beta[b]!;
      const variance =
        covariance[a * size + a]! + covariance[b * size + b]! - 2 * covariance[a * size + b]!;
      const standardError = Math.sqrt(Math.max(0, variance));
      const half = z * standardError;
      const name = j === 0 ? "intercept" : (this.names?.[j - 1] ?? columnLabel(this, j - 1));
      return { name, value, standardError, lower: value - half, upper: value + half };
    });
  }

  toJSON(): JsonObject {
    return {
      kind: "multinomial",
      classes: this.classes,
      names: this.names ?? null,
      beta: [...this.beta],
      covariance: this.covariance ? [...this.covariance] : null,
    };
  }

  static fromJson(json: JsonObject): MultinomialModel {
    const { kind, classes, names, beta, covariance } = json;
    if (kind !== "multinomial" || typeof classes !== "number" || !Array.isArray(beta)) {
      throw new WaymarkError("TABLE_INVALID", "this is not a written multinomial model");
    }
    checkFinite("beta", beta, beta.length);
    return new MultinomialModel(
      classes,
      Array.isArray(names) ? (names as string[]) : undefined,
      Float64Array.from(beta),
      Array.isArray(covariance) ? Float64Array.from(covariance) : undefined,
    );
  }
}

export interface MultinomialLearner extends ClassLearner {
  fit(x: Matrix, y: Int32Array, classes: number, options?: FitOptions): MultinomialModel;
}

/**
 * @throws WaymarkError TABLE_INVALID from `fit` when a class has no row with weight, or when `l2` is 0
 *   and the columns tell classes apart
 */
export function multinomial(options: MultinomialOptions = {}): MultinomialLearner {
  const { l2, isStandardised, errors } = { ...defaults, ...options };
  checkOption("l2", l2, 0, Number.MAX_VALUE);
  checkChoice("errors", errors, ["model", "none"]);
  checkChoice("solver", options.solver ?? "newton", SOLVERS);
  return {
    fit(x, y, classes, { weight } = {}) {
      checkCount("classes", classes, 2);
      checkCodes("y", y, x.rows, classes);
      const w = weightsOf(weight, x.rows);
      needEveryClass(y, w, classes);
      const scaled = standardise(x, w, true);
      const penalty = penaltyOf(scaled, l2, isStandardised);
      const problem = { x: scaled.design, y, weight: w, penalty, classes };
      const size = classes * scaled.design.columns;
      const solver = options.solver ?? (size <= NEWTON_COLUMNS ? "newton" : "lbfgs");
      if (solver === "lbfgs") {
        return new MultinomialModel(
          classes,
          x.names,
          inOwnUnits(scaled, byLbfgs(problem)),
          undefined,
        );
      }
      const { beta, covariance } = byNewton(problem, errors !== "none");
      return new MultinomialModel(
        classes,
        x.names,
        inOwnUnits(scaled, beta),
        covariance && covarianceOf(scaled, covariance, classes),
      );
    },
  };
}

interface Problem {
  /** Standardised, the intercept first. */
  readonly x: Matrix;
  readonly y: Int32Array;
  readonly weight: Float64Array;
  readonly penalty: Float64Array;
  readonly classes: number;
}

const MAX_STEPS = 100;
const DECREMENT = 1e-14;
/** A last step that still moves log odds this much has found no end. */
const ADRIFT = 0.05;

function byNewton(
  problem: Problem,
  withCovariance: boolean,
): { readonly beta: Float64Array; readonly covariance: Float64Array | undefined } {
  const { x, classes } = problem;
  const size = classes * x.columns;
  let beta: Float64Array = new Float64Array(size);
  let gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let value = evaluate(problem, beta, gradient, hessian);
  const { isAliased } = cholesky(gauged(problem, hessian), size);
  for (let step = 0; step < MAX_STEPS; step++) {
    const factor = withoutAliased(gauged(problem, hessian), size, isAliased);
    for (let at = 0; at < size; at++) {
      const isLost = factor.isAliased[at] === 1 && isAliased[at] === 0;
      if (isLost && problem.penalty[at % x.columns] === 0) throw adrift();
    }
    const direction = solve(factor, gradient);
    let decrement = 0;
    for (let at = 0; at < size; at++) decrement += direction[at]! * gradient[at]!;
    for (let length = 1; ; length /= 2) {
      const trial = beta.map((b, at) => b - length * direction[at]!);
      const there = new Float64Array(size);
      const cost = evaluate(problem, trial, there, hessian);
      if (cost <= value + 1e-12 * Math.abs(value) || length < 1e-9) {
        beta = trial;
        value = cost;
        gradient = there;
        break;
      }
    }
    if (decrement > 2 * DECREMENT) continue;
    needSettled(problem, direction);
    if (!withCovariance) return { beta, covariance: undefined };
    return {
      beta,
      covariance: ungauged(problem, inverse(cholesky(gauged(problem, hessian), size))),
    };
  }
  throw adrift();
}

/**
 * Adding one vector to all classes changes no probability, so the Hessian is flat that way for every
 * column without a penalty. A unit of curvature there pins the sum over classes to 0; its inverse
 * takes the unit out again.
 */
function gauged({ x, penalty, classes }: Problem, hessian: Float64Array): Float64Array {
  return addGauge(hessian, x.columns, penalty, classes, 1);
}

function ungauged({ x, penalty, classes }: Problem, covariance: Float64Array): Float64Array {
  return addGauge(covariance, x.columns, penalty, classes, -1);
}

function addGauge(
  matrix: Float64Array,
  d: number,
  penalty: Float64Array,
  classes: number,
  sign: number,
): Float64Array {
  const size = classes * d;
  const result = matrix.slice();
  for (let j = 0; j < d; j++) {
    if (penalty[j]! > 0) continue;
    for (let k = 0; k < classes; k++) {
      for (let l = 0; l < classes; l++) {
        result[(k * d + j) * size + l * d + j]! += sign / classes;
      }
    }
  }
  return result;
}

/** The penalised negative log likelihood, its gradient, and its Hessian where there is room for it. */
function evaluate(
  { x, y, weight, penalty, classes }: Problem,
  beta: Float64Array,
  gradient: Float64Array,
  hessian?: Float64Array,
): number {
  const { rows, columns: d, values } = x;
  const size = classes * d;
  const p = new Float64Array(classes);
  let cost = 0;
  for (let k = 0; k < classes; k++) {
    for (let j = 0; j < d; j++) {
      const b = beta[k * d + j]!;
      gradient[k * d + j] = penalty[j]! * b;
      cost += 0.5 * penalty[j]! * b * b;
    }
  }
  if (hessian) {
    hessian.fill(0);
    for (let at = 0; at < size; at++) hessian[at * size + at] = penalty[at % d]!;
  }
  for (let i = 0, base = 0; i < rows; i++, base += d) {
    const w = weight[i]!;
    if (w === 0) continue;
    for (let k = 0; k < classes; k++) {
      let eta = 0;
      for (let j = 0; j < d; j++) eta += beta[k * d + j]! * values[base + j]!;
      p[k] = eta;
    }
    const own = p[y[i]!]!;
    cost += w * (softmax(p) - own);
    for (let k = 0; k < classes; k++) {
      const residual = w * (p[k]! - (y[i] === k ? 1 : 0));
      for (let j = 0; j < d; j++) gradient[k * d + j]! += residual * values[base + j]!;
      if (!hessian) continue;
      for (let l = 0; l <= k; l++) {
        const curvature = w * p[k]! * ((k === l ? 1 : 0) - p[l]!);
        for (let j = 0; j < d; j++) {
          const cx = curvature * values[base + j]!;
          if (cx === 0) continue;
          const row = (k * d + j) * size + l * d;
          for (let m = 0; m < d; m++) hessian[row + m]! += cx * values[base + m]!;
        }
      }
    }
  }
  if (hessian) {
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < a; b++) hessian[b * size + a] = hessian[a * size + b]!;
    }
  }
  return cost;
}

function byLbfgs(problem: Problem): Float64Array {
  let total = 0;
  for (const w of problem.weight) total += w;
  const start = new Float64Array(problem.classes * problem.x.columns);
  return minimise((beta, gradient) => {
    const cost = evaluate(problem, beta, gradient);
    for (let at = 0; at < gradient.length; at++) gradient[at]! /= total;
    return cost / total;
  }, start).x;
}

/** Log odds become probabilities, in place. Returns log Σ e^η. */
function softmax(eta: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const e of eta) most = Math.max(most, e);
  let sum = 0;
  for (let k = 0; k < eta.length; k++) {
    eta[k] = Math.exp(eta[k]! - most);
    sum += eta[k]!;
  }
  for (let k = 0; k < eta.length; k++) eta[k]! /= sum;
  return most + Math.log(sum);
}

function needEveryClass(y: Int32Array, weight: Float64Array, classes: number): void {
  const mass = new Float64Array(classes);
  for (let i = 0; i < y.length; i++) mass[y[i]!]! += weight[i]!;
  const missing = mass.indexOf(0);
  if (missing >= 0) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `y has no row of class ${missing} with weight: each of the ${classes} classes is needed`,
    );
  }
}

function needSettled({ x, weight, classes }: Problem, direction: Float64Array): void {
  const { rows, columns: d, values } = x;
  for (let i = 0; i < rows; i++) {
    if (weight[i] === 0) continue;
    for (let k = 0; k < classes; k++) {
      let change = 0;
      for (let j = 0; j < d; j++) change += direction[k * d + j]! * values[i * d + j]!;
      if (Math.abs(change) > ADRIFT) throw adrift();
    }
  }
}

function adrift(): WaymarkError {
  return new WaymarkError(
    "TABLE_INVALID",
    "the columns tell a class apart from the others: no finite coefficients fit best; give l2 above 0",
  );
}

function inOwnUnits({ design, centre, scale }: Standardised, beta: Float64Array): Float64Array {
  const d = design.columns;
  const result = new Float64Array(beta.length);
  for (let base = 0; base < beta.length; base += d) {
    let intercept = beta[base]!;
    for (let j = 0; j < scale.length; j++) {
      const b = beta[base + j + 1]! / scale[j]!;
      result[base + j + 1] = b;
      intercept -= b * centre[j]!;
    }
    result[base] = intercept;
  }
  return result;
}

/** T C Tᵀ with T the block-diagonal change to own units. */
function covarianceOf(
  { design, centre, scale }: Standardised,
  covariance: Float64Array,
  classes: number,
): Float64Array {
  const d = design.columns;
  const size = classes * d;
  const half = new Float64Array(size * size);
  const result = new Float64Array(size * size);
  const apply = (from: Float64Array, to: Float64Array, at: (a: number, b: number) => number) => {
    for (let b = 0; b < size; b++) {
      for (let k = 0; k < size; k += d) {
        let intercept = from[at(k, b)]!;
        for (let j = 0; j < scale.length; j++) {
          const value = from[at(k + j + 1, b)]! / scale[j]!;
          to[at(k + j + 1, b)] = value;
          intercept -= centre[j]! * value;
        }
        to[at(k, b)] = intercept;
      }
    }
  };
  apply(covariance, half, (a, b) => a * size + b);
  apply(half, result, (a, b) => b * size + a);
  return result;
}

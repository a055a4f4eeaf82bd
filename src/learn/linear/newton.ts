/**
 * The mode of a logistic regression under a normal prior or penalty, by Newton's method with halved
 * steps (iteratively reweighted least squares). Convex, so there is one mode; about eight steps of
 * O(n·d²).
 */
import { WaymarkError } from "../../base/error.ts";
import { logistic, softplus } from "../calibration/sigmoid.ts";
import { columnLabel, type Matrix } from "../matrix.ts";
import { type Cholesky, cholesky, solve } from "./cholesky.ts";

export interface Prior {
  readonly mean: ArrayLike<number>;
  /** Float64Array (columns × columns), row-major; may be 0, which is no prior. */
  readonly precision: Float64Array;
}

export interface Mode {
  readonly beta: Float64Array;
  /** Float64Array (columns × columns), row-major: Σ w p(1−p) x xᵀ and the prior's precision. */
  readonly hessian: Float64Array;
  readonly logLikelihood: number;
  readonly steps: number;
  /** Columns that are sums of others; their coefficients stay at the prior's mean. */
  readonly isAliased: Uint8Array;
}

const MAX_STEPS = 100;
/** Half the squared length of the last step, in units of its own uncertainty. */
const DECREMENT = 1e-14;
/** A step that still moves some row's log odds this much has not found an end: there is none. */
const ADRIFT = 0.05;

/**
 * @param y 0 … 1 a row
 * @throws WaymarkError TABLE_INVALID when without a prior the columns tell 0 and 1 apart, so that no
 *   finite coefficients are best
 */
export function newton(x: Matrix, y: ArrayLike<number>, weight: Float64Array, prior: Prior): Mode {
  const d = x.columns;
  const beta = Float64Array.from(prior.mean);
  const state = createState(d);
  evaluate(x, y, weight, prior, beta, state);
  const { isAliased } = cholesky(state.hessian, d);
  const trial = new Float64Array(d);
  const next = createState(d);
  for (let step = 1; step <= MAX_STEPS; step++) {
    const factor = withoutAliased(state.hessian, d, isAliased);
    // Only where every row's weight p(1−p) has run out can a column be lost on the way.
    for (let j = 0; j < d; j++) {
      const isLost = factor.isAliased[j] === 1 && isAliased[j] === 0;
      if (isLost && prior.precision[j * d + j] === 0) throw adrift(x, weight, beta);
    }
    const direction = solve(factor, state.gradient);
    let decrement = 0;
    for (let j = 0; j < d; j++) decrement += direction[j]! * state.gradient[j]!;
    let length = 1;
    for (; ; length /= 2) {
      for (let j = 0; j < d; j++) trial[j] = beta[j]! + length * direction[j]!;
      evaluate(x, y, weight, prior, trial, next);
      if (next.value >= state.value - 1e-12 * Math.abs(state.value)) break;
      if (length < 1e-9) break;
    }
    beta.set(trial);
    state.value = next.value;
    state.logLikelihood = next.logLikelihood;
    state.gradient.set(next.gradient);
    state.hessian.set(next.hessian);
    if (!(decrement > 2 * DECREMENT)) {
      needSettled(x, weight, direction, beta);
      const { hessian, logLikelihood } = state;
      return { beta, hessian, logLikelihood, steps: step, isAliased };
    }
  }
  throw adrift(x, weight, beta);
}

interface State {
  /** Log likelihood less the prior's distance. */
  value: number;
  logLikelihood: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

function createState(d: number): State {
  return {
    value: 0,
    logLikelihood: 0,
    gradient: new Float64Array(d),
    hessian: new Float64Array(d * d),
  };
}

function evaluate(
  x: Matrix,
  y: ArrayLike<number>,
  weight: Float64Array,
  { mean, precision }: Prior,
  beta: Float64Array,
  state: State,
): void {
  const { rows, columns: d, values } = x;
  const { gradient, hessian } = state;
  gradient.fill(0);
  hessian.set(precision);
  let likelihood = 0;
  for (let i = 0, base = 0; i < rows; i++, base += d) {
    const w = weight[i]!;
    if (w === 0) continue;
    let eta = 0;
    for (let j = 0; j < d; j++) eta += values[base + j]! * beta[j]!;
    const p = logistic(eta);
    likelihood += w * (y[i]! * eta - softplus(eta));
    const residual = w * (y[i]! - p);
    const curvature = w * p * (1 - p);
    for (let j = 0; j < d; j++) {
      const xj = values[base + j]!;
      if (xj === 0) continue;
      gradient[j]! += residual * xj;
      const cj = curvature * xj;
      const row = j * d;
      for (let k = 0; k <= j; k++) hessian[row + k]! += cj * values[base + k]!;
    }
  }
  let distance = 0;
  for (let j = 0; j < d; j++) {
    let pull = 0;
    for (let k = 0; k < d; k++) pull += precision[j * d + k]! * (beta[k]! - mean[k]!);
    gradient[j]! -= pull;
    distance += pull * (beta[j]! - mean[j]!);
    for (let k = 0; k < j; k++) hessian[k * d + j] = hessian[j * d + k]!;
  }
  state.logLikelihood = likelihood;
  state.value = likelihood - distance / 2;
}

/** A later factor, which leaves out what the first one did. */
export function withoutAliased(hessian: Float64Array, d: number, isAliased: Uint8Array): Cholesky {
  const kept = hessian.slice();
  for (let j = 0; j < d; j++) {
    if (!isAliased[j]) continue;
    for (let k = 0; k < d; k++) {
      kept[j * d + k] = 0;
      kept[k * d + j] = 0;
    }
  }
  return cholesky(kept, d);
}

function needSettled(
  x: Matrix,
  weight: Float64Array,
  direction: Float64Array,
  beta: Float64Array,
): void {
  for (let i = 0; i < x.rows; i++) {
    if (weight[i] === 0) continue;
    let change = 0;
    for (let j = 0; j < x.columns; j++) change += x.values[i * x.columns + j]! * direction[j]!;
    if (Math.abs(change) > ADRIFT) throw adrift(x, weight, beta);
  }
}

/** Names the column whose coefficient moves the log odds most. */
function adrift(x: Matrix, weight: Float64Array, beta: Float64Array): WaymarkError {
  let worst = 0;
  let most = -1;
  for (let j = 0; j < x.columns; j++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < x.rows; i++) {
      if (weight[i] === 0) continue;
      const part = x.values[i * x.columns + j]! * beta[j]!;
      low = Math.min(low, part);
      high = Math.max(high, part);
    }
    if (high - low > most) {
      most = high - low;
      worst = j;
    }
  }
  return new WaymarkError(
    "TABLE_INVALID",
    `${columnLabel(x, worst)} (or it with others) tells the labels 0 and 1 apart: no finite coefficient fits best; give l2 above 0 or leave the column out`,
  );
}

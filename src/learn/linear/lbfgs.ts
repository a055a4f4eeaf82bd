/**
 * Minimisation by limited-memory BFGS (Nocedal 1980; Liu & Nocedal 1989) with a line search that
 * keeps the strong Wolfe conditions by bisection and growth. For smooth convex functions of many
 * variables, where a Hessian is too large: O(10 d) memory and time a step besides the function.
 */
import { WaymarkError } from "../../base/error.ts";

export interface LbfgsOptions {
  readonly maxSteps?: number;
  /** The largest partial derivative at which the search ends. */
  readonly gradientTolerance?: number;
}

const defaults = { maxSteps: 2000, gradientTolerance: 1e-8 } as const;
/** Pairs of steps and gradient differences remembered. */
const MEMORY = 10;
const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;

/** Writes the gradient at x and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly steps: number;
}

/** @throws WaymarkError TABLE_INVALID when the search does not settle in `maxSteps` */
export function minimise(
  objective: Objective,
  start: Float64Array,
  options: LbfgsOptions = {},
): Minimum {
  const { maxSteps, gradientTolerance } = { ...defaults, ...options };
  const n = start.length;
  let x = start.slice();
  let gradient = new Float64Array(n);
  let value = objective(x, gradient);
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  for (let step = 0; step < maxSteps; step++) {
    if (largest(gradient) <= gradientTolerance) return { x, value, steps: step };
    let direction = descent(gradient, steps, changes);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      steps.length = 0;
      changes.length = 0;
      direction = gradient.map((g) => -g);
      slope = -dot(gradient, gradient);
    }
    const first = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const found = lineSearch(objective, x, value, slope, direction, first);
    // Rounding hides any further descent.
    if (!found) return { x, value, steps: step };
    const s = new Float64Array(n);
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      s[i] = found.x[i]! - x[i]!;
      y[i] = found.gradient[i]! - gradient[i]!;
    }
    if (dot(s, y) > 1e-300) {
      steps.push(s);
      changes.push(y);
      if (steps.length > MEMORY) {
        steps.shift();
        changes.shift();
      }
    }
    ({ x, value, gradient } = found);
  }
  throw new WaymarkError(
    "TABLE_INVALID",
    `no minimum in ${maxSteps} steps: the columns may tell the labels apart; give l2 above 0`,
  );
}

/** −H g by the two loops over remembered pairs. */
function descent(
  gradient: Float64Array,
  steps: readonly Float64Array[],
  changes: readonly Float64Array[],
): Float64Array {
  const q = gradient.map((g) => -g);
  const alpha: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    alpha[k] = dot(steps[k]!, q) / dot(steps[k]!, changes[k]!);
    for (let i = 0; i < q.length; i++) q[i]! -= alpha[k]! * changes[k]![i]!;
  }
  const last = steps.length - 1;
  if (last >= 0) {
    const scale = dot(steps[last]!, changes[last]!) / dot(changes[last]!, changes[last]!);
    for (let i = 0; i < q.length; i++) q[i]! *= scale;
  }
  for (let k = 0; k < steps.length; k++) {
    const beta = dot(changes[k]!, q) / dot(steps[k]!, changes[k]!);
    for (let i = 0; i < q.length; i++) q[i]! += steps[k]![i]! * (alpha[k]! - beta);
  }
  return q;
}

interface Found {
  readonly x: Float64Array<ArrayBuffer>;
  readonly value: number;
  readonly gradient: Float64Array<ArrayBuffer>;
}

function lineSearch(
  objective: Objective,
  x: Float64Array,
  value: number,
  slope: number,
  direction: Float64Array,
  first: number,
): Found | undefined {
  let low = 0;
  let high = Infinity;
  let length = first;
  for (let k = 0; k < 60; k++) {
    const trial = new Float64Array(x.length);
    const gradient = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) trial[i] = x[i]! + length * direction[i]!;
    const there = objective(trial, gradient);
    if (!(there <= value + SUFFICIENT_DECREASE * length * slope)) high = length;
    else if (dot(gradient, direction) < CURVATURE * slope) low = length;
    else return { x: trial, value: there, gradient };
    length = high < Infinity ? (low + high) / 2 : 2 * low;
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

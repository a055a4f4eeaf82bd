/** Squares, quantiles and counts (LightGBM's `regression_objective.hpp`). */
import { WaymarkError } from "../../../base/error.ts";
import { checkOption } from "../../check.ts";
import { type Labels, meanLoss, type Objective, weightedSum } from "./objective.ts";

/** Mean squared error. */
export function l2Objective(labels: Labels): Objective {
  const { y, weight, rows } = labels;
  return {
    name: "regression",
    classes: 1,
    initialScore: () => meanLabel(labels),
    isLearnable: () => true,
    gradients(score, out) {
      for (let i = 0; i < rows; i++) {
        const gradient = Math.fround(score[i]! - y[i]!);
        out[2 * i] = weight === undefined ? gradient : gradient * weight[i]!;
        out[2 * i + 1] = weight === undefined ? 1 : weight[i]!;
      }
    },
    formula: { name: "square" },
    loss: (score, of) => meanLoss(of, (i) => (score[i]! - of.y[i]!) ** 2),
  };
}

/** Hessians carry e to this power, and single precision holds no more than e^88. */
const POISSON_STEP_MAX = 80;

/** Counts, through the log of their mean. @throws WaymarkError TABLE_INVALID on a negative label or all 0 */
export function poissonObjective(labels: Labels, maxDeltaStep = 0.7): Objective {
  checkOption("maxDeltaStep", maxDeltaStep, 0, POISSON_STEP_MAX);
  const { y, weight, rows } = labels;
  checkCountLabels(labels);
  if (y.every((label) => label === 0)) {
    throw new WaymarkError("TABLE_INVALID", "y is 0 on every row: poisson needs one above 0");
  }
  const safeguard = Math.exp(maxDeltaStep);
  return {
    name: "poisson",
    classes: 1,
    initialScore: () => Math.log(meanLabel(labels)),
    isLearnable: () => true,
    gradients(score, out) {
      for (let i = 0; i < rows; i++) {
        const mean = Math.exp(score[i]!);
        const w = weight === undefined ? 1 : weight[i]!;
        out[2 * i] = (mean - y[i]!) * w;
        out[2 * i + 1] = mean * safeguard * w;
      }
    },
    check: checkCountLabels,
    loss: (score, of) => meanLoss(of, (i) => Math.exp(score[i]!) - of.y[i]! * score[i]!),
  };
}

function checkCountLabels({ y }: Labels): void {
  const negative = y.findIndex((label) => label < 0);
  if (negative < 0) return;
  throw new WaymarkError(
    "TABLE_INVALID",
    `y, row ${negative} is ${y[negative]}: the poisson objective asks for labels ≥ 0`,
  );
}

/** The `alpha` quantile of y. @throws WaymarkError OPTION_INVALID unless 0 < alpha < 1 */
export function quantileObjective(labels: Labels, alpha: number): Objective {
  checkOption("alpha", alpha, Number.MIN_VALUE, 1 - Number.EPSILON);
  const { y, weight, rows } = labels;
  const a = Math.fround(alpha);
  const above = Math.fround(1 - a);
  return {
    name: "quantile",
    classes: 1,
    initialScore: () => Math.fround(percentile(Float64Array.from(y), weight, a)),
    isLearnable: () => true,
    gradients(score, out) {
      for (let i = 0; i < rows; i++) {
        const w = weight === undefined ? 1 : weight[i]!;
        out[2 * i] = (Math.fround(score[i]! - y[i]!) >= 0 ? above : -a) * w;
        out[2 * i + 1] = w;
      }
    },
    loss: (score, of) =>
      meanLoss(of, (i) => {
        const off = of.y[i]! - score[i]!;
        return off >= 0 ? alpha * off : (alpha - 1) * off;
      }),
    renewLeaf(leafRows, score) {
      const residual = Float64Array.from(leafRows, (i) => y[i]! - score[i]!);
      return percentile(residual, weight && Float32Array.from(leafRows, (i) => weight[i]!), a);
    },
  };
}

function meanLabel(labels: Labels): number {
  const { sum, total } = weightedSum(labels);
  return sum / total;
}

/** LightGBM's two percentiles: between neighbours without weights, a step of the weights' sum with. */
function percentile(values: Float64Array, weight: Float32Array | undefined, alpha: number): number {
  const n = values.length;
  if (n === 1) return values[0]!;
  if (weight === undefined) {
    const sorted = values.sort();
    const at = (n - 1) * (1 - alpha);
    const place = Math.trunc(at) + 1;
    if (place >= n) return sorted[0]!;
    const high = sorted[n - place]!;
    const low = sorted[n - 1 - place]!;
    return high - (high - low) * (at - (place - 1));
  }
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const sums = new Float64Array(n);
  let sum = 0;
  order.forEach((i, k) => {
    sum += weight[i]!;
    sums[k] = sum;
  });
  const threshold = sum * alpha;
  const found = sums.findIndex((below) => below > threshold);
  const place = found < 0 ? n - 1 : found;
  const value = values[order[place]!]!;
  if (place === 0 || place === n - 1) return value;
  const step = sums[place + 1]! - sums[place]!;
  if (step < 1) return value;
  const before = values[order[place - 1]!]!;
  return ((threshold - sums[place]!) / step) * (value - before) + before;
}

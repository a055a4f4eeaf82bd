/**
 * How well probabilities agree with frequencies: bins of equal weight (equal predictions always in
 * one bin), the expected calibration error over them (Naeini et al. 2015), and the Brier score split
 * into reliability, resolution and uncertainty (Murphy 1973) with the two terms that bins of unequal
 * predictions add (Stephenson et al. 2008), so that the parts sum to the score. O(n log n).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkBinary, checkChoice, checkCount, checkProbability, weightsOf } from "../check.ts";
import { orderOf } from "../order.ts";
import {
  type BootstrapOptions,
  type BoundMetric,
  bootstrapEstimate,
  type Estimate,
} from "./estimate.ts";

export interface BinOptions {
  /** At most as many bins. */
  readonly bins?: number;
  /** Bins of equal weight, or of equal width on [0, 1]. */
  readonly by?: "weight" | "width";
}

const defaults = {
  /** Ten, as everybody's figures have it. */
  bins: 10,
  by: "weight",
} as const;

export interface CalibrationBin {
  /** Weighted mean of the predictions. */
  readonly predicted: number;
  /** Weighted share of ones. */
  readonly observed: number;
  /** Sum of weights. */
  readonly weight: number;
}

/** Bins from low to high predictions; empty ones are left out. */
export function calibrationCurve(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: BinOptions & { readonly weight?: Float64Array } = {},
): CalibrationBin[] {
  const sums = bindBins(y, p, options)(weightsOf(options.weight, y.length));
  return sums.map(({ weight, p, y }) => ({ predicted: p / weight, observed: y / weight, weight }));
}

/** Mean distance of prediction and frequency over the bins, by weight. Too small bins inflate it. */
export function expectedCalibrationError(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: BinOptions & { readonly weight?: Float64Array } = {},
): number {
  return bindExpectedCalibrationError(y, p, options)(weightsOf(options.weight, y.length));
}

export function bindExpectedCalibrationError(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: BinOptions = {},
): BoundMetric {
  const binsOf = bindBins(y, p, options);
  return (weight) => {
    let distance = 0;
    let total = 0;
    for (const bin of binsOf(weight)) {
      distance += Math.abs(bin.p - bin.y);
      total += bin.weight;
    }
    return distance / total;
  };
}

/**
 * The error with a bootstrap interval. The error is a sum of absolute values, hence biased upwards:
 * 0 is never inside, and a perfectly calibrated model of n rows and b bins shows up to √(.16 b / n).
 */
export function expectedCalibrationErrorEstimate(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: BinOptions & BootstrapOptions = {},
): Estimate {
  return bootstrapEstimate(bindExpectedCalibrationError(y, p, options), y.length, options);
}

export interface BrierParts {
  readonly brier: number;
  /** Mean squared distance of frequency from prediction over the bins; 0 is best. */
  readonly reliability: number;
  /** Variance of the bins' frequencies; as large as `uncertainty` at best. */
  readonly resolution: number;
  /** Variance of y. */
  readonly uncertainty: number;
  /** Variance of predictions within bins, less twice their covariance with y. */
  readonly withinBin: number;
}

/** brier = reliability − resolution + uncertainty + withinBin, to rounding. */
export function brierDecomposition(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  options: BinOptions & { readonly weight?: Float64Array } = {},
): BrierParts {
  const bins = bindBins(y, p, options)(weightsOf(options.weight, y.length));
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  const mean = bins.reduce((sum, bin) => sum + bin.y, 0) / total;
  let brier = 0;
  let reliability = 0;
  let resolution = 0;
  let withinBin = 0;
  for (const bin of bins) {
    const observed = bin.y / bin.weight;
    const predicted = bin.p / bin.weight;
    brier += bin.pp - 2 * bin.py + bin.y;
    reliability += bin.weight * (predicted - observed) ** 2;
    resolution += bin.weight * (observed - mean) ** 2;
    withinBin += bin.pp - bin.p * predicted - 2 * (bin.py - bin.p * observed);
  }
  return {
    brier: brier / total,
    reliability: reliability / total,
    resolution: resolution / total,
    uncertainty: mean * (1 - mean),
    withinBin: withinBin / total,
  };
}

/** Weighted sums over a bin; y is 0 or 1, so Σ w y² is Σ w y. */
interface BinSums {
  weight: number;
  p: number;
  y: number;
  pp: number;
  py: number;
}

function bindBins(
  y: ArrayLike<number>,
  p: ArrayLike<number>,
  { bins = defaults.bins, by = defaults.by }: BinOptions,
): (weight: Float64Array) => BinSums[] {
  const n = y.length;
  checkBinary("y", y, n);
  checkProbability("p", p, n);
  checkCount("bins", bins, 1);
  checkChoice("by", by, ["weight", "width"]);
  if (n === 0) throw new WaymarkError("TABLE_INVALID", "no rows; at least 1 is needed");
  const order = orderOf(p);
  return (weight) => {
    let total = 0;
    for (let i = 0; i < n; i++) total += weight[i]!;
    const sums = new Map<number, BinSums>();
    let below = 0;
    for (let start = 0; start < n; ) {
      const value = p[order[start]!]!;
      let end = start;
      let tied = 0;
      for (; end < n && p[order[end]!] === value; end++) tied += weight[order[end]!]!;
      if (tied > 0) {
        // A run of equal predictions goes to the bin of its middle.
        const share = by === "width" ? value : (below + tied / 2) / total;
        const at = Math.min(bins - 1, Math.floor(share * bins));
        const bin = sums.get(at) ?? { weight: 0, p: 0, y: 0, pp: 0, py: 0 };
        sums.set(at, bin);
        for (let k = start; k < end; k++) {
          const i = order[k]!;
          const w = weight[i]!;
          bin.weight += w;
          bin.p += w * value;
          bin.y += w * y[i]!;
          bin.pp += w * value * value;
          bin.py += w * value * y[i]!;
        }
      }
      below += tied;
      start = end;
    }
    return [...sums.values()];
  };
}

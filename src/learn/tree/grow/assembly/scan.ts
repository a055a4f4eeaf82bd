/** The scan of find-split.ts for numbers without missing values, where leaves are not regularised but by L2. */
import { Call, Feature, LeafSums, Scan } from "./struct";

/** LightGBM's 1e-15f. */
const EPSILON: f64 = <f64>(<f32>1e-15);

/** Rows move from left to right, the highest bin first. Gradient and hessian are one vector. */
export function scanDown(feature: Feature, leaf: LeafSums, call: Call, scan: Scan): void {
  const total = f64x2(leaf.gradient, leaf.total);
  const rowsPerHessian = leaf.rowsPerHessian;
  const minRows = call.minRows;
  const minHessian = call.minHessian;
  const l2 = f64x2.splat(call.l2);
  const gainShift = leaf.gainShift;
  const firstAt = leaf.histogramAt + feature.binAt;
  let right = f64x2(0, EPSILON);
  let rightRows = 0;
  let best = -Infinity;
  let bestLeft = total;
  let bestRows = 0;
  let bestBin = 0;
  let isSplittable = 0;
  for (let bin = feature.bins - 1; bin >= 1; bin--) {
    const sums = v128.load(firstAt + (<usize>bin << 4));
    right = f64x2.add(right, sums);
    rightRows += <i32>(f64x2.extract_lane(sums, 1) * rowsPerHessian + 0.5);
    if (rightRows < minRows || f64x2.extract_lane(right, 1) < minHessian) continue;
    const leftRows = leaf.rows - rightRows;
    const left = f64x2.sub(total, right);
    if (leftRows < minRows || f64x2.extract_lane(left, 1) < minHessian) break;
    const gradients = v128.shuffle<f64>(left, right, 0, 2);
    const hessians = v128.shuffle<f64>(left, right, 1, 3);
    const gains = f64x2.div(f64x2.mul(gradients, gradients), f64x2.add(hessians, l2));
    const gain = f64x2.extract_lane(gains, 0) + f64x2.extract_lane(gains, 1);
    if (gain <= gainShift) continue;
    isSplittable = 1;
    if (!(gain > best)) continue;
    best = gain;
    bestLeft = left;
    bestRows = leftRows;
    bestBin = bin - 1;
  }
  scan.gain = best;
  scan.leftGradient = f64x2.extract_lane(bestLeft, 0);
  scan.leftHessian = f64x2.extract_lane(bestLeft, 1);
  scan.leftRows = <f64>bestRows;
  scan.threshold = <f64>bestBin;
  scan.isSplittable = <f64>isSplittable;
}

/**
 * Sorted group average treatment effects, and how predicted effects are calibrated (Chernozhukov,
 * Demirer, Duflo & Fernández-Val 2018): mean doubly robust score by quantile of the prediction, and the
 * slope of scores on predictions, which is 1 when they are right and 0 when they say nothing.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCount, checkFinite, checkLength } from "../check.ts";
import {
  type Estimate,
  type MeanOptions,
  meanEstimate,
  needFinite,
  orderOf,
  spreadOfSum,
  tOf,
} from "../metric/estimate.ts";

export interface EffectGroup extends Estimate {
  readonly rows: number;
  /** Mean predicted effect of the group. */
  readonly predicted: number;
}

/**
 * @param effectScore Float64Array (rows): Γ_1 − Γ_0
 * @param predicted Float64Array (rows): effects by a model that did not see the rows
 * @param groups of equal size, the lowest prediction first; 5 unless given. Of equal predictions the
 *   earlier row is in the lower group
 * @throws WaymarkError TABLE_INVALID when a group would have fewer than 2 rows
 */
export function gates(
  effectScore: Float64Array,
  predicted: Float64Array,
  groups = 5,
  options: Pick<MeanOptions, "cluster" | "level"> = {},
): EffectGroup[] {
  const n = effectScore.length;
  checkFinite("effectScore", effectScore, n);
  checkFinite("predicted", predicted, n);
  checkCount("groups", groups, 1);
  if (options.cluster) checkLength("cluster", options.cluster, n);
  if (n < 2 * groups) {
    throw new WaymarkError("TABLE_INVALID", `${n} rows; ${groups} groups need ${2 * groups}`);
  }
  const order = orderOf(predicted);
  return Array.from({ length: groups }, (_, g) => {
    const rows = order.subarray(Math.floor((g * n) / groups), Math.floor(((g + 1) * n) / groups));
    const scores = Float64Array.from(rows, (i) => effectScore[i]!);
    const cluster = options.cluster && Int32Array.from(rows, (i) => options.cluster![i]!);
    let sum = 0;
    for (const i of rows) sum += predicted[i]!;
    return {
      ...meanEstimate(scores, { ...options, cluster }),
      rows: rows.length,
      predicted: sum / rows.length,
    };
  });
}

export interface EffectCalibration {
  /** Mean effect by the scores. */
  readonly mean: Estimate;
  /** Of scores on predictions; 1 is calibrated. */
  readonly slope: Estimate;
}

/** The best linear prediction of the effect by the predicted one, errors robust and clustered. */
export function calibrateEffects(
  effectScore: Float64Array,
  predicted: Float64Array,
  options: Pick<MeanOptions, "cluster" | "level"> = {},
): EffectCalibration {
  const n = effectScore.length;
  checkFinite("effectScore", effectScore, n);
  checkFinite("predicted", predicted, n);
  const mean = meanEstimate(effectScore, options);
  let centre = 0;
  for (const p of predicted) centre += p / n;
  let spread = 0;
  let cross = 0;
  for (let i = 0; i < n; i++) {
    const d = predicted[i]! - centre;
    spread += d * d;
    cross += d * (effectScore[i]! - mean.value);
  }
  if (spread === 0) {
    throw new WaymarkError("TABLE_INVALID", "predicted is the same on every row: it has no slope");
  }
  const slope = cross / spread;
  const ones = new Float64Array(n).fill(1);
  const { variance, units } = spreadOfSum(
    (i) => {
      const d = predicted[i]! - centre;
      return d * (effectScore[i]! - mean.value - slope * d);
    },
    ones,
    options.cluster,
  );
  const standardError = Math.sqrt(variance) / spread;
  needFinite(standardError);
  const half = tOf(options.level ?? 0.95, Math.max(1, units - 2)) * standardError;
  return { mean, slope: { value: slope, standardError, lower: slope - half, upper: slope + half } };
}

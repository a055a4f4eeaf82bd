/**
 * Qini and uplift curves of an ordering, and the areas between them and chance: AUUC and the Qini
 * coefficient as scikit-uplift defines them (areas above the random line by those of a perfect order;
 * other libraries normalise otherwise, so only like is compared with like). Rows of equal score enter
 * together. O(n log n) once, then O(n) for each weighting of the rows.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkBinary, checkChoice, checkFinite, weightsOf } from "../check.ts";
import {
  type BootstrapOptions,
  type BoundMetric,
  bootstrapEstimate,
  type Estimate,
} from "../metric/estimate.ts";
import { byFallingScore } from "./order.ts";

const CURVES = ["qini", "uplift"] as const;

export type CurveKind = (typeof CURVES)[number];

/** A control and one arm: what followed, and which of the two it was. */
export interface Trial {
  /** Float64Array (rows), finite; 0 and 1 where a normalised area is asked for. */
  readonly y: Float64Array;
  /** 0 or 1 (rows). */
  readonly treated: ArrayLike<number>;
}

export interface Curve {
  /** Float64Array (points): rows so far, from 0; with weights their sum. */
  readonly count: Float64Array;
  /** Float64Array (points): outcomes gained over the control so far. */
  readonly value: Float64Array;
}

/** @param score Float64Array (rows), the highest first */
export function upliftCurve(trial: Trial, score: Float64Array, kind: CurveKind): Curve {
  checkTrial(trial, score);
  checkChoice("kind", kind, CURVES);
  const { order, ends } = groupsOf(score);
  const points = ends.length + 1;
  const count = new Float64Array(points);
  const value = new Float64Array(points);
  const weight = new Float64Array(score.length).fill(1);
  walk(trial, weight, order, ends, kind, (n, v, k) => {
    count[k + 1] = n;
    value[k + 1] = v;
  });
  return { count, value };
}

/**
 * The area of a curve above chance, ready to be asked under many weightings: over that of a perfect
 * order when `normalised`, else over the square of the rows, in outcomes a row.
 *
 * @throws WaymarkError TABLE_INVALID when an arm has no row, or the outcome is not 0 and 1 (normalised)
 */
export function boundArea(
  trial: Trial,
  score: Float64Array,
  kind: CurveKind,
  normalised = true,
): BoundMetric {
  checkTrial(trial, score);
  checkChoice("kind", kind, CURVES);
  if (normalised) checkBinary("y", trial.y, score.length);
  const { order, ends } = groupsOf(score);
  return (weight) => {
    checkArms(trial, weight);
    const area = areaAboveChance((visit) => walk(trial, weight, order, ends, kind, visit));
    if (!normalised) {
      let sum = 0;
      for (const w of weight) sum += w;
      return area / (sum * sum);
    }
    const perfect = areaAboveChance((visit) => perfectCurve(trial, weight, kind, visit));
    if (perfect === 0) {
      throw new WaymarkError("TABLE_INVALID", "y is the same on every row: no order is better");
    }
    return area / perfect;
  };
}

/** The Qini coefficient (Radcliffe 2007), scikit-uplift's `qini_auc_score`: 0 is chance, 1 perfect. */
export function qiniScore(trial: Trial, score: Float64Array, weight?: Float64Array): number {
  return boundArea(trial, score, "qini")(weightsOf(weight, score.length));
}

/** Area under the uplift curve, scikit-uplift's `uplift_auc_score`. */
export function auucScore(trial: Trial, score: Float64Array, weight?: Float64Array): number {
  return boundArea(trial, score, "uplift")(weightsOf(weight, score.length));
}

/** Either with a bootstrap interval. */
export function areaEstimate(
  trial: Trial,
  score: Float64Array,
  kind: CurveKind,
  options: BootstrapOptions & { readonly normalised?: boolean } = {},
): Estimate {
  return bootstrapEstimate(
    boundArea(trial, score, kind, options.normalised),
    score.length,
    options,
  );
}

/** Difference of two orders of the same rows, drawn together. */
export function areaDifference(
  trial: Trial,
  a: Float64Array,
  b: Float64Array,
  kind: CurveKind,
  options: BootstrapOptions & { readonly normalised?: boolean } = {},
): Estimate {
  const ofA = boundArea(trial, a, kind, options.normalised);
  const ofB = boundArea(trial, b, kind, options.normalised);
  return bootstrapEstimate((weight) => ofA(weight) - ofB(weight), a.length, options);
}

/** @throws WaymarkError TABLE_INVALID naming the array, the row and the rule, or the arm without rows */
export function checkTrial({ y, treated }: Trial, score: Float64Array): void {
  if (y.length === 0) throw new WaymarkError("TABLE_INVALID", "the trial has no rows");
  checkFinite("y", y, y.length);
  checkBinary("treated", treated, y.length, true);
  checkFinite("score", score, y.length);
}

function checkArms({ treated }: Trial, weight: Float64Array): void {
  let arms = 0;
  for (let i = 0; i < weight.length && arms !== 3; i++) {
    if (weight[i]! > 0) arms |= treated[i] === 1 ? 2 : 1;
  }
  if (arms !== 3) throw new WaymarkError("TABLE_INVALID", "an arm has no row with weight");
}

type Visit = (count: number, value: number, point: number) => void;

/** Rows by falling score, and where each run of equal scores ends. */
function groupsOf(score: Float64Array): { order: Uint32Array; ends: Int32Array } {
  const order = byFallingScore(score);
  const ends: number[] = [];
  for (let k = 1; k <= order.length; k++) {
    if (k === order.length || score[order[k]!] !== score[order[k - 1]!]) ends.push(k);
  }
  return { order, ends: Int32Array.from(ends) };
}

function walk(
  { y, treated }: Trial,
  weight: Float64Array,
  order: Uint32Array,
  ends: Int32Array,
  kind: CurveKind,
  visit: Visit,
): void {
  let ofTreated = 0;
  let ofControl = 0;
  let yTreated = 0;
  let yControl = 0;
  let k = 0;
  for (let point = 0; point < ends.length; point++) {
    for (; k < ends[point]!; k++) {
      const i = order[k]!;
      const w = weight[i]!;
      if (treated[i] === 1) {
        ofTreated += w;
        yTreated += w * y[i]!;
      } else {
        ofControl += w;
        yControl += w * y[i]!;
      }
    }
    visit(ofTreated + ofControl, gained(kind, ofTreated, ofControl, yTreated, yControl), point);
  }
}

function gained(kind: CurveKind, nT: number, nC: number, yT: number, yC: number): number {
  if (kind === "qini") return yT - (nC === 0 ? 0 : (yC * nT) / nC);
  return ((nT === 0 ? 0 : yT / nT) - (nC === 0 ? 0 : yC / nC)) * (nT + nC);
}

/** The curve of whoever knows the outcomes: of 0/1 outcomes it has four kinds of rows. */
function perfectCurve(
  { y, treated }: Trial,
  weight: Float64Array,
  kind: CurveKind,
  visit: Visit,
): void {
  let [t1, t0, c1, c0] = [0, 0, 0, 0];
  for (let i = 0; i < weight.length; i++) {
    const w = weight[i]!;
    if (treated[i] === 1) {
      if (y[i] === 1) t1 += w;
      else t0 += w;
    } else if (y[i] === 1) c1 += w;
    else c0 += w;
  }
  // Rows treated and their outcomes, rows of control and theirs, group by group.
  const responders: readonly number[] = [t1, t1, 0, 0];
  const quiet: readonly number[] = [0, 0, c0, 0];
  const lost: readonly number[] = [0, 0, c1, c1];
  const wasted: readonly number[] = [t0, 0, 0, 0];
  const groups =
    kind === "qini"
      ? [responders, [t0, 0, c0, 0], lost]
      : c1 > t0
        ? [responders, quiet, lost, wasted]
        : [responders, quiet, wasted, lost];
  const sum = [0, 0, 0, 0];
  groups.forEach((group, point) => {
    for (let k = 0; k < 4; k++) sum[k]! += group[k]!;
    const [nT, yT, nC, yC] = sum as [number, number, number, number];
    visit(nT + nC, gained(kind, nT, nC, yT, yC), point);
  });
}

/** Trapezia under the curve from (0, 0), less the triangle to its last point. */
function areaAboveChance(curve: (visit: Visit) => void): number {
  let area = 0;
  let lastCount = 0;
  let lastValue = 0;
  curve((count, value) => {
    area += ((count - lastCount) * (value + lastValue)) / 2;
    lastCount = count;
    lastValue = value;
  });
  return area - (lastCount * lastValue) / 2;
}

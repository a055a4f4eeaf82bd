/**
 * What has to be known before an effect can be: the mean outcome of each arm and the propensities,
 * cross-fitted so that no row is judged by a model that saw it (Chernozhukov et al. 2018). From them
 * come the doubly robust scores Γ_a = μ_a + 1{A = a}(Y − μ_a)/e_a (Robins, Rotnitzky & Zhao 1994), on
 * which effects are learned, and policies learned and judged. folds · (arms + 1) fits.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCodes, checkFinite, checkPropensities } from "../check.ts";
import type { Learner } from "../learner.ts";
import { takeRows } from "../matrix.ts";
import { groupFolds, stratifiedFolds } from "../table/split.ts";
import {
  type CheckedPropensity,
  checkPropensity,
  fitPropensity,
  type Propensity,
} from "./propensity.ts";
import { checkRows, rowsOfArm, takeUpliftRows, type UpliftRows } from "./rows.ts";

export interface NuisanceOptions {
  /** Of the outcome, fitted on each arm by itself. */
  readonly outcome: Learner;
  readonly propensity: Propensity;
  /** 5 unless given; 1 fits and predicts on the same rows. */
  readonly folds?: number;
  readonly seed?: number;
}

export interface Nuisance {
  readonly arms: number;
  /** Float64Array (rows × arms): mean outcome of each arm. */
  readonly mean: Float64Array;
  /** Float64Array (rows × arms). */
  readonly propensity: Float64Array;
}

/** @throws WaymarkError TABLE_INVALID naming column, row and rule, or as the learners do */
export function fitNuisance(rows: UpliftRows, options: NuisanceOptions): Nuisance {
  checkRows(rows);
  const checked = checkPropensity(options.propensity, rows);
  const { seed = 1 } = options;
  const { arms } = rows;
  const n = rows.x.rows;
  const mean = new Float64Array(n * arms);
  const propensity = new Float64Array(n * arms);
  for (const { train, test } of folds(rows, options.folds ?? 5, seed)) {
    const fitted = takeUpliftRows(rows, train);
    const asked = takeRows(rows.x, test);
    const put = (into: Float64Array, k: number, a: number, value: number): void => {
      into[test[k]! * arms + a] = value;
    };
    for (let a = 0; a < arms; a++) {
      const ofArm = takeUpliftRows(fitted, rowsOfArm(fitted, a));
      if (ofArm.y.length === 0) {
        throw new WaymarkError(
          "TABLE_INVALID",
          `arm ${a} has no row in a fold's training part: fewer folds, or more rows of it, are needed`,
        );
      }
      const model = options.outcome.fit(ofArm.x, ofArm.y, { weight: ofArm.weight, seed });
      model.predict(asked).forEach((value, k) => {
        put(mean, k, a, value);
      });
    }
    const p = isPerRow(checked, rows)
      ? undefined
      : fitPropensity(checked, fitted, seed).predict(asked);
    for (let k = 0; k < test.length; k++) {
      for (let a = 0; a < arms; a++) {
        const value = p ? p[k * arms + a]! : knownAt(checked, test[k]! * arms + a);
        put(propensity, k, a, value);
      }
    }
  }
  return { arms, mean, propensity };
}

/** Float64Array (rows × arms): Γ, whose mean over rows is each arm's mean outcome had all come to it. */
export function doublyRobustScores(rows: UpliftRows, nuisance: Nuisance): Float64Array {
  const { arms, mean, propensity } = nuisance;
  checkCodes("arm", rows.arm, mean.length / arms, arms);
  checkFinite("y", rows.y, rows.arm.length);
  checkFinite("mean", mean, mean.length);
  checkPropensities("propensity", propensity, mean.length);
  const scores = mean.slice();
  for (let i = 0; i < rows.arm.length; i++) {
    const at = i * arms + rows.arm[i]!;
    scores[at]! += (rows.y[i]! - mean[at]!) / propensity[at]!;
  }
  return scores;
}

/** Float64Array (rows): Γ_a − Γ_0 of one arm. */
export function scoreEffects(scores: Float64Array, arms: number, arm: number): Float64Array {
  checkCodes("arm", [arm], 1, arms);
  return new Float64Array(scores.length / arms).map(
    (_, i) => scores[i * arms + arm]! - scores[i * arms]!,
  );
}

export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Arms are spread evenly over folds by the seed and the rows' places, so that another order of the rows
 * makes other folds. With clusters a fold goes by the cluster's number and stays together: whoever
 * gives each row its member has the same folds in any order. One fold is all rows.
 */
export function folds(rows: UpliftRows, count: number, seed: number): Fold[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new WaymarkError("OPTION_INVALID", `folds is ${count}; it must be an integer ≥ 1`);
  }
  const all = Int32Array.from({ length: rows.x.rows }, (_, i) => i);
  if (count === 1) return [{ train: all, test: all }];
  const fold = rows.cluster
    ? groupFolds(rows.cluster, count, seed)
    : stratifiedFolds(rows.arm, count, seed);
  return Array.from({ length: count }, (_, f) => ({
    train: all.filter((i) => fold[i] !== f),
    test: all.filter((i) => fold[i] === f),
  })).filter(({ test }) => test.length > 0);
}

function isPerRow(propensity: CheckedPropensity, rows: UpliftRows): boolean {
  return "known" in propensity && propensity.known.length !== rows.arms;
}

function knownAt(propensity: CheckedPropensity, at: number): number {
  return "known" in propensity ? propensity.known[at]! : Number.NaN;
}

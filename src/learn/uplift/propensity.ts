/**
 * The probability with which each row came to each arm: known by design, for all rows or row by row;
 * or estimated by any classifier, one arm against the rest and then normalised. Estimated ones are
 * kept away from 0 and 1, since an error there costs the most.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkOption, checkPropensities } from "../check.ts";
import {
  type JsonObject,
  type Learner,
  type Predictor,
  type Serialisable,
  written,
} from "../learner.ts";
import type { Matrix } from "../matrix.ts";
import type { UpliftRows } from "./rows.ts";

export type Propensity =
  /**
   * By design: Float64Array (arms), or (rows × arms) row-major; each row sums to 1. "by row" are those
   * that the rows bring themselves, which go with them into folds.
   */
  | { readonly known: Float64Array | "by row" }
  /** By a classifier of 0 and 1, kept within [clip, 1 − clip], 1e-6 … .49; .01 unless given. */
  | { readonly learner: Learner; readonly clip?: number };

const SUM_TOLERANCE = 1e-6;

/** One whose numbers are at hand. */
export type CheckedPropensity = Exclude<Propensity, { readonly known: unknown }> | Known;
interface Known {
  readonly known: Float64Array;
}

/** @throws WaymarkError TABLE_INVALID or OPTION_INVALID */
export function checkPropensity(propensity: Propensity, rows: UpliftRows): CheckedPropensity {
  if ("learner" in propensity) {
    checkOption("clip", propensity.clip ?? 0.01, 1e-6, 0.49);
    return propensity;
  }
  const { arms } = rows;
  const known = propensity.known === "by row" ? rows.propensity : propensity.known;
  if (!known) {
    throw new WaymarkError(
      "OPTION_INVALID",
      "propensities are known by row, and the rows bring none: give them a propensity",
    );
  }
  if (known.length !== arms && known.length !== rows.x.rows * arms) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `propensity has ${known.length} values: must have one for each of ${arms} arms, or for each of ${rows.x.rows} rows and arm`,
    );
  }
  for (let from = 0; from < known.length; from += arms) {
    let sum = 0;
    for (let a = 0; a < arms; a++) {
      const p = known[from + a]!;
      if (!(p > 0 && p < 1)) {
        throw new WaymarkError(
          "TABLE_INVALID",
          `propensity, row ${from / arms}, arm ${a} is ${p}: must be above 0 and below 1`,
        );
      }
      sum += p;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `propensity, row ${from / arms} sums to ${sum}: must sum to 1`,
      );
    }
  }
  return { known };
}

/** What gives propensities for rows that were not fitted on: (rows × arms). */
export interface PropensityModel extends Serialisable {
  predict(x: Matrix): Float64Array;
}

/**
 * A model of propensities on all rows. Known ones that differ by row tell nothing of other rows: there
 * the shares of the arms stand in.
 */
export function fitPropensity(
  propensity: CheckedPropensity,
  rows: UpliftRows,
  seed: number,
): PropensityModel {
  const { arms } = rows;
  if ("known" in propensity) {
    const share =
      propensity.known.length === arms ? propensity.known : meanRow(propensity.known, arms);
    return ofShares(share);
  }
  const { learner, clip = 0.01 } = propensity;
  // With two arms one model says all.
  const models: Predictor[] = [];
  for (let a = arms === 2 ? 1 : 0; a < arms; a++) {
    const is = Float64Array.from(rows.arm, (arm) => (arm === a ? 1 : 0));
    models.push(learner.fit(rows.x, is, { weight: rows.weight, seed }));
  }
  return ofModels(models, arms, clip);
}

function ofShares(share: Float64Array): PropensityModel {
  const arms = share.length;
  return {
    predict(x) {
      const p = new Float64Array(x.rows * arms);
      for (let i = 0; i < x.rows; i++) p.set(share, i * arms);
      return p;
    },
    toJSON: () => ({ shares: [...share] }),
  };
}

function ofModels(models: readonly Predictor[], arms: number, clip: number): PropensityModel {
  return {
    predict: (x) =>
      normalised(
        models.map((model) => model.predict(x)),
        arms,
        clip,
      ),
    toJSON: () => ({ clip, models: models.map(written) }),
  };
}

/** @throws WaymarkError TABLE_INVALID when the object is not a written model of so many arms */
export function propensityFromJson(
  json: JsonObject,
  arms: number,
  read: (json: JsonObject) => Predictor,
): PropensityModel {
  const { shares, clip, models } = json;
  if (Array.isArray(shares)) {
    checkPropensities("shares", shares, arms);
    return ofShares(Float64Array.from(shares));
  }
  if (!Array.isArray(models) || models.length !== (arms === 2 ? 1 : arms)) {
    throw new WaymarkError("TABLE_INVALID", `these are not written propensities of ${arms} arms`);
  }
  checkOption("clip", clip as number, 1e-6, 0.49);
  return ofModels(models.map(read), arms, clip as number);
}

function normalised(each: readonly Float64Array[], arms: number, clip: number): Float64Array {
  const rows = each[0]!.length;
  const p = new Float64Array(rows * arms);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let a = 0; a < arms; a++) {
      const raw = arms === 2 ? (a === 1 ? each[0]![i]! : 1 - each[0]![i]!) : each[a]![i]!;
      p[i * arms + a] = Math.min(1 - clip, Math.max(clip, raw));
      sum += p[i * arms + a]!;
    }
    for (let a = 0; a < arms; a++) p[i * arms + a]! /= sum;
  }
  return p;
}

function meanRow(values: Float64Array, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  const rows = values.length / columns;
  for (let at = 0; at < values.length; at++) mean[at % columns]! += values[at]! / rows;
  return mean;
}

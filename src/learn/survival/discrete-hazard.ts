/**
 * Discrete-time hazards of competing causes by any learner on person-period rows (Tutz & Schmid 2016,
 * ch. 8; Lee, Feuer & Fine 2018): a classifier of several classes learns them together, or a learner of
 * 0 and 1 learns each cause against all else. From hazards follow survival and the incidence of each
 * cause, also for members who have come some way already. Costs what the learner costs on Σ periods
 * rows. Rows of one member are not independent, but the likelihood is the right one all the same.
 */
import { assert, WaymarkError } from "../../base/error.ts";
import { checkCodes, checkCount, checkLength } from "../check.ts";
import {
  type ClassLearner,
  type ClassPredictor,
  type JsonObject,
  type Learner,
  type Predictor,
  written,
} from "../learner.ts";
import { checkMatrix, type Matrix, takeRows } from "../matrix.ts";
import { needRoom, type PersonPeriods, type TimeBasis, withPeriod } from "./person-period.ts";

export type HazardLearner =
  /** One model a cause. */
  | { readonly each: Learner }
  /** One model of all causes, class 0 for none. */
  | { readonly together: ClassLearner };

export interface HazardOptions {
  readonly basis?: TimeBasis;
  readonly seed?: number;
}

const defaults: { readonly basis: TimeBasis } = { basis: { kind: "log" } };

/**
 * @throws WaymarkError TABLE_INVALID when a cause 1 … highest never comes
 */
export function fitHazard(
  rows: PersonPeriods,
  learner: HazardLearner,
  options: HazardOptions = {},
): HazardModel {
  const { basis } = { ...defaults, ...options };
  const n = rows.x.rows;
  checkCodes("cause", rows.cause, n, 256);
  const causes = rows.cause.reduce((most, c) => Math.max(most, c), 0);
  for (let c = 1; c <= Math.max(1, causes); c++) {
    if (!rows.cause.includes(c)) {
      throw new WaymarkError("TABLE_INVALID", `cause ${c} never comes: there is nothing to learn`);
    }
  }
  const x = withPeriod(rows.x, rows.period, basis);
  const fit = { weight: rows.weight, seed: options.seed };
  if ("together" in learner) {
    const model = learner.together.fit(x, rows.cause, causes + 1, fit);
    return new HazardModel(causes, basis, { together: model });
  }
  const each = Array.from({ length: causes }, (_, c) =>
    learner.each.fit(
      x,
      Float64Array.from(rows.cause, (what) => (what === c + 1 ? 1 : 0)),
      fit,
    ),
  );
  return new HazardModel(causes, basis, { each });
}

export type HazardPredictor =
  | { readonly each: readonly Predictor[] }
  | { readonly together: ClassPredictor };

/** Survival and incidence after each of the periods from a member's first on. */
export interface HazardCurves {
  readonly members: number;
  readonly horizon: number;
  readonly causes: number;
  /** Float64Array (members × horizon), row-major: P(nothing has come by the end of the period). */
  readonly survival: Float64Array;
  /** Float64Array (members × horizon × causes), row-major: P(this cause has come by then). */
  readonly incidence: Float64Array;
}

export class HazardModel {
  readonly causes: number;
  readonly basis: TimeBasis;
  readonly predictor: HazardPredictor;

  constructor(causes: number, basis: TimeBasis, predictor: HazardPredictor) {
    this.causes = causes;
    this.basis = basis;
    this.predictor = predictor;
  }

  /**
   * P(cause comes in the period | nothing came before), for rows of members and periods.
   *
   * @returns Float64Array (rows × causes), row-major; each row sums to at most 1
   */
  hazard(x: Matrix, period: Int32Array): Float64Array {
    const { causes, predictor } = this;
    const columns = withPeriod(x, period, this.basis);
    const hazard = new Float64Array(x.rows * causes);
    if ("together" in predictor) {
      const p = predictor.together.predict(columns);
      for (let i = 0; i < x.rows; i++) {
        for (let c = 0; c < causes; c++) hazard[i * causes + c] = p[i * (causes + 1) + c + 1]!;
      }
      return hazard;
    }
    predictor.each.forEach((model, c) => {
      const p = model.predict(columns);
      for (let i = 0; i < x.rows; i++) hazard[i * causes + c] = Math.min(1, Math.max(0, p[i]!));
    });
    // Models that do not know of each other may claim more than all; then they share it.
    for (let i = 0; i < x.rows; i++) {
      let sum = 0;
      for (let c = 0; c < causes; c++) sum += hazard[i * causes + c]!;
      if (sum > 1) for (let c = 0; c < causes; c++) hazard[i * causes + c]! /= sum;
    }
    return hazard;
  }

  /**
   * Curves of members whose covariates stay as they are.
   *
   * @param horizon periods to look ahead
   * @param firstPeriod Int32Array (members): the period that begins now; 1 unless given
   */
  curves(x: Matrix, horizon: number, firstPeriod?: Int32Array): HazardCurves {
    checkCount("horizon", horizon, 1);
    checkMatrix(x, { minRows: 0, allowsMissing: true });
    if (firstPeriod) checkLength("firstPeriod", firstPeriod, x.rows);
    const rows = x.rows * horizon;
    needRoom(rows, x.rows - 1);
    const member = Int32Array.from({ length: rows }, (_, r) => Math.floor(r / horizon));
    const period = member.map((i, r) => (firstPeriod?.[i] ?? 1) + (r % horizon));
    return accumulate(this.hazard(takeRows(x, member), period), x.rows, horizon, this.causes);
  }

  /** Predictors that can be written down are; others make it throw. */
  toJSON(): JsonObject {
    const { causes, basis, predictor } = this;
    return {
      kind: "discrete-hazard",
      causes,
      basis,
      ...("together" in predictor
        ? { together: written(predictor.together) }
        : { each: predictor.each.map(written) }),
    };
  }
}

/** @param read how the learner's own models are read: of `each` cause, or of all `together` */
export function hazardFromJson(
  json: JsonObject,
  read: { each(json: JsonObject): Predictor } | { together(json: JsonObject): ClassPredictor },
): HazardModel {
  const { kind, causes, basis, each, together } = json;
  const isGood = kind === "discrete-hazard" && typeof causes === "number" && basis !== null;
  if (isGood && "each" in read && Array.isArray(each)) {
    const models = (each as JsonObject[]).map((model) => read.each(model));
    return new HazardModel(causes, basis as TimeBasis, { each: models });
  }
  if (isGood && "together" in read && together) {
    const model = read.together(together as JsonObject);
    return new HazardModel(causes, basis as TimeBasis, { together: model });
  }
  throw new WaymarkError("TABLE_INVALID", "this is not a written hazard model of that learner");
}

/**
 * Survival and incidence from hazards of consecutive periods: also for covariates that change, one
 * row a member and period.
 *
 * @param hazard Float64Array (members × horizon × causes), row-major
 */
export function accumulate(
  hazard: Float64Array,
  members: number,
  horizon: number,
  causes: number,
): HazardCurves {
  assert(
    hazard.length === members * horizon * causes,
    "a hazard for each member, period and cause",
  );
  const survival = new Float64Array(members * horizon);
  const incidence = new Float64Array(members * horizon * causes);
  for (let i = 0; i < members; i++) {
    let s = 1;
    for (let t = 0; t < horizon; t++) {
      const at = (i * horizon + t) * causes;
      let any = 0;
      for (let c = 0; c < causes; c++) {
        const before = t > 0 ? incidence[at - causes + c]! : 0;
        incidence[at + c] = before + s * hazard[at + c]!;
        any += hazard[at + c]!;
      }
      s *= Math.max(0, 1 - any);
      survival[i * horizon + t] = s;
    }
  }
  return { members, horizon, causes, survival, incidence };
}

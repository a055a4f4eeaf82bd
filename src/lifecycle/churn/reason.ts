/**
 * Why a member's chance is what it is. SHAP values say what each feature adds to the log odds of every
 * hazard up to the horizon; walking from what is expected of anybody to what is said of this member
 * (Aumann & Shapley's path), each step's change of the chance goes to the features that made it. So the
 * parts are shares of the chance itself and add up: chance = typical chance + Σ parts, to rounding.
 * Trees that do not ask for time are explained once for all periods; what comes of where a renewal
 * falls belongs to the renewal's date.
 */
import { bindShap, type Matrix, type TreeModel } from "../../learn/index.ts";
import type { ChurnModel } from "./hazard.ts";
import { CAUSES, type HORIZONS_DAYS, horizonPeriod } from "./period.ts";
import { RENEWAL_FEATURE, timeColumns, withTime } from "./renewal.ts";

export interface ChurnReasons {
  /** Chance of any cause within the horizon: the sum of the two below and all parts. */
  readonly chance: number;
  /** Chance of one of whom nothing in particular is known. */
  readonly typical: number;
  /** Float64Array (causes × features): what each adds to the chance through the hazard of a cause. */
  readonly parts: Float64Array;
}

/** Steps of the path: with sixteen the order within a step is worth less than a thousandth. */
const STEPS = 16;
/** Log odds below which a hazard does not move: what its features add cancels out. */
const STILL = 1e-9;

/** Lays the trees out once, for whoever explains member after member. */
export function bindReasons(
  model: ChurnModel,
  horizonDays: (typeof HORIZONS_DAYS)[number] = 30,
): (row: Float64Array) => ChurnReasons {
  const periods = horizonPeriod(horizonDays);
  const width = model.features.length;
  const columns = width + timeColumns(model.features).length;
  const renewal = model.features.indexOf(RENEWAL_FEATURE);
  const explain = model.causes.map(({ trees, calibrator }) => {
    const asksTime = ({ splitFeature }: TreeModel["trees"][number]): boolean =>
      splitFeature.some((feature) => feature >= width);
    const part = (wanted: boolean): ((x: Matrix) => Float64Array) =>
      bindShap({ ...trees, trees: trees.trees.filter((tree) => asksTime(tree) === wanted) });
    return { still: part(false), moving: part(true), calibrator };
  });
  return (row) => {
    const x = withPeriods(row, model.features, periods);
    const first = { ...x, rows: 1, values: x.values.subarray(0, columns) };
    // Per cause and period: what is expected, and what each feature adds.
    const log = explain.map(({ still, moving }) => {
      const once = still(first);
      const each = moving(x);
      return Array.from({ length: periods }, (_, t) => {
        // Of each column, and behind them what is expected of anybody.
        const at = t * (columns + 1);
        const of = Float64Array.from({ length: width }, (_, j) => once[j]! + each[at + j]!);
        if (columns > width + 1) of[renewal]! += each[at + width]! + each[at + width + 1]!;
        const base = once[columns]! + each[at + columns - 1]! + each[at + columns]!;
        return { base, of, change: of.reduce((sum, value) => sum + value, 0) };
      });
    });
    const hazardAt = (share: number): Float64Array[] =>
      log.map((cause, c) =>
        explain[c]!.calibrator.apply(cause.map(({ base, change }) => odds(base + share * change))),
      );
    return walk(log, hazardAt, width, periods);
  };
}

interface LogOdds {
  readonly base: number;
  readonly of: Float64Array;
  readonly change: number;
}

/** The path from what is expected to what is said; changes period by period, so that they telescope. */
function walk(
  log: readonly (readonly LogOdds[])[],
  hazardAt: (share: number) => Float64Array[],
  width: number,
  periods: number,
): ChurnReasons {
  const parts = new Float64Array(CAUSES.length * width);
  // What a unit of log odds of a hazard is worth along the path.
  const worth = CAUSES.map(() => new Float64Array(periods));
  let before = hazardAt(0);
  const typical = chanceOf(before, periods);
  for (let step = 1; step <= STEPS; step++) {
    const after = hazardAt(step / STEPS);
    for (let t = 0; t < periods; t++) {
      const stayed = stayOthers(before, after, t, periods);
      for (let c = 0; c < CAUSES.length; c++) {
        const { change } = log[c]![t]!;
        if (Math.abs(change) < STILL) continue;
        const moved = after[c]![t]! - before[c]![t]!;
        worth[c]![t]! += (stayed * moved) / change;
      }
    }
    before = after;
  }
  for (let c = 0; c < CAUSES.length; c++) {
    for (let t = 0; t < periods; t++) {
      const { of } = log[c]![t]!;
      const unit = worth[c]![t]!;
      for (let j = 0; j < width; j++) parts[c * width + j]! += unit * of[j]!;
    }
  }
  return { chance: chanceOf(before, periods), typical, parts };
}

/** Chance to stay through all periods but one: new hazards before it, old ones after it. */
function stayOthers(
  before: readonly Float64Array[],
  after: readonly Float64Array[],
  t: number,
  periods: number,
): number {
  let stayed = 1;
  for (let u = 0; u < periods; u++) {
    if (u === t) continue;
    const of = u < t ? after : before;
    stayed *= 1 - Math.min(1, of[0]![u]! + of[1]![u]!);
  }
  return stayed;
}

function chanceOf(hazard: readonly Float64Array[], periods: number): number {
  let stayed = 1;
  for (let t = 0; t < periods; t++) stayed *= 1 - Math.min(1, hazard[0]![t]! + hazard[1]![t]!);
  return 1 - stayed;
}

function withPeriods(row: Float64Array, features: readonly string[], periods: number): Matrix {
  const width = features.length;
  const values = new Float64Array(periods * width);
  for (let t = 0; t < periods; t++) values.set(row.subarray(0, width), t * width);
  const period = Int32Array.from({ length: periods }, (_, t) => t + 1);
  return withTime({ rows: periods, columns: width, values }, period, features);
}

function odds(eta: number): number {
  return eta >= 0 ? 1 / (1 + Math.exp(-eta)) : Math.exp(eta) / (1 + Math.exp(eta));
}

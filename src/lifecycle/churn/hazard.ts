/**
 * Churn as discrete-time hazards of competing causes (Tutz & Schmid 2016, ch. 8): for each cause
 * boosted trees on a member's features, the period and where renewals fall in it, each cause's chances
 * put right by a curve of its own. From the hazards of the eight periods follow the chance of each
 * cause within 7, 30 and 90 days and the chance to be there still. Some 30 µs a member.
 */
import { assert, WaymarkError } from "../../base/error.ts";
import {
  accumulate,
  type Calibrator,
  type HazardCurves,
  isotonicFromJson,
  type JsonObject,
  type Matrix,
  type Parallel,
  type PersonPeriods,
  plattFromJson,
  readModelText,
  type TreeModel,
  type TreeOptions,
  TreePredictor,
  trainTrees,
  writeModelText,
} from "../../learn/index.ts";
import {
  BOUNDS_DAYS,
  CAUSES,
  type Cause,
  HORIZONS_DAYS,
  horizonPeriod,
  PERIODS,
} from "./period.ts";
import { timeColumns, withTime } from "./renewal.ts";

/** Trees for one cause. */
export interface CauseTrees {
  readonly trees: TreeModel;
  readonly calibrator: Calibrator;
}

export interface ChurnModelParts {
  /** Columns of a row, in order. */
  readonly features: readonly string[];
  /** Which definitions they were computed by. */
  readonly featureSet: string;
  /** One a cause, in the order of `CAUSES`. */
  readonly causes: readonly CauseTrees[];
}

export class ChurnModel implements ChurnModelParts {
  readonly features: readonly string[];
  readonly featureSet: string;
  readonly causes: readonly CauseTrees[];
  readonly #predictors: readonly TreePredictor[];

  constructor(parts: ChurnModelParts) {
    assert(parts.causes.length === CAUSES.length, "trees for each cause");
    this.features = parts.features;
    this.featureSet = parts.featureSet;
    this.causes = parts.causes;
    this.#predictors = parts.causes.map(({ trees }) => new TreePredictor(trees));
  }

  /** Float64Array (rows × causes): hazards of rows of members and periods, calibrated. */
  hazards(x: Matrix, period: Int32Array): Float64Array {
    return joinHazards(
      this.rawHazards(x, period).map((p, c) => this.causes[c]!.calibrator.apply(p)),
      x.rows,
    );
  }

  /** By cause Float64Array (rows): hazards as the trees say them, before they are put right. */
  rawHazards(x: Matrix, period: Int32Array): readonly Float64Array[] {
    const columns = withTime(x, period, this.features);
    return this.#predictors.map((trees) => trees.predict(columns));
  }

  curves(x: Matrix): HazardCurves {
    const { rows, columns, values } = x;
    const spread = new Float64Array(rows * PERIODS * columns);
    const period = new Int32Array(rows * PERIODS);
    for (let i = 0, at = 0; i < rows; i++) {
      const row = values.subarray(i * columns, (i + 1) * columns);
      for (let t = 1; t <= PERIODS; t++, at++) {
        spread.set(row, at * columns);
        period[at] = t;
      }
    }
    const each = { rows: rows * PERIODS, columns, values: spread, names: x.names };
    return accumulate(this.hazards(each, period), rows, PERIODS, CAUSES.length);
  }

  withCalibrators(calibrators: readonly Calibrator[]): ChurnModel {
    const causes = this.causes.map(({ trees }, c) => ({ trees, calibrator: calibrators[c]! }));
    return new ChurnModel({ ...this, causes });
  }

  toJSON(): JsonObject {
    return {
      kind: "churn-hazards",
      features: this.features,
      featureSet: this.featureSet,
      boundsDays: [...BOUNDS_DAYS],
      causes: this.causes.map(({ trees, calibrator }) => ({
        trees: writeModelText(trees),
        calibrator: calibrator.toJSON(),
      })),
    };
  }

  /** @throws WaymarkError TABLE_INVALID when it is not one that this version wrote */
  static fromJson(json: JsonObject): ChurnModel {
    const { kind, features, featureSet, boundsDays, causes } = json;
    const isOne =
      kind === "churn-hazards" &&
      Array.isArray(features) &&
      typeof featureSet === "string" &&
      Array.isArray(causes) &&
      causes.length === CAUSES.length &&
      JSON.stringify(boundsDays) === JSON.stringify(BOUNDS_DAYS);
    if (!isOne) throw new WaymarkError("TABLE_INVALID", "this is not a written churn model");
    return new ChurnModel({
      features: features as string[],
      featureSet: featureSet as string,
      causes: (causes as { trees: string; calibrator: JsonObject }[]).map((cause) => ({
        trees: treesWithNames(readModelText(cause.trees), features as string[]),
        calibrator: calibratorOf(cause.calibrator),
      })),
    });
  }
}

/** Chances of each cause within each of the horizons, and of having stayed at each bound. */
export interface ChurnChances {
  readonly chances: readonly ({ readonly days: number } & Readonly<Record<Cause, number>>)[];
  readonly survival: readonly { readonly days: number; readonly p: number }[];
}

/** What the curves say of one member. */
export function chancesOf(curves: HazardCurves, i: number): ChurnChances {
  const at = (period: number): number => i * PERIODS + period - 1;
  return {
    chances: HORIZONS_DAYS.map((days) => ({
      days,
      voluntary: curves.incidence[at(horizonPeriod(days)) * 2]!,
      involuntary: curves.incidence[at(horizonPeriod(days)) * 2 + 1]!,
    })),
    survival: [
      { days: 0, p: 1 },
      ...BOUNDS_DAYS.map((days, t) => ({ days, p: curves.survival[at(t + 1)]! })),
    ],
  };
}

/** Float64Array (members): the incidence of a cause, 0 or 1, by the end of a horizon. */
export function incidenceBy(
  curves: HazardCurves,
  days: (typeof HORIZONS_DAYS)[number],
  cause: number,
): Float64Array {
  const period = horizonPeriod(days) - 1;
  return Float64Array.from(
    { length: curves.members },
    (_, i) => curves.incidence[(i * PERIODS + period) * CAUSES.length + cause]!,
  );
}

export interface TreesFit {
  /** Columns that hold codes of categories. */
  readonly categorical: readonly number[];
  /** By cause, the number of trees among them: what tells choices from failures differs. */
  readonly options: readonly Partial<TreeOptions>[];
  readonly seed: number;
  /** Rows to be judged on, one set for all causes. */
  readonly held?: TreeRows | undefined;
  /** Threads beside the caller's; the trees are the same without. */
  readonly parallel?: Parallel | undefined;
}

/** Rows of members and periods as trees take them; made once, whatever is fitted on them. */
export interface TreeRows {
  /** The features with the columns of time behind them. */
  readonly x: Matrix;
  /** Of each row what came in its period: 0 nothing. */
  readonly cause: Int32Array;
  readonly weight: Float64Array | undefined;
}

/** @param rows with names of the features, which tell where renewals are */
export function treeRows({ x, period, cause, weight }: PersonPeriods): TreeRows {
  return { x: withTime(x, period, x.names ?? []), cause, weight };
}

export interface FittedTrees {
  readonly trees: readonly TreeModel[];
  /** By cause the log loss on `held` after each tree, up to where training gave up; empty without. */
  readonly histories: readonly (readonly number[])[];
}

/** Trees without a better loss on `held` after which a training gives up. */
const PATIENCE = 12;

/**
 * Trees for each cause: log odds of its hazard.
 *
 * @throws WaymarkError TABLE_INVALID when a cause never comes
 */
export function fitTrees(rows: TreeRows, fit: TreesFit): FittedTrees {
  const { categorical, options, seed, held, parallel } = fit;
  const trees: TreeModel[] = [];
  const histories: (readonly number[])[] = [];
  CAUSES.forEach((name, c) => {
    const isIt = ({ cause }: TreeRows): Float64Array =>
      Float64Array.from(cause, (what) => (what === c + 1 ? 1 : 0));
    const y = isIt(rows);
    if (!y.includes(1)) {
      throw new WaymarkError("TABLE_INVALID", `no ${name} end in any of the ${y.length} rows`);
    }
    const trained = trainTrees(
      { x: rows.x, y, weight: rows.weight },
      {
        ...options[c],
        objective: "binary",
        categorical,
        seed,
        ...(parallel && { parallel }),
        ...(held && {
          validation: { x: held.x, y: isIt(held), weight: held.weight },
          earlyStopping: PATIENCE,
        }),
      },
    );
    trees.push(trained.model);
    histories.push(trained.history);
  });
  return { trees, histories };
}

/** Hazards of the causes side by side; where they claim more than all, they share it. */
export function joinHazards(each: readonly Float64Array[], rows: number): Float64Array {
  const causes = each.length;
  const hazard = new Float64Array(rows * causes);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let c = 0; c < causes; c++) sum += each[c]![i]!;
    const scale = sum > 1 ? 1 / sum : 1;
    for (let c = 0; c < causes; c++) hazard[i * causes + c] = scale * each[c]![i]!;
  }
  return hazard;
}

function calibratorOf(json: JsonObject): Calibrator {
  if (json.kind === "none") return uncalibrated;
  return json.kind === "platt" ? plattFromJson(json) : isotonicFromJson(json);
}

export const uncalibrated: Calibrator = {
  apply: (p) => Float64Array.from(p),
  toJSON: () => ({ kind: "none" }),
};

/** @throws WaymarkError TABLE_INVALID when the trees are of other columns */
function treesWithNames(trees: TreeModel, features: readonly string[]): TreeModel {
  const time = timeColumns(features).length;
  if (trees.featureNames.length === features.length + time) return trees;
  throw new WaymarkError(
    "TABLE_INVALID",
    `the trees have ${trees.featureNames.length} columns; the model names ${features.length} and has ${time} of time`,
  );
}

/**
 * Chances of the event by each of some horizons, predicted for members that the model did not see.
 * Encoders, grids and models learn from the other folds alone.
 */

import { logistic } from "../../src/learn/linear/index.ts";
import type { Matrix } from "../../src/learn/matrix.ts";
import { takeRows } from "../../src/learn/matrix.ts";
import {
  expandPeriods,
  fitHazard,
  type HazardLearner,
  kaplanMeier,
  survivalAt,
  type TimeBasis,
} from "../../src/learn/survival/index.ts";
import {
  encode,
  fitLinearEncoder,
  stratifiedFolds,
  takeTableRows,
} from "../../src/learn/table/index.ts";
import { treeLearner } from "../../src/learn/tree/index.ts";
import type { Python } from "../peer/python.ts";
import type { Cohort } from "./cohort.ts";

export interface OutOfFold {
  readonly model: string;
  /** Float64Array (members × horizons), row-major. */
  readonly incidence: Float64Array;
  /** Fitting and predicting all folds. */
  readonly seconds: number;
}

const FOLDS = 5;
/** Intervals of the discrete models, cut at quantiles of the events' times. */
const INTERVALS = 20;
/** Chosen on invented cohorts of other seeds (7 and 8), not on what is reported. */
const TREES = { iterations: 150, learningRate: 0.05, leaves: 4, minDataInLeaf: 30 } as const;

/** Times of events, cut into equally many: the ends of the intervals. */
export function gridOf({ time, event }: Cohort): Float64Array {
  const times = time.filter((_, i) => event[i] === 1).sort();
  const ends = Array.from(
    { length: INTERVALS },
    (_, k) => times[Math.min(times.length - 1, Math.floor((times.length * (k + 1)) / INTERVALS))]!,
  );
  // The last few events have hardly anybody watched as long.
  return Float64Array.from(new Set(ends.slice(0, -1)));
}

interface Fold {
  readonly train: Matrix;
  readonly test: Matrix;
  readonly trainRows: Int32Array;
  readonly testRows: Int32Array;
}

export function outOfFold(
  cohort: Cohort,
  grid: Float64Array,
  horizons: readonly number[],
  peers: Python | undefined,
): OutOfFold[] {
  const folds = foldsOf(cohort);
  const shown = horizons.map((k) => grid[k]!);
  const discrete = (learner: HazardLearner, basis: TimeBasis) => (fold: Fold) =>
    byHazard(cohort, fold, grid, horizons, learner, basis);
  const own = [
    predicted("Kaplan–Meier of all", cohort, folds, horizons, (fold) => {
      const rows = fold.trainRows;
      const curve = kaplanMeier({
        time: Float64Array.from(rows, (i) => cohort.time[i]!),
        cause: Array.from(rows, (i) => cohort.event[i]!),
      });
      return Array.from(fold.testRows, () => shown.map((t) => 1 - survivalAt(curve, t)));
    }),
    predicted(
      "Waymark, logistic hazards",
      cohort,
      folds,
      horizons,
      discrete({ each: logistic({ errors: "none" }) }, { kind: "each", last: grid.length }),
    ),
    predicted(
      "Waymark, hazards by trees",
      cohort,
      folds,
      horizons,
      discrete(
        { each: treeLearner({ ...TREES, objective: { name: "binary" } }) },
        { kind: "number" },
      ),
    ),
  ];
  return peers ? [...own, ...byPeers(cohort, folds, shown, peers)] : own;
}

function foldsOf({ covariates, event }: Cohort): Fold[] {
  const fold = stratifiedFolds(event, FOLDS, 1);
  return Array.from({ length: FOLDS }, (_, f) => {
    const rows = Array.from(fold.keys());
    const train = rows.filter((i) => fold[i] !== f);
    const test = rows.filter((i) => fold[i] === f);
    const known = takeTableRows(covariates, train);
    const encoder = fitLinearEncoder(known);
    return {
      train: encode(encoder, known),
      test: encode(encoder, takeTableRows(covariates, test)),
      trainRows: Int32Array.from(train),
      testRows: Int32Array.from(test),
    };
  });
}

function byHazard(
  { time, event }: Cohort,
  { train, test, trainRows }: Fold,
  grid: Float64Array,
  horizons: readonly number[],
  learner: HazardLearner,
  basis: TimeBasis,
): number[][] {
  const kept: number[] = [];
  const period: number[] = [];
  const cause: number[] = [];
  trainRows.forEach((i, row) => {
    // Events are in the interval that holds them; the censored have seen those that had ended.
    const ended = grid.findLastIndex((end) => end <= time[i]!) + 1;
    const isEvent = event[i] === 1 && time[i]! <= grid.at(-1)!;
    const last = isEvent ? grid.findIndex((end) => time[i]! <= end) + 1 : ended;
    if (last === 0) return;
    kept.push(row);
    period.push(last);
    cause.push(isEvent ? 1 : 0);
  });
  const rows = expandPeriods(takeRows(train, kept), { period: Int32Array.from(period), cause });
  const curves = fitHazard(rows, learner, { basis, seed: 1 }).curves(test, grid.length);
  return Array.from({ length: test.rows }, (_, i) =>
    horizons.map((k) => curves.incidence[i * grid.length + k]!),
  );
}

function byPeers(
  cohort: Cohort,
  folds: readonly Fold[],
  horizons: readonly number[],
  peers: Python,
): OutOfFold[] {
  const rowsOf = (x: Matrix): number[][] =>
    Array.from({ length: x.rows }, (_, i) => [
      ...x.values.subarray(i * x.columns, (i + 1) * x.columns),
    ]);
  const answer = peers.run("survival.py", {
    horizons,
    folds: folds.map(({ train, test, trainRows }) => ({
      x: rowsOf(train),
      time: Array.from(trainRows, (i) => cohort.time[i]!),
      event: Array.from(trainRows, (i) => cohort.event[i]!),
      test: rowsOf(test),
    })),
  }) as Record<string, { readonly survival: number[][][]; readonly seconds: number }>;
  return Object.entries(answer).map(([model, { survival, seconds }]) => ({
    model,
    seconds,
    incidence: gathered(cohort, folds, horizons.length, (f) =>
      survival[f]!.map((row) => row.map((s) => 1 - s)),
    ),
  }));
}

function predicted(
  model: string,
  cohort: Cohort,
  folds: readonly Fold[],
  horizons: readonly number[],
  predict: (fold: Fold) => number[][],
): OutOfFold {
  const begun = performance.now();
  const incidence = gathered(cohort, folds, horizons.length, (f) => predict(folds[f]!));
  return { model, incidence, seconds: (performance.now() - begun) / 1000 };
}

function gathered(
  { time }: Cohort,
  folds: readonly Fold[],
  width: number,
  predict: (fold: number) => readonly number[][],
): Float64Array {
  const all = new Float64Array(time.length * width);
  folds.forEach(({ testRows }, f) => {
    predict(f).forEach((row, at) => {
      // Rounding may leave a chance a hair outside.
      all.set(
        row.map((p) => Math.min(1, Math.max(0, p))),
        testRows[at]! * width,
      );
    });
  });
  return all;
}

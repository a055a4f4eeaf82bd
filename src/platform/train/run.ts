/**
 * A training, as data in and a result out: fingerprint, search on the earliest window with whole
 * groups held out in turn, the best setting fitted on all of that window, chances put right on a later
 * one, fitted again on both, the model measured beside its baselines on the latest, slices, alarms,
 * importance. No file and no clock: equal data, code and seed give the same bytes. Costs tries × folds
 * and two more fits.
 */
import { WaymarkError } from "../../base/error.ts";
import {
  fingerprint,
  groupFolds,
  type Matrix,
  type Table,
  tableOf,
  takeRows,
} from "../../learn/index.ts";
import type { Alarm, ModelRecord, Parameters, Window } from "../../schema/model.ts";
import { distributionsOf } from "./distribution.ts";
import { type LeakageOptions, leakageAlarms } from "./leakage.ts";
import { measureOutcome, type OutcomeRows } from "./measure.ts";
import { type Space, searchParameters, type Tried } from "./search.ts";
import { measureSlices, type SliceBy } from "./slice.ts";
import { rowsOf, type TimeWindow, windowOf } from "./window.ts";

/** Rows of a training: moments of members, with what was known at each. */
export interface TrainingData {
  /** With names; NaN is a missing value. */
  readonly x: Matrix;
  /** Float64Array (rows): the moment that each row asks about, epoch milliseconds. */
  readonly atMs: Float64Array;
  /** Int32Array (rows): whose moment it is. */
  readonly group: Int32Array;
  /** Which definitions the features were computed by. */
  readonly featureSet: string;
  /** By feature, when the newest event behind each value happened, where that is known. */
  readonly newestMs?: Readonly<Record<string, Float64Array>> | undefined;
}

/** What a kind of model knows how to do with rows of the data. Everything is a pure function. */
export interface TrainingTask<P extends Parameters, M> {
  readonly model: string;
  readonly data: TrainingData;
  /** train, calibrate, test: the labels of each know nothing beyond its end. */
  readonly windows: readonly [TimeWindow, TimeWindow, TimeWindow];
  readonly space: Space<P>;
  readonly first: P;
  /** Rows of the window whose outcome is known at all. */
  isLabelled(row: number): boolean;
  /**
   * How a setting is judged: fits on some rows, loss on others, over all folds; may say more of the
   * setting, such as how many trees it takes. What can be made ready for all settings is made once.
   */
  judge(folds: readonly SearchFold[], seed: number): (parameters: P) => Tried<P>;
  /** Of all that was tried; that of least loss unless given. */
  choose?(tried: readonly Tried<P>[]): P;
  fit(parameters: P, rows: Int32Array, seed: number): M;
  calibrate(model: M, rows: Int32Array, seed: number): Calibrated<M>;
  /**
   * Once more on all rows but those of the test, when settings and calibration are known: a third more
   * members and a later time. What was put right stays right.
   */
  refit?(before: Calibrated<M>, parameters: P, rows: Int32Array, seed: number): Calibrated<M>;
  /** What is measured: labels and weights of rows, one a name. */
  outcomes(rows: Int32Array): readonly Pick<OutcomeRows, "name" | "label" | "y" | "weight">[];
  /** Predictions of the rows, an array for each outcome, in their order. */
  predict(model: M, rows: Int32Array): readonly Float64Array[];
  /** Each fitted on what the model saw: training and calibration rows. */
  readonly baselines: readonly {
    readonly name: string;
    fit(rows: Int32Array): (rows: Int32Array) => readonly Float64Array[];
  }[];
  /** Label of each row for the alarms: 1 where anything came. */
  alarmLabels(rows: Int32Array): Float64Array;
  slices(rows: Int32Array): readonly SliceBy[];
  importance(model: M, rows: Int32Array, seed: number): ModelRecord["importance"];
  /** The artifact. */
  write(model: M): Uint8Array;
}

export interface Calibrated<M> {
  readonly model: M;
  readonly calibration: ModelRecord["calibration"];
}

export interface SearchFold {
  readonly fit: Int32Array;
  /** Rows of other groups. */
  readonly held: Int32Array;
}

export interface TrainingOptions extends LeakageOptions {
  readonly seed: number;
  readonly code: string;
  /** Settings that are tried. */
  readonly tries?: number;
  readonly onPhase?: (phase: string, done: number, total: number) => void;
}

export interface TrainingResult<M> {
  readonly model: M;
  readonly artifact: Uint8Array;
  /** Without what only the registry knows: parents, comparisons, latency, gates. */
  readonly record: ModelRecord;
  /** The rows that it was measured on, for comparisons with other models. */
  readonly testRows: Int32Array;
}

export const trainingDefaults = {
  /** Settings: the first is good, and each further one costs a fit. */
  tries: 3,
  /** Parts of the training groups, each held out once: one alone would be a matter of luck. */
  searchFolds: 3,
  /** Labelled rows that each window needs. */
  leastRows: 50,
} as const;

/** @throws WaymarkError TABLE_INVALID when a window has too few rows to say anything */
export function runTraining<P extends Parameters, M>(
  task: TrainingTask<P, M>,
  options: TrainingOptions,
): TrainingResult<M> {
  const { seed, code, onPhase = () => {} } = options;
  const tries = options.tries ?? trainingDefaults.tries;
  const { data, windows } = task;
  const index = windowOf(data.atMs, windows);
  const [train, calibrate, test] = [0, 1, 2].map((w) =>
    rowsOf(index, w).filter((row) => task.isLabelled(row)),
  ) as [Int32Array, Int32Array, Int32Array];
  needRows([train, calibrate, test], windows);

  const fold = groupFolds(take(data.group, train), trainingDefaults.searchFolds, seed);
  const folds = Array.from({ length: trainingDefaults.searchFolds }, (_, f) => ({
    fit: train.filter((_row, k) => fold[k] !== f),
    held: train.filter((_row, k) => fold[k] === f),
  }));
  const tryOut = task.judge(folds, seed);
  let count = 0;
  const { best, tried } = searchParameters(
    task.space,
    task.first,
    (parameters) => {
      onPhase("search", count++, tries);
      return tryOut(parameters);
    },
    { tries, seed, choose: task.choose },
  );
  onPhase("fit", 0, 1);
  const raw = task.fit(best, train, seed);
  onPhase("calibrate", 0, 1);
  const calibrated = task.calibrate(raw, calibrate, seed);
  const seen = Int32Array.from([...train, ...calibrate]);
  onPhase("refit", 0, 1);
  const earlier = Int32Array.from(index.keys()).filter(
    (row) => index[row] === 0 || index[row] === 1,
  );
  const { model, calibration } = task.refit?.(calibrated, best, earlier, seed) ?? calibrated;
  onPhase("measure", 0, 1);
  const predictions = task.predict(model, test);
  const others = task.baselines.map((other) => ({ name: other.name, p: other.fit(seen)(test) }));
  const group = take(data.group, test);
  const asked = task.outcomes(test);
  const outcomes = asked.map((outcome, k) =>
    measureOutcome(
      {
        ...outcome,
        group,
        predictors: [
          { name: task.model, p: predictions[k]! },
          ...others.map(({ name, p }) => ({ name, p: p[k]! })),
        ],
      },
      seed,
    ),
  );
  const by = task.slices(test);
  const slices = asked.flatMap(({ name, y, weight }, k) =>
    measureSlices({ outcome: name, y, weight, group, p: predictions[k]! }, by),
  );
  const importance = task.importance(model, test, seed);
  const known = dataRecord(data);
  const artifact = task.write(model);
  const record: ModelRecord = {
    model: task.model,
    seed,
    code,
    data: known,
    parents: [],
    windows: windows.map((window, w) => windowRecord(window, data, [train, calibrate, test][w]!)),
    parameters: best,
    search: tried.map(({ parameters, loss }) => ({ parameters, loss })),
    calibration,
    outcomes,
    slices,
    importance,
    alarms: alarmsOf(task, train, importance, options),
    versus: [],
    latencyP99Ms: null,
    gates: [],
    distributions: distributionsOf(takeRows(data.x, seen), known.features),
  };
  return { model, artifact, record, testRows: test };
}

/** A table's fingerprint over every column, the moments and whose they are. */
export function dataRecord(data: TrainingData): ModelRecord["data"] {
  const { x, atMs, group, featureSet } = data;
  const names = x.names ?? Array.from({ length: x.columns }, (_, j) => `column ${j}`);
  const print = fingerprint(asTable(data, names));
  return {
    rows: x.rows,
    groups: new Set(group).size,
    fromMs: atMs.reduce((least, at) => Math.min(least, at), Number.MAX_SAFE_INTEGER),
    toMs: atMs.reduce((most, at) => Math.max(most, at), 0),
    schema: print.schema,
    content: print.content,
    features: [...names],
    featureSet,
  };
}

function asTable({ x, atMs, group }: TrainingData, names: readonly string[]): Table {
  const columns = names.map((name, j) => {
    const values = new Float64Array(x.rows);
    for (let i = 0; i < x.rows; i++) values[i] = x.values[i * x.columns + j]!;
    return { kind: "numeric" as const, name: `feature ${name}`, values };
  });
  return tableOf([
    { kind: "timestamp", name: "at", values: atMs },
    { kind: "numeric", name: "group", values: Float64Array.from(group) },
    ...columns,
  ]);
}

function alarmsOf<P extends Parameters, M>(
  task: TrainingTask<P, M>,
  rows: Int32Array,
  importance: ModelRecord["importance"],
  options: LeakageOptions,
): Alarm[] {
  const { x, atMs, newestMs } = task.data;
  let total = 0;
  for (const { value } of importance) total += Math.max(0, value);
  const gainShare = Object.fromEntries(
    importance.map(({ feature, value }) => [feature, total > 0 ? value / total : 0]),
  );
  const newest =
    newestMs &&
    Object.fromEntries(
      Object.entries(newestMs).map(([name, times]) => [
        name,
        Float64Array.from(rows, (i) => times[i]!),
      ]),
    );
  return [
    ...leakageAlarms(
      {
        x: takeRows(x, rows),
        y: task.alarmLabels(rows),
        atMs: Float64Array.from(rows, (i) => atMs[i]!),
        newestMs: newest,
        gainShare,
      },
      options,
    ),
  ];
}

function windowRecord(window: TimeWindow, { group }: TrainingData, rows: Int32Array): Window {
  return { ...window, rows: rows.length, groups: new Set(take(group, rows)).size };
}

function take(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((i) => values[i]!);
}

function needRows(rows: readonly Int32Array[], windows: readonly TimeWindow[]): void {
  rows.forEach((of, w) => {
    if (of.length >= trainingDefaults.leastRows) return;
    throw new WaymarkError(
      "TABLE_INVALID",
      `the window to ${windows[w]!.name} has ${of.length} rows with a known outcome; ` +
        `at least ${trainingDefaults.leastRows} are needed: more members, or a longer history`,
    );
  });
}

/**
 * A reward model for the estimators that use one: any learner on context beside action, cross-fitted
 * so that no round is judged by a model that saw it (or its member). O(folds) fits and
 * rounds · actions predictions.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCodes } from "../check.ts";
import type { Learner } from "../learner.ts";
import { checkMatrix, type Matrix, takeRows } from "../matrix.ts";
import { groupFolds } from "../table/split.ts";
import { type BanditLog, checkLog, type ModelRewards } from "./log.ts";

export interface RewardModelOptions {
  /** 3 unless given. */
  readonly folds?: number;
  readonly seed?: number;
  /** Int32Array (rounds), in place of folds drawn by cluster. */
  readonly fold?: Int32Array;
  /** A row of features for each action; one-hot codes unless given. */
  readonly actionFeatures?: Matrix | undefined;
}

/**
 * @param context a row for each round
 * @returns Float64Array (rounds × actions)
 * @throws WaymarkError TABLE_INVALID naming array, row and rule, or as the learner does
 */
export function crossFittedRewards(
  context: Matrix,
  log: BanditLog,
  learner: Learner,
  options: RewardModelOptions = {},
): ModelRewards {
  checkLog(log);
  const rounds = log.action.length;
  checkMatrix(context, { allowsMissing: true });
  if (context.rows !== rounds) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `the context has ${context.rows} rows where the log has ${rounds} rounds`,
    );
  }
  const { folds = 3, seed = 1, actionFeatures = oneHot(log.actions) } = options;
  checkMatrix(actionFeatures, { allowsMissing: true });
  if (actionFeatures.rows !== log.actions) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `actionFeatures has ${actionFeatures.rows} rows where there are ${log.actions} actions`,
    );
  }
  const rows = Int32Array.from({ length: rounds }, (_, i) => i);
  const fold = options.fold ?? groupFolds(log.cluster ?? rows, folds, seed);
  const foldCount = fold.reduce((most, f) => Math.max(most, f + 1), 0);
  checkCodes("fold", fold, rounds, foldCount);

  const rewards = new Float64Array(rounds * log.actions);
  for (let f = 0; f < foldCount; f++) {
    const train = rows.filter((i) => fold[i] !== f);
    const test = rows.filter((i) => fold[i] === f);
    if (test.length === 0) continue;
    if (train.length === 0) {
      throw new WaymarkError("TABLE_INVALID", "all rounds lie in one fold; at least 2 are needed");
    }
    const taken = Int32Array.from(train, (i) => log.action[i]!);
    const y = Float64Array.from(train, (i) => log.reward[i]!);
    const model = learner.fit(beside(takeRows(context, train), taken, actionFeatures), y, { seed });
    const asked = takeRows(context, test);
    for (let a = 0; a < log.actions; a++) {
      const x = beside(asked, new Int32Array(test.length).fill(a), actionFeatures);
      const predicted = model.predict(x);
      for (let k = 0; k < test.length; k++) rewards[test[k]! * log.actions + a] = predicted[k]!;
    }
  }
  return rewards;
}

function oneHot(n: number): Matrix {
  const values = new Float64Array(n * n);
  for (let a = 0; a < n; a++) values[a * n + a] = 1;
  return { rows: n, columns: n, values };
}

/** The context with the features of each row's action to its right. */
function beside(context: Matrix, action: Int32Array, features: Matrix): Matrix {
  const columns = context.columns + features.columns;
  const values = new Float64Array(context.rows * columns);
  for (let i = 0; i < context.rows; i++) {
    const from = i * context.columns;
    values.set(context.values.subarray(from, from + context.columns), i * columns);
    const of = action[i]! * features.columns;
    values.set(features.values.subarray(of, of + features.columns), i * columns + context.columns);
  }
  return { rows: context.rows, columns, values };
}

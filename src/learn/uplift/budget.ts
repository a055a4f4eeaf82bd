/**
 * Who gets what when not everybody can: the exact fractional multiple-choice knapsack (Kellerer et al.
 * 2004, ch. 11) as multi-armed Qini (Sverdrup, Wu, Athey & Wager 2024). Each row's arms are cut to the
 * upper left hull of cost and effect, and steps along hulls are taken by falling effect per cost: the
 * whole path of budgets from one sort, O(rows · arms · log). With one arm it is the greedy rule. Arms
 * that are expected to harm are never taken.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkFinite, checkOption } from "../check.ts";
import { type BootstrapOptions, bootstrapEstimate, type Estimate } from "../metric/estimate.ts";

export interface BudgetPath {
  readonly rows: number;
  readonly arms: number;
  /** Int32Array (steps): the row that moves, and to which arm (1 … arms − 1). */
  readonly row: Int32Array;
  readonly arm: Int32Array;
  /** The arm it comes from, 0 at first. */
  readonly from: Int32Array;
  /** Float64Array (steps): mean spend a row once the step is taken. */
  readonly spend: Float64Array;
  /** Float64Array (steps): effect per cost of the step, falling: the shadow price of the budget there. */
  readonly price: Float64Array;
  /** Float64Array (rows × (arms − 1)). */
  readonly cost: Float64Array;
}

/**
 * @param effect Float64Array (rows × (arms − 1)): expected effect of each arm against the control
 * @param cost Float64Array (arms − 1) or (rows × (arms − 1)), above 0
 * @throws WaymarkError TABLE_INVALID naming array, row and rule
 */
export function budgetPath(effect: Float64Array, cost: Float64Array, arms: number): BudgetPath {
  const width = arms - 1;
  if (!Number.isInteger(arms) || arms < 2 || effect.length % width !== 0) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `effect has ${effect.length} values: must have one for each row and each of ${width} arms`,
    );
  }
  checkFinite("effect", effect, effect.length);
  const costs = wholeCosts(cost, effect.length, width);
  const rows = effect.length / width;
  const steps: { row: number; from: number; arm: number; price: number; cost: number }[] = [];
  for (let i = 0; i < rows; i++) {
    let from = 0;
    for (const arm of hull(effect, costs, i, width)) {
      const at = i * width + arm - 1;
      const before = i * width + from - 1;
      const more = costs[at]! - (from === 0 ? 0 : costs[before]!);
      const gain = effect[at]! - (from === 0 ? 0 : effect[before]!);
      if (!Number.isFinite(gain / more)) {
        throw new WaymarkError(
          "TABLE_INVALID",
          `effect, row ${i}, arm ${arm} is ${gain} for ${more}: effect per cost must be finite`,
        );
      }
      steps.push({ row: i, from, arm, price: gain / more, cost: more });
      from = arm;
    }
  }
  // Along a hull prices fall, so sorting keeps each row's steps in order; equal prices go by row.
  steps.sort((a, b) => b.price - a.price);
  const spend = new Float64Array(steps.length);
  let sum = 0;
  steps.forEach((step, k) => {
    sum += step.cost / rows;
    spend[k] = sum;
  });
  return {
    rows,
    arms,
    row: Int32Array.from(steps, (step) => step.row),
    arm: Int32Array.from(steps, (step) => step.arm),
    from: Int32Array.from(steps, (step) => step.from),
    spend,
    price: Float64Array.from(steps, (step) => step.price),
    cost: costs,
  };
}

export interface Allocation {
  /** Int32Array (rows): the arm of each row, 0 for none. */
  readonly arm: Int32Array;
  /** Mean spend a row. */
  readonly spend: number;
  /** What the rest of the budget would still buy: this row moves to this arm with this probability. */
  readonly last?: { readonly row: number; readonly arm: number; readonly probability: number };
}

/** The best allocation whose mean spend a row is at most `budget`. */
export function allocate(path: BudgetPath, budget: number): Allocation {
  checkOption("budget", budget, 0);
  const arm = new Int32Array(path.rows);
  let spend = 0;
  for (let k = 0; k < path.row.length; k++) {
    if (path.spend[k]! > budget) {
      const probability = (budget - spend) / (path.spend[k]! - spend);
      return { arm, spend, last: { row: path.row[k]!, arm: path.arm[k]!, probability } };
    }
    arm[path.row[k]!] = path.arm[k]!;
    spend = path.spend[k]!;
  }
  return { arm, spend };
}

/**
 * Mean gain a row over the control at a budget, by scores of rows that effects were not fitted on, with
 * a bootstrap interval over rows (or clusters): a point of the multi-armed Qini curve.
 *
 * @param scores Float64Array (rows × arms), `doublyRobustScores`
 */
export function gainEstimate(
  path: BudgetPath,
  scores: Float64Array,
  budget: number,
  options: BootstrapOptions = {},
): Estimate {
  return bootstrapEstimate(boundGain(path, scores, budget), path.rows, options);
}

/** Gain of one path less that of another on the same rows, at equal budget, drawn together. */
export function gainDifference(
  a: BudgetPath,
  b: BudgetPath,
  scores: Float64Array,
  budget: number,
  options: BootstrapOptions = {},
): Estimate {
  const ofA = boundGain(a, scores, budget);
  const ofB = boundGain(b, scores, budget);
  return bootstrapEstimate((weight) => ofA(weight) - ofB(weight), a.rows, options);
}

/**
 * The path of whoever knows no member from another: arms by their mean effect and cost, to everybody
 * in turn. What targeting has to beat at the same budget.
 */
export function untargetedPath(effect: Float64Array, cost: Float64Array, arms: number): BudgetPath {
  const width = arms - 1;
  const costs = wholeCosts(cost, effect.length, width);
  const rows = effect.length / width;
  const mean = (values: Float64Array): Float64Array => {
    const sums = new Float64Array(width);
    for (let at = 0; at < values.length; at++) sums[at % width]! += values[at]! / rows;
    return sums;
  };
  const same = (row: Float64Array): Float64Array =>
    new Float64Array(effect.length).map((_, at) => row[at % width]!);
  return { ...budgetPath(same(mean(effect)), same(mean(costs)), arms), cost: costs };
}

function boundGain(
  path: BudgetPath,
  scores: Float64Array,
  budget: number,
): (weight: Float64Array) => number {
  const { rows, arms, cost } = path;
  checkOption("budget", budget, 0);
  checkFinite("scores", scores, rows * arms);
  const width = arms - 1;
  const costOf = (row: number, arm: number): number =>
    arm === 0 ? 0 : cost[row * width + arm - 1]!;
  return (weight) => {
    let total = 0;
    for (const w of weight) total += w;
    let left = budget * total;
    let gain = 0;
    for (let k = 0; k < path.row.length; k++) {
      const i = path.row[k]!;
      const w = weight[i]!;
      if (w === 0) continue;
      const more = w * (costOf(i, path.arm[k]!) - costOf(i, path.from[k]!));
      const better = w * (scores[i * arms + path.arm[k]!]! - scores[i * arms + path.from[k]!]!);
      if (more > left) {
        gain += better * (left / more);
        break;
      }
      left -= more;
      gain += better;
    }
    return gain / total;
  };
}

/** The arms of a row's upper left hull from the origin, by rising cost and falling slope. */
function hull(effect: Float64Array, cost: Float64Array, row: number, width: number): number[] {
  const arms = Array.from({ length: width }, (_, k) => k + 1);
  const costOf = (arm: number): number => (arm === 0 ? 0 : cost[row * width + arm - 1]!);
  const effectOf = (arm: number): number => (arm === 0 ? 0 : effect[row * width + arm - 1]!);
  const slope = (from: number, to: number): number =>
    (effectOf(to) - effectOf(from)) / (costOf(to) - costOf(from));
  arms.sort((a, b) => costOf(a) - costOf(b) || effectOf(b) - effectOf(a));
  const kept: number[] = [0];
  for (const arm of arms) {
    if (effectOf(arm) <= effectOf(kept.at(-1)!)) continue;
    while (kept.length > 1 && slope(kept.at(-2)!, arm) >= slope(kept.at(-2)!, kept.at(-1)!)) {
      kept.pop();
    }
    kept.push(arm);
  }
  return kept.slice(1);
}

function wholeCosts(cost: Float64Array, length: number, width: number): Float64Array {
  if (cost.length !== width && cost.length !== length) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `cost has ${cost.length} values: must have one for each of ${width} arms, or for each row and arm`,
    );
  }
  for (let at = 0; at < cost.length; at++) {
    if (!(cost[at]! > 0 && cost[at]! < Number.POSITIVE_INFINITY)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `cost, row ${Math.floor(at / width)}, arm ${(at % width) + 1} is ${cost[at]}: must be above 0`,
      );
    }
  }
  return cost.length === length ? cost : new Float64Array(length).map((_, at) => cost[at % width]!);
}

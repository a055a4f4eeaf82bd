/**
 * Ranking within queries: pairs of documents pull apart in proportion to what swapping them would do to
 * NDCG (Burges 2010; LightGBM's `rank_objective.hpp`, with its table for the sigmoid and its discounts).
 * Labels are grades 0, 1, 2 …; a grade is worth 2^grade − 1. O(documents × truncation) a query.
 */
import { WaymarkError } from "../../../base/error.ts";
import { checkCount, checkOption } from "../../check.ts";
import type { Labels, Objective } from "./objective.ts";

const MAX_GRADE = 30;
const SIGMOID_BINS = 1024 * 1024;
const SCORE_OFFSET = Math.fround(0.01);

export interface RankOptions {
  readonly sigmoid: number;
  /** Ranks that count; about 3 more than the k of the NDCG that matters. */
  readonly truncation: number;
  /** Whether lambdas are normalised per query. */
  readonly isNormalised: boolean;
}

/** @throws WaymarkError TABLE_INVALID without queries, or on a label that is no grade 0 … 30 */
export function lambdarankObjective(labels: Labels, options: Partial<RankOptions> = {}): Objective {
  const { sigmoid = 1, truncation = 30, isNormalised = true } = options;
  checkOption("sigmoid", sigmoid, Number.MIN_VALUE, Number.MAX_VALUE);
  checkCount("truncation", truncation, 1);
  checkGrades(labels);
  const { y, weight, rows } = labels;
  const begin = queryBegins(labels);
  const inverseMax = Float64Array.from(begin.subarray(1), (end, q) => {
    const most = maxDcg(y.subarray(begin[q]!, end), truncation);
    return most > 0 ? 1 / most : most;
  });
  const sigmoidAt = sigmoidTable(sigmoid);
  const longest = begin.reduce(
    (most, end, q) => Math.max(most, q > 0 ? end - begin[q - 1]! : 0),
    0,
  );
  const discounts = Float64Array.from({ length: longest }, (_, rank) => discountOf(rank));
  return {
    name: "lambdarank",
    classes: 1,
    initialScore: () => 0,
    isLearnable: () => true,
    gradients(score, out) {
      out.fill(0);
      for (let q = 0; q + 1 < begin.length; q++) {
        const from = begin[q]!;
        const count = begin[q + 1]! - from;
        const order = Array.from({ length: count }, (_, i) => from + i);
        order.sort((a, b) => score[b]! - score[a]!);
        const spread = count > 0 && score[order[0]!] !== score[order[count - 1]!];
        let sum = 0;
        for (let i = 0; i < count - 1 && i < truncation; i++) {
          for (let j = i + 1; j < count; j++) {
            const first = order[i]!;
            const second = order[j]!;
            if (y[first] === y[second]) continue;
            const [high, low] = y[first]! > y[second]! ? [first, second] : [second, first];
            const difference = score[high]! - score[low]!;
            const discount = Math.abs(discounts[i]! - discounts[j]!);
            let delta = (gainOf(y[high]!) - gainOf(y[low]!)) * discount * inverseMax[q]!;
            if (isNormalised && spread) delta /= SCORE_OFFSET + Math.abs(difference);
            const p = sigmoidAt(difference);
            const lambda = p * (-sigmoid * delta);
            const hessian = p * (1 - p) * (sigmoid * sigmoid * delta);
            out[2 * low]! -= Math.fround(lambda);
            out[2 * low + 1]! += Math.fround(hessian);
            out[2 * high]! += Math.fround(lambda);
            out[2 * high + 1]! += Math.fround(hessian);
            sum -= 2 * lambda;
          }
        }
        if (!isNormalised || !(sum > 0)) continue;
        const factor = Math.log2(1 + sum) / sum;
        for (let k = 2 * from; k < 2 * (from + count); k++) out[k]! *= factor;
      }
      if (weight === undefined) return;
      for (let i = 0; i < rows; i++) {
        out[2 * i]! *= weight[i]!;
        out[2 * i + 1]! *= weight[i]!;
      }
    },
    check(of) {
      checkGrades(of);
      queryBegins(of);
    },
    loss: (score, of) => 1 - meanNdcg(score, of, truncation),
  };
}

/** The mean over queries of NDCG@k; a query without a grade above 0 counts as 1. */
export function meanNdcg(score: Float64Array, labels: Labels, k: number): number {
  const begin = queryBegins(labels);
  let sum = 0;
  for (let q = 0; q + 1 < begin.length; q++) {
    const grades = labels.y.subarray(begin[q]!, begin[q + 1]!);
    const most = maxDcg(grades, k);
    if (most === 0) {
      sum += 1;
      continue;
    }
    const order = Array.from(grades, (_, i) => begin[q]! + i);
    order.sort((a, b) => score[b]! - score[a]!);
    let dcg = 0;
    for (let i = 0; i < Math.min(k, order.length); i++) {
      dcg += gainOf(labels.y[order[i]!]!) * discountOf(i);
    }
    sum += dcg / most;
  }
  return sum / (begin.length - 1);
}

function discountOf(rank: number): number {
  return 1 / Math.log2(2 + rank);
}

function gainOf(grade: number): number {
  return 2 ** grade - 1;
}

function maxDcg(grades: Float32Array, k: number): number {
  const sorted = Float32Array.from(grades).sort().reverse();
  let dcg = 0;
  for (let i = 0; i < Math.min(k, sorted.length); i++) dcg += discountOf(i) * gainOf(sorted[i]!);
  return dcg;
}

/** LightGBM looks 1/(1 + e^(s·x)) up in a table of 2²⁰ steps. */
function sigmoidTable(sigmoid: number): (x: number) => number {
  const least = -50 / sigmoid / 2;
  const binsPerUnit = SIGMOID_BINS / (-least - least);
  const table = new Float64Array(SIGMOID_BINS);
  for (let i = 0; i < SIGMOID_BINS; i++) {
    table[i] = 1 / (1 + Math.exp((i / binsPerUnit + least) * sigmoid));
  }
  return (x) => {
    if (x <= least) return table[0]!;
    if (x >= -least) return table[SIGMOID_BINS - 1]!;
    return table[Math.trunc((x - least) * binsPerUnit)]!;
  };
}

function queryBegins({ group, rows }: Labels): Int32Array {
  if (group === undefined) {
    throw new WaymarkError("TABLE_INVALID", "ranking needs group: how many rows each query has");
  }
  const begin = new Int32Array(group.length + 1);
  group.forEach((count, q) => {
    if (count < 1) {
      throw new WaymarkError("TABLE_INVALID", `group, row ${q} is ${count}: must be at least 1`);
    }
    begin[q + 1] = begin[q]! + count;
  });
  if (begin[group.length] !== rows) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `group adds up to ${begin[group.length]} rows where ${rows} are needed`,
    );
  }
  return begin;
}

function checkGrades({ y }: Labels): void {
  y.forEach((grade, i) => {
    if (Number.isInteger(grade) && grade >= 0 && grade <= MAX_GRADE) return;
    throw new WaymarkError(
      "TABLE_INVALID",
      `y, row ${i} is ${grade}: lambdarank asks for a grade 0 … ${MAX_GRADE}`,
    );
  });
}

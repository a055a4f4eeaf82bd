/**
 * What is learned: a loss by its gradients and hessians in the score, one score a class. Numbers are
 * rounded where LightGBM rounds (labels, weights, gradients and hessians are float32 there), so that the
 * same data gives the same trees.
 */
import { EPSILON } from "../grow/split.ts";

export interface Labels {
  readonly rows: number;
  /** Float32Array (rows). */
  readonly y: Float32Array;
  /** Float32Array (rows), or undefined where all weigh the same. */
  readonly weight: Float32Array | undefined;
  /** Rows of each query one after the other, for ranking. */
  readonly group: Int32Array | undefined;
}

/** Gradients that a kernel can compute too, to the same bits. */
export type GradientFormula =
  | { readonly name: "square" }
  | { readonly name: "logistic"; readonly steepness: number; readonly positiveWeight: number };

export interface Objective {
  /** As model.txt writes it; "" for a custom one. */
  readonly name: string;
  readonly classes: number;
  /** The constant that training begins with. */
  initialScore(k: number): number;
  /** Whether class k has anything to learn. */
  isLearnable(k: number): boolean;
  /**
   * @param score Float64Array (classes × rows), raw, class after class
   * @param out Float32Array (classes × rows × 2), pairs of gradient and hessian
   */
  gradients(score: Float64Array, out: Float32Array): void;
  /** What `gradients` does, where a kernel may do it on its threads instead. */
  readonly formula?: GradientFormula;
  /** @throws WaymarkError TABLE_INVALID on labels of validation rows that are not what it learns */
  check?(labels: Labels): void;
  /** The mean loss over labelled rows, weighted; what early stopping watches unless told otherwise. */
  loss(score: Float64Array, labels: Labels): number;
  /** Sets leaves anew after the tree is grown, where a Newton step is no step (quantiles). */
  renewLeaf?(rows: Int32Array, score: Float64Array): number;
}

/** Sum of label times weight, and of weights. */
export function weightedSum({ y, weight, rows }: Labels): { sum: number; total: number } {
  if (weight === undefined) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += y[i]!;
    return { sum, total: rows };
  }
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    sum += y[i]! * weight[i]!;
    total += weight[i]!;
  }
  return { sum, total };
}

/** The weighted mean of a loss per row. */
export function meanLoss({ rows, weight }: Labels, lossOf: (i: number) => number): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const w = weight?.[i] ?? 1;
    sum += w * lossOf(i);
    total += w;
  }
  return sum / total;
}

/** Log odds of a share that may be 0 or 1. */
export function logOdds(share: number): number {
  const p = Math.max(EPSILON, Math.min(share, 1 - EPSILON));
  return Math.log(p / (1 - p));
}

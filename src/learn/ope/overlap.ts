/**
 * Whether a log can say anything about a policy at all: how many rounds the weighted ones are worth,
 * whether weights average 1 as they must when propensities are right, and whether the policy does
 * what the log never tried. Looked at before any estimate is believed.
 */
import { checkDistributions } from "../check.ts";
import { sumOfSquares } from "../metric/estimate.ts";
import { type ActionProbabilities, type BanditLog, checkLog, importanceWeights } from "./log.ts";

export interface Overlap {
  readonly rounds: number;
  /** (Σw)² / Σw², Kish's effective sample size: between 0 and `rounds`. */
  readonly effectiveSize: number;
  /** Near 1 when propensities are right: E[w] = 1 under the logging policy. */
  readonly meanWeight: number;
  /** Standard error of `meanWeight`, clustered. */
  readonly meanWeightError: number;
  readonly maxWeight: number;
  /**
   * Mean probability that the policy puts on actions the logging policy could not take; on actions
   * that the log nowhere holds when the whole logging distribution is not known.
   */
  readonly unsupported: number;
  /** Rounds with a positive reward by weight, (Σw·[r>0])² / Σw²·[r>0]: what a rare success rests on. */
  readonly effectiveSuccesses: number;
}

/** @throws WaymarkError TABLE_INVALID naming array, row and rule */
export function overlapOf(log: BanditLog, policy: ActionProbabilities): Overlap {
  checkLog(log);
  const rounds = log.action.length;
  checkDistributions("policy", policy, rounds, log.actions);
  const weight = importanceWeights(log, policy);
  let sum = 0;
  let squares = 0;
  let successes = 0;
  let successSquares = 0;
  let maxWeight = 0;
  for (let i = 0; i < rounds; i++) {
    const w = weight[i]!;
    sum += w;
    squares += w * w;
    if (w > maxWeight) maxWeight = w;
    if (log.reward[i]! > 0) {
      successes += w;
      successSquares += w * w;
    }
  }
  const meanWeight = sum / rounds;
  return {
    rounds,
    effectiveSize: squares === 0 ? 0 : (sum * sum) / squares,
    meanWeight,
    meanWeightError: weightError(weight, meanWeight, log.cluster),
    maxWeight,
    unsupported: unsupportedMass(log, policy),
    effectiveSuccesses: successSquares === 0 ? 0 : (successes * successes) / successSquares,
  };
}

function weightError(weight: Float64Array, mean: number, cluster: Int32Array | undefined): number {
  if (weight.length < 2 || (cluster && new Set(cluster).size < 2)) return Number.POSITIVE_INFINITY;
  const ones = new Float64Array(weight.length).fill(1);
  return Math.sqrt(sumOfSquares((i) => weight[i]! - mean, ones, cluster)) / weight.length;
}

function unsupportedMass(log: BanditLog, policy: ActionProbabilities): number {
  const { actions, action, logging } = log;
  const seen = new Uint8Array(actions);
  for (let i = 0; i < action.length; i++) seen[action[i]!] = 1;
  let mass = 0;
  for (let i = 0; i < action.length; i++) {
    for (let a = 0; a < actions; a++) {
      const at = i * actions + a;
      if (logging ? logging[at] === 0 : seen[a] === 0) mass += policy[at]!;
    }
  }
  return mass / action.length;
}

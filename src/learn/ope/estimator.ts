/**
 * Off-policy estimators, each as three terms a round: what the reward model says the policy earns
 * (direct), what the log corrects (correction), and the weight that a self-normalised estimator
 * divides by. The value is mean(direct) + Σ correction / Σ weight, so one interval serves them all.
 * Formulas and names follow Saito et al.'s Open Bandit Pipeline; O(rounds · actions).
 *
 * Unbiased where propensities are right: ips, dr. Less variance for some bias: snips, sndr, clipping,
 * switch-dr, dr-os. `dm` is only as good as its model: it is a comparison, never a proof.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkChoice, checkDistributions, checkOption } from "../check.ts";
import {
  type ActionProbabilities,
  type BanditLog,
  checkLog,
  checkModelRewards,
  importanceWeights,
  type ModelRewards,
} from "./log.ts";

export type Estimator =
  /** Direct method: the model's reward under the policy. */
  | { readonly kind: "dm" }
  /** Inverse propensity score (Horvitz & Thompson 1952); weights above `clip` count as `clip`. */
  | { readonly kind: "ips"; readonly clip?: number }
  /** Self-normalised IPS (Swaminathan & Joachims, NeurIPS 2015). */
  | { readonly kind: "snips" }
  /** Doubly robust (Dudík, Langford & Li, ICML 2011); weights above `clip` count as `clip`. */
  | { readonly kind: "dr"; readonly clip?: number }
  /** Self-normalised doubly robust. */
  | { readonly kind: "sndr" }
  /** DR where the weight is at most `threshold`, else the model (Wang, Agarwal & Dudík, ICML 2017). */
  | { readonly kind: "switch-dr"; readonly threshold: number }
  /** DR with weights λw/(w² + λ) (Su, Dimakopoulou, Krishnamurthy & Dudík, ICML 2020). */
  | { readonly kind: "dr-os"; readonly shrinkage: number };

export const ESTIMATORS = ["dm", "ips", "snips", "dr", "sndr", "switch-dr", "dr-os"] as const;

export interface Terms {
  /** Float64Array (rounds); all 0 for estimators without a model. */
  readonly direct: Float64Array;
  /** Float64Array (rounds); all 0 for the direct method. */
  readonly correction: Float64Array;
  /** Float64Array (rounds), for self-normalised estimators; else every round counts 1. */
  readonly weight?: Float64Array;
}

/**
 * @param policy what is evaluated
 * @param model needed by every estimator but ips and snips; fit it by `crossFittedRewards`
 * @throws WaymarkError TABLE_INVALID naming array, row and rule; OPTION_INVALID for the estimator
 */
export function termsOf(
  log: BanditLog,
  policy: ActionProbabilities,
  estimator: Estimator,
  model?: ModelRewards,
): Terms {
  checkLog(log);
  const rounds = log.action.length;
  checkDistributions("policy", policy, rounds, log.actions);
  if (model) checkModelRewards(model, rounds, log.actions);
  checkChoice("estimator", estimator.kind, ESTIMATORS);
  return termsUnchecked(log, policy, estimator, model);
}

/** `termsOf` for callers that have checked, and will ask for many. */
export function termsUnchecked(
  log: BanditLog,
  policy: ActionProbabilities,
  estimator: Estimator,
  model?: ModelRewards,
): Terms {
  const { action, reward, actions } = log;
  const rounds = action.length;
  const weight = importanceWeights(log, policy);
  const direct = new Float64Array(rounds);
  const correction = new Float64Array(rounds);
  if (estimator.kind === "ips" || estimator.kind === "snips") {
    shrinkWeights(weight, estimator);
    for (let i = 0; i < rounds; i++) correction[i] = weight[i]! * reward[i]!;
    return estimator.kind === "snips" ? { direct, correction, weight } : { direct, correction };
  }
  if (!model) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `estimator '${estimator.kind}' needs a reward model; ips and snips do without`,
      { choices: ["ips", "snips"] },
    );
  }
  for (let i = 0; i < rounds; i++) {
    let sum = 0;
    for (let at = i * actions; at < (i + 1) * actions; at++) sum += policy[at]! * model[at]!;
    direct[i] = sum;
  }
  if (estimator.kind === "dm") return { direct, correction };
  shrinkWeights(weight, estimator);
  for (let i = 0; i < rounds; i++) {
    correction[i] = weight[i]! * (reward[i]! - model[i * actions + action[i]!]!);
  }
  return estimator.kind === "sndr" ? { direct, correction, weight } : { direct, correction };
}

/** In place: what the estimator makes of a weight. */
function shrinkWeights(weight: Float64Array, estimator: Estimator): void {
  const n = weight.length;
  switch (estimator.kind) {
    case "ips":
    case "dr": {
      const clip = estimator.clip ?? Number.POSITIVE_INFINITY;
      checkOption("clip", clip, 0);
      for (let i = 0; i < n; i++) if (weight[i]! > clip) weight[i] = clip;
      return;
    }
    case "switch-dr":
      checkOption("threshold", estimator.threshold, 0);
      for (let i = 0; i < n; i++) if (weight[i]! > estimator.threshold) weight[i] = 0;
      return;
    case "dr-os": {
      const lambda = estimator.shrinkage;
      checkOption("shrinkage", lambda, 0);
      // λw/(w² + λ), written so that neither a large λ nor a large w leaves the numbers.
      for (let i = 0; i < n; i++) {
        const w = weight[i]!;
        if (w > 0) weight[i] = w / ((w / lambda) * w + 1);
      }
    }
  }
}

/**
 * The estimate, each round counted `times` times (1 unless given).
 *
 * @throws WaymarkError TABLE_INVALID when a self-normalised estimator has no weight to divide by
 */
export function policyValue(terms: Terms, times?: Float64Array): number {
  const { direct, correction, weight } = terms;
  let count = 0;
  let sumDirect = 0;
  let sumCorrection = 0;
  let sumWeight = 0;
  for (let i = 0; i < direct.length; i++) {
    const t = times ? times[i]! : 1;
    count += t;
    sumDirect += t * direct[i]!;
    sumCorrection += t * correction[i]!;
    if (weight) sumWeight += t * weight[i]!;
  }
  if (!(count > 0)) throw new WaymarkError("TABLE_INVALID", "the log has no rounds");
  if (weight && sumWeight === 0) {
    throw new WaymarkError(
      "TABLE_INVALID",
      "no logged action is one that the policy would take: a self-normalised estimate does not exist",
    );
  }
  return sumDirect / count + sumCorrection / (weight ? sumWeight : count);
}

/** Float64Array (rounds) whose mean is the estimate; self-normalised corrections by the mean weight. */
export function roundRewards(terms: Terms): Float64Array {
  const { direct, correction, weight } = terms;
  const n = direct.length;
  let mean = 1;
  if (weight) {
    mean = 0;
    for (let i = 0; i < n; i++) mean += weight[i]! / n;
  }
  const rewards = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    // A policy without any weight earns by its model alone here; `policyValue` refuses it.
    rewards[i] = direct[i]! + (mean === 0 ? 0 : correction[i]! / mean);
  }
  return rewards;
}

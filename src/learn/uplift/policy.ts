/**
 * What a policy is worth by doubly robust scores (Athey & Wager, Econometrica 2021): the mean of
 * Γ_{π(x)} less its costs, and the difference of two policies row by row, which is far surer than the
 * two values are. Judge on rows that the policy was not learned on.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCodes, checkCount, checkDistributions, checkFinite } from "../check.ts";
import { type Estimate, type MeanOptions, meanEstimate } from "../metric/estimate.ts";

/** An arm for each row: Int32Array (rows); or each arm's probability: Float64Array (rows × arms). */
export type ArmPolicy = Int32Array | Float64Array;

export interface PolicyOptions extends MeanOptions {
  /** Cost of each arm: Float64Array (arms) or (rows × arms), in units of the outcome; 0 unless given. */
  readonly cost?: Float64Array | undefined;
}

/**
 * @param scores Float64Array (rows × arms), `doublyRobustScores`
 * @throws WaymarkError TABLE_INVALID naming array, row and rule
 */
export function policyValue(
  scores: Float64Array,
  arms: number,
  policy: ArmPolicy,
  options: PolicyOptions = {},
): Estimate {
  return meanEstimate(rowValues(scores, arms, policy, options.cost), options);
}

/** Value of `a` less that of `b`, paired. */
export function policyDifference(
  scores: Float64Array,
  arms: number,
  a: ArmPolicy,
  b: ArmPolicy,
  options: PolicyOptions = {},
): Estimate {
  const ofB = rowValues(scores, arms, b, options.cost);
  const difference = rowValues(scores, arms, a, options.cost).map((value, i) => value - ofB[i]!);
  return meanEstimate(difference, options);
}

function rowValues(
  scores: Float64Array,
  arms: number,
  policy: ArmPolicy,
  cost: Float64Array | undefined,
): Float64Array {
  checkCount("arms", arms, 2);
  const rows = scores.length / arms;
  checkFinite("scores", scores, scores.length);
  if (policy instanceof Int32Array) checkCodes("policy", policy, rows, arms);
  else checkDistributions("policy", policy, rows, arms);
  if (cost && cost.length !== arms && cost.length !== scores.length) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `cost has ${cost.length} values: must have one for each of ${arms} arms, or for each row and arm`,
    );
  }
  if (cost) checkFinite("cost", cost, cost.length);
  const worth = (at: number): number =>
    scores[at]! - (cost ? cost[cost.length === arms ? at % arms : at]! : 0);
  return new Float64Array(rows).map((_, i) => {
    if (policy instanceof Int32Array) return worth(i * arms + policy[i]!);
    let value = 0;
    for (let at = i * arms; at < (i + 1) * arms; at++) value += policy[at]! * worth(at);
    return value;
  });
}

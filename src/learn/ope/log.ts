/**
 * What a policy left behind: which action it took in each round, with what probability, and what came
 * of it. Off-policy evaluation (Dudík, Langford & Li, ICML 2011) asks such a log what another policy
 * would have earned. A round is one choice; a slot of a slate is a round of its own unless `slate.ts`
 * is asked. Rounds of one member are no independent news, hence `cluster`.
 */
import { WaymarkError } from "../../base/error.ts";
import {
  checkCodes,
  checkDistributions,
  checkFinite,
  checkLength,
  checkPropensities,
  SUM_TOLERANCE,
} from "../check.ts";

export interface BanditLog {
  /** How many actions there are; an action is a code 0 … actions − 1. */
  readonly actions: number;
  /** Int32Array (rounds), the action taken. */
  readonly action: Int32Array;
  /** Float64Array (rounds), finite. */
  readonly reward: Float64Array;
  /** Float64Array (rounds), in (0, 1]: the probability with which the logging policy took that action. */
  readonly propensity: Float64Array;
  /** Int32Array (rounds), whose round it was; intervals draw whole clusters. */
  readonly cluster?: Int32Array | undefined;
  /** Float64Array (rounds × actions), the logging policy's whole distribution: makes support exact. */
  readonly logging?: Float64Array | undefined;
}

/**
 * Float64Array (rounds × actions), row-major: the probability of each action under the policy that is
 * evaluated, each row summing to 1.
 */
export type ActionProbabilities = Float64Array;

/** Float64Array (rounds × actions), row-major: a reward model's mean reward of each action. */
export type ModelRewards = Float64Array;

/** @throws WaymarkError TABLE_INVALID naming the array, the row and the rule; OPTION_INVALID for `actions` */
export function checkLog(log: BanditLog): void {
  const { actions, action, reward, propensity, cluster, logging } = log;
  const rounds = action.length;
  if (!Number.isInteger(actions) || actions < 1) {
    throw new WaymarkError("OPTION_INVALID", `actions is ${actions}; it must be an integer ≥ 1`);
  }
  if (rounds === 0) throw new WaymarkError("TABLE_INVALID", "the log has no rounds");
  checkCodes("action", action, rounds, actions);
  checkFinite("reward", reward, rounds);
  checkPropensities("propensity", propensity, rounds);
  if (cluster) checkLength("cluster", cluster, rounds);
  if (!logging) return;
  checkDistributions("logging", logging, rounds, actions);
  for (let i = 0; i < rounds; i++) {
    const p = logging[i * actions + action[i]!]!;
    if (Math.abs(p - propensity[i]!) > SUM_TOLERANCE) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `propensity, row ${i} is ${propensity[i]} where logging has ${p} for the action taken`,
      );
    }
  }
}

/** Finite numbers, one for each round and action. @throws WaymarkError TABLE_INVALID */
export function checkModelRewards(rewards: ModelRewards, rounds: number, actions: number): void {
  checkFinite("model rewards", rewards, rounds * actions);
}

/** Float64Array (rounds): π(a|x) / π₀(a|x) of the action taken. */
export function importanceWeights(log: BanditLog, policy: ActionProbabilities): Float64Array {
  const weight = new Float64Array(log.action.length);
  for (let i = 0; i < weight.length; i++) {
    weight[i] = policy[i * log.actions + log.action[i]!]! / log.propensity[i]!;
  }
  return weight;
}

/**
 * What a policy would have earned that fills several slots at once. Which weight is right depends on
 * how members read a slate: all slots act on each other (standard; unbiased always, of huge variance),
 * each slot by itself (independent; Li et al., KDD 2018), from the top down (cascade; McInerney et al.,
 * KDD 2020, doubly robust: Kiyohara et al., WSDM 2022), or slots add up to one reward of the whole
 * (additive; Swaminathan et al., NeurIPS 2017, for slots logged independently). O(slates · slots).
 */
import { WaymarkError } from "../../base/error.ts";
import {
  checkChoice,
  checkCodes,
  checkFinite,
  checkLength,
  checkProbability,
  checkPropensities,
} from "../check.ts";
import type { Terms } from "./estimator.ts";

export interface SlateLog {
  /** Slots of every slate. */
  readonly slots: number;
  /** Float64Array (slates × slots), row-major: what came of each slot. */
  readonly reward: Float64Array;
  /** Float64Array, in (0, 1]: the logging policy's probability of what was shown; see `SlateWeighting`. */
  readonly propensity: Float64Array;
  /** Int32Array (slates): whose slate it was. */
  readonly cluster?: Int32Array | undefined;
}

/**
 * What the propensities of logging and evaluated policy are of:
 * - standard: the whole slate; one a slate.
 * - independent, additive: the slot's action at that slot, whatever else; one a slot.
 * - cascade: the slot's action and all above it; one a slot.
 */
export type SlateWeighting = (typeof WEIGHTINGS)[number];

const WEIGHTINGS = ["standard", "independent", "cascade", "additive"] as const;

export interface SlateOptions {
  readonly weighting: SlateWeighting;
  /** Divide by the weights of the slot instead of the number of slates. */
  readonly selfNormalised?: boolean;
  /** The reward of this slot alone instead of the whole slate's. */
  readonly slot?: number;
}

/** Of a cascade's doubly robust estimator: what a model makes of each action at each slot. */
export interface CascadeModel {
  readonly actions: number;
  /** Int32Array (slates × slots): the action shown. */
  readonly action: Int32Array;
  /** Float64Array (slates × slots × actions): model of the reward from this slot on. */
  readonly reward: Float64Array;
  /** Float64Array (slates × slots × actions): the evaluated policy at this slot, given those above. */
  readonly policy: Float64Array;
}

/**
 * A round is a slate; `policyValue` and `intervalOf` take it from here. Self-normalised estimates of a whole
 * slate divide each slot by its own mean weight, as the Open Bandit Pipeline does, and so treat these
 * means as known.
 *
 * @param evaluated as long as `log.propensity`: the same probabilities under the policy evaluated
 * @throws WaymarkError TABLE_INVALID naming array, row and rule; OPTION_INVALID for the slot
 */
export function slateTerms(log: SlateLog, evaluated: Float64Array, options: SlateOptions): Terms {
  const { weighting, selfNormalised = false, slot } = options;
  checkChoice("weighting", weighting, WEIGHTINGS);
  const slates = checkSlates(log, evaluated, weighting);
  const { slots, reward } = log;
  if (slot !== undefined && !(Number.isInteger(slot) && slot >= 0 && slot < slots)) {
    throw new WaymarkError("OPTION_INVALID", `slot is ${slot}; it must be 0 … ${slots - 1}`);
  }
  const weight = slotWeights(log, evaluated, weighting, slates);
  const direct = new Float64Array(slates);
  const correction = new Float64Array(slates);
  if (slot !== undefined) {
    const of = new Float64Array(slates);
    for (let i = 0; i < slates; i++) {
      of[i] = weight[i * slots + slot]!;
      correction[i] = of[i]! * reward[i * slots + slot]!;
    }
    return selfNormalised ? { direct, correction, weight: of } : { direct, correction };
  }
  const mean = new Float64Array(slots).fill(1);
  if (selfNormalised) {
    mean.fill(0);
    for (let at = 0; at < weight.length; at++) mean[at % slots]! += weight[at]! / slates;
    const empty = mean.indexOf(0);
    if (empty >= 0) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `no logged action of slot ${empty} is one that the policy would take: a self-normalised estimate does not exist`,
      );
    }
  }
  for (let at = 0; at < weight.length; at++) {
    correction[Math.floor(at / slots)]! += (weight[at]! * reward[at]!) / mean[at % slots]!;
  }
  return { direct, correction };
}

/**
 * Doubly robust along the cascade: each slot is corrected by its own weight and modelled under that of
 * the slots above it.
 *
 * @param evaluated Float64Array (slates × slots), cascade propensities of the policy evaluated
 */
export function cascadeTerms(log: SlateLog, evaluated: Float64Array, model: CascadeModel): Terms {
  const slates = checkSlates(log, evaluated, "cascade");
  const { slots, reward, propensity } = log;
  const { actions } = model;
  checkCodes("action", model.action, slates * slots, actions);
  checkFinite("model rewards", model.reward, slates * slots * actions);
  checkFinite("policy", model.policy, slates * slots * actions);
  const direct = new Float64Array(slates);
  const correction = new Float64Array(slates);
  for (let i = 0; i < slates; i++) {
    let above = 1;
    for (let l = 0; l < slots; l++) {
      const at = i * slots + l;
      let expected = 0;
      for (let a = at * actions; a < (at + 1) * actions; a++) {
        expected += model.policy[a]! * model.reward[a]!;
      }
      const weight = evaluated[at]! / propensity[at]!;
      direct[i]! += above * expected;
      correction[i]! += weight * (reward[at]! - model.reward[at * actions + model.action[at]!]!);
      above = weight;
    }
  }
  return { direct, correction };
}

/** Float64Array (slates × slots): the weight under which each slot's reward counts. */
function slotWeights(
  log: SlateLog,
  evaluated: Float64Array,
  weighting: SlateWeighting,
  slates: number,
): Float64Array {
  const { slots, propensity } = log;
  const weight = new Float64Array(slates * slots);
  for (let i = 0; i < slates; i++) {
    let sum = 0;
    for (let l = 0; l < slots; l++) {
      const at = weighting === "standard" ? i : i * slots + l;
      weight[i * slots + l] = evaluated[at]! / propensity[at]!;
      sum += weight[i * slots + l]!;
    }
    // Σ w_l − (slots − 1): the pseudo-inverse of independent slots in closed form.
    if (weighting === "additive") {
      weight.fill(sum - (slots - 1), i * slots, (i + 1) * slots);
    }
  }
  return weight;
}

/** How many slates there are. */
function checkSlates(log: SlateLog, evaluated: Float64Array, weighting: SlateWeighting): number {
  const { slots, reward, propensity, cluster } = log;
  if (!Number.isInteger(slots) || slots < 1) {
    throw new WaymarkError("OPTION_INVALID", `slots is ${slots}; it must be an integer ≥ 1`);
  }
  if (reward.length === 0 || reward.length % slots !== 0) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `reward has ${reward.length} values: must be a number for each of ${slots} slots of each slate`,
    );
  }
  const slates = reward.length / slots;
  checkFinite("reward", reward, reward.length);
  const wanted = weighting === "standard" ? slates : slates * slots;
  checkPropensities("propensity", propensity, wanted);
  checkProbability("evaluated propensity", evaluated, wanted);
  if (cluster) checkLength("cluster", cluster, slates);
  return slates;
}

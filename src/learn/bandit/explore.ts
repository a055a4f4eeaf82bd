/**
 * How a bandit turns what it believes into the probability of each arm. Each rule is a pure function
 * with exact probabilities, so the propensity that is logged is the one that was used. Arms that sleep
 * have probability 0; a floor keeps every other arm tried, and importance weights bounded by arms/floor.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkChoice, checkLength, checkOption } from "../check.ts";
import { bestArmProbabilities } from "./best-arm.ts";

export type Exploration =
  /** The best arm, and with probability `epsilon` any; arms that tie share. */
  | { readonly kind: "epsilon-greedy"; readonly epsilon: number }
  /** The highest mean + width · deviation (Li, Chu, Langford & Schapire, WWW 2010); give it a floor. */
  | { readonly kind: "lin-ucb"; readonly width: number }
  /**
   * As probably as it is best (Thompson 1933), each arm's reward drawn by itself from its own belief.
   * Where arms share coefficients this explores a little more than one draw of all of them would, and
   * its propensities are exact. `scale` multiplies deviations; 1 unless given.
   */
  | { readonly kind: "thompson"; readonly scale?: number }
  /**
   * 1/(arms + γ · gap to the best), the rest to the best (Foster & Rakhlin, ICML 2020), with
   * γ = scale · rounds^exponent; 10 and ½ unless given.
   */
  | { readonly kind: "square-cb"; readonly scale?: number; readonly exponent?: number };

export const EXPLORATIONS = ["epsilon-greedy", "lin-ucb", "thompson", "square-cb"] as const;

/** What is believed of the arms that may be chosen now. */
export interface Scores {
  /** Float64Array (arms): where the belief is centred, on the scale on which it is normal. */
  readonly mean: Float64Array;
  /** Float64Array (arms): its deviation. */
  readonly deviation: Float64Array;
  /** Float64Array (arms): mean reward; the same as `mean` unless rewards are probabilities. */
  readonly reward: Float64Array;
}

/** @throws WaymarkError OPTION_INVALID naming the rule, or the parameter that is out of its range */
export function checkExploration(exploration: Exploration): void {
  checkChoice("exploration", exploration.kind, EXPLORATIONS);
  switch (exploration.kind) {
    case "epsilon-greedy":
      checkOption("epsilon", exploration.epsilon, 0, 1);
      return;
    case "lin-ucb":
      checkOption("width", exploration.width, 0, Number.MAX_VALUE);
      return;
    case "thompson":
      checkOption("scale", exploration.scale ?? 1, 0, Number.MAX_VALUE);
      return;
    case "square-cb":
      checkOption("scale", exploration.scale ?? 10, 0, Number.MAX_VALUE);
      checkOption("exponent", exploration.exponent ?? 0.5, 0, 1);
  }
}

/**
 * @param available Uint8Array (arms), 0 where an arm sleeps
 * @param floor total probability spread evenly over available arms, 0 … 1
 * @param rounds learned so far
 * @returns Float64Array (arms), summing to 1; available arms have at least floor / their number
 * @throws WaymarkError TABLE_INVALID when no arm is available; OPTION_INVALID for a parameter
 */
export function armProbabilities(
  scores: Scores,
  exploration: Exploration,
  available: Uint8Array,
  floor = 0,
  rounds = 0,
): Float64Array {
  checkExploration(exploration);
  checkOption("floor", floor, 0, 1);
  checkOption("rounds", rounds, 0, Number.MAX_VALUE);
  for (const name of ["mean", "deviation", "reward"] as const) {
    checkLength(name, scores[name], available.length);
  }
  const awake: number[] = [];
  for (let a = 0; a < available.length; a++) if (available[a]) awake.push(a);
  if (awake.length === 0) {
    throw new WaymarkError("TABLE_INVALID", `none of ${available.length} arms is available`);
  }
  const of = (values: Float64Array): Float64Array => Float64Array.from(awake, (a) => values[a]!);
  const chosen = explore(
    of(scores.mean),
    of(scores.deviation),
    of(scores.reward),
    exploration,
    rounds,
  );
  const probabilities = new Float64Array(available.length);
  for (let k = 0; k < awake.length; k++) {
    probabilities[awake[k]!] = (1 - floor) * chosen[k]! + floor / awake.length;
  }
  return probabilities;
}

function explore(
  mean: Float64Array,
  deviation: Float64Array,
  reward: Float64Array,
  exploration: Exploration,
  rounds: number,
): Float64Array {
  const { kind } = exploration;
  if (kind === "epsilon-greedy") {
    const { epsilon } = exploration;
    return greedy(reward).map((p) => (1 - epsilon) * p + epsilon / reward.length);
  }
  if (kind === "lin-ucb") {
    return greedy(mean.map((m, a) => m + exploration.width * deviation[a]!));
  }
  if (kind === "thompson") {
    const { scale = 1 } = exploration;
    return bestArmProbabilities(
      mean,
      deviation.map((d) => scale * d),
    );
  }
  const { scale = 10, exponent = 0.5 } = exploration;
  return inverseGap(reward, scale * rounds ** exponent);
}

/** All to the highest; those that tie share. */
function greedy(value: Float64Array): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  let tied = 0;
  for (const v of value) {
    if (v > highest) {
      highest = v;
      tied = 1;
    } else if (v === highest) tied++;
  }
  return value.map((v) => (v === highest ? 1 / tied : 0));
}

function inverseGap(reward: Float64Array, gamma: number): Float64Array {
  const arms = reward.length;
  const best = reward.indexOf(Math.max(...reward));
  const p = reward.map((r) => 1 / (arms + gamma * (reward[best]! - r)));
  let others = 0;
  for (let a = 0; a < arms; a++) if (a !== best) others += p[a]!;
  p[best] = 1 - others;
  return p;
}

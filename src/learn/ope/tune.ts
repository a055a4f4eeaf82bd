/**
 * The threshold of SWITCH-DR, the shrinkage of DRos or a clip, chosen from the log itself: SLOPE++
 * (Su, Srinath & Krishnamurthy, ICML 2020; Tucker & Lee 2021) goes from the widest interval to the
 * narrowest while estimates agree; the other rule adds an upper bound of the bias to the variance
 * (Su et al., ICML 2020, §5). Both as in the Open Bandit Pipeline. O(choices · rounds · actions).
 */
import { WaymarkError } from "../../base/error.ts";
import { studentTQuantile } from "../../stats/distribution/student-t.ts";
import { checkChoice, checkOption } from "../check.ts";
import { type Estimator, roundRewards, termsOf, termsUnchecked } from "./estimator.ts";
import {
  type ActionProbabilities,
  type BanditLog,
  importanceWeights,
  type ModelRewards,
} from "./log.ts";

export type Tuned = "ips" | "dr" | "switch-dr" | "dr-os";

export interface TuneOptions {
  readonly rule?: "slope" | "mean squared error";
  /** What to choose from; Infinity is the untouched estimator. */
  readonly choices?: readonly number[];
  /** Chance at which a bound may fail; .1 unless given. */
  readonly delta?: number;
  readonly model?: ModelRewards | undefined;
}

export const tuneChoices: readonly number[] = [10, 50, 100, 500, 1000, 5000, 10_000, Infinity];

/** The estimator of that kind with the parameter that the rule chose. */
export function tuneEstimator(
  log: BanditLog,
  policy: ActionProbabilities,
  kind: Tuned,
  options: TuneOptions = {},
): Estimator {
  const { rule = "slope", choices = tuneChoices, delta = 0.1, model } = options;
  if (choices.length === 0) throw new WaymarkError("OPTION_INVALID", "choices is empty");
  checkChoice("rule", rule, ["slope", "mean squared error"]);
  checkOption("delta", delta, 1e-12, 0.5);
  termsOf(log, policy, estimatorOf(kind, choices[0]!), model);
  const rewardsOf = (choice: number): Float64Array =>
    roundRewards(termsUnchecked(log, policy, estimatorOf(kind, choice), model));
  const best =
    rule === "slope"
      ? slope(choices, rewardsOf, delta)
      : leastError(choices, rewardsOf, log, policy, delta);
  return estimatorOf(kind, best);
}

function estimatorOf(kind: Tuned, parameter: number): Estimator {
  if (kind === "switch-dr") return { kind, threshold: parameter };
  if (kind === "dr-os") return { kind, shrinkage: parameter };
  return { kind, clip: parameter };
}

/** From the widest interval on, the last choice whose estimate agrees with all wider ones. */
function slope(
  choices: readonly number[],
  rewardsOf: (choice: number) => Float64Array,
  delta: number,
): number {
  const slack = Math.sqrt(6) - 1;
  const found = choices.map((choice) => {
    const { mean, variance, n } = moments(rewardsOf(choice));
    const quantile = studentTQuantile(1 - delta, Math.max(1, n - 1));
    return { choice, mean, width: quantile * Math.sqrt(variance / Math.max(1, n - 1)) };
  });
  const wide = found.map((_, k) => k).sort((a, b) => found[a]!.width - found[b]!.width || a - b);
  wide.reverse();
  for (let k = 1; k < wide.length; k++) {
    const { mean, width } = found[wide[k]!]!;
    const agrees = wide
      .slice(0, k)
      .every((j) => Math.abs(found[j]!.mean - mean) <= width + slack * found[j]!.width);
    if (!agrees) return found[wide[k - 1]!]!.choice;
  }
  return found[wide.at(-1)!]!.choice;
}

/** The choice with the least variance of the mean plus squared upper bound of the bias. */
function leastError(
  choices: readonly number[],
  rewardsOf: (choice: number) => Float64Array,
  log: BanditLog,
  policy: ActionProbabilities,
  delta: number,
): number {
  const whole = moments(rewardsOf(Number.POSITIVE_INFINITY)).mean;
  const weight = importanceWeights(log, policy);
  const n = weight.length;
  let squares = 0;
  let highest = 0;
  for (const w of weight) {
    squares += (w * w) / n;
    if (w > highest) highest = w;
  }
  const tail = Math.log(2 / delta);
  const slack = Math.sqrt((2 * squares * tail) / n) + (2 * highest * tail) / (3 * n);
  let best = choices[0]!;
  let least = Number.POSITIVE_INFINITY;
  for (const choice of choices) {
    const rewards = rewardsOf(choice);
    const { mean, variance } = moments(rewards);
    // w(r − q̂) less ŵ(r − q̂) is what the parameter took away.
    const bias = Math.abs(whole - mean) + slack;
    const error = variance / n + bias * bias;
    if (error < least) {
      least = error;
      best = choice;
    }
  }
  return best;
}

function moments(x: Float64Array): { mean: number; variance: number; n: number } {
  const n = x.length;
  let mean = 0;
  for (const value of x) mean += value / n;
  let variance = 0;
  for (const value of x) variance += (value - mean) ** 2 / n;
  return { mean, variance, n };
}

/**
 * The one question a log is asked before a policy goes live: ship, do not ship, or cannot tell. A
 * verdict needs overlap that can carry it; then the lower (or upper) bound of the paired difference to
 * the incumbent decides. "Cannot tell" is the honest answer to most logs, and names its reasons: it
 * asks for more exploration or an A/B test, not for another estimator.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkOption } from "../check.ts";
import type { Estimate } from "../metric/estimate.ts";
import { ESTIMATORS, type Estimator, type Terms, termsOf } from "./estimator.ts";
import { type IntervalOptions, pairedIntervals } from "./interval.ts";
import type { ActionProbabilities, BanditLog, ModelRewards } from "./log.ts";
import { type Overlap, overlapOf } from "./overlap.ts";

export type Verdict = "ship" | "do not ship" | "cannot tell";

export interface GateOptions extends Omit<IntervalOptions, "cluster"> {
  /** The policy to beat; the logging policy itself, by its plain mean reward, unless given. */
  readonly incumbent?: ActionProbabilities | undefined;
  readonly estimator?: Estimator;
  readonly model?: ModelRewards | undefined;
  /** Reward by which a candidate may be worse and still ship, ≥ 0. */
  readonly margin?: number;
  readonly minEffectiveSize?: number;
  readonly minEffectiveSuccesses?: number;
  readonly maxUnsupported?: number;
  /** Standard errors by which the mean weight may differ from 1. */
  readonly maxWeightZ?: number;
}

export const gateDefaults = {
  /** A success in a hundred rounds, and a thousand rounds hold ten. */
  minEffectiveSize: 1000,
  /** Below ten, the bootstrap of a rare success is known to be too narrow. */
  minEffectiveSuccesses: 10,
  /** Probability on actions without support: as much reward is simply unknown. */
  maxUnsupported: 0.01,
  maxWeightZ: 3,
  margin: 0,
  level: 0.95,
} as const;

const LIMITS = [
  "minEffectiveSize",
  "minEffectiveSuccesses",
  "maxUnsupported",
  "maxWeightZ",
] as const;

export interface GateAnswer {
  readonly verdict: Verdict;
  /** Why, in sentences; for "ship" and "do not ship" the comparison that decided. */
  readonly reasons: readonly string[];
  readonly candidate: Estimate;
  readonly incumbent: Estimate;
  /** Candidate less incumbent, paired. */
  readonly difference: Estimate;
  /** Of the candidate, and of the incumbent where it is not the logging policy. */
  readonly overlap: Overlap;
  readonly incumbentOverlap?: Overlap;
}

/**
 * @throws WaymarkError TABLE_INVALID naming array, row and rule; OPTION_INVALID for an option, an
 *   estimator that lacks its model, or the direct method
 */
export function gate(
  log: BanditLog,
  candidate: ActionProbabilities,
  options: GateOptions = {},
): GateAnswer {
  const o = { ...gateDefaults, ...options };
  for (const name of ["margin", ...LIMITS] as const) checkOption(name, o[name], 0);
  const estimator: Estimator = options.estimator ?? { kind: options.model ? "dr" : "snips" };
  if (estimator.kind === "dm") {
    throw new WaymarkError(
      "OPTION_INVALID",
      "estimator 'dm' believes its model and not the log; a gate takes one of the others",
      { choices: ESTIMATORS.filter((kind) => kind !== "dm") },
    );
  }
  const interval = { ...options, level: o.level, cluster: log.cluster };
  const overlap = overlapOf(log, candidate);
  const incumbentOverlap = options.incumbent && overlapOf(log, options.incumbent);
  const reasons = overlapFaults("the candidate", overlap, o);
  if (incumbentOverlap) reasons.push(...overlapFaults("the incumbent", incumbentOverlap, o));

  const ofCandidate = termsOf(log, candidate, estimator, options.model);
  const ofIncumbent = options.incumbent
    ? termsOf(log, options.incumbent, estimator, options.model)
    : loggedTerms(log);
  const found = pairedIntervals(ofCandidate, ofIncumbent, interval);
  const answer = {
    candidate: found.a,
    incumbent: found.b,
    difference: found.difference,
    overlap,
    ...(incumbentOverlap && { incumbentOverlap }),
  };
  if (reasons.length > 0) return { verdict: "cannot tell", reasons, ...answer };
  const { lower, upper } = found.difference;
  const bounds = `the difference lies between ${short(lower)} and ${short(upper)} at ${o.level * 100} %`;
  if (lower > -o.margin) {
    return { verdict: "ship", reasons: [`${bounds}, above ${short(-o.margin)}`], ...answer };
  }
  if (upper < -o.margin) {
    return { verdict: "do not ship", reasons: [`${bounds}, below ${short(-o.margin)}`], ...answer };
  }
  return {
    verdict: "cannot tell",
    reasons: [`${bounds}, on both sides of ${short(-o.margin)}`],
    ...answer,
  };
}

/** The logging policy's own value is the mean reward: no weights, no model. */
function loggedTerms(log: BanditLog): Terms {
  return { direct: new Float64Array(log.reward.length), correction: log.reward };
}

function overlapFaults(
  who: string,
  overlap: Overlap,
  limits: Required<Pick<GateOptions, (typeof LIMITS)[number]>>,
): string[] {
  const faults: string[] = [];
  const { effectiveSize, effectiveSuccesses, unsupported, meanWeight, meanWeightError } = overlap;
  if (effectiveSize < limits.minEffectiveSize) {
    faults.push(
      `${who}'s ${overlap.rounds} rounds are worth ${short(effectiveSize)}; ${limits.minEffectiveSize} are needed`,
    );
  }
  if (effectiveSuccesses < limits.minEffectiveSuccesses) {
    faults.push(
      `${who}'s successes are worth ${short(effectiveSuccesses)}; ${limits.minEffectiveSuccesses} are needed`,
    );
  }
  if (unsupported > limits.maxUnsupported) {
    faults.push(
      `${who} puts ${short(100 * unsupported)} % of its choices on actions that were never logged`,
    );
  }
  if (!(Math.abs(meanWeight - 1) <= limits.maxWeightZ * meanWeightError + 1e-9)) {
    faults.push(
      `${who}'s weights average ${short(meanWeight)} ± ${short(meanWeightError)} instead of 1: propensities were logged wrong, or rounds are missing`,
    );
  }
  return faults;
}

function short(x: number): string {
  return String(Number(x.toPrecision(3)));
}

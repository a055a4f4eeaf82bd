/**
 * The effect of a treatment: its estimate, standard error and degrees of freedom, from the sums of two
 * arms. Every test takes this one thing. Ratios and relative differences by the delta method (Deng,
 * Knoblich & Lu, KDD 2018); covariates by CUPED with one θ over both arms (Deng et al., WSDM 2013);
 * degrees of freedom by Satterthwaite. O(1).
 */
import { WaymarkError } from "../../base/error.ts";
import { adjust } from "./adjusted.ts";
import { checkArm } from "./arm.ts";
import { deltaCovariance, momentsOf } from "./moments.ts";
import { hasTooFewForQuantile, quantileVariance } from "./quantile.ts";
import { type ArmSums, invalid } from "./sums.ts";

/** Absolute: treatment − control. Relative: that over the size of control's mean. */
export type Difference = "absolute" | "relative";

/** One arm as a number with its noise. */
export interface ArmEstimate {
  /** Units that the variance is over: variance / count is the squared standard error. */
  readonly count: number;
  /** After adjustment, if there is a covariate. */
  readonly mean: number;
  readonly unadjustedMean: number;
  readonly variance: number;
  /** Independent units, less one of them, for Satterthwaite's degrees of freedom. */
  readonly degreesOfFreedom: number;
}

export interface Effect {
  readonly difference: Difference;
  readonly estimate: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** Units of both arms. */
  readonly count: number;
  readonly control: ArmEstimate;
  readonly treatment: ArmEstimate;
  /** The covariate's coefficient; 0 without one. */
  readonly theta: number;
}

/**
 * @throws WaymarkError TABLE_INVALID when the arms' kinds differ, an arm is empty or without variance, a
 *   sum is not finite or impossible, or control's mean is 0 and the difference relative
 */
export function effectOf(
  control: ArmSums,
  treatment: ArmSums,
  options: { readonly difference?: Difference } = {},
): Effect {
  const { difference = "absolute" } = options;
  if (difference !== "absolute" && difference !== "relative") {
    throw new WaymarkError(
      "OPTION_INVALID",
      `difference '${difference as string}' is unknown; choose absolute or relative`,
      { choices: ["absolute", "relative"] },
    );
  }
  if (control.kind !== treatment.kind) {
    throw invalid(
      `control is a ${control.kind} and treatment a ${treatment.kind}; expected one kind`,
    );
  }
  checkArm(control, "control");
  checkArm(treatment, "treatment");
  const isRelative = difference === "relative";
  const adjusted = adjust(control, treatment, isRelative);
  const a = adjusted?.control ?? estimateOf(control);
  const b = adjusted?.treatment ?? estimateOf(treatment);
  for (const [name, arm] of [
    ["control", a],
    ["treatment", b],
  ] as const) {
    if (!(arm.variance > 0)) throw invalid(`the variance of ${name} is 0; a test needs some`);
  }
  const baseline = Math.abs(a.unadjustedMean);
  if (isRelative && baseline === 0) {
    throw invalid(
      "the mean of control is 0; a relative difference needs another, or ask for absolute",
    );
  }
  const varianceOfA = a.variance / a.count;
  const varianceOfB = b.variance / b.count;
  const ratio = b.unadjustedMean / baseline;
  const variance = !isRelative
    ? varianceOfA + varianceOfB
    : (adjusted?.relativeVariance ?? (varianceOfB + varianceOfA * ratio * ratio) / baseline ** 2);
  const effect = {
    difference,
    estimate: (b.mean - a.mean) / (isRelative ? baseline : 1),
    standardError: Math.sqrt(variance),
    degreesOfFreedom:
      (varianceOfA + varianceOfB) ** 2 /
      (varianceOfA ** 2 / a.degreesOfFreedom + varianceOfB ** 2 / b.degreesOfFreedom),
    count: a.count + b.count,
    control: a,
    treatment: b,
    theta: adjusted?.theta ?? 0,
  };
  for (const key of ["estimate", "standardError", "degreesOfFreedom"] as const) {
    if (!Number.isFinite(effect[key]) || (key !== "estimate" && effect[key] <= 0)) {
      throw invalid(`${key} came out as ${effect[key]}: the sums are too large or too small`);
    }
  }
  return effect;
}

/** An arm's number without a covariate. */
export function estimateOf(arm: ArmSums): ArmEstimate {
  const { count } = arm;
  const of = (mean: number, variance: number, degreesOfFreedom = count - 1): ArmEstimate => ({
    count,
    mean,
    unadjustedMean: mean,
    variance,
    degreesOfFreedom,
  });
  switch (arm.kind) {
    case "proportion": {
      const share = arm.sum / count;
      return of(share, share * (1 - share));
    }
    case "quantile": {
      const variance = hasTooFewForQuantile(arm) ? 0 : quantileVariance(arm);
      return of(arm.estimate, variance, (arm.clusters?.count ?? count) - 1);
    }
    case "mean":
    case "adjusted-mean": {
      const { mean, covariance } = momentsOf(arm);
      return of(mean[0]!, covariance[0]![0]!);
    }
    default: {
      const moments = momentsOf(arm);
      const [above, below] = [moments.mean[0]!, moments.mean[1]!];
      return of(above / below, deltaCovariance(moments, [1 / below, -above / below ** 2]));
    }
  }
}

/**
 * CUPED: an outcome less θ times what the unit did before the experiment (Deng, Xu, Kohavi & Walker, WSDM
 * 2013). θ is one for both arms, so the expectation of the difference does not move; the variance falls by
 * the squared correlation. For ratios the delta method carries both periods' numerators and denominators.
 */
import type { ArmEstimate } from "./effect.ts";
import { deltaCovariance, type Moments, momentsOf } from "./moments.ts";
import { type AdjustedMeanSums, type AdjustedRatioSums, type ArmSums, addSums } from "./sums.ts";

export interface Adjusted {
  readonly control: ArmEstimate;
  readonly treatment: ArmEstimate;
  readonly theta: number;
  /** Squared standard error of the relative difference, where one is asked for. */
  readonly relativeVariance: number | undefined;
}

/** Undefined where there is no covariate, or one that never varies. */
export function adjust(
  control: ArmSums,
  treatment: ArmSums,
  isRelative: boolean,
): Adjusted | undefined {
  if (control.kind === "adjusted-mean" && treatment.kind === "adjusted-mean") {
    return adjustWith(control, treatment, isRelative, MEAN);
  }
  if (control.kind === "adjusted-ratio" && treatment.kind === "adjusted-ratio") {
    return adjustWith(control, treatment, isRelative, RATIO);
  }
  return undefined;
}

/** How outcome and covariate are functions of the means, and their gradients there. */
interface Form {
  readonly outcome: (mean: readonly number[]) => number;
  readonly covariate: (mean: readonly number[]) => number;
  readonly outcomeGradient: (mean: readonly number[]) => number[];
  readonly covariateGradient: (mean: readonly number[]) => number[];
}

const MEAN: Form = {
  outcome: ([y]) => y!,
  covariate: ([, x]) => x!,
  outcomeGradient: () => [1, 0],
  covariateGradient: () => [0, 1],
};

const RATIO: Form = {
  outcome: ([y, d]) => y! / d!,
  covariate: ([, , x, w]) => x! / w!,
  outcomeGradient: ([y, d]) => [1 / d!, -y! / d! ** 2, 0, 0],
  covariateGradient: ([, , x, w]) => [0, 0, 1 / w!, -x! / w! ** 2],
};

function adjustWith<S extends AdjustedMeanSums | AdjustedRatioSums>(
  control: S,
  treatment: S,
  isRelative: boolean,
  form: Form,
): Adjusted | undefined {
  const a = momentsOf(control);
  const b = momentsOf(treatment);
  const theta = thetaOver(form === MEAN ? [momentsOf(addSums(control, treatment))] : [a, b], form);
  if (theta === undefined) return undefined;
  const armA = estimate(a, theta, form);
  const armB = estimate(b, theta, form);
  return {
    control: armA,
    treatment: armB,
    theta,
    relativeVariance: isRelative ? relativeVariance(a, armA, b, armB, theta, form) : undefined,
  };
}

/**
 * Covariance over variance, each summed over the groups. A mean takes both arms as one group; a ratio is
 * linear only around each arm's own means, so it takes them apart.
 */
function thetaOver(groups: readonly Moments[], form: Form): number | undefined {
  let covariance = 0;
  let variance = 0;
  for (const moments of groups) {
    const toCovariate = form.covariateGradient(moments.mean);
    covariance += deltaCovariance(moments, form.outcomeGradient(moments.mean), toCovariate);
    variance += deltaCovariance(moments, toCovariate);
  }
  return variance > 0 ? covariance / variance : undefined;
}

function estimate(moments: Moments, theta: number, form: Form): ArmEstimate {
  const { mean, count } = moments;
  return {
    count,
    mean: form.outcome(mean) - theta * form.covariate(mean),
    unadjustedMean: form.outcome(mean),
    variance: deltaCovariance(moments, gradient(mean, 1, theta, form)),
    degreesOfFreedom: count - 1,
  };
}

/** Of scale·outcome − θ·covariate. */
function gradient(mean: readonly number[], scale: number, theta: number, form: Form): number[] {
  const x = form.covariateGradient(mean);
  return form.outcomeGradient(mean).map((slope, i) => scale * slope - theta * x[i]!);
}

/**
 * Control's outcome stands above and below, so its slope is the two arms' ratio; a mean takes it before
 * the adjustment and a ratio after, as GrowthBook does (the two differ by noise around 0).
 */
function relativeVariance(
  a: Moments,
  armA: ArmEstimate,
  b: Moments,
  armB: ArmEstimate,
  theta: number,
  form: Form,
): number {
  const gain = form === MEAN ? armB.unadjustedMean - armA.unadjustedMean : armB.mean - armA.mean;
  const scale = 1 + gain / armA.unadjustedMean;
  const ofA = deltaCovariance(a, gradient(a.mean, scale, theta, form));
  return (ofA / a.count + armB.variance / b.count) / armA.unadjustedMean ** 2;
}

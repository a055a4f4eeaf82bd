/**
 * The effect as a belief: a normal prior times the normal likelihood of the estimate. Gives the chance that
 * treatment is better and the risk, what is lost on average by choosing either arm if it is the worse
 * one (Stucchio, "Bayesian A/B testing at VWO", 2015). Without a prior it is the fixed test in other words,
 * and peeking harms it as much.
 */
import { millsRatio, normalCdf, normalPdf, normalQuantile } from "../distribution/normal.ts";
import type { Difference, Effect } from "./effect.ts";
import { checkOption } from "./result.ts";

export interface Prior {
  readonly mean: number;
  readonly standardDeviation: number;
  /** Unit of the two numbers; turned into the effect's by control's mean. */
  readonly difference: Difference;
}

export interface BayesOptions {
  /** What effects are expected before any data; none by default (an improper flat prior). */
  readonly prior?: Prior;
  /** The credible interval holds 1 − alpha. */
  readonly alpha?: number;
  readonly isLowerBetter?: boolean;
}

export interface BayesResult {
  /** Mean and standard deviation of the posterior, in the effect's unit. */
  readonly estimate: number;
  readonly standardDeviation: number;
  readonly lower: number;
  readonly upper: number;
  /** P(treatment is the better arm). */
  readonly chanceToWin: number;
  /** Average loss, in the effect's unit, of keeping control and of choosing treatment. */
  readonly riskOfControl: number;
  readonly riskOfTreatment: number;
}

/** O(1). Throws WaymarkError OPTION_INVALID. */
export function bayesTest(effect: Effect, options: BayesOptions = {}): BayesResult {
  const { prior, alpha = 0.05, isLowerBetter = false } = options;
  checkOption(alpha > 0 && alpha < 0.5, "alpha", alpha, "above 0 and below .5");
  const { mean, deviation } = posterior(effect, prior);
  const half = deviation * -normalQuantile(alpha / 2);
  const gain = expectedExcess(mean, deviation);
  const loss = expectedExcess(-mean, deviation);
  return {
    estimate: mean,
    standardDeviation: deviation,
    lower: mean - half,
    upper: mean + half,
    chanceToWin: normalCdf((isLowerBetter ? -mean : mean) / deviation),
    riskOfControl: isLowerBetter ? loss : gain,
    riskOfTreatment: isLowerBetter ? gain : loss,
  };
}

function posterior(effect: Effect, prior: Prior | undefined): { mean: number; deviation: number } {
  const { estimate, standardError } = effect;
  if (prior === undefined) return { mean: estimate, deviation: standardError };
  const { mean, standardDeviation, difference } = prior;
  checkOption(Number.isFinite(mean), "prior.mean", mean, "a finite number");
  checkOption(
    standardDeviation > 0 && Number.isFinite(standardDeviation),
    "prior.standardDeviation",
    standardDeviation,
    "a finite number above 0",
  );
  const baseline = Math.abs(effect.control.unadjustedMean);
  checkOption(
    difference === effect.difference || baseline > 0,
    "prior.difference",
    difference,
    `${effect.difference}, because control's mean is 0`,
  );
  const unit =
    difference === effect.difference ? 1 : difference === "absolute" ? 1 / baseline : baseline;
  // By the ratio of the two deviations, of which the larger counts for less; squares could overflow.
  const spread = standardDeviation * unit;
  const isDataSharper = standardError <= spread;
  const ratio = (isDataSharper ? standardError / spread : spread / standardError) ** 2;
  return isDataSharper
    ? {
        mean: (estimate + mean * unit * ratio) / (1 + ratio),
        deviation: standardError / Math.sqrt(1 + ratio),
      }
    : {
        mean: (estimate * ratio + mean * unit) / (1 + ratio),
        deviation: spread / Math.sqrt(1 + ratio),
      };
}

/** E[max(0, X)] for X normal; far below 0 by Mills' ratio, which keeps the digits of what is left. */
export function expectedExcess(mean: number, deviation: number): number {
  const z = mean / deviation;
  if (z >= 0) return mean * normalCdf(z) + deviation * normalPdf(z);
  return deviation * normalPdf(z) * Math.max(0, 1 + z * millsRatio(-z));
}

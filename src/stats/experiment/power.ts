/**
 * Power of a fixed test, the number of units for a power, and the effect that a number of units can show,
 * from the normal approximation (Chow, Shao & Wang, "Sample Size Calculations in Clinical Research",
 * ch. 3). A covariate with correlation ρ leaves 1 − ρ² of the variance (CUPED). A margin turns the question
 * to non-inferiority. O(1). A group-sequential test needs a few per cent more units; a confidence sequence
 * about twice as many.
 */
import { normalCdf, normalQuantile } from "../distribution/normal.ts";
import type { Difference } from "./effect.ts";
import { type Alternative, checkOption, checkTest } from "./result.ts";

export interface PowerPlan {
  /** Control's mean, and the variance of one unit in control. */
  readonly mean: number;
  readonly variance: number;
  /** The variance in treatment; control's by default. A proportion has p·(1 − p) at its new mean. */
  readonly treatmentVariance?: number;
  /** Unit of effects and margin. */
  readonly difference?: Difference;
  readonly alpha?: number;
  readonly alternative?: Alternative;
  /** Treatment's units over control's. */
  readonly ratio?: number;
  /** Between outcome and covariate, in (−1, 1). */
  readonly correlation?: number;
  /** Worsening that is tolerable: the test is then of non-inferiority, one-sided, higher being better. */
  readonly margin?: number;
}

export interface SampleSize {
  readonly control: number;
  readonly treatment: number;
  readonly total: number;
}

export const powerDefaults = { power: 0.8, ratio: 1, correlation: 0 } as const;

/** Bisections after which two numbers a factor of two apart, or 40 apart, are one. */
const HALVINGS = 64;

/** Units that show `effect` with probability `power`, rounded up. */
export function sampleSize(
  plan: PowerPlan,
  effect: number,
  power: number = powerDefaults.power,
): SampleSize {
  const { noise, unit, margin, ratio, critical } = read(plan);
  checkPower(power);
  const distance = distanceOf(plan, effect) * unit + margin;
  checkOption(distance > 0, "effect", effect, "one that differs from the null hypothesis its way");
  const powerAt = (control: number): number =>
    reached(distance / Math.sqrt(noise / control), critical, plan);
  // A test needs two units an arm.
  let high = 2;
  while (powerAt(high) < power) {
    high *= 2;
    checkOption(high < 2 ** 53, "effect", effect, "large enough for a countable number of units");
  }
  let low = high === 2 ? 2 : high / 2;
  for (let i = 0; i < HALVINGS && low < high; i++) {
    const middle = (low + high) / 2;
    if (powerAt(middle) < power) low = middle;
    else high = middle;
  }
  const control = Math.ceil(high - 1e-6);
  const treatment = Math.max(2, Math.ceil(ratio * high - 1e-6));
  return { control, treatment, total: control + treatment };
}

/** Probability that the test with so many units in control says that there is an effect. */
export function powerOf(plan: PowerPlan, effect: number, controlCount: number): number {
  const { noise, unit, margin, critical } = read(plan);
  checkCount(controlCount);
  checkOption(Number.isFinite(effect), "effect", effect, "a finite number");
  const distance = distanceOf(plan, effect) * unit + margin;
  return reached(distance / Math.sqrt(noise / controlCount), critical, plan);
}

/**
 * The effect, in the plan's unit, that so many units in control show with probability `power`; its size
 * for a two-sided test, below 0 where the alternative is "less". With a margin, the worst true effect at
 * which non-inferiority is still shown.
 */
export function detectableEffect(
  plan: PowerPlan,
  controlCount: number,
  power: number = powerDefaults.power,
): number {
  const { noise, unit, margin, critical } = read(plan);
  checkCount(controlCount);
  checkPower(power);
  let low = 0;
  let high = critical + 40;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (reached(middle, critical, plan) < power) low = middle;
    else high = middle;
  }
  const distance = (high * Math.sqrt(noise / controlCount) - margin) / unit;
  return plan.alternative === "less" ? -distance : distance;
}

/** Probability that z, shifted by so many standard errors, is beyond the critical value. */
function reached(shift: number, critical: number, plan: PowerPlan): number {
  const near = normalCdf(shift - critical);
  return isTwoSided(plan) ? near + normalCdf(-shift - critical) : near;
}

function isTwoSided({ alternative = "two-sided", margin }: PowerPlan): boolean {
  return alternative === "two-sided" && margin === undefined;
}

/** How far the effect is on the side that counts. */
function distanceOf(plan: PowerPlan, effect: number): number {
  if (isTwoSided(plan)) return Math.abs(effect);
  return plan.alternative === "less" ? -effect : effect;
}

function read(plan: PowerPlan): {
  noise: number;
  unit: number;
  margin: number;
  ratio: number;
  critical: number;
} {
  const { mean, variance, treatmentVariance = variance, difference = "absolute", margin } = plan;
  const { ratio = powerDefaults.ratio, correlation = powerDefaults.correlation } = plan;
  const { alpha } = checkTest({
    ...(plan.alpha === undefined ? {} : { alpha: plan.alpha }),
    ...(plan.alternative === undefined ? {} : { alternative: plan.alternative }),
  });
  checkOption(Number.isFinite(mean), "mean", mean, "a finite number");
  checkOption(isPositive(variance), "variance", variance, "a finite number above 0");
  checkOption(
    isPositive(treatmentVariance),
    "treatmentVariance",
    treatmentVariance,
    "a finite number above 0",
  );
  checkOption(isPositive(ratio), "ratio", ratio, "a finite number above 0");
  checkOption(Math.abs(correlation) < 1, "correlation", correlation, "between −1 and 1");
  checkOption(
    difference === "absolute" || difference === "relative",
    "difference",
    difference,
    "absolute or relative",
  );
  checkOption(difference === "absolute" || mean !== 0, "mean", mean, "not 0 for a relative effect");
  checkOption(margin === undefined || isPositive(margin), "margin", margin ?? 0, "above 0");
  checkOption(
    margin === undefined || plan.alternative !== "two-sided",
    "alternative",
    "two-sided",
    "greater or less with a margin",
  );
  const unit = difference === "relative" ? Math.abs(mean) : 1;
  const noise = (variance + treatmentVariance / ratio) * (1 - correlation ** 2);
  checkOption(
    isPositive(noise),
    "variance",
    variance,
    "one that keeps, over ratio, within numbers",
  );
  return {
    noise,
    unit,
    margin: (margin ?? 0) * unit,
    ratio,
    critical: -normalQuantile(isTwoSided(plan) ? alpha / 2 : alpha),
  };
}

function checkPower(power: number): void {
  checkOption(power > 0 && power < 1, "power", power, "above 0 and below 1");
}

function checkCount(count: number): void {
  checkOption(count >= 2 && Number.isFinite(count), "controlCount", count, "2 units or more");
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

/**
 * Power of a test, the number of units for a power, and the effect that a number of units can show, from
 * the normal approximation (Chow, Shao & Wang, "Sample Size Calculations in Clinical Research", ch. 3), of
 * relative effects by the delta method. A covariate with correlation ρ leaves 1 − ρ² of the variance
 * (CUPED). A margin turns the question to non-inferiority. With `tightestAt` the test is a confidence
 * sequence, looked at once: about twice the units. A group-sequential test needs a few per cent more than
 * a fixed one. O(1).
 */
import { normalCdf, normalQuantile } from "../distribution/normal.ts";
import type { Difference } from "./effect.ts";
import { type Alternative, checkOption, checkTest } from "./result.ts";
import { sequentialCritical } from "./sequential.ts";

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
  /**
   * Plans the sequential test that is so tuned (`sequentialTest`): the power of its last look, which
   * earlier looks only add to. A fixed test unless given.
   */
  readonly tightestAt?: number;
}

export interface SampleSize {
  readonly control: number;
  readonly treatment: number;
  readonly total: number;
}

export const powerDefaults = { power: 0.8, ratio: 1, correlation: 0 } as const;

/** Bisections after which two numbers a factor of two apart, or 40 apart, are one. */
const HALVINGS = 64;

/**
 * Units that show `effect` with probability `power`, rounded up.
 *
 * @throws WaymarkError OPTION_INVALID naming the option and its range
 */
export function sampleSize(
  plan: PowerPlan,
  effect: number,
  power: number = powerDefaults.power,
): SampleSize {
  const question = read(plan);
  checkPower(power);
  const distance = distanceOf(question, effect);
  checkOption(distance > 0, "effect", effect, "one that differs from the null hypothesis its way");
  const powerAt = (control: number): number => reached(question, effect, control);
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
  const treatment = Math.max(2, Math.ceil(question.ratio * high - 1e-6));
  return { control, treatment, total: control + treatment };
}

/** Probability that the test with so many units in control says that there is an effect. */
export function powerOf(plan: PowerPlan, effect: number, controlCount: number): number {
  const question = read(plan);
  checkCount(controlCount);
  checkOption(Number.isFinite(effect), "effect", effect, "a finite number");
  return reached(question, effect, controlCount);
}

/**
 * The effect, in the plan's unit, that so many units in control show with probability `power`; its size
 * for a two-sided test, below 0 where the alternative is "less". With a margin, the worst true effect at
 * which non-inferiority is still shown.
 *
 * @throws WaymarkError OPTION_INVALID also where no relative effect is large enough: the noise of
 *   control's mean, by which it is divided, grows with it
 */
export function detectableEffect(
  plan: PowerPlan,
  controlCount: number,
  power: number = powerDefaults.power,
): number {
  const question = read(plan);
  checkCount(controlCount);
  checkPower(power);
  const { margin, unit, side } = question;
  const isShown = (effect: number): boolean => reached(question, effect, controlCount) >= power;
  const worst = -margin / unit;
  // A fall of more than twice the mean is a rise of its size again.
  const end = question.isRelative && side !== question.sign ? 2 : Infinity;
  const error = Math.sqrt((question.control + question.treatment) / controlCount) / unit;
  // So that even noise below all numbers ends.
  let step = Math.max(error, Number.MIN_VALUE);
  let low = worst;
  while (!isShown(side * Math.min(worst + step, end))) {
    low = worst + step;
    step *= 2;
    checkOption(
      low < end && step < Number.MAX_VALUE / 4 && !(question.isRelative && step > 2 ** 60),
      "controlCount",
      controlCount,
      "enough units for some relative effect to show",
    );
  }
  let high = Math.min(worst + step, end);
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (isShown(side * middle)) high = middle;
    else low = middle;
  }
  return side * high;
}

interface Question {
  /** Variances of a unit, after the covariate, treatment's over the ratio of units. */
  readonly control: number;
  readonly treatment: number;
  readonly unit: number;
  readonly margin: number;
  readonly ratio: number;
  readonly isRelative: boolean;
  /** Of control's mean. */
  readonly sign: number;
  /** −1 where the effect looked for is below 0. */
  readonly side: 1 | -1;
  readonly isTwoSided: boolean;
  readonly criticalAt: (control: number) => number;
}

/** Probability that z is beyond the critical value with this true effect and so many units in control. */
function reached(question: Question, effect: number, control: number): number {
  const critical = question.criticalAt(control);
  const shift = distanceOf(question, effect) / Math.sqrt(noiseOf(question, effect) / control);
  const near = normalCdf(shift - critical);
  return question.isTwoSided ? near + normalCdf(-shift - critical) : near;
}

/**
 * Variance of the difference, times control's units. Of a relative rise by the delta method at the effect,
 * as GrowthBook plans, which is careful; of a fall that would promise too much, so it is that of none.
 */
function noiseOf({ control, treatment, isRelative, sign }: Question, effect: number): number {
  return treatment + control * (isRelative ? Math.max(1, (1 + sign * effect) ** 2) : 1);
}

/** How far the effect is from the null hypothesis on the side that counts, in units of the outcome. */
function distanceOf({ isTwoSided, side, unit, margin }: Question, effect: number): number {
  return (isTwoSided ? Math.abs(effect) : side * effect) * unit + margin;
}

function read(plan: PowerPlan): Question {
  const { mean, variance, treatmentVariance = variance, difference = "absolute", margin } = plan;
  const { ratio = powerDefaults.ratio, correlation = powerDefaults.correlation } = plan;
  const { alpha, alternative } = checkTest({
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
  const left = 1 - correlation ** 2;
  const control = variance * left;
  const treatment = (treatmentVariance / ratio) * left;
  checkOption(
    isPositive(control + treatment),
    "variance",
    variance,
    "one that keeps, over ratio, within numbers",
  );
  const isRelative = difference === "relative";
  const unit = isRelative ? Math.abs(mean) : 1;
  const isTwoSided = alternative === "two-sided" && margin === undefined;
  return {
    control,
    treatment,
    unit,
    margin: (margin ?? 0) * unit,
    ratio,
    isRelative,
    sign: Math.sign(mean),
    side: alternative === "less" ? -1 : 1,
    isTwoSided,
    criticalAt: criticalOf(plan, alpha, isTwoSided),
  };
}

/** The critical value by units in control; of a fixed test it is always the same. */
function criticalOf(
  { tightestAt, ratio = powerDefaults.ratio }: PowerPlan,
  alpha: number,
  isTwoSided: boolean,
): (control: number) => number {
  if (tightestAt === undefined) {
    const critical = -normalQuantile(isTwoSided ? alpha / 2 : alpha);
    return () => critical;
  }
  checkOption(tightestAt >= 1 && tightestAt < Infinity, "tightestAt", tightestAt, "1 unit or more");
  return (control) => sequentialCritical(control * (1 + ratio), alpha, isTwoSided, tightestAt);
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

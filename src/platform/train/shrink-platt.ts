/**
 * Platt's curve for few events: its slope is drawn towards 1 as far as it may be noise (positive-part
 * shrinkage, 1 − error²/distance²; Stein 1956), and its level set so that as many are foretold as came.
 * A slope from a hundred events has a standard error of some .2, and a curve that follows it makes good
 * chances worse; their level is known much sooner. A few passes over the rows.
 */
import { fitPlatt, PlattCalibrator } from "../../learn/index.ts";

/** Newton's steps of the level: a convex function of one number. */
const STEPS = 25;

/**
 * @param y 0 or 1 a row
 * @param p Float64Array (rows), probabilities
 * @param repeats rows of 1 for each thing that came: the same end seen from several moments is one
 * @throws WaymarkError TABLE_INVALID as `fitPlatt`
 */
export function fitShrunkPlatt(
  y: Float64Array,
  p: Float64Array,
  { weight, repeats = 1 }: { weight?: Float64Array | undefined; repeats?: number } = {},
): PlattCalibrator {
  const fitted = fitPlatt(y, p, { input: "probability", weight });
  const away = fitted.slope - 1;
  const variance = repeats * slopeVariance(p, weight);
  const trust = away === 0 ? 0 : Math.max(0, 1 - variance / (away * away));
  const slope = 1 + trust * away;
  return new PlattCalibrator(slope, levelOf(y, p, weight, slope).level, "probability");
}

/**
 * The curve of a slope that is known from elsewhere, for a model whose level is right over all; these
 * rows are later, and theirs is followed as far as it is more than noise.
 *
 * @param repeats as above
 */
export function levelledPlatt(
  slope: number,
  y: Float64Array,
  p: Float64Array,
  { weight, repeats = 1 }: { weight?: Float64Array | undefined; repeats?: number } = {},
): PlattCalibrator {
  const { level, variance } = levelOf(y, p, weight, slope);
  const trust = level === 0 ? 0 : Math.max(0, 1 - (repeats * variance) / (level * level));
  return new PlattCalibrator(slope, trust * level, "probability");
}

/** Of the slope of a logistic curve through logits of `p`, where `p` is right (inverse information). */
function slopeVariance(p: Float64Array, weight: Float64Array | undefined): number {
  let [sum, first, second] = [0, 0, 0];
  p.forEach((chance, i) => {
    const q = Math.min(1 - 1e-12, Math.max(1e-12, chance));
    const information = (weight?.[i] ?? 1) * q * (1 - q);
    const logit = Math.log(q / (1 - q));
    sum += information;
    first += information * logit;
    second += information * logit * logit;
  });
  return 1 / Math.max(1e-12, second - (first * first) / sum);
}

/** The intercept with which the sum of chances is the sum of events, and its variance. */
function levelOf(
  y: Float64Array,
  p: Float64Array,
  weight: Float64Array | undefined,
  slope: number,
): { level: number; variance: number } {
  let level = 0;
  let variance = Number.POSITIVE_INFINITY;
  for (let step = 0; step < STEPS; step++) {
    const said = new PlattCalibrator(slope, level, "probability").apply(p);
    let short = 0;
    let curvature = 0;
    said.forEach((chance, i) => {
      const w = weight?.[i] ?? 1;
      short += w * (y[i]! - chance);
      curvature += w * chance * (1 - chance);
    });
    if (!(curvature > 0)) break;
    variance = 1 / curvature;
    const move = Math.max(-1, Math.min(1, short / curvature));
    level += move;
    if (Math.abs(move) < 1e-10) break;
  }
  return { level, variance };
}

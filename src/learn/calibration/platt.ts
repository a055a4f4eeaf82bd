/**
 * Platt scaling: a logistic curve from scores to probabilities, with Platt's smoothed targets
 * (N₊+1)/(N₊+2) and 1/(N₋+2) that keep few rows from being believed wholly (Platt 1999; Lin, Lin &
 * Weng 2007). Two parameters: for a few hundred rows, or scores whose curve is a sigmoid. When the
 * curve has another shape and there are thousands of rows, use `fitIsotonic`.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkBinary, checkChoice, checkFinite, checkProbability, weightsOf } from "../check.ts";
import type { JsonObject } from "../learner.ts";
import { needBoth } from "../metric/auc.ts";
import { clipProbability } from "../metric/error-mean.ts";
import { fitSigmoid, logistic } from "./sigmoid.ts";

/** From scores to probabilities. */
export interface Calibrator {
  apply(score: ArrayLike<number>): Float64Array;
  toJSON(): JsonObject;
}

export class PlattCalibrator implements Calibrator {
  readonly slope: number;
  readonly intercept: number;
  readonly input: "score" | "probability";

  constructor(slope: number, intercept: number, input: "score" | "probability") {
    this.slope = slope;
    this.intercept = intercept;
    this.input = input;
  }

  apply(score: ArrayLike<number>): Float64Array {
    return inputOf(score, this.input).map((s) => logistic(this.intercept + this.slope * s));
  }

  toJSON(): JsonObject {
    const { slope, intercept, input } = this;
    return { kind: "platt", slope, intercept, input };
  }
}

export interface PlattOptions {
  readonly weight?: Float64Array | undefined;
  /** "probability" calibrates on the logit, so that the identity is among the curves. */
  readonly input?: "score" | "probability";
}

/**
 * @param y 0 or 1 a row, both present
 * @throws WaymarkError TABLE_INVALID when one class is missing or the score is constant
 */
export function fitPlatt(
  y: ArrayLike<number>,
  score: ArrayLike<number>,
  { weight, input = "score" }: PlattOptions = {},
): PlattCalibrator {
  checkChoice("input", input, ["score", "probability"]);
  checkBinary("y", y, y.length);
  checkFinite("score", score, y.length);
  const w = weightsOf(weight, y.length);
  let ones = 0;
  let zeros = 0;
  for (let i = 0; i < y.length; i++) {
    if (y[i] === 1) ones += w[i]!;
    else zeros += w[i]!;
  }
  needBoth(ones, zeros);
  const target = Float64Array.from(y, (label) =>
    label === 1 ? (ones + 1) / (ones + 2) : 1 / (zeros + 2),
  );
  const { slope, intercept } = fitSigmoid(inputOf(score, input), target, w);
  return new PlattCalibrator(slope, intercept, input);
}

export function plattFromJson(json: JsonObject): PlattCalibrator {
  const { kind, slope, intercept, input } = json;
  const isGood =
    kind === "platt" &&
    typeof slope === "number" &&
    typeof intercept === "number" &&
    (input === "score" || input === "probability");
  if (!isGood) throw new WaymarkError("TABLE_INVALID", "this is not a written Platt calibrator");
  return new PlattCalibrator(slope, intercept, input);
}

function inputOf(score: ArrayLike<number>, input: "score" | "probability"): Float64Array {
  if (input === "score") checkFinite("score", score, score.length);
  else checkProbability("score", score, score.length);
  return Float64Array.from(score, (s) => (input === "score" ? s : logit(s)));
}

/** log(p / (1 − p)), finite at 0 and 1 as well. */
export function logit(p: number): number {
  const q = clipProbability(p);
  return Math.log(q) - Math.log1p(-q);
}

/** From raw scores to what a model says: LightGBM's `ConvertOutput` by the objective's name. */
import { WaymarkError } from "../../../base/error.ts";

/**
 * Writes over the raw scores (rows × classes, row-major). Unknown objectives stay raw.
 *
 * @throws WaymarkError TABLE_INVALID where a rate is beyond all numbers
 */
export function applyLink(objective: string, classes: number, scores: Float64Array): void {
  const [name = "", ...settings] = objective.split(" ");
  switch (name) {
    case "binary":
    case "multiclassova": {
      const steepness = Number(settings.find((s) => s.startsWith("sigmoid:"))?.slice(8) ?? 1);
      for (let i = 0; i < scores.length; i++)
        scores[i] = 1 / (1 + Math.exp(-steepness * scores[i]!));
      return;
    }
    case "cross_entropy":
      for (let i = 0; i < scores.length; i++) scores[i] = 1 / (1 + Math.exp(-scores[i]!));
      return;
    case "cross_entropy_lambda":
      for (let i = 0; i < scores.length; i++) scores[i] = Math.log1p(Math.exp(scores[i]!));
      return;
    case "poisson":
    case "gamma":
    case "tweedie":
      for (let i = 0; i < scores.length; i++) scores[i] = rateOf(scores[i]!, i);
      return;
    case "multiclass":
      for (let i = 0; i < scores.length; i += classes) softmax(scores, i, classes);
      return;
    case "regression":
      if (!settings.includes("sqrt")) return;
      for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! * Math.abs(scores[i]!);
  }
}

function rateOf(score: number, row: number): number {
  const rate = Math.exp(score);
  if (rate < Infinity) return rate;
  throw new WaymarkError("TABLE_INVALID", `row ${row} is so large that its prediction is ${rate}`);
}

function softmax(scores: Float64Array, at: number, classes: number): void {
  let most = scores[at]!;
  for (let k = 1; k < classes; k++) most = Math.max(scores[at + k]!, most);
  let sum = 0;
  for (let k = 0; k < classes; k++) {
    scores[at + k] = Math.exp(scores[at + k]! - most);
    sum += scores[at + k]!;
  }
  for (let k = 0; k < classes; k++) scores[at + k]! /= sum;
}

/**
 * Uplift among the first k of an ordering: what treating that share gained a head, against the control
 * rows that the ordering would have treated too. As scikit-uplift's `uplift_at_k`.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkChoice, checkOption, weightsOf } from "../check.ts";
import {
  type BootstrapOptions,
  type BoundMetric,
  bootstrapEstimate,
  type Estimate,
} from "../metric/estimate.ts";
import { checkTrial, type Trial } from "./curve.ts";
import { byFallingScore } from "./order.ts";

export interface AtKOptions {
  /** Share of the rows, in (0, 1]; .3 unless given. */
  readonly k?: number;
  /** "by group" takes the share of treated and of control rows by themselves. */
  readonly strategy?: "overall" | "by group";
}

export function upliftAtK(
  trial: Trial,
  score: Float64Array,
  options: AtKOptions & { readonly weight?: Float64Array } = {},
): number {
  return boundUpliftAtK(trial, score, options)(weightsOf(options.weight, score.length));
}

export function upliftAtKEstimate(
  trial: Trial,
  score: Float64Array,
  options: AtKOptions & BootstrapOptions = {},
): Estimate {
  return bootstrapEstimate(boundUpliftAtK(trial, score, options), score.length, options);
}

/** @throws WaymarkError TABLE_INVALID when the first k hold no treated row, or no control */
export function boundUpliftAtK(
  trial: Trial,
  score: Float64Array,
  { k = 0.3, strategy = "overall" }: AtKOptions = {},
): BoundMetric {
  checkTrial(trial, score);
  checkOption("k", k, Number.MIN_VALUE, 1);
  checkChoice("strategy", strategy, ["overall", "by group"]);
  const { y, treated } = trial;
  const order = byFallingScore(score);
  return (weight) => {
    const total = [0, 0];
    for (let i = 0; i < weight.length; i++) total[treated[i] === 1 ? 1 : 0]! += weight[i]!;
    // Weights that count rows leave whole rows; others are shares of a sum of any size.
    const whole = weight.every(Number.isInteger) ? Math.floor : (share: number) => share;
    const overall = whole(k * (total[0]! + total[1]!));
    const limit = [whole(k * total[0]!), whole(k * total[1]!)];
    const count = [0, 0];
    const sum = [0, 0];
    for (let at = 0; at < order.length; at++) {
      const i = order[at]!;
      const group = treated[i] === 1 ? 1 : 0;
      const room =
        strategy === "overall" ? overall - count[0]! - count[1]! : limit[group]! - count[group]!;
      // Of a row that counts more than once only what fits is taken.
      const w = Math.min(weight[i]!, room);
      if (w <= 0) {
        if (strategy === "overall" && room <= 0) break;
        continue;
      }
      count[group]! += w;
      sum[group]! += w * y[i]!;
    }
    if (count[0] === 0 || count[1] === 0) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `the first ${100 * k} % of the rows hold no ${count[0] === 0 ? "control" : "treated"} row`,
      );
    }
    return sum[1]! / count[1]! - sum[0]! / count[0]!;
  };
}

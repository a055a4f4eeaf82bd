/** Two classes, several, and probabilities as labels (LightGBM's binary, multiclass and xentropy). */
import { WaymarkError } from "../../../base/error.ts";
import { checkBinary, checkCodes, checkCount, checkOption, checkProbability } from "../../check.ts";
import { EPSILON } from "../grow/split.ts";
import { boundedExp } from "./exp.ts";
import { type Labels, logOdds, meanLoss, type Objective, weightedSum } from "./objective.ts";

export interface BinaryOptions {
  /** Steepness of the link. */
  readonly sigmoid: number;
  /** Factor on the weight of label 1. */
  readonly positiveWeight: number;
}

/** Log-loss of labels 0 and 1. @throws WaymarkError TABLE_INVALID on other labels or one class alone */
export function binaryObjective(labels: Labels, options: Partial<BinaryOptions> = {}): Objective {
  const { sigmoid = 1, positiveWeight = 1 } = options;
  checkOption("sigmoid", sigmoid, Number.MIN_VALUE, Number.MAX_VALUE);
  checkOption("positiveWeight", positiveWeight, Number.MIN_VALUE, Number.MAX_VALUE);
  const { y, weight, rows } = labels;
  checkBinary("y", y, rows, true);
  return {
    name: `binary sigmoid:${sigmoid}`,
    classes: 1,
    initialScore() {
      const { sum, total } = weightedSum(labels);
      return logOdds(sum / total) / sigmoid;
    },
    isLearnable: () => true,
    gradients(score, out) {
      for (let i = 0; i < rows; i++) {
        const isOne = y[i] === 1;
        const sign = isOne ? 1 : -1;
        const response = (-sign * sigmoid) / (1 + boundedExp(sign * sigmoid * score[i]!));
        const size = Math.abs(response);
        const classWeight = isOne ? positiveWeight : 1;
        const w = weight === undefined ? 1 : weight[i]!;
        out[2 * i] = response * classWeight * w;
        out[2 * i + 1] = size * (sigmoid - size) * classWeight * w;
      }
    },
    formula: { name: "logistic", steepness: sigmoid, positiveWeight },
    check: (of) => checkBinary("y", of.y, of.rows),
    loss: (score, of) =>
      meanLoss(of, (i) => logLoss(of.y[i]!, 1 / (1 + Math.exp(-sigmoid * score[i]!)))),
  };
}

/** Cross-entropy of labels anywhere in [0, 1]. @throws WaymarkError TABLE_INVALID on others */
export function crossEntropyObjective(labels: Labels): Objective {
  const { y, weight, rows } = labels;
  checkProbability("y", y, rows);
  return {
    name: "cross_entropy",
    classes: 1,
    initialScore() {
      const { sum, total } = weightedSum(labels);
      return logOdds(sum / total);
    },
    isLearnable: () => true,
    gradients(score, out) {
      for (let i = 0; i < rows; i++) {
        const w = weight === undefined ? 1 : weight[i]!;
        const s = score[i]!;
        if (s > -37) {
          const e = Math.exp(-s);
          out[2 * i] = ((Math.fround(1 - y[i]!) - y[i]! * e) / (1 + e)) * w;
          out[2 * i + 1] = (e / ((1 + e) * (1 + e))) * w;
        } else {
          const e = Math.exp(s);
          out[2 * i] = (e - y[i]!) * w;
          out[2 * i + 1] = e * w;
        }
      }
    },
    check: (of) => checkProbability("y", of.y, of.rows),
    loss: (score, of) => meanLoss(of, (i) => logLoss(of.y[i]!, 1 / (1 + Math.exp(-score[i]!)))),
  };
}

/** Softmax over classes 0 … classes − 1. @throws WaymarkError TABLE_INVALID on other labels */
export function multiclassObjective(labels: Labels, classes: number): Objective {
  checkCount("classes", classes, 2, 65_535);
  const { y, weight, rows } = labels;
  checkCodes("y", y, rows, classes);
  // One of the K scores is redundant (Friedman 2001).
  const factor = classes / (classes - 1);
  const share = new Float64Array(classes);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    share[y[i]!]! += weight?.[i] ?? 1;
    total += weight?.[i] ?? 1;
  }
  for (let k = 0; k < classes; k++) share[k]! /= total;
  if (share.some((part) => part >= 1 - EPSILON)) {
    throw new WaymarkError("TABLE_INVALID", "y is one class on every row: two are needed");
  }
  const p = new Float64Array(classes);
  return {
    name: `multiclass num_class:${classes}`,
    classes,
    initialScore: (k) => Math.log(Math.max(EPSILON, share[k]!)),
    isLearnable: (k) => share[k]! > EPSILON,
    gradients(score, out) {
      for (let i = 0; i < rows; i++) {
        softmaxAt(score, i, rows, p);
        const w = weight === undefined ? 1 : weight[i]!;
        for (let k = 0; k < classes; k++) {
          const at = 2 * (k * rows + i);
          out[at] = (y[i] === k ? p[k]! - 1 : p[k]!) * w;
          out[at + 1] = factor * p[k]! * (1 - p[k]!) * w;
        }
      }
    },
    check: (of) => checkCodes("y", of.y, of.rows, classes),
    loss: (score, of) =>
      meanLoss(of, (i) => {
        softmaxAt(score, i, of.rows, p);
        return -Math.log(Math.max(p[of.y[i]!]!, EPSILON));
      }),
  };
}

function softmaxAt(score: Float64Array, i: number, rows: number, p: Float64Array): void {
  let most = score[i]!;
  for (let k = 1; k < p.length; k++) most = Math.max(score[k * rows + i]!, most);
  let sum = 0;
  for (let k = 0; k < p.length; k++) {
    p[k] = Math.exp(score[k * rows + i]! - most);
    sum += p[k]!;
  }
  for (let k = 0; k < p.length; k++) p[k]! /= sum;
}

function logLoss(y: number, p: number): number {
  const one = y > 0 ? y * Math.log(Math.max(p, EPSILON)) : 0;
  const zero = y < 1 ? (1 - y) * Math.log(Math.max(1 - p, EPSILON)) : 0;
  return -(one + zero);
}

/**
 * Chances put right on rows that are later than those trained on: as they are, by Platt's curve (drawn
 * towards no change where events are few) or by an isotonic one, whichever has the least log loss on rows held out of its own fit (two halves by
 * group); an isotonic one must gain a thousandth to be taken. O(n log n).
 */
import { WaymarkError } from "../../base/error.ts";
import {
  type Calibrator,
  fitIsotonic,
  groupFolds,
  isotonicFromJson,
  type JsonObject,
  logLoss,
  plattFromJson,
} from "../../learn/index.ts";
import { fitShrunkPlatt } from "./shrink-platt.ts";

export type CalibrationMethod = "none" | "platt" | "isotonic";

export interface ChosenCalibration {
  readonly method: CalibrationMethod;
  readonly calibrator: Calibrator;
  /** Held-out log loss of each way that could be tried, in nats. */
  readonly losses: Readonly<Record<string, number>>;
}

export interface CalibrationRows {
  /** 0 or 1 a row. */
  readonly y: Float64Array;
  /** Probabilities as the model says them. */
  readonly p: Float64Array;
  readonly group: Int32Array;
  readonly weight?: Float64Array | undefined;
}

const calibrationDefaults = {
  /** Rows of 1 below which a curve would be noise. */
  leastEvents: 20,
  /** Below which an isotonic curve follows the noise: its outermost steps say never and always. */
  isotonicEvents: 1000,
  /** Share of the log loss that a more flexible curve must gain. */
  leastGain: 1e-3,
} as const;

export const asItIs: Calibrator = {
  apply: (p) => Float64Array.from(p),
  toJSON: () => ({ kind: "none" }),
};

export function chooseCalibration(rows: CalibrationRows, seed: number): ChosenCalibration {
  const { y, p } = rows;
  let events = 0;
  for (const label of y) events += label;
  const { leastEvents, isotonicEvents, leastGain } = calibrationDefaults;
  if (events < leastEvents || y.length - events < leastEvents) {
    return { method: "none", calibrator: asItIs, losses: { none: logLoss(y, p, rows.weight) } };
  }
  const fold = groupFolds(rows.group, 2, seed);
  const losses: Record<string, number> = { none: logLoss(y, p, rows.weight) };
  for (const method of ["platt", "isotonic"] as const) {
    if (method === "isotonic" && events < isotonicEvents) continue;
    const loss = heldOutLoss(rows, fold, method);
    if (loss !== undefined) losses[method] = loss;
  }
  let method: CalibrationMethod = "none";
  for (const next of ["platt", "isotonic"] as const) {
    // Platt's curve has two parameters and the identity among its curves: it need not prove itself.
    const asked = next === "platt" ? 0 : leastGain;
    if (losses[next] !== undefined && losses[next] < losses[method]! * (1 - asked)) method = next;
  }
  return { method, calibrator: fitCalibrator(rows, method) ?? asItIs, losses };
}

/** @throws WaymarkError TABLE_INVALID when it is none */
export function calibratorFromJson(json: JsonObject): Calibrator {
  switch (json.kind) {
    case "none":
      return asItIs;
    case "platt":
      return plattFromJson(json);
    default:
      return isotonicFromJson(json);
  }
}

function heldOutLoss(
  rows: CalibrationRows,
  fold: Int32Array,
  method: CalibrationMethod,
): number | undefined {
  const out = new Float64Array(rows.y.length);
  for (const held of [0, 1]) {
    const fitted = fitCalibrator(takeFold(rows, fold, 1 - held), method);
    if (fitted === undefined) return undefined;
    const p = fitted.apply(rows.p);
    for (let i = 0; i < out.length; i++) if (fold[i] === held) out[i] = p[i]!;
  }
  return logLoss(rows.y, out, rows.weight);
}

/** Undefined where the rows allow none: one label only, or scores that tell them apart. */
function fitCalibrator(
  { y, p, weight, group }: CalibrationRows,
  method: CalibrationMethod,
): Calibrator | undefined {
  if (method === "none") return asItIs;
  const of = new Set(group.filter((_, i) => y[i] === 1));
  const repeats = y.reduce((sum, label) => sum + label, 0) / Math.max(1, of.size);
  try {
    if (method === "platt") return fitShrunkPlatt(y, p, { weight, repeats });
    return fitIsotonic(y, p, { weight });
  } catch (error) {
    if (error instanceof WaymarkError && error.code === "TABLE_INVALID") return undefined;
    throw error;
  }
}

function takeFold(
  { y, p, weight, group }: CalibrationRows,
  fold: Int32Array,
  which: number,
): CalibrationRows {
  const isIn = (_: number, i: number): boolean => fold[i] === which;
  return {
    y: y.filter(isIn),
    p: p.filter(isIn),
    group: group.filter(isIn),
    weight: weight?.filter(isIn),
  };
}

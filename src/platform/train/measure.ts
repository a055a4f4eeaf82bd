/**
 * How good predictions of one outcome are on rows that nobody trained on: a model beside its
 * baselines, each metric with an interval that allows for groups, bins of a reliability diagram, and
 * the share of events that the highest predictions catch. Rows may have weights, as those that undo
 * censoring. O(n log n) a predictor and draw.
 */
import { WaymarkError } from "../../base/error.ts";
import { createRng } from "../../base/rng.ts";
import {
  aucEstimate,
  brierEstimate,
  calibrationCurve,
  calibrationSlope,
  type Estimate,
  expectedCalibrationError,
  logLossEstimate,
  meanEstimate,
} from "../../learn/index.ts";
import type {
  OutcomeRecord,
  PredictorScore,
  ReliabilityBin,
  WrittenEstimate,
} from "../../schema/model.ts";

export interface OutcomeRows {
  readonly name: string;
  readonly label: string;
  /** 0 or 1 a row. */
  readonly y: Float64Array;
  /** ≥ 0; 0 leaves a row out. */
  readonly weight: Float64Array;
  /** Rows of equal number depend on each other. */
  readonly group: Int32Array;
  /** Probabilities; the model first, then its baselines. */
  readonly predictors: readonly { readonly name: string; readonly p: Float64Array }[];
}

/** Draws of labels for what a perfectly calibrated predictor's error would be. */
const CHANCE_DRAWS = 100;
const LIFT_SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;

/** @throws WaymarkError TABLE_INVALID when no row has weight */
export function measureOutcome(rows: OutcomeRows, seed: number): OutcomeRecord {
  const counted = withWeight(rows);
  const { y, weight, group, predictors } = counted;
  const options = { weight, cluster: group };
  let events = 0;
  for (const label of y) events += label;
  const model = predictors[0]!;
  return {
    name: rows.name,
    label: rows.label,
    rows: y.length,
    events,
    rate: written(shareEstimate(y, weight, group)),
    scores: predictors.map((predictor) => scoreOf(counted, predictor, seed)),
    gains: predictors.slice(1).map(({ name, p }) => ({
      over: name,
      brier: written(meanEstimate(squaresLess(y, p, model.p), options)),
    })),
    reliability: reliabilityBins(y, model.p, weight, group),
    lift: liftCurve(y, model.p, weight),
  };
}

/** Brier score of `other` less that of `p`, with its interval: above 0, `p` is better. */
export function brierGain(
  rows: OutcomeRows,
  p: Float64Array,
  other: Float64Array,
): WrittenEstimate {
  return written(
    meanEstimate(squaresLess(rows.y, other, p), { weight: rows.weight, cluster: rows.group }),
  );
}

export function written({ value, lower, upper }: Estimate): WrittenEstimate {
  return { value, lower, upper };
}

/**
 * The weighted share of ones. Without one, or with nothing else, groups show no spread: the bound is
 * then what as many groups all alike allow (the rule of three at 95 %).
 */
export function shareEstimate(y: Float64Array, weight: Float64Array, group: Int32Array): Estimate {
  const groups = new Set(group).size;
  const isAlike = y.every((label) => label === y[0]);
  if (!isAlike && groups > 1) {
    const { value, standardError, lower, upper } = meanEstimate(y, { weight, cluster: group });
    return { value, standardError, lower: Math.max(0, lower), upper: Math.min(1, upper) };
  }
  let sum = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    sum += weight[i]! * y[i]!;
    total += weight[i]!;
  }
  const value = sum / total;
  const reach = Math.min(1, 3 / Math.max(1, groups));
  return {
    value,
    standardError: reach / 3,
    lower: Math.max(0, value - reach),
    upper: Math.min(1, value + reach),
  };
}

/** Undefined where the rows do not allow the figure: one label, or one prediction for all. */
export function whereItExists<T>(figure: () => T): T | null {
  try {
    return figure();
  } catch (error) {
    if (error instanceof WaymarkError && error.code === "TABLE_INVALID") return null;
    throw error;
  }
}

function scoreOf(
  { y, weight, group }: OutcomeRows,
  { name, p }: OutcomeRows["predictors"][number],
  seed: number,
): PredictorScore {
  const options = { weight, cluster: group };
  const isConstant = p.every((value) => value === p[0]);
  const slope = isConstant ? null : whereItExists(() => calibrationSlope(y, p, options));
  const area = isConstant ? null : whereItExists(() => aucEstimate(y, p, options));
  return {
    predictor: name,
    auc: area && written(area),
    brier: written(brierEstimate(y, p, options)),
    logLoss: written(logLossEstimate(y, p, options)),
    ece: expectedCalibrationError(y, p, { weight }),
    eceChance: chanceError(p, weight, group, seed),
    slope: slope && written(slope.slope),
    intercept: slope && written(slope.intercept),
  };
}

/**
 * The error that labels drawn from the predictions themselves stay below, 99 of 100 times. Rows of a
 * group share one draw: a member's overlapping windows mostly end alike.
 */
function chanceError(
  p: Float64Array,
  weight: Float64Array,
  group: Int32Array,
  seed: number,
): number {
  const rng = createRng(seed, 0x0ece);
  const { bin, total } = binsOf(p, weight);
  const errors = new Float64Array(CHANCE_DRAWS);
  for (let draw = 0; draw < CHANCE_DRAWS; draw++) {
    const chance = new Map<number, number>();
    const less = new Float64Array(BINS);
    for (let i = 0; i < p.length; i++) {
      let u = chance.get(group[i]!);
      if (u === undefined) {
        u = rng();
        chance.set(group[i]!, u);
      }
      less[bin[i]!]! += weight[i]! * (p[i]! - (u < p[i]! ? 1 : 0));
    }
    errors[draw] = less.reduce((sum, distance) => sum + Math.abs(distance), 0) / total;
  }
  return errors.sort()[Math.floor(0.99 * CHANCE_DRAWS)]!;
}

const BINS = 10;

/** The bin of equal weight that each row lies in; rows of one prediction in that of their middle. */
function binsOf(
  p: Float64Array,
  weight: Float64Array,
): { readonly bin: Uint8Array; readonly total: number } {
  const order = Array.from(p.keys()).sort((a, b) => p[a]! - p[b]! || a - b);
  const total = weight.reduce((sum, w) => sum + w, 0);
  const bin = new Uint8Array(p.length);
  let below = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tied = 0;
    for (; end < order.length && p[order[end]!] === p[order[start]!]; end++) {
      tied += weight[order[end]!]!;
    }
    const place = Math.min(BINS - 1, Math.floor(((below + tied / 2) / total) * BINS));
    for (let k = start; k < end; k++) bin[order[k]!] = place;
    below += tied;
    start = end;
  }
  return { bin, total };
}

function reliabilityBins(
  y: Float64Array,
  p: Float64Array,
  weight: Float64Array,
  group: Int32Array,
): ReliabilityBin[] {
  const bins = calibrationCurve(y, p, { weight });
  // Bins are of equal predictions at their edges, so each row's is found by order of prediction.
  const order = Array.from(p.keys()).sort((a, b) => p[a]! - p[b]! || a - b);
  let at = 0;
  return bins.map((bin) => {
    const rows: number[] = [];
    for (let sum = 0; at < order.length && sum < bin.weight * (1 - 1e-9); at++) {
      rows.push(order[at]!);
      sum += weight[order[at]!]!;
    }
    const take = (values: Float64Array): Float64Array => Float64Array.from(rows, (i) => values[i]!);
    const groups = Int32Array.from(rows, (i) => group[i]!);
    const observed = shareEstimate(take(y), take(weight), groups);
    return { predicted: bin.predicted, observed: written(observed), rows: rows.length };
  });
}

function liftCurve(y: Float64Array, p: Float64Array, weight: Float64Array): OutcomeRecord["lift"] {
  const order = Array.from(p.keys()).sort((a, b) => p[b]! - p[a]! || a - b);
  let total = 0;
  let events = 0;
  for (let i = 0; i < y.length; i++) {
    total += weight[i]!;
    events += weight[i]! * y[i]!;
  }
  if (events === 0) return [];
  const curve: { share: number; events: number }[] = [];
  let sum = 0;
  let caught = 0;
  let k = 0;
  for (const share of LIFT_SHARES) {
    for (; k < order.length && sum < share * total * (1 - 1e-12); k++) {
      sum += weight[order[k]!]!;
      caught += weight[order[k]!]! * y[order[k]!]!;
    }
    curve.push({ share, events: caught / events });
  }
  return curve;
}

function squaresLess(y: Float64Array, worse: Float64Array, better: Float64Array): Float64Array {
  return y.map((label, i) => (label - worse[i]!) ** 2 - (label - better[i]!) ** 2);
}

function withWeight(rows: OutcomeRows): OutcomeRows {
  const isIn = (_: number, i: number): boolean => rows.weight[i]! > 0;
  const y = rows.y.filter(isIn);
  if (y.length === 0) {
    throw new WaymarkError("TABLE_INVALID", `no row can tell whether '${rows.label}' came`);
  }
  return {
    ...rows,
    y,
    weight: rows.weight.filter(isIn),
    group: rows.group.filter(isIn),
    predictors: rows.predictors.map(({ name, p }) => ({ name, p: p.filter(isIn) })),
  };
}

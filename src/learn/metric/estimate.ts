/**
 * A metric with its uncertainty. Means of contributions get Student's interval with n/(n−1) and, for
 * rows that come in clusters (a member's months), the sandwich over cluster sums; every other metric
 * gets a percentile bootstrap (Efron 1979) that redraws weights instead of rows, so one sort serves
 * all replicates. O(n) and O(n · replicates).
 */
import { WaymarkError } from "../../base/error.ts";
import { createRng, integer } from "../../base/rng.ts";
import { normalQuantile } from "../../stats/distribution/normal.ts";
import { studentTQuantile } from "../../stats/distribution/student-t.ts";
import { quantileSorted } from "../../stats/order.ts";
import { checkCount, checkLength, checkOption, weightsOf } from "../check.ts";

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
  readonly lower: number;
  readonly upper: number;
}

export interface MeanOptions {
  /** Float64Array (rows), ≥ 0. */
  readonly weight?: Float64Array | undefined;
  /** Any integer per row; rows of equal number are drawn together. */
  readonly cluster?: Int32Array | undefined;
  /** Coverage of the interval. */
  readonly level?: number;
}

export interface BootstrapOptions extends MeanOptions {
  readonly seed?: number;
  readonly replicates?: number;
}

export const defaults = { level: 0.95, replicates: 500, seed: 1 } as const;

/** A metric bound to labels and predictions, to be asked under many weightings of the rows. */
export type BoundMetric = (weight: Float64Array) => number;

/** Two-sided quantile of the standard normal for a coverage. */
export function zOf(level: number): number {
  checkOption("level", level, 0.5, 0.999999);
  return normalQuantile((1 + level) / 2);
}

/** Two-sided quantile of Student's t; with many degrees of freedom that of the normal. */
export function tOf(level: number, degreesOfFreedom: number): number {
  checkOption("level", level, 0.5, 0.999999);
  return studentTQuantile((1 + level) / 2, degreesOfFreedom);
}

/**
 * Weighted mean with its interval, by Student's t with one degree of freedom less than rows with weight,
 * or clusters of them (Bell & McCaffrey 2002): exact for rows of equal weight that are normal. One row,
 * or one cluster, has no spread: the error is refused.
 */
export function meanEstimate(values: ArrayLike<number>, options: MeanOptions = {}): Estimate {
  const n = values.length;
  const weight = weightsOf(options.weight, n);
  if (n === 0) throw new WaymarkError("TABLE_INVALID", "no rows; at least 2 are needed");
  let sumW = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sumW += weight[i]!;
    sum += weight[i]! * values[i]!;
  }
  const value = sum / sumW;
  const { variance, units } = spreadOfSum(
    (i) => weight[i]! * (values[i]! - value),
    weight,
    options.cluster,
  );
  const standardError = Math.sqrt(variance / (sumW * sumW));
  needFinite(value);
  needFinite(standardError);
  const half = tOf(options.level ?? defaults.level, units - 1) * standardError;
  return { value, standardError, lower: value - half, upper: value + half };
}

/** @throws WaymarkError TABLE_INVALID when sums or squares have left the range of numbers */
export function needFinite(figure: number): void {
  if (Number.isFinite(figure)) return;
  throw new WaymarkError(
    "TABLE_INVALID",
    `the metric comes out as ${figure}: its numbers are too large or too few`,
  );
}

/** The variance alone of `spreadOfSum`. */
export function sumOfSquares(
  term: (i: number) => number,
  weight: Float64Array,
  cluster: Int32Array | undefined,
): number {
  return spreadOfSum(term, weight, cluster).variance;
}

/**
 * Variance of a sum of independent terms with mean near 0, n/(n−1) over the rows (or clusters) that
 * have weight, and their number.
 */
export function spreadOfSum(
  term: (i: number) => number,
  weight: Float64Array,
  cluster: Int32Array | undefined,
): { readonly variance: number; readonly units: number } {
  let units = 0;
  let squares = 0;
  if (!cluster) {
    for (let i = 0; i < weight.length; i++) {
      if (weight[i] === 0) continue;
      units++;
      squares += term(i) ** 2;
    }
  } else {
    checkLength("cluster", cluster, weight.length);
    const sums = new Map<number, number>();
    for (let i = 0; i < weight.length; i++) {
      if (weight[i] === 0) continue;
      sums.set(cluster[i]!, (sums.get(cluster[i]!) ?? 0) + term(i));
    }
    units = sums.size;
    for (const s of sums.values()) squares += s * s;
  }
  if (units < 2) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `an interval needs at least 2 ${cluster ? "clusters" : "rows"} with weight; there is ${units}`,
    );
  }
  return { variance: (squares * units) / (units - 1), units };
}

/**
 * Percentile bootstrap of any weighted metric. A draw on which the metric does not exist (one class
 * only) is drawn again; when most do not, the rows are too few.
 *
 * @param rows as many as the bound metric's weights
 * @throws WaymarkError TABLE_INVALID when the metric does not exist on the rows themselves
 */
export function bootstrapEstimate(
  metric: BoundMetric,
  rows: number,
  options: BootstrapOptions = {},
): Estimate {
  return bootstrapEstimates((weight) => [metric(weight)], rows, options)[0]!;
}

/** The same for several metrics of one draw, such as two values and their difference. */
export function bootstrapEstimates(
  metrics: (weight: Float64Array) => readonly number[],
  rows: number,
  options: BootstrapOptions = {},
): Estimate[] {
  const {
    level = defaults.level,
    replicates = defaults.replicates,
    seed = defaults.seed,
  } = options;
  checkCount("replicates", replicates, 20, 1e6);
  zOf(level);
  const weight = weightsOf(options.weight, rows);
  const unitOf = unitsOf(options.cluster, rows);
  const units = unitOf.count;
  if (units < 2) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `an interval needs at least 2 ${options.cluster ? "clusters" : "rows"}; there is ${units}`,
    );
  }
  const values = metrics(weight);
  for (const value of values) needFinite(value);
  const rng = createRng(seed);
  const times = new Float64Array(units);
  // Rows that weigh alike and stand alone are counted where they stand: a pass less, the same draws.
  const isPlain = options.weight === undefined && options.cluster === undefined;
  const drawn = isPlain ? times : new Float64Array(rows);
  const found = values.map(() => new Float64Array(replicates));
  let misses = 0;
  for (let b = 0; b < replicates; ) {
    times.fill(0);
    for (let u = 0; u < units; u++) times[integer(rng, units)]! += 1;
    if (!isPlain) for (let i = 0; i < rows; i++) drawn[i] = weight[i]! * times[unitOf.unit[i]!]!;
    const drawnValues = valuesOrMiss(metrics, drawn);
    if (drawnValues !== undefined) {
      for (let k = 0; k < found.length; k++) found[k]![b] = drawnValues[k]!;
      b++;
    } else if (++misses > replicates) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `the metric does not exist on ${misses} of ${misses + b} bootstrap draws: too few rows, or a class with too few`,
      );
    }
  }
  return values.map((value, k) => percentiles(value, found[k]!, level));
}

/** @param found the metric on each draw; sorted in place */
function percentiles(value: number, found: Float64Array, level: number): Estimate {
  found.sort();
  let mean = 0;
  for (const f of found) mean += f / found.length;
  let squares = 0;
  for (const f of found) squares += (f - mean) ** 2;
  return {
    value,
    standardError: Math.sqrt(squares / (found.length - 1)),
    lower: quantileSorted(found, (1 - level) / 2),
    upper: quantileSorted(found, (1 + level) / 2),
  };
}

function valuesOrMiss(
  metrics: (weight: Float64Array) => readonly number[],
  weight: Float64Array,
): readonly number[] | undefined {
  try {
    const values = metrics(weight);
    return values.every(Number.isFinite) ? values : undefined;
  } catch (error) {
    if (error instanceof WaymarkError && error.code === "TABLE_INVALID") return undefined;
    throw error;
  }
}

/** Each row's unit of drawing, 0, 1, …: its cluster, or the row itself. */
export function unitsOf(
  cluster: Int32Array | undefined,
  rows: number,
): { readonly unit: ArrayLike<number>; readonly count: number } {
  if (!cluster) return { unit: Int32Array.from({ length: rows }, (_, i) => i), count: rows };
  checkLength("cluster", cluster, rows);
  const known = new Map<number, number>();
  const unit = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const id = known.get(cluster[i]!) ?? known.size;
    known.set(cluster[i]!, id);
    unit[i] = id;
  }
  return { unit, count: known.size };
}

export { orderOf } from "../order.ts";

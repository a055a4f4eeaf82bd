/**
 * Bootstrap intervals of any statistic (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993):
 * percentile, or bias-corrected and accelerated (BCa, Efron 1987). Rows that belong together (a member's
 * sessions) are drawn together when their cluster is given. `replicates` evaluations of the statistic,
 * and for BCa at most `jackknifeGroups` more.
 */
import { WaymarkError } from "../base/error.ts";
import { createRng, integer, type Rng } from "../base/rng.ts";
import { normalCdf, normalQuantile } from "./distribution/normal.ts";
import { quantileSorted } from "./order.ts";

export interface BootstrapOptions {
  /** Equal seeds give equal intervals. */
  readonly seed: number;
  /** Resamples drawn; 1,000 settle a 95 % interval to about a tenth of its width. */
  readonly replicates?: number;
  /** Coverage aimed at. */
  readonly level?: number;
  /** "bca" corrects bias and skewness and costs a jackknife; it needs 20 units or more to be better. */
  readonly method?: "percentile" | "bca";
  /** Per row the cluster it belongs to, any numbers; rows of one cluster are drawn together. */
  readonly cluster?: ArrayLike<number>;
  /** Groups that BCa's jackknife leaves out, one at a time. */
  readonly jackknifeGroups?: number;
}

export interface BootstrapInterval {
  /** The statistic on the rows as they are. */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  /** Standard deviation over the replicates. */
  readonly standardError: number;
  /** Replicates where the statistic was no finite number (one class only, say); at most one in ten. */
  readonly failed: number;
}

export const bootstrapDefaults = {
  replicates: 1000,
  level: 0.95,
  method: "percentile",
  jackknifeGroups: 200,
} as const;

/**
 * @param n number of rows
 * @param statistic of the rows with these indices (repeats included); where it has no value it is not
 *   finite, or throws TABLE_INVALID
 * @throws WaymarkError TABLE_INVALID when there are fewer than 2 rows or clusters, when the statistic of
 *   all rows is not finite, or when more than one replicate in ten is not; OPTION_INVALID
 */
export function bootstrapInterval(
  n: number,
  statistic: (indices: Int32Array) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  return bootstrapIntervals(n, (indices) => [statistic(indices)], options)[0]!;
}

/** The same for several statistics of one resample, such as two models' scores and their difference. */
export function bootstrapIntervals(
  n: number,
  statistics: (indices: Int32Array) => ArrayLike<number>,
  options: BootstrapOptions,
): BootstrapInterval[] {
  const { seed, cluster, ...given } = options;
  const { replicates, level, method, jackknifeGroups } = { ...bootstrapDefaults, ...given };
  check(replicates >= 10 && Number.isInteger(replicates), "replicates", replicates, "10 or more");
  check(level > 0 && level < 1, "level", level, "above 0 and below 1");
  check(jackknifeGroups >= 10, "jackknifeGroups", jackknifeGroups, "10 or more");
  const units = unitsOf(n, cluster);
  const rng = createRng(seed);

  const estimate = Array.from(statistics(Int32Array.from({ length: n }, (_, i) => i)));
  const bad = estimate.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `statistic ${bad} of all ${n} rows is ${estimate[bad]}; a bootstrap needs a finite number`,
    );
  }
  const drawn = estimate.map(() => new Float64Array(replicates));
  for (let r = 0; r < replicates; r++) {
    const values = valuesOf(statistics, draw(units, rng), drawn.length);
    for (let k = 0; k < drawn.length; k++) drawn[k]![r] = values[k]!;
  }
  const jackknife =
    method === "bca" ? leaveOut(units, statistics, jackknifeGroups, estimate.length) : [];
  return estimate.map((value, k) => intervalOf(value, drawn[k]!, level, jackknife[k], k));
}

/** A resample that a statistic refuses (one class only, say) has no value; other errors are passed on. */
function valuesOf(
  statistics: (indices: Int32Array) => ArrayLike<number>,
  indices: Int32Array,
  width: number,
): ArrayLike<number> {
  try {
    return statistics(indices);
  } catch (error) {
    if (!(error instanceof WaymarkError) || error.code !== "TABLE_INVALID") throw error;
    return new Float64Array(width).fill(Number.NaN);
  }
}

/** Rows grouped into the units that are drawn: CSR arrays. */
interface Units {
  readonly first: Int32Array;
  readonly row: Int32Array;
}

function unitsOf(n: number, cluster: ArrayLike<number> | undefined): Units {
  check(Number.isInteger(n) && n >= 0, "n", n, "a count of rows");
  if (cluster !== undefined && cluster.length !== n) {
    throw new WaymarkError("TABLE_INVALID", `cluster has ${cluster.length} rows; expected ${n}`);
  }
  const numberOf = new Map<number, number>();
  const unit = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const key = cluster === undefined ? i : cluster[i]!;
    if (Number.isNaN(key)) throw new WaymarkError("TABLE_INVALID", `cluster of row ${i} is NaN`);
    const number = numberOf.get(key) ?? numberOf.size;
    numberOf.set(key, number);
    unit[i] = number;
  }
  const first = new Int32Array(numberOf.size + 1);
  for (let i = 0; i < n; i++) first[unit[i]! + 1]!++;
  for (let u = 0; u < numberOf.size; u++) first[u + 1]! += first[u]!;
  const next = first.slice();
  const row = new Int32Array(n);
  for (let i = 0; i < n; i++) row[next[unit[i]!]!++] = i;
  if (numberOf.size < 2) {
    const what = cluster === undefined ? "rows" : "clusters";
    throw new WaymarkError(
      "TABLE_INVALID",
      `there are ${numberOf.size} ${what}; a bootstrap needs 2 or more`,
    );
  }
  return { first, row };
}

function draw({ first, row }: Units, rng: Rng): Int32Array {
  const count = first.length - 1;
  const chosen = new Int32Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) {
    const unit = integer(rng, count);
    chosen[i] = unit;
    length += first[unit + 1]! - first[unit]!;
  }
  const indices = new Int32Array(length);
  let at = 0;
  for (const unit of chosen) {
    for (let i = first[unit]!; i < first[unit + 1]!; i++) indices[at++] = row[i]!;
  }
  return indices;
}

/** The statistics without one group of units at a time; groups take every G-th unit. */
function leaveOut(
  { first, row }: Units,
  statistics: (indices: Int32Array) => ArrayLike<number>,
  limit: number,
  width: number,
): Float64Array[] {
  const count = first.length - 1;
  const groups = Math.min(count, limit);
  const out: Float64Array[] = [];
  for (let g = 0; g < groups; g++) {
    const kept: number[] = [];
    for (let unit = 0; unit < count; unit++) {
      if (unit % groups === g) continue;
      for (let i = first[unit]!; i < first[unit + 1]!; i++) kept.push(row[i]!);
    }
    const values = valuesOf(statistics, Int32Array.from(kept), width);
    for (let k = 0; k < values.length; k++) {
      out[k] ??= new Float64Array(groups);
      out[k]![g] = values[k]!;
    }
  }
  return out;
}

function intervalOf(
  estimate: number,
  drawn: Float64Array,
  level: number,
  jackknife: Float64Array | undefined,
  index: number,
): BootstrapInterval {
  const sorted = drawn.filter((value) => Number.isFinite(value)).sort();
  const failed = drawn.length - sorted.length;
  if (failed > drawn.length / 10) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `statistic ${index} had no finite value in ${failed} of ${drawn.length} resamples; ` +
        "there are too few rows of some kind",
    );
  }
  let mean = 0;
  for (const value of sorted) mean += value / sorted.length;
  let square = 0;
  for (const value of sorted) square += (value - mean) ** 2 / (sorted.length - 1);
  let [low, high] = [(1 - level) / 2, (1 + level) / 2];
  if (jackknife !== undefined) {
    const bias = normalQuantile(shareBelow(sorted, estimate));
    const acceleration = accelerationOf(jackknife);
    const move = (p: number): number => {
      const z = bias + normalQuantile(p);
      return normalCdf(bias + z / Math.max(1 - acceleration * z, 1e-3));
    };
    [low, high] = [move(low), move(high)];
  }
  return {
    estimate,
    lower: quantileSorted(sorted, low),
    upper: quantileSorted(sorted, high),
    standardError: Math.sqrt(square),
    failed,
  };
}

/** Share of replicates below the estimate, ties by half, kept inside (0, 1). */
function shareBelow(sorted: Float64Array, estimate: number): number {
  let below = 0;
  for (const value of sorted) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  const edge = 0.5 / sorted.length;
  return Math.min(Math.max(below / sorted.length, edge), 1 - edge);
}

/** Skewness of the jackknife's influence values / 6 (Efron 1987, eq. 6.6). */
function accelerationOf(jackknife: Float64Array): number {
  const finite = jackknife.filter((value) => Number.isFinite(value));
  let mean = 0;
  for (const value of finite) mean += value / finite.length;
  let square = 0;
  let cube = 0;
  for (const value of finite) {
    square += (mean - value) ** 2;
    cube += (mean - value) ** 3;
  }
  return square === 0 ? 0 : cube / (6 * square ** 1.5);
}

function check(isGood: boolean, name: string, came: number, expected: string): void {
  if (!isGood) throw new WaymarkError("OPTION_INVALID", `${name} is ${came}; expected ${expected}`);
}

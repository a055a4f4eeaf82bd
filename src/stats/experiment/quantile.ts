/**
 * Quantiles as metrics: the variance of a sample quantile from the order statistics around it (the density
 * need not be estimated), widened where values come in clusters (Deng, Knoblich & Lu, KDD 2018, §4). The
 * floor and the two guards for few values are GrowthBook's.
 */
import { WaymarkError } from "../../base/error.ts";
import { normalQuantile } from "../distribution/normal.ts";
import { quantileSorted } from "../order.ts";
import { invalid, type QuantileSummary } from "./sums.ts";

const Z = normalQuantile(0.975);
/** Variance of one value below which ties, not precision, made the bounds meet. */
const FLOOR = 1e-5;
const MANY = 100;

/**
 * @param values any order
 * @param level in (0, 1)
 * @param cluster per value the unit that was assigned, when one unit has several values
 */
export function quantileOf(
  values: ArrayLike<number>,
  level: number,
  cluster?: ArrayLike<number>,
): QuantileSummary {
  if (!(level > 0 && level < 1)) {
    throw new WaymarkError("OPTION_INVALID", `level is ${level}; expected above 0 and below 1`);
  }
  const count = values.length;
  if (count === 0) throw invalid("values is empty; a quantile needs some");
  if (cluster !== undefined && cluster.length !== count) {
    throw invalid(`cluster has ${cluster.length} rows; expected ${count}`);
  }
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(values[i])) {
      throw invalid(`value of row ${i} is ${values[i]}; expected a finite number`);
    }
    if (cluster !== undefined && !Number.isFinite(cluster[i])) {
      throw invalid(`cluster of row ${i} is ${cluster[i]}; expected a finite number`);
    }
  }
  const sorted = Float64Array.from(values).sort();
  const half = Z * Math.sqrt((level * (1 - level)) / count);
  const estimate = quantileSorted(sorted, level);
  return {
    kind: "quantile",
    count,
    level,
    estimate,
    lower: quantileSorted(sorted, Math.max(level - half, 0)),
    upper: quantileSorted(sorted, Math.min(level + half, 1)),
    ...(cluster === undefined ? {} : { clusters: clustersOf(values, cluster, estimate) }),
  };
}

/** Variance of one value's part: over `count` it is the squared standard error. */
export function quantileVariance(summary: QuantileSummary): number {
  const variance = spread(summary) * designEffect(summary);
  return summary.count < MANY ? variance : Math.max(variance, FLOOR);
}

/** Whether the bounds around the level leave (0, 1), or meet where that means nothing. */
export function hasTooFewForQuantile(summary: QuantileSummary): boolean {
  const { count, level } = summary;
  const odds = level / (1 - level);
  if (count <= Z * Z * Math.max(odds, 1 / odds)) return true;
  return count < 1000 && !(spread(summary) > 0);
}

function spread({ count, countAtBounds = count, lower, upper }: QuantileSummary): number {
  return (countAtBounds / count) * (count - 1) * ((upper - lower) / (2 * Z)) ** 2;
}

/** How much wider the share below is than with independent values: its delta-method variance over theirs. */
function designEffect({ clusters, level, count }: QuantileSummary): number {
  if (clusters === undefined) return 1;
  const n = clusters.count;
  const below = clusters.belowSum / n;
  const size = clusters.sizeSum / n;
  const covariance = (product: number, a: number, b: number): number =>
    (product - n * a * b) / (n - 1);
  const share = below / size;
  const variance =
    covariance(clusters.belowSumSquares, below, below) -
    2 * share * covariance(clusters.belowSizeProduct, below, size) +
    share * share * covariance(clusters.sizeSumSquares, size, size);
  return variance / (n * size * size) / ((level * (1 - level)) / count);
}

function clustersOf(
  values: ArrayLike<number>,
  cluster: ArrayLike<number>,
  estimate: number,
): NonNullable<QuantileSummary["clusters"]> {
  const tally = new Map<number, { below: number; size: number }>();
  for (let i = 0; i < values.length; i++) {
    const of = tally.get(cluster[i]!) ?? { below: 0, size: 0 };
    tally.set(cluster[i]!, of);
    of.size++;
    if (values[i]! <= estimate) of.below++;
  }
  const out = {
    count: tally.size,
    belowSum: 0,
    belowSumSquares: 0,
    sizeSum: 0,
    sizeSumSquares: 0,
    belowSizeProduct: 0,
  };
  for (const { below, size } of tally.values()) {
    out.belowSum += below;
    out.belowSumSquares += below * below;
    out.sizeSum += size;
    out.sizeSumSquares += size * size;
    out.belowSizeProduct += below * size;
  }
  return out;
}

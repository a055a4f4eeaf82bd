/**
 * Drift between two samples of numbers, without bins: the Kolmogorov–Smirnov test with its exact p-value
 * and the Wasserstein (earth mover's) distance. O(n log n); the exact p-value O(n·m), up to a limit.
 */
import { WaymarkError } from "../../base/error.ts";

/** Pairs up to which the p-value is exact: a tenth of a second. Beyond, the limit distribution. */
const EXACT_PAIRS = 25_000_000;

export interface KolmogorovSmirnov {
  /** Largest gap between the two empirical distribution functions. */
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * The two-sided two-sample test. The exact p-value counts the orders of the pooled sample whose gap is as
 * large (Hodges 1957), as probabilities, so nothing overflows; ties make it conservative. For large samples
 * Kolmogorov's limit.
 *
 * @throws WaymarkError TABLE_INVALID when a sample is empty or holds a number that is not finite
 */
export function kolmogorovSmirnov(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): KolmogorovSmirnov {
  const a = sorted(reference, "reference");
  const b = sorted(current, "current");
  const [n, m] = [a.length, b.length];
  let [i, j, gap] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < n && a[i] === value) i++;
    while (j < m && b[j] === value) j++;
    gap = Math.max(gap, Math.abs(i * m - j * n));
  }
  const statistic = gap / (n * m);
  return { statistic, pValue: n * m <= EXACT_PAIRS ? exact(n, m, gap) : limit(n, m, statistic) };
}

/** ∫ |F − G|: how far values move on average, in their own unit. */
export function wasserstein(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const a = sorted(reference, "reference");
  const b = sorted(current, "current");
  let [i, j, sum] = [0, 0, 0];
  let last = Math.min(a[0]!, b[0]!);
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    sum += Math.abs(i / a.length - j / b.length) * (value - last);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    last = value;
  }
  return sum;
}

/** The distance in standard deviations of the reference (.001 at least), as Evidently compares it to .1. */
export function normedWasserstein(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): number {
  const distance = wasserstein(reference, current);
  const n = reference.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += reference[i]! / n;
  let farthest = 0;
  for (let i = 0; i < n; i++) farthest = Math.max(farthest, Math.abs(reference[i]! - mean));
  // In units of the farthest, so that squares of 1e200 do not overflow.
  let square = 0;
  if (farthest > 0) for (let i = 0; i < n; i++) square += ((reference[i]! - mean) / farthest) ** 2;
  return distance / Math.max(farthest * Math.sqrt(square / n), 0.001);
}

/** Probability that a random path from (0, 0) to (n, m) touches |i·m − j·n| ≥ gap. */
function exact(n: number, m: number, gap: number): number {
  if (gap === 0) return 1;
  const touched = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i * m - j * n) >= gap) touched[j] = 1;
      else if (i === 0) touched[j] = j === 0 ? 0 : touched[j - 1]!;
      else if (j > 0) touched[j] = (i * touched[j]! + j * touched[j - 1]!) / (i + j);
    }
  }
  return Math.min(1, touched[m]!);
}

/** 2·Σ (−1)^(k−1)·e^(−2k²λ²), with Stephens' correction of λ for finite samples. */
function limit(n: number, m: number, statistic: number): number {
  const root = Math.sqrt((n / (n + m)) * m);
  const lambda = (root + 0.12 + 0.11 / root) * statistic;
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17 * sum) break;
  }
  return Math.min(1, 2 * sum);
}

function sorted(sample: ArrayLike<number>, name: string): Float64Array {
  if (sample.length === 0) {
    throw new WaymarkError("TABLE_INVALID", `${name} is empty; drift needs values on both sides`);
  }
  for (let i = 0; i < sample.length; i++) {
    if (!Number.isFinite(sample[i])) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `value of row ${i} of ${name} is ${sample[i]}; expected a finite number`,
      );
    }
  }
  return Float64Array.from(sample).sort();
}

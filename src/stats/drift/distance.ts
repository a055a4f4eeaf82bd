/**
 * How far two distributions over the same bins or categories are apart: the population stability index
 * (Jeffreys' divergence), Kullback–Leibler, Jensen–Shannon (Lin 1991) and total variation. PSI and KL are
 * infinite where one side is empty, so an empty share is taken as 1e-4, as Evidently does. O(bins).
 */
import { WaymarkError } from "../../base/error.ts";
import { chiSquaredQuantile, chiSquaredSurvival } from "../distribution/gamma.ts";
import { checkSameEdges, type Histogram } from "./histogram.ts";

/** Share that stands for an empty bin, unless another share is as small: then a millionth of that. */
const EMPTY = 1e-4;

/** Counts per bin or category of reference and current, of one length and order. */
export interface CountPair {
  readonly reference: ArrayLike<number>;
  readonly current: ArrayLike<number>;
}

/** Counts of two histograms with the same edges; a bin that both leave empty is dropped. */
export function pairOfHistograms(reference: Histogram, current: Histogram): CountPair {
  checkSameEdges(reference, current);
  return dropEmpty(Array.from(reference.counts), Array.from(current.counts));
}

/** Counts per category; one that only one side knows has 0 on the other. */
export function pairOfCategories(
  reference: Iterable<string | number>,
  current: Iterable<string | number>,
): CountPair {
  const place = new Map<string | number, number>();
  const count = (values: Iterable<string | number>): number[] => {
    const counts: number[] = [];
    for (const value of values) {
      const at = place.get(value) ?? place.size;
      place.set(value, at);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  };
  const [a, b] = [count(reference), count(current)];
  const all = Array.from({ length: place.size });
  return { reference: all.map((_, i) => a[i] ?? 0), current: all.map((_, i) => b[i] ?? 0) };
}

/** Σ (current − reference)·ln(current / reference). By custom .1 is a little and .25 much; see `psiNull`. */
export function psi(pair: CountPair): number {
  const [p, q] = shares(pair).map(fill) as [number[], number[]];
  return p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0);
}

/** Σ reference·ln(reference / current), of the filled shares brought back to sum 1. */
export function kullbackLeibler(pair: CountPair): number {
  const [p, q] = shares(pair).map((share) => normalise(fill(share))) as [number[], number[]];
  return p.reduce((sum, share, i) => sum + share * Math.log(share / q[i]!), 0);
}

/** Jensen–Shannon distance: the root of the divergence in nats, from 0 to √ln 2. */
export function jensenShannon(pair: CountPair): number {
  const [p, q] = shares(pair);
  const term = (share: number, mean: number): number =>
    share === 0 ? 0 : share * Math.log(share / mean);
  const sum = p.reduce((total, share, i) => {
    const mean = (share + q[i]!) / 2;
    return total + term(share, mean) + term(q[i]!, mean);
  }, 0);
  return Math.sqrt(Math.max(sum, 0) / 2);
}

/** Half of Σ |current − reference|: the share that would have to move. */
export function totalVariation(pair: CountPair): number {
  const [p, q] = shares(pair);
  return p.reduce((sum, share, i) => sum + Math.abs(share - q[i]!), 0) / 2;
}

export interface PsiNull {
  readonly psi: number;
  /** PSI that samples of these sizes from one distribution reach only with probability alpha. */
  readonly threshold: number;
  readonly pValue: number;
  readonly hasDrifted: boolean;
}

/**
 * PSI against what chance gives samples of this size: without drift PSI / (1/n + 1/m) is about χ² with
 * bins − 1 degrees of freedom (Yurdakul & Naranjo, Journal of Risk Model Validation 14, 2020). The fixed
 * marks .1 and .25 cry wolf on small samples and sleep through drift on large ones. The approximation
 * wants five or more of each sample per bin.
 */
export function psiNull(pair: CountPair, alpha = 0.01): PsiNull {
  if (!(alpha > 0 && alpha < 1)) {
    throw new WaymarkError("OPTION_INVALID", `alpha is ${alpha}; expected above 0 and below 1`);
  }
  const counts = dropEmpty(Array.from(pair.reference), Array.from(pair.current));
  const value = psi(counts);
  const bins = counts.reference.length;
  if (bins < 2) return { psi: value, threshold: 0, pValue: 1, hasDrifted: false };
  const scale = 1 / total(counts.reference) + 1 / total(counts.current);
  const pValue = chiSquaredSurvival(value / scale, bins - 1);
  return {
    psi: value,
    threshold: scale * chiSquaredQuantile(1 - alpha, bins - 1),
    pValue,
    hasDrifted: pValue < alpha,
  };
}

function shares({ reference, current }: CountPair): [number[], number[]] {
  if (reference.length !== current.length) {
    throw invalid(`reference has ${reference.length} bins, current ${current.length}`);
  }
  const share = (counts: ArrayLike<number>, name: string): number[] => {
    for (let i = 0; i < counts.length; i++) {
      if (!(counts[i]! >= 0 && Number.isFinite(counts[i]))) {
        throw invalid(
          `count of bin ${i} of ${name} is ${counts[i]}; expected a finite number from 0`,
        );
      }
    }
    const sum = total(counts);
    if (sum === 0) throw invalid(`${name} is empty; a distance needs values`);
    return Array.from(counts, (count) => count / sum);
  };
  return [share(reference, "reference"), share(current, "current")];
}

function fill(share: readonly number[]): number[] {
  let least = Number.POSITIVE_INFINITY;
  for (const value of share) if (value > 0 && value < least) least = value;
  const empty = least <= EMPTY ? least / 1e6 : EMPTY;
  return share.map((value) => (value === 0 ? empty : value));
}

function normalise(share: readonly number[]): number[] {
  const sum = total(share);
  return share.map((value) => value / sum);
}

function dropEmpty(reference: readonly number[], current: readonly number[]): CountPair {
  const isUsed = (_: number, i: number): boolean => reference[i] !== 0 || current[i] !== 0;
  return { reference: reference.filter(isUsed), current: current.filter(isUsed) };
}

function total(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  return sum;
}

function invalid(message: string): WaymarkError {
  return new WaymarkError("TABLE_INVALID", message);
}

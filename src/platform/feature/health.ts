/**
 * How the features of all members look now: what is missing, how values are distributed, told from the
 * states alone. Numbers get the bins that their own quantiles make, so that a later day's values can be
 * counted into the same ones and compared (stats/drift).
 */
import { histogramOf, quantileEdges } from "../../stats/drift/index.ts";
import type { FeatureSet } from "./feature-set.ts";

export interface FeatureHealth {
  readonly name: string;
  readonly members: number;
  readonly missing: number;
  /** Of those that are there; null without any. */
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Of numbers: the outer bins are open beyond the smallest and largest, one more edge than counts. */
  readonly histogram: {
    readonly edges: readonly number[];
    readonly counts: readonly number[];
  } | null;
  /** Of categories and truth values: the most frequent first. */
  readonly categories: readonly { readonly value: string; readonly count: number }[];
}

/** Bins of a histogram. */
const BINS = 12;

/** @param values Float64Array (members × features), row-major; NaN is missing */
export function featureHealth(set: FeatureSet, values: Float64Array): FeatureHealth[] {
  const width = set.names.length;
  const members = values.length / width;
  return set.names.map((name, f) => {
    const column = new Float64Array(members);
    for (let i = 0; i < members; i++) column[i] = values[i * width + f]!;
    const present = column.filter((value) => !Number.isNaN(value));
    const levels =
      set.levels[f] ?? (set.kinds[f] === "boolean" ? (["no", "yes"] as const) : undefined);
    return {
      name,
      members,
      missing: members - present.length,
      ...rangeOf(levels ? new Float64Array() : present),
      histogram: levels || present.length === 0 ? null : histogram(present),
      categories: levels ? categories(present, levels) : [],
    };
  });
}

function rangeOf(values: Float64Array): Pick<FeatureHealth, "mean" | "min" | "max"> {
  if (values.length === 0) return { mean: null, min: null, max: null };
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { mean: sum / values.length, min, max };
}

function histogram(values: Float64Array): FeatureHealth["histogram"] {
  const { min, max } = rangeOf(values);
  const { edges, counts } = histogramOf(values, quantileEdges(values, BINS));
  // What lies outside the quantiles is between them and the extremes: no bin is without its edges.
  const all = [min!, ...edges, max!];
  const parts = all.slice(1).map((high, i) => ({ low: all[i]!, high, count: counts[i]! }));
  const kept = parts.filter(({ low, high, count }) => high > low || count > 0);
  if (kept.length === 0) return null;
  return {
    edges: [kept[0]!.low, ...kept.map(({ high }) => high)],
    counts: kept.map(({ count }) => count),
  };
}

function categories(
  codes: Float64Array,
  levels: readonly string[],
): { readonly value: string; readonly count: number }[] {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Array.from(counts, ([code, count]) => ({ value: levels[code] ?? `code ${code}`, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 20);
}

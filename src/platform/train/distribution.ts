/**
 * How features were distributed where a model learned, kept with it, and how far those of today have
 * moved from that: the population stability index beside what chance gives as many rows (stats/drift).
 * Few different values are counted by value, many in bins of equal shares; what is missing is a bin.
 */
import { assert } from "../../base/index.ts";
import type { Matrix } from "../../learn/index.ts";
import type { DistributionRecord, DriftRecord } from "../../schema/model.ts";
import { edgesUpTo, psiNull, quantileEdges } from "../../stats/drift/index.ts";

/** The name of the report that holds a model's drift, under the model's name. */
export const DRIFT_REPORT = "model-drift";

const distributionDefaults = {
  /** Different values up to which each has a bin of its own. */
  values: 12,
  bins: 10,
  /** Chance with which a feature that did not move is said to have. */
  alpha: 0.001,
  /** Below this a difference is of no use to anybody, however sure it is. */
  leastPsi: 0.1,
} as const;

/** Of every column; rows are weighed alike. */
export function distributionsOf(x: Matrix, names: readonly string[]): DistributionRecord[] {
  assert(names.length === x.columns, "a name a column");
  return names.map((feature, j) => {
    const column = columnAt(x, j);
    const present = column.filter((value) => !Number.isNaN(value));
    const values = [...new Set(present)].sort((a, b) => a - b);
    const bins =
      values.length <= distributionDefaults.values
        ? { values, edges: null }
        : { values: null, edges: [...quantileEdges(present, distributionDefaults.bins)] };
    return { feature, ...bins, ...countInto(bins, column) };
  });
}

/**
 * @param then of the rows that it learned from
 * @param groups members that those rows are of: rows of one member say less than rows of many
 * @param now rows of the same columns, each of another member
 */
export function driftOf(
  then: readonly DistributionRecord[],
  groups: number,
  now: Matrix,
): DriftRecord[] {
  assert(then.length === now.columns, "the same columns");
  if (now.rows === 0) return [];
  const { alpha, leastPsi } = distributionDefaults;
  return then.map((reference, j) => {
    const current = countInto(reference, columnAt(now, j));
    const rows = sum(reference.counts) + reference.missing;
    const share = rows > 0 ? Math.min(1, groups / rows) : 1;
    const pair = {
      reference: [...reference.counts, reference.missing].map((count) => count * share),
      current: [...current.counts, current.missing],
    };
    const { psi, threshold, hasDrifted } = psiNull(pair, alpha);
    return {
      feature: reference.feature,
      psi,
      chance: threshold,
      hasDrifted: hasDrifted && psi >= leastPsi,
      missingThen: rows > 0 ? reference.missing / rows : 0,
      missingNow: current.missing / now.rows,
    };
  });
}

type Bins = Pick<DistributionRecord, "values" | "edges">;

/** A value that nobody had before is counted with the last of those that there were. */
function countInto(
  { values, edges }: Bins,
  column: Float64Array,
): { counts: number[]; missing: number } {
  const size = values === null ? Math.max(1, edges!.length + 1) : values.length + 1;
  const counts = new Array<number>(size).fill(0);
  let missing = 0;
  for (const value of column) {
    if (Number.isNaN(value)) missing++;
    else if (values !== null) {
      const at = values.indexOf(value);
      counts[at < 0 ? values.length : at]!++;
    } else counts[edgesUpTo(edges!, value)]!++;
  }
  return { counts, missing };
}

function columnAt(x: Matrix, j: number): Float64Array {
  return Float64Array.from({ length: x.rows }, (_, i) => x.values[i * x.columns + j]!);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * The same model on parts of its rows: by plan, country, tenure. A slice that is too small says
 * nothing and is left out; of the others what was predicted stands beside what came, with an interval
 * over groups. O(n) a slice.
 */
import { aucEstimate } from "../../learn/index.ts";
import type { SliceRecord } from "../../schema/model.ts";
import { shareEstimate, whereItExists, written } from "./measure.ts";

export interface SliceBy {
  readonly by: string;
  /** The slice of each row; undefined where it has none. */
  readonly values: readonly (string | undefined)[];
}

export interface SliceRows {
  readonly outcome: string;
  readonly y: Float64Array;
  readonly p: Float64Array;
  readonly weight: Float64Array;
  readonly group: Int32Array;
}

export const sliceDefaults = {
  /** Groups below which a slice is left out. */
  leastGroups: 50,
  /** Slices of one kind, the largest first. */
  most: 8,
} as const;

export function measureSlices(
  rows: SliceRows,
  by: readonly SliceBy[],
  options: { readonly leastGroups?: number } = {},
): readonly SliceRecord[] {
  const { leastGroups } = { ...sliceDefaults, ...options };
  return by.flatMap(({ by: name, values }) => {
    const members = new Map<string, number[]>();
    values.forEach((value, i) => {
      if (value === undefined || rows.weight[i] === 0) return;
      const of = members.get(value);
      if (of === undefined) members.set(value, [i]);
      else of.push(i);
    });
    return [...members]
      .filter(([, of]) => new Set(of.map((i) => rows.group[i]!)).size >= leastGroups)
      .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
      .slice(0, sliceDefaults.most)
      .map(([value, of]) => sliceOf(rows, name, value, of));
  });
}

function sliceOf(rows: SliceRows, by: string, value: string, of: readonly number[]): SliceRecord {
  const take = (values: Float64Array): Float64Array => Float64Array.from(of, (i) => values[i]!);
  const [y, p, weight] = [take(rows.y), take(rows.p), take(rows.weight)];
  const group = Int32Array.from(of, (i) => rows.group[i]!);
  let total = 0;
  let predicted = 0;
  let events = 0;
  for (let i = 0; i < y.length; i++) {
    total += weight[i]!;
    predicted += weight[i]! * p[i]!;
    events += y[i]!;
  }
  const area = whereItExists(() => aucEstimate(y, p, { weight, cluster: group }));
  return {
    outcome: rows.outcome,
    by,
    value,
    rows: y.length,
    groups: new Set(group).size,
    events,
    predicted: predicted / total,
    observed: written(shareEstimate(y, weight, group)),
    auc: area && written(area),
  };
}

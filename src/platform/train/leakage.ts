/**
 * Alarms for features that know the answer. Each is a suspicion with its figure, for a person to look
 * at: a feature that alone tells nearly everything, values dated after the moment that is asked about,
 * names that speak of the outcome, a gain that no honest feature of these data has, and a feature that
 * is there only for those to whom it happened (Kaufman et al., "Leakage in data mining", TKDD 2012).
 * O(n log n) a feature.
 */
import { auc, columnOf, type Matrix } from "../../learn/index.ts";
import type { Alarm } from "../../schema/model.ts";
import { whereItExists } from "./measure.ts";

export interface LeakageRows {
  /** NaN is a missing value. */
  readonly x: Matrix;
  /** 0 or 1 a row. */
  readonly y: Float64Array;
  /** The moment that each row asks about. */
  readonly atMs?: Float64Array | undefined;
  /** By feature, when the newest event that made each value happened; NaN where there is none. */
  readonly newestMs?: Readonly<Record<string, Float64Array>> | undefined;
  /** By feature, what it adds to the model's score on later rows; a share of all that is gained. */
  readonly gainShare?: Readonly<Record<string, number>> | undefined;
}

export const leakageDefaults = {
  /** AUC of one feature, either way round. */
  singleAuc: 0.95,
  /** The feature's share of everything that the model gains, */
  gainShare: 0.5,
  /** together with an AUC of its own that one feature rarely has; */
  gainAuc: 0.8,
  /** or an AUC alone that stands this far above the next best, both taken above one half. */
  loneRatio: 2,
  /** Rows of each label that presence must be seen on. */
  leastRows: 30,
  /** Parts of names that speak of an end or of what is foretold; a use adds its own. */
  proxies: ["label", "outcome", "target", "ended", "lifetime", "duration", "current_month"],
} as const;

export interface LeakageOptions {
  readonly proxies?: readonly string[];
}

export function leakageAlarms(rows: LeakageRows, options: LeakageOptions = {}): readonly Alarm[] {
  const names = rows.x.names ?? Array.from({ length: rows.x.columns }, (_, j) => `column ${j}`);
  const proxies = [...leakageDefaults.proxies, ...(options.proxies ?? [])];
  const power = names.map((_, j) => singleAuc(columnOf(rows.x, j), rows.y));
  return names.flatMap((feature, j) => {
    const column = columnOf(rows.x, j);
    const found: (Omit<Alarm, "feature"> | undefined)[] = [
      tooGood(power[j]!),
      fromTheFuture(rows, feature),
      namedLikeIt(feature, proxies),
      tooMuchGain(rows.gainShare?.[feature], power, j),
      onlyForPositives(column, rows.y),
    ];
    return found.flatMap((alarm) => (alarm === undefined ? [] : [{ ...alarm, feature }]));
  });
}

/** The better of both directions; missing values take part as a value below all others. */
export function singleAuc(column: Float64Array, y: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of column) if (value < least) least = value;
  const below = Number.isFinite(least) ? least - 1 : 0;
  const filled = column.map((value) => (Number.isNaN(value) ? below : value));
  const area = whereItExists(() => auc(y, filled)) ?? 0.5;
  return Math.max(area, 1 - area);
}

function tooGood(area: number): Omit<Alarm, "feature"> | undefined {
  if (area <= leakageDefaults.singleAuc) return undefined;
  return {
    kind: "single-feature-auc",
    message: `alone it has an AUC of ${area.toFixed(3)}: it may know the answer`,
    value: area,
  };
}

function fromTheFuture(
  { atMs, newestMs }: LeakageRows,
  feature: string,
): Omit<Alarm, "feature"> | undefined {
  const newest = newestMs?.[feature];
  if (atMs === undefined || newest === undefined) return undefined;
  let late = 0;
  for (let i = 0; i < atMs.length; i++) if (newest[i]! > atMs[i]!) late++;
  if (late === 0) return undefined;
  return {
    kind: "future-timestamp",
    message: `${late} of ${atMs.length} rows hold a value dated after the moment they ask about`,
    value: late,
  };
}

function namedLikeIt(
  feature: string,
  proxies: readonly string[],
): Omit<Alarm, "feature"> | undefined {
  const name = feature.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  const proxy = proxies.find((part) => name.includes(part));
  if (proxy === undefined) return undefined;
  return {
    kind: "proxy-name",
    message: `its name holds '${proxy}': look whether it is known before the outcome is`,
    value: null,
  };
}

function tooMuchGain(
  share: number | undefined,
  power: readonly number[],
  j: number,
): Omit<Alarm, "feature"> | undefined {
  const own = power[j]!;
  const next = Math.max(0.5, ...power.filter((_, k) => k !== j));
  const { gainShare, gainAuc, loneRatio } = leakageDefaults;
  const isMost = share !== undefined && share > gainShare && own > gainAuc;
  const isAlone = own > gainAuc && own - 0.5 > loneRatio * (next - 0.5);
  if (!isMost && !isAlone) return undefined;
  const said = isMost
    ? `${Math.round(100 * share)} % of all that the model gains is its`
    : `alone it has an AUC of ${own.toFixed(3)}, the next best ${next.toFixed(3)}`;
  return {
    kind: "implausible-gain",
    message: `${said}: few honest features stand out so`,
    value: own,
  };
}

function onlyForPositives(
  column: Float64Array,
  y: Float64Array,
): Omit<Alarm, "feature"> | undefined {
  const there = [0, 0];
  const rows = [0, 0];
  for (let i = 0; i < y.length; i++) {
    rows[y[i]!]!++;
    if (!Number.isNaN(column[i]!)) there[y[i]!]!++;
  }
  const { leastRows } = leakageDefaults;
  if (rows[0]! < leastRows || there[1]! < leastRows || there[0]! > 0) return undefined;
  return {
    kind: "present-for-positives",
    message: `it is there for ${there[1]} rows to whom it happened and for no other`,
    value: there[1]!,
  };
}

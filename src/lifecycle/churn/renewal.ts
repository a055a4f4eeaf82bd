/**
 * When a membership renews, seen from each period. People decide about renewals when they are near,
 * and who cannot be charged is lost a known time after one: what counts is not the renewal's date but
 * where it falls in the period that is foretold, and that is a covariate that changes from period to
 * period (Tutz & Schmid 2016, ch. 6). Known at the snapshot: dates only, nothing of what comes. O(rows).
 */
import { joinColumns, type Matrix, withPeriod } from "../../learn/index.ts";
import { BOUNDS_DAYS, churnDefaults } from "./period.ts";

/** What the trees are given behind the features, in this order: without dates the period alone. */
export function timeColumns(features: readonly string[]): readonly string[] {
  const hasDates = features.includes(RENEWAL_FEATURE) && features.includes(INTERVAL);
  return hasDates ? ["days_to_renewal", "days_from_renewal", "period"] : ["period"];
}

/** The feature that the first two follow from: reasons that speak of them speak of it. */
export const RENEWAL_FEATURE = "days_to_period_end";
const PERIOD_START = "days_since_period_start";
const INTERVAL = "billing_interval";
/** Days of the intervals, by their code: week, month, year. */
const INTERVAL_DAYS = [7, 30.44, 365.25] as const;

/**
 * The features with `timeColumns` behind them. days_to_renewal: from the period's end to the first
 * renewal after its beginning, negative when that lies within the period. days_from_renewal: from the
 * last renewal before the period's end to that end. Both are missing where features do not say.
 *
 * @param period Int32Array (rows), from 1
 * @param features names of the columns of `x`
 */
export function withTime(x: Matrix, period: Int32Array, features: readonly string[]): Matrix {
  const [end, start, interval] = [RENEWAL_FEATURE, PERIOD_START, INTERVAL].map((name) =>
    features.indexOf(name),
  ) as [number, number, number];
  if (end < 0 || interval < 0) return withPeriod(x, period, { kind: "number" });
  const values = new Float64Array(2 * x.rows).fill(Number.NaN);
  for (let i = 0; i < x.rows; i++) {
    const row = i * x.columns;
    const toEnd = x.values[row + end]!;
    const length = INTERVAL_DAYS[x.values[row + interval]!];
    if (Number.isNaN(toEnd) || length === undefined) continue;
    const t = period[i]!;
    const from = churnDefaults.gapDays + (BOUNDS_DAYS[t - 2] ?? 0);
    const until = churnDefaults.gapDays + BOUNDS_DAYS[t - 1]!;
    const next = toEnd + length * Math.max(0, Math.ceil((from - toEnd) / length));
    values[2 * i] = next - until;
    const whole = Math.floor((until - toEnd) / length);
    const since = start < 0 ? Number.NaN : x.values[row + start]!;
    values[2 * i + 1] =
      whole < 0 && !Number.isNaN(since) ? until + since : until - toEnd - length * whole;
  }
  const names = x.names && timeColumns(features).slice(0, 2);
  return withPeriod(joinColumns(x, { rows: x.rows, columns: 2, values, names }), period, {
    kind: "number",
  });
}

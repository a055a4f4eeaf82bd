/**
 * What a churn model has to beat. constant: everybody has the hazards of all. sBG: chances to leave
 * that differ between members and show only in who is still there (Fader & Hardie 2007), by months of
 * tenure and billing interval. logistic: the features in a straight line. The first two also answer
 * when the model cannot (platform/serve).
 */
import { WaymarkError } from "../../base/error.ts";
import {
  accumulate,
  fitHazard,
  fitShiftedBetaGeometric,
  type HazardCurves,
  type HazardModel,
  type JsonObject,
  logistic,
  type Matrix,
  type PersonPeriods,
  ShiftedBetaGeometric,
} from "../../learn/index.ts";
import type { BillingInterval } from "../../schema/billing.ts";
import { BOUNDS_DAYS, CAUSES, PERIODS } from "./period.ts";

/** Float64Array (periods × causes): hazards of everybody. */
export function constantHazards(rows: PersonPeriods): Float64Array {
  const there = new Float64Array(PERIODS);
  const left = new Float64Array(PERIODS * CAUSES.length);
  for (let i = 0; i < rows.period.length; i++) {
    const t = rows.period[i]! - 1;
    const w = rows.weight?.[i] ?? 1;
    there[t]! += w;
    const cause = rows.cause[i]!;
    if (cause > 0) left[t * CAUSES.length + cause - 1]! += w;
  }
  return left.map((count, k) => {
    const n = there[Math.floor(k / CAUSES.length)]!;
    return n === 0 ? 0 : count / n;
  });
}

/** The same curves for each of the members. */
export function constantCurves(hazards: Float64Array, members: number): HazardCurves {
  const all = new Float64Array(members * hazards.length);
  for (let i = 0; i < members; i++) all.set(hazards, i * hazards.length);
  return accumulate(all, members, PERIODS, CAUSES.length);
}

/** A stretch of paid membership. */
export interface Spell {
  readonly interval: BillingInterval | "any";
  /** Days from its first paid day to its end, or to the end of watching. */
  readonly days: number;
  /** 0 not ended, 1 voluntary, 2 involuntary. */
  readonly cause: 0 | 1 | 2;
  /** Days from its first paid day for which it would have been watched, had it not ended. */
  readonly watchedDays: number;
}

const MONTH_DAYS = 30;
/** Spells of an interval below which all intervals speak for it. */
const LEAST_SPELLS = 100;

export interface TenureBaselineParts {
  /** By billing interval, "any" among them. */
  readonly curves: ReadonlyMap<string, ShiftedBetaGeometric>;
  /** Of those who left, the share who left by choice. */
  readonly voluntaryShare: number;
}

/** Shifted-beta-geometric hazards of 30-day months, shared out among the causes. */
export class TenureBaseline implements TenureBaselineParts {
  readonly curves: ReadonlyMap<string, ShiftedBetaGeometric>;
  readonly voluntaryShare: number;

  constructor(parts: TenureBaselineParts) {
    this.curves = parts.curves;
    this.voluntaryShare = parts.voluntaryShare;
  }

  /** Curves of one member. @param tenureDays of paid membership @returns `accumulate`'s of one */
  curvesOf(interval: string | null, tenureDays: number): HazardCurves {
    const hazard = new Float64Array(PERIODS * CAUSES.length);
    const curve = this.#of(interval);
    let from = 0;
    BOUNDS_DAYS.forEach((until, t) => {
      const middle = Math.max(0, tenureDays) + (from + until) / 2;
      const monthly = curve.hazard(1 + middle / MONTH_DAYS);
      const any = 1 - (1 - monthly) ** ((until - from) / MONTH_DAYS);
      hazard[t * CAUSES.length] = any * this.voluntaryShare;
      hazard[t * CAUSES.length + 1] = any * (1 - this.voluntaryShare);
      from = until;
    });
    return accumulate(hazard, 1, PERIODS, CAUSES.length);
  }

  /**
   * Months that a member is expected to stay, of the next `horizon`, money of later months worth less.
   *
   * @param discount a month
   */
  expectedMonths(
    interval: string | null,
    tenureDays: number,
    horizon: number,
    discount: number,
  ): number {
    const renewals = Math.round(Math.max(0, tenureDays) / MONTH_DAYS);
    return this.#of(interval).expectedPayments(renewals, horizon, discount);
  }

  toJSON(): JsonObject {
    const curves = Object.fromEntries(
      [...this.curves].map(([key, curve]) => [key, curve.toJSON()]),
    );
    return { kind: "tenure-baseline", voluntaryShare: this.voluntaryShare, curves };
  }

  static fromJson(json: JsonObject): TenureBaseline {
    const { kind, voluntaryShare, curves } = json;
    if (kind !== "tenure-baseline" || typeof voluntaryShare !== "number" || !curves) {
      throw new WaymarkError("TABLE_INVALID", "this is not a written tenure baseline");
    }
    const entries = Object.entries(curves as Readonly<Record<string, JsonObject>>);
    return new TenureBaseline({
      voluntaryShare,
      curves: new Map(entries.map(([key, curve]) => [key, ShiftedBetaGeometric.fromJson(curve)])),
    });
  }

  #of(interval: string | null): ShiftedBetaGeometric {
    return this.curves.get(interval ?? "any") ?? this.curves.get("any")!;
  }
}

/** @throws WaymarkError TABLE_INVALID when nobody left, or nobody stayed beyond a month */
export function fitTenureBaseline(spells: readonly Spell[]): TenureBaseline {
  const curves = new Map<string, ShiftedBetaGeometric>();
  curves.set("any", fitShiftedBetaGeometric(monthCounts(spells)));
  for (const interval of ["week", "month", "year"] as const) {
    const own = spells.filter((spell) => spell.interval === interval);
    if (own.length < LEAST_SPELLS) continue;
    try {
      curves.set(interval, fitShiftedBetaGeometric(monthCounts(own)));
    } catch (error) {
      // Nobody of this interval has left yet: all intervals speak for it.
      if (!(error instanceof WaymarkError) || error.code !== "TABLE_INVALID") throw error;
    }
  }
  const ended = spells.filter(({ cause }) => cause !== 0);
  const chosen = ended.filter(({ cause }) => cause === 1);
  return new TenureBaseline({ curves, voluntaryShare: chosen.length / ended.length });
}

/** Whole months survived; a month that was not watched to its end does not count. */
function monthCounts(spells: readonly Spell[]): { lost: Float64Array; still: Float64Array } {
  const months = 1 + spells.reduce((most, s) => Math.max(most, Math.floor(s.days / MONTH_DAYS)), 0);
  const lost = new Float64Array(months);
  const still = new Float64Array(months);
  for (const { days, cause, watchedDays } of spells) {
    const whole = Math.floor(watchedDays / MONTH_DAYS);
    const month = Math.floor(days / MONTH_DAYS);
    if (cause !== 0 && month < whole) lost[month]!++;
    else if (Math.min(month, whole) > 0) still[Math.min(month, whole) - 1]!++;
  }
  return { lost, still };
}

/** How columns became ones that a straight line takes: kept with the model. */
export interface LinearColumns {
  readonly mean: Float64Array;
  /** Columns whose missing values have a column of their own. */
  readonly missing: readonly number[];
  /** Of categorical columns, how many codes have a column of their own. */
  readonly categorical: ReadonlyMap<number, number>;
}

/** Share of missing values from which being missing is worth a column. */
const MISSING_SHARE = 0.01;

export function linearColumns(x: Matrix, categorical: readonly number[]): LinearColumns {
  const mean = new Float64Array(x.columns);
  const missing: number[] = [];
  const codes = new Map<number, number>();
  for (let j = 0; j < x.columns; j++) {
    let sum = 0;
    let count = 0;
    let most = 0;
    for (let i = 0; i < x.rows; i++) {
      const value = x.values[i * x.columns + j]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
      most = Math.max(most, value);
    }
    mean[j] = count === 0 ? 0 : sum / count;
    if (x.rows - count > MISSING_SHARE * x.rows && count > 0) missing.push(j);
    if (categorical.includes(j)) codes.set(j, Math.min(32, most + 1));
  }
  return { mean, missing, categorical: codes };
}

/** Missing values as the mean, with a column that says so; a column for each code but the first. */
export function asLinear(x: Matrix, { mean, missing, categorical }: LinearColumns): Matrix {
  const extra = [...categorical.values()].reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  const columns = x.columns + missing.length + extra;
  const values = new Float64Array(x.rows * columns);
  for (let i = 0; i < x.rows; i++) {
    const from = i * x.columns;
    let at = i * columns;
    for (let j = 0; j < x.columns; j++, at++) {
      const value = x.values[from + j]!;
      if (!categorical.has(j)) values[at] = Number.isNaN(value) ? mean[j]! : value;
    }
    for (const j of missing) values[at++] = Number.isNaN(x.values[from + j]!) ? 1 : 0;
    for (const [j, count] of categorical) {
      const code = x.values[from + j]!;
      if (code >= 1 && code < count) values[at + code - 1] = 1;
      at += Math.max(0, count - 1);
    }
  }
  return { rows: x.rows, columns, values };
}

/** Pull of standardised coefficients towards 0: a hundred columns meet some hundreds of events. */
const LOGISTIC_L2 = 50;

/** Log odds of each cause's hazard as a weighted sum of the features, a level for each period. */
export function fitLogistic(rows: PersonPeriods): HazardModel {
  const each = logistic({ l2: LOGISTIC_L2, errors: "none", solver: "lbfgs" });
  return fitHazard(rows, { each }, { basis: { kind: "each", last: PERIODS } });
}

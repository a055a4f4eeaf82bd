/**
 * Person-period form: one row for each member and period in which the event could have come. Any
 * classifier fitted to it estimates discrete hazards (Singer & Willett 1993; Tutz & Schmid 2016), and
 * covariates that change over time are simply different on a member's rows. O(rows · columns).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCodes, checkLength, weightsOf } from "../check.ts";
import { checkMatrix, joinColumns, type Matrix, takeRows } from "../matrix.ts";

export interface PersonPeriods {
  /** One row a member and period; covariates as known when the period begins. */
  readonly x: Matrix;
  /** Int32Array (rows): 1, 2, …, counted from where the member's time begins. */
  readonly period: Int32Array;
  /** Int32Array (rows): 0 nothing came in this period, 1 … what did. */
  readonly cause: Int32Array;
  /** Int32Array (rows): whose row it is. */
  readonly member: Int32Array;
  readonly weight?: Float64Array | undefined;
}

export interface MemberTimes {
  /** Int32Array (members): the last period in which the member was watched to its end. */
  readonly period: Int32Array;
  /** One a member: 0 still there at the end of it, 1 … what came in it. */
  readonly cause: ArrayLike<number>;
  /** Int32Array (members): the first period watched; 1 unless given. */
  readonly firstPeriod?: Int32Array | undefined;
  readonly weight?: Float64Array | undefined;
}

/**
 * Rows of members whose covariates do not change.
 *
 * @throws WaymarkError TABLE_INVALID when a period is below 1 or before the first one, or periods make
 *   more rows than fit into memory
 */
export function expandPeriods(x: Matrix, members: MemberTimes): PersonPeriods {
  const { period: last, cause: what, firstPeriod } = members;
  // Checked before it is spread, so that a message names the member's row.
  checkMatrix(x, { allowsMissing: true });
  checkLength("period", last, x.rows);
  checkCodes("cause", what, x.rows, 256);
  if (firstPeriod) checkLength("firstPeriod", firstPeriod, x.rows);
  const weight = members.weight && weightsOf(members.weight, x.rows);
  let rows = 0;
  for (let i = 0; i < x.rows; i++) {
    const first = firstPeriod?.[i] ?? 1;
    if (!(first >= 1 && last[i]! >= first)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `period, row ${i} is ${last[i]} with a first period of ${first}: must be at least that, and 1`,
      );
    }
    rows += last[i]! - first + 1;
    needRoom(rows, i);
  }
  const member = new Int32Array(rows);
  const period = new Int32Array(rows);
  const cause = new Int32Array(rows);
  for (let i = 0, row = 0; i < x.rows; i++) {
    for (let t = firstPeriod?.[i] ?? 1; t <= last[i]!; t++, row++) {
      member[row] = i;
      period[row] = t;
      cause[row] = t === last[i]! ? what[i]! : 0;
    }
  }
  return {
    x: takeRows(x, member),
    member,
    period,
    cause,
    weight: weight && Float64Array.from(member, (i) => weight[i]!),
  };
}

/** Rows that fit into memory beside some columns; dates taken for periods would make more. */
const MOST_ROWS = 50_000_000;

/** @throws WaymarkError TABLE_INVALID when members up to this one have too many periods */
export function needRoom(rows: number, member: number): void {
  if (rows <= MOST_ROWS) return;
  throw new WaymarkError(
    "TABLE_INVALID",
    `period, row ${member}: the members up to it make ${rows} rows; at most ${MOST_ROWS} fit`,
  );
}

/** How the period enters the columns. Plain data, so that a fitted model can be written down. */
export type TimeBasis =
  /** One column, the period: for trees, which cut it where they like. */
  | { readonly kind: "number" }
  /** The period and its logarithm: hazards that rise or fall smoothly. */
  | { readonly kind: "log" }
  /** A column for each period 2 … `last`; later ones count as `last`. No shape is supposed. */
  | { readonly kind: "each"; readonly last: number };

/** The covariates with the columns of the period behind them. */
export function withPeriod(x: Matrix, period: Int32Array, basis: TimeBasis): Matrix {
  checkLength("period", period, x.rows);
  const names = basisNames(basis);
  const values = new Float64Array(x.rows * names.length);
  for (let i = 0; i < x.rows; i++) {
    const t = period[i]!;
    if (!(t >= 1)) {
      throw new WaymarkError("TABLE_INVALID", `period, row ${i} is ${t}: must be at least 1`);
    }
    const base = i * names.length;
    if (basis.kind === "each") {
      const place = Math.min(t, basis.last) - 2;
      if (place >= 0) values[base + place] = 1;
      continue;
    }
    values[base] = t;
    if (basis.kind === "log") values[base + 1] = Math.log(t);
  }
  const time = { rows: x.rows, columns: names.length, values, names: x.names && names };
  return joinColumns(x, time);
}

function basisNames(basis: TimeBasis): string[] {
  if (basis.kind === "number") return ["period"];
  if (basis.kind === "log") return ["period", "log-period"];
  return Array.from({ length: Math.max(0, basis.last - 1) }, (_, k) => `period-${k + 2}`);
}

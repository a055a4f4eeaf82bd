/**
 * What is known of each member: how long they were watched, and whether that ended with an event and
 * of which cause, or with the end of watching (censored). Members who came under watch late have an
 * entry time. Step functions over time are what most estimates from these are.
 */
import { assert, WaymarkError } from "../../base/error.ts";
import { checkCodes, checkFinite, weightsOf } from "../check.ts";
import { orderOf } from "../order.ts";

export interface EventTimes {
  /** Float64Array (rows), ≥ 0: when the event came, or watching ended. Any unit. */
  readonly time: Float64Array;
  /** One a row: 0 censored, 1 … what came; with one kind of event simply 0 or 1. */
  readonly cause: ArrayLike<number>;
  /** Float64Array (rows), < time: when watching began; 0 unless given. */
  readonly entry?: Float64Array | undefined;
  /** Float64Array (rows), ≥ 0. */
  readonly weight?: Float64Array | undefined;
}

/**
 * @returns the number of causes (the highest code), and the weights
 * @throws WaymarkError TABLE_INVALID naming the row and rule
 */
export function checkEventTimes({ time, cause, entry, weight }: EventTimes): {
  readonly causes: number;
  readonly weight: Float64Array;
} {
  const n = time.length;
  if (n === 0) throw new WaymarkError("TABLE_INVALID", "no rows; at least 1 is needed");
  checkFinite("time", time, n);
  checkCodes("cause", cause, n, 256);
  if (entry) checkFinite("entry", entry, n);
  let causes = 0;
  for (let i = 0; i < n; i++) {
    if (time[i]! < 0) {
      throw new WaymarkError("TABLE_INVALID", `time, row ${i} is ${time[i]}: must not be negative`);
    }
    if (entry && !(entry[i]! < time[i]!)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `entry, row ${i} is ${entry[i]}: must be before the time ${time[i]}`,
      );
    }
    causes = Math.max(causes, cause[i]!);
  }
  return { causes, weight: weightsOf(weight, n) };
}

/** Steps at rising times; right-continuous. */
export interface StepFunction {
  readonly time: Float64Array;
  readonly value: Float64Array;
  /** Value before the first step. */
  readonly start: number;
}

/** The value at t, the step at t itself taken. */
export function stepAt({ time, value, start }: StepFunction, t: number): number {
  const k = countUpTo(time, t);
  return k === 0 ? start : value[k - 1]!;
}

/** The value just before t. */
export function stepBefore({ time, value, start }: StepFunction, t: number): number {
  const k = countBefore(time, t);
  return k === 0 ? start : value[k - 1]!;
}

/** How many of the rising numbers are ≤ t. */
export function countUpTo(rising: Float64Array, t: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the rising, distinct numbers are < t. */
export function countBefore(rising: Float64Array, t: number): number {
  const k = countUpTo(rising, t);
  return k > 0 && rising[k - 1] === t ? k - 1 : k;
}

/** Per distinct time: who was at risk just before, and how much weight went by cause. */
export interface RiskTable {
  readonly time: Float64Array;
  /** Weight under watch just before each time. */
  readonly atRisk: Float64Array;
  /** Float64Array (times × (causes + 1)), row-major; column 0 is censored. */
  readonly leaving: Float64Array;
  readonly causes: number;
}

/** O(n log n). Rows without weight are left out. */
export function riskTable(times: EventTimes): RiskTable {
  const { causes, weight } = checkEventTimes(times);
  const { time, cause, entry } = times;
  const order = orderOf(time).filter((i) => weight[i]! > 0);
  const entering = entry && orderOf(entry).filter((i) => weight[i]! > 0);
  const distinct: number[] = [];
  for (const i of order) if (distinct.at(-1) !== time[i]) distinct.push(time[i]!);
  const atRisk = new Float64Array(distinct.length);
  const leaving = new Float64Array(distinct.length * (causes + 1));
  let watched = 0;
  if (!entry) for (const i of order) watched += weight[i]!;
  let entered = 0;
  let left = 0;
  for (let k = 0; k < distinct.length; k++) {
    while (entering && entered < entering.length && entry![entering[entered]!]! < distinct[k]!) {
      watched += weight[entering[entered++]!]!;
    }
    atRisk[k] = watched;
    for (; left < order.length && time[order[left]!] === distinct[k]; left++) {
      const i = order[left]!;
      leaving[k * (causes + 1) + cause[i]!]! += weight[i]!;
      watched -= weight[i]!;
    }
    // What rounding leaves of sums of weights must not count as somebody.
    if (watched < 1e-12 * atRisk[k]!) watched = 0;
  }
  assert(left === order.length, "everybody has left");
  return { time: Float64Array.from(distinct), atRisk, leaving, causes };
}

/**
 * The rules that arrays of labels and weights must keep, checked where a computation begins. Every
 * message names the array, the row and the rule, so that nothing comes out as NaN later.
 */
import { WaymarkError } from "../base/error.ts";

function invalid(message: string): WaymarkError {
  return new WaymarkError("TABLE_INVALID", message);
}

/** As long as asked, and every number finite. */
export function checkFinite(name: string, values: ArrayLike<number>, length: number): void {
  checkLength(name, values, length);
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(values[i]!)) {
      throw invalid(`${name}, row ${i} is ${values[i]}: must be finite`);
    }
  }
}

export function checkLength(name: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) {
    throw invalid(`${name} has ${values.length} rows where ${length} are needed`);
  }
}

/** 0 and 1, nothing else; both of them present when `bothClasses`. */
export function checkBinary(
  name: string,
  values: ArrayLike<number>,
  length: number,
  bothClasses = false,
): void {
  checkLength(name, values, length);
  let ones = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value !== 0 && value !== 1) throw invalid(`${name}, row ${i} is ${value}: must be 0 or 1`);
    ones += value;
  }
  if (bothClasses && (ones === 0 || ones === length)) {
    throw invalid(`${name} is ${ones === 0 ? 0 : 1} on every row: both 0 and 1 are needed`);
  }
}

/** Integers 0 … classes − 1. */
export function checkCodes(
  name: string,
  values: ArrayLike<number>,
  length: number,
  classes: number,
): void {
  checkLength(name, values, length);
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (!Number.isInteger(value) || value < 0 || value >= classes) {
      throw invalid(`${name}, row ${i} is ${value}: must be a class 0 … ${classes - 1}`);
    }
  }
}

/** Within [0, 1]. */
export function checkProbability(name: string, values: ArrayLike<number>, length: number): void {
  checkLength(name, values, length);
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 1)) {
      throw invalid(`${name}, row ${i} is ${value}: must be a probability between 0 and 1`);
    }
  }
}

/** The weights, checked: finite, ≥ 0, not all 0. All 1 when none are given. */
export function weightsOf(weight: Float64Array | undefined, length: number): Float64Array {
  if (!weight) return new Float64Array(length).fill(1);
  checkLength("weight", weight, length);
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const value = weight[i]!;
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw invalid(`weight, row ${i} is ${value}: must be finite and not negative`);
    }
    sum += value;
  }
  if (length > 0 && !(sum > 0)) throw invalid("weight is 0 on every row: some must be above 0");
  if (!(sum < Number.POSITIVE_INFINITY)) throw invalid("weight sums to Infinity: must be finite");
  return weight;
}

/** @throws WaymarkError OPTION_INVALID unless lower ≤ value ≤ upper */
export function checkOption(name: string, value: number, lower: number, upper = Infinity): void {
  if (value >= lower && value <= upper) return;
  throw new WaymarkError(
    "OPTION_INVALID",
    `${name} is ${value}; it must be ${rangeOf(lower, upper)}`,
  );
}

/** The least and largest numbers stand for "above 0" and "finite". */
function rangeOf(lower: number, upper: number): string {
  if (lower === -Number.MAX_VALUE && upper === Number.MAX_VALUE) return "finite";
  const least = lower === Number.MIN_VALUE ? "above 0" : `at least ${lower}`;
  if (upper === Infinity) return least;
  if (upper === Number.MAX_VALUE) return `${least} and finite`;
  if (lower === Number.MIN_VALUE) return `${least} and at most ${upper}`;
  return `between ${lower} and ${upper}`;
}

/** @throws WaymarkError OPTION_INVALID unless a whole number, lower ≤ value ≤ upper */
export function checkCount(name: string, value: number, lower: number, upper = Infinity): void {
  if (Number.isInteger(value) && value >= lower && value <= upper) return;
  const range = upper === Infinity ? `at least ${lower}` : `between ${lower} and ${upper}`;
  throw new WaymarkError("OPTION_INVALID", `${name} is ${value}; it must be ${range} and whole`);
}

/** @throws WaymarkError OPTION_INVALID unless one of the choices */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new WaymarkError(
    "OPTION_INVALID",
    `${name} '${value}' is unknown; choose one of ${choices.join(", ")}`,
    { choices },
  );
}

/** The smallest chance that anything is divided by: squares of what comes out still are numbers. */
const LEAST_CHANCE = 1e-100;

/** Chances with which something came, by which it is weighed: above 0 and at most 1. */
export function checkPropensities(name: string, values: ArrayLike<number>, length: number): void {
  checkLength(name, values, length);
  for (let i = 0; i < length; i++) {
    const p = values[i]!;
    if (!(p > 0 && p <= 1))
      throw invalid(`${name}, row ${i} is ${p}: must be above 0 and at most 1`);
    if (p < LEAST_CHANCE) {
      throw invalid(`${name}, row ${i} is ${p}: must be ${LEAST_CHANCE} or more to weigh by`);
    }
  }
}

/** How far a row of probabilities may be from 1. */
export const SUM_TOLERANCE = 1e-6;

/** Rows of probabilities, one for each action, each row summing to 1. */
export function checkDistributions(
  name: string,
  probabilities: ArrayLike<number>,
  rows: number,
  actions: number,
): void {
  if (probabilities.length !== rows * actions) {
    throw invalid(
      `${name} holds ${probabilities.length} values; ${rows} rows of ${actions} actions need ${rows * actions}`,
    );
  }
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let a = 0; a < actions; a++) {
      const p = probabilities[i * actions + a]!;
      if (!(p >= 0 && p <= 1 + SUM_TOLERANCE)) {
        throw invalid(
          `${name}, row ${i}, action ${a} is ${p}: must be a probability between 0 and 1`,
        );
      }
      sum += p;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw invalid(`${name}, row ${i} sums to ${sum}: must sum to 1`);
    }
  }
}

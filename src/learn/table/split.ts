/**
 * Which rows train and which test. By time where the model will predict a future, by group where rows
 * of one member must not stand on both sides, stratified where a class is rare. All return row indices
 * in ascending order; the same seed gives the same split whatever the order of equal rows' neighbours.
 */
import { WaymarkError } from "../../base/error.ts";
import { createRng, integer, type Rng } from "../../base/rng.ts";
import { checkCount, checkOption } from "../check.ts";

export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Rows before `cut` train, rows at or after `cut + gap` test; those in between, whose label may reach
 * into the test's time, are in neither.
 *
 * @param time Float64Array, epoch milliseconds @param gap milliseconds, 0 unless given
 * @throws WaymarkError TABLE_INVALID when a time is missing
 */
export function splitByTime(time: Float64Array, cut: number, gap = 0): Split {
  checkOption("cut", cut, -Number.MAX_VALUE, Number.MAX_VALUE);
  checkOption("gap", gap, 0);
  const missing = time.findIndex(Number.isNaN);
  if (missing >= 0) {
    throw new WaymarkError("TABLE_INVALID", `time, row ${missing} is missing: must be a time`);
  }
  return splitWhere(time.length, (i) => (time[i]! < cut ? 0 : time[i]! >= cut + gap ? 1 : -1));
}

/** Whole groups go to one side; about `testFraction` of the groups test. */
export function splitByGroup(
  group: ArrayLike<number | string>,
  testFraction: number,
  seed: number,
): Split {
  checkOption("testFraction", testFraction, 0, 1);
  const keys = [...new Set(Array.from(group))].sort(byKey);
  shuffle(keys, createRng(seed));
  const tests = new Set(keys.slice(0, Math.round(keys.length * testFraction)));
  return splitWhere(group.length, (i) => (tests.has(group[i]!) ? 1 : 0));
}

/** Each class is split at `testFraction` by itself. @param label class of each row */
export function splitStratified(
  label: ArrayLike<number | string>,
  testFraction: number,
  seed: number,
): Split {
  checkOption("testFraction", testFraction, 0, 1);
  const isTest = new Uint8Array(label.length);
  const rng = createRng(seed);
  for (const rows of rowsByKey(label)) {
    shuffle(rows, rng);
    for (const i of rows.slice(0, Math.round(rows.length * testFraction))) isTest[i] = 1;
  }
  return splitWhere(label.length, (i) => isTest[i]!);
}

/** Int32Array: the fold 0 … folds − 1 of each row, classes spread evenly. */
export function stratifiedFolds(
  label: ArrayLike<number | string>,
  folds: number,
  seed: number,
): Int32Array {
  checkCount("folds", folds, 2);
  const fold = new Int32Array(label.length);
  const rng = createRng(seed);
  let next = 0;
  for (const rows of rowsByKey(label)) {
    shuffle(rows, rng);
    for (const i of rows) fold[i] = next++ % folds;
  }
  return fold;
}

/** Int32Array: the fold 0 … folds − 1 of each row; a group lies in one fold. */
export function groupFolds(
  group: ArrayLike<number | string>,
  folds: number,
  seed: number,
): Int32Array {
  checkCount("folds", folds, 2);
  const keys = [...new Set(Array.from(group))].sort(byKey);
  shuffle(keys, createRng(seed));
  const foldOf = new Map(keys.map((key, k) => [key, k % folds]));
  return Int32Array.from(group as ArrayLike<unknown>, (key) => foldOf.get(key as string)!);
}

/** The split that tests on one fold and trains on the rest. */
export function splitOfFold(fold: Int32Array, test: number): Split {
  return splitWhere(fold.length, (i) => (fold[i] === test ? 1 : 0));
}

function splitWhere(length: number, sideOf: (i: number) => number): Split {
  const train: number[] = [];
  const test: number[] = [];
  for (let i = 0; i < length; i++) {
    const side = sideOf(i);
    if (side === 0) train.push(i);
    else if (side === 1) test.push(i);
  }
  return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
}

function rowsByKey(keys: ArrayLike<number | string>): number[][] {
  const rows = new Map<number | string, number[]>();
  for (let i = 0; i < keys.length; i++) {
    const of = rows.get(keys[i]!);
    if (of === undefined) rows.set(keys[i]!, [i]);
    else of.push(i);
  }
  return [...rows].sort((a, b) => byKey(a[0], b[0])).map(([, of]) => of);
}

/** Numbers by size, then texts by code units. */
function byKey(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

/** Fisher–Yates. */
function shuffle<T>(items: T[], rng: Rng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = integer(rng, i + 1);
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
}

/**
 * What every estimator promises, as one suite of tests to run over each: the same rows and seed give
 * the same model, neither the order of rows nor of columns matters, a model survives JSON, and no bad
 * table brings a crash or a NaN, but an error that names the column or array. An estimator joins with
 * one line in `conformance.test.ts`; what it cannot promise it skips by name, with the reason.
 */
import { describe, expect, it } from "vitest";
import { WaymarkError } from "../base/error.ts";
import { createRng, normal } from "../base/rng.ts";
import { logistic as curve } from "./calibration/sigmoid.ts";
import type { JsonObject } from "./learner.ts";
import { joinColumns, type Matrix, matrixOf, takeColumns, takeRows } from "./matrix.ts";
import {
  encode,
  fitLinearEncoder,
  fitTreeEncoder,
  type Table,
  tableFromRows,
} from "./table/index.ts";

/** Members with everything that any estimator learns from; each takes what it needs. */
export interface World {
  readonly x: Matrix;
  /** A number, Float64Array (rows). */
  readonly amount: Float64Array;
  /** 0 or 1, Float64Array (rows). */
  readonly label: Float64Array;
  /** 0, 1 or 2, Int32Array (rows). */
  readonly code: Int32Array;
  /** Of a trial, 0 or 1, drawn with `propensity` ½. */
  readonly arm: Int32Array;
  /** Periods watched, 1 … 6, and what came in the last: 0 nothing, 1 or 2. */
  readonly period: Int32Array;
  readonly cause: Int32Array;
  readonly weight: Float64Array | undefined;
}

/** An array of the world that an estimator learns. */
export type Target = "amount" | "label" | "code" | "cause";

export interface Fitted {
  /** As many numbers a row as it likes, all finite. */
  predict(x: Matrix): Float64Array;
  toJSON?(): JsonObject;
}

export interface Estimator {
  fit(world: World, seed: number): Fitted;
  /** Absent where the model cannot be written down. */
  readonly read?: (json: JsonObject) => Fitted;
  readonly target: Target;
  /** Whether NaN in a column is a missing value or an error. */
  readonly missing: "allowed" | "refused";
  /** Whether every prediction is a probability. */
  readonly isProbability?: boolean;
  /** Whether it learns from rows of its own making (periods, folds), which a message then counts. */
  readonly spreadsRows?: boolean;
  /** How far predictions may differ where only the order of sums does. */
  readonly tolerance?: number;
  readonly skips?: Partial<Record<Promise, string>>;
}

const NAMES = ["tenure", "activity", "price"];
const ROWS = 160;

/** Every promise with the test of it. */
const PROMISES = {
  "gives the same model for the same rows and seed, and leaves them as they were": (e) => {
    const world = makeWorld(ROWS);
    const before = structuredClone(world);
    const first = e.fit(world, 7).predict(world.x);
    expect(e.fit(world, 7).predict(world.x)).toEqual(first);
    expect(world).toEqual(before);
  },

  "predicts finite numbers, as many for every row, and for no rows none": (e) => {
    const world = makeWorld(ROWS);
    const model = e.fit(world, 1);
    const all = model.predict(world.x);
    expect(all.length % ROWS).toBe(0);
    expect(all.length).toBeGreaterThan(0);
    expectSound(e, all);
    expect(new Set(all.map((v) => Math.round(v * 1e9))).size).toBeGreaterThan(10);
    expect(model.predict(takeRows(world.x, []))).toHaveLength(0);
  },

  "predicts a row alike alone and among others": (e) => {
    const world = makeWorld(ROWS);
    const model = e.fit(world, 1);
    const all = model.predict(world.x);
    const width = all.length / ROWS;
    const one = model.predict(takeRows(world.x, [5]));
    expectNear(one, all.subarray(5 * width, 6 * width), 1e-12);
  },

  "does not see the order of the rows": (e) => {
    const world = makeWorld(ROWS);
    const turned = takeWorld(world, [...order(ROWS)].reverse());
    const plain = e.fit(world, 3).predict(world.x);
    expectNear(e.fit(turned, 3).predict(world.x), plain, toleranceOf(e));
  },

  "does not see the order of the columns": (e) => {
    const world = makeWorld(ROWS);
    const swapped = takeColumns(world.x, [2, 0, 1]);
    const plain = e.fit(world, 3).predict(world.x);
    expectNear(e.fit({ ...world, x: swapped }, 3).predict(swapped), plain, toleranceOf(e));
  },

  "finds columns by name": (e) => {
    const world = makeWorld(ROWS);
    const model = e.fit(world, 3);
    const swapped = model.predict(takeColumns(world.x, [2, 0, 1]));
    expect(swapped).toEqual(model.predict(world.x));
    expectRefused(() => model.predict(takeColumns(world.x, [0, 1])), /price|2 columns/);
  },

  "is the same after JSON": (e) => {
    const world = makeWorld(ROWS);
    const model = e.fit(world, 5);
    const back = e.read!(JSON.parse(JSON.stringify(model)) as JsonObject);
    expect(back.predict(world.x)).toEqual(model.predict(world.x));
    expectRefused(() => e.read!({ kind: "something else" }), /not/);
  },

  "takes categories that training never saw": (e) => {
    const world = makeWorld(ROWS);
    const plans = (values: readonly string[]): Table =>
      tableFromRows(
        values.map((plan, i) => ({ plan, tenure: world.x.values[(i % ROWS) * NAMES.length]! })),
      );
    const seen = plans(Array.from(order(ROWS), (i) => ["free", "month", "year"][i % 3]!));
    const encoder = e.missing === "allowed" ? fitTreeEncoder(seen) : fitLinearEncoder(seen);
    const model = e.fit({ ...world, x: encode(encoder, seen) }, 2);
    expectSound(e, model.predict(encode(encoder, plans(["week", "free", "day"]))));
  },

  "leaves a constant column out of account": (e) => {
    const world = makeWorld(ROWS);
    const wide = withColumn(world.x, "always", () => 4);
    const plain = e.fit(world, 3).predict(world.x);
    expectNear(e.fit({ ...world, x: wide }, 3).predict(wide), plain, toleranceOf(e));
  },

  "stands a column that comes twice": (e) => {
    const world = makeWorld(ROWS);
    const twice = withColumn(world.x, "tenure again", (i) => world.x.values[i * NAMES.length]!);
    expectSound(e, e.fit({ ...world, x: twice }, 3).predict(twice));
  },

  "counts a row of weight 2 as two rows, and of weight 0 as none": (e) => {
    const world = makeWorld(ROWS);
    const weight = Float64Array.from(order(ROWS), (i) => (i % 4 === 0 ? 2 : i % 4 === 1 ? 0 : 1));
    const copies = [...order(ROWS)].flatMap((i) => new Array<number>(weight[i]!).fill(i));
    const repeated = e.fit(takeWorld(world, copies), 3).predict(world.x);
    expectNear(e.fit({ ...world, weight }, 3).predict(world.x), repeated, toleranceOf(e));
  },

  "fits one row, or says why not": (e) => {
    const world = makeWorld(ROWS);
    for (const i of [0, 1, 2, 3]) {
      soundOrRefused(e, () => e.fit(takeWorld(world, [i]), 1).predict(world.x));
    }
  },

  "fits rows that are all alike, or says why not": (e) => {
    const world = makeWorld(ROWS);
    for (const i of [0, 1, 2, 3]) {
      const same = takeWorld(world, new Array<number>(40).fill(i));
      soundOrRefused(e, () => e.fit(same, 1).predict(world.x));
    }
  },

  "refuses a table without rows": (e) => {
    expectRefused(() => e.fit(takeWorld(makeWorld(ROWS), []), 1), /row|empty/);
  },

  "refuses a column that is all missing by its name, or does without it": (e) => {
    const world = makeWorld(ROWS);
    const gone = { ...world, x: changed(world.x, (_, j) => (j === 1 ? Number.NaN : undefined)) };
    if (e.missing === "refused") expectRefused(() => e.fit(gone, 1), /'activity', row 0/);
    else expectSound(e, e.fit(gone, 1).predict(gone.x));
  },

  "refuses infinite numbers, and NaN where nothing may be missing, by column and row": (e) => {
    const world = makeWorld(ROWS);
    const model = e.fit(world, 1);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const x = changed(world.x, (i, j) => (i === 4 && j === 2 ? bad : undefined));
      if (Number.isNaN(bad) && e.missing === "allowed") {
        expectSound(e, e.fit({ ...world, x }, 1).predict(x));
        continue;
      }
      const where = e.spreadsRows ? /'price', row \d+/ : /'price', row 4/;
      expectRefused(() => e.fit({ ...world, x }, 1), where);
      expectRefused(() => model.predict(x), /'price', row \d+/);
    }
  },

  "refuses targets that are not what it learns, by row": (e) => {
    const world = makeWorld(ROWS);
    const bad = { amount: Number.NaN, label: 0.5, code: 9, cause: -1 }[e.target];
    const values = world[e.target].slice();
    values[4] = bad;
    expectRefused(() => e.fit({ ...world, [e.target]: values }, 1), /row 4/);
    expectRefused(
      () => e.fit({ ...world, [e.target]: world[e.target].slice(1) }, 1),
      new RegExp(`${ROWS - 1}`),
    );
  },

  "refuses weights that are negative, not finite, all 0 or too few": (e) => {
    const world = makeWorld(ROWS);
    const weight = (value: number) =>
      new Float64Array(ROWS).fill(1).map((one, i) => (i === 6 ? value : one));
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expectRefused(() => e.fit({ ...world, weight: weight(value) }, 1), /weight, row 6/);
    }
    expectRefused(() => e.fit({ ...world, weight: new Float64Array(ROWS) }, 1), /weight/);
    expectRefused(() => e.fit({ ...world, weight: new Float64Array(3).fill(1) }, 1), /weight.* 3 /);
  },
} satisfies Record<string, (estimator: Estimator) => void>;

export type Promise = keyof typeof PROMISES;

/** Runs the suite over one estimator. */
export function conforms(name: string, estimator: Estimator): void {
  describe(`${name} keeps the promises of an estimator:`, () => {
    for (const [promise, test] of Object.entries(PROMISES)) {
      const reason =
        estimator.skips?.[promise as Promise] ??
        (promise === "is the same after JSON" && !estimator.read ? "it is not written" : undefined);
      if (reason) it.skip(`${promise} (${reason})`, () => {});
      else it(promise, () => test(estimator));
    }
  });
}

/** Seeded members, the same for every test. */
export function makeWorld(rows: number): World {
  const rng = createRng(44);
  const x: number[][] = [];
  const amount = new Float64Array(rows);
  const label = new Float64Array(rows);
  const code = new Int32Array(rows);
  const arm = new Int32Array(rows);
  const period = new Int32Array(rows);
  const cause = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const [tenure, activity] = [12 * rng(), normal(rng)];
    const price = 4 + Math.floor(6 * rng());
    x.push([tenure, activity, price]);
    arm[i] = rng() < 0.5 ? 1 : 0;
    amount[i] = 2 + 0.4 * tenure - activity + 0.5 * arm[i]! * activity + normal(rng);
    label[i] = rng() < curve(0.3 * tenure - 2 + 0.8 * activity) ? 1 : 0;
    code[i] = rng() < curve(activity) ? 0 : rng() < curve(tenure - 6) ? 1 : 2;
    const hazard = [0.15 * curve(-activity), 0.12 * curve(price - 7)];
    for (let t = 1; t <= 6 && cause[i] === 0; t++) {
      period[i] = t;
      const u = rng();
      if (u < hazard[0]!) cause[i] = 1;
      else if (u < hazard[0]! + hazard[1]!) cause[i] = 2;
    }
  }
  return { x: matrixOf(x, NAMES), amount, label, code, arm, period, cause, weight: undefined };
}

function takeWorld(world: World, rows: readonly number[]): World {
  const numbers = (of: Float64Array) => Float64Array.from(rows, (i) => of[i]!);
  const codes = (of: Int32Array) => Int32Array.from(rows, (i) => of[i]!);
  return {
    x: takeRows(world.x, rows),
    amount: numbers(world.amount),
    label: numbers(world.label),
    code: codes(world.code),
    arm: codes(world.arm),
    period: codes(world.period),
    cause: codes(world.cause),
    weight: world.weight && numbers(world.weight),
  };
}

function* order(rows: number): Generator<number> {
  for (let i = 0; i < rows; i++) yield i;
}

function withColumn(x: Matrix, name: string, value: (i: number) => number): Matrix {
  const column = matrixOf(
    Array.from(order(x.rows), (i) => [value(i)]),
    [name],
  );
  return joinColumns(x, column);
}

function changed(x: Matrix, value: (i: number, j: number) => number | undefined): Matrix {
  const values = x.values.map(
    (old, at) => value(Math.floor(at / x.columns), at % x.columns) ?? old,
  );
  return { ...x, values };
}

function toleranceOf({ tolerance = 1e-7 }: Estimator): number {
  return tolerance;
}

function expectNear(came: Float64Array, wanted: Float64Array, tolerance: number): void {
  expect(came).toHaveLength(wanted.length);
  let most = 0;
  came.forEach((value, at) => {
    const scale = Math.max(1, Math.abs(wanted[at]!));
    most = Math.max(most, Math.abs(value - wanted[at]!) / scale);
    if (!Number.isFinite(value)) most = Number.POSITIVE_INFINITY;
  });
  expect(most, "the largest difference").toBeLessThanOrEqual(tolerance);
}

function expectSound({ isProbability }: Estimator, predictions: Float64Array): void {
  for (const p of predictions) {
    if (!Number.isFinite(p)) throw new Error(`a prediction is ${p}`);
    if (isProbability && !(p >= 0 && p <= 1)) throw new Error(`a probability is ${p}`);
  }
}

function expectRefused(work: () => unknown, message: RegExp): void {
  const error = errorOf(work);
  expect(error, "an error with a code").toBeInstanceOf(WaymarkError);
  expect(error).toMatchObject({ code: "TABLE_INVALID", message: expect.stringMatching(message) });
}

/** Finite predictions, or an error that says which rule of the table is broken. */
function soundOrRefused(e: Estimator, work: () => Float64Array): void {
  let predictions: Float64Array | undefined;
  const error = errorOf(() => {
    predictions = work();
  });
  if (predictions) expectSound(e, predictions);
  else expect(error).toMatchObject({ name: "WaymarkError", code: "TABLE_INVALID" });
}

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

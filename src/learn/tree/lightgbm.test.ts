// LightGBM's own examples and files, which are not part of the repository.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import type { Matrix } from "../matrix.ts";
import { auc } from "../metric/auc.ts";
import { logLoss } from "../metric/error-mean.ts";
import {
  iterationsOf,
  type LabelledRows,
  readModelText,
  shapValues,
  TreePredictor,
  trainTrees,
  writeModelText,
} from "./index.ts";
import type { Labels } from "./objective/objective.ts";

const file = (name: string): string => readFileSync(shared("vectors", "lightgbm", name), "utf8");
const lines = (name: string): string[] => file(name).trim().split("\n");
const numbers = (name: string): number[][] =>
  lines(name).map((line) => line.trim().split(/\s+/).map(Number));

/** LightGBM's reader of numbers, which is not exact: whole part plus digits over a power of ten. */
function lightgbmNumber(text: string): number {
  const [whole, digits = ""] = text.replace(/^[-+]/, "").split(".");
  const size = Number(whole) + (digits === "" ? 0 : Number(digits) / 10 ** digits.length);
  return text.startsWith("-") ? -size : size;
}

/** Label, then 28 features, separated by tabs. */
function tabbed(name: string): LabelledRows {
  const rows = lines(name).map((line) =>
    line.split("\t").map((text) => lightgbmNumber(text.trim())),
  );
  const columns = rows[0]!.length - 1;
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    values.set(row.slice(1), i * columns);
  });
  const weight = Float64Array.from(lines(`${name}.weight`), Number);
  return { x: { rows: rows.length, columns, values }, y: rows.map((row) => row[0]!), weight };
}

/** Label, then "column:value" for what is not 0. */
function sparse(name: string, columns: number): LabelledRows & { x: Matrix } {
  const rows = lines(name).map((line) => line.split(" "));
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    for (const cell of row.slice(1)) {
      const [j, value] = cell.split(":");
      values[i * columns + Number(j)] = Number(value);
    }
  });
  return { x: { rows: rows.length, columns, values }, y: rows.map((row) => Number(row[0])) };
}

/** 1 ulp of the exponential in the link, which two libraries may round apart. */
function expectWithinUlp(ours: Float64Array, theirs: readonly number[]): void {
  theirs.forEach((value, i) => {
    expect(Math.abs(ours[i]! - value), `row ${i}`).toBeLessThanOrEqual(2 ** -52);
  });
}

describe.skipIf(SHARED === undefined)("LightGBM's example of two classes (needs ../shared)", () => {
  let train: LabelledRows;
  let test: LabelledRows;
  const model = () => readModelText(file("binary.model.txt"));
  const deterministic = {
    objective: "binary",
    minDataInLeaf: 50,
    minHessianInLeaf: 5,
  } as const;

  beforeAll(() => {
    train = tabbed("binary.train");
    test = tabbed("binary.test");
  });

  it("is predicted by its model within 1 ulp", () => {
    const ours = new TreePredictor(model()).predict(test.x);
    expectWithinUlp(
      ours,
      numbers("binary.pred.txt").map((row) => row[0]!),
    );
  });

  it("falls into the same leaves", () => {
    const leaves = numbers("binary.leaf.first20.txt");
    const ours = new TreePredictor(model()).leaves(test.x);
    expect([...ours.subarray(0, leaves.length * 20)]).toEqual(leaves.flat());
  });

  it("has the same SHAP values, and they add up to the raw score within 1e-9", () => {
    const ours = shapValues(model(), test.x);
    numbers("binary.contrib.first20.txt")
      .flat()
      .forEach((value, i) => {
        expect(Math.abs(ours[i]! - value), `value ${i}`).toBeLessThanOrEqual(1e-15);
      });
    const raw = new TreePredictor(model()).predictRaw(test.x);
    raw.forEach((score, i) => {
      const sum = ours.subarray(i * 29, (i + 1) * 29).reduce((a, b) => a + b);
      expect(Math.abs(sum - score)).toBeLessThan(1e-9);
    });
  });

  it("trains to the very trees of its model", () => {
    const options = { ...deterministic, iterations: 20 };
    const ours = writeModelText(trainTrees(train, options).model).split("\n");
    const theirs = file("binary.model.txt").split("\nparameters:")[0]!.split("\n");
    const different = theirs.filter((line, i) => line !== ours[i]);
    expect(different).toEqual([]);
  });

  it("reaches LightGBM's metrics at iterations 1, 10 and 100", () => {
    const score = new Map<number, { logLoss: number; auc: number }>();
    let iteration = 0;
    const metric = {
      isHigherBetter: true,
      of(raw: Float64Array, labels: Labels): number {
        const weight = Float64Array.from(labels.weight!);
        const p = raw.map((score) => 1 / (1 + Math.exp(-score)));
        const found = auc(labels.y, raw, weight);
        score.set(++iteration, { logLoss: logLoss(labels.y, p, weight), auc: found });
        return found;
      },
    };
    const options = { ...deterministic, leaves: 63, metric };
    const { history } = trainTrees(train, { ...options, validation: test });
    expect(history.length).toBe(100);
    // Printed with 6 digits by LightGBM's command line.
    expect(score.get(1)!.logLoss).toBeCloseTo(0.666463, 6);
    expect(score.get(1)!.auc).toBeCloseTo(0.774612, 6);
    expect(score.get(10)!.logLoss).toBeCloseTo(0.575137, 6);
    expect(score.get(10)!.auc).toBeCloseTo(0.798676, 6);
    expect(score.get(100)!.logLoss).toBeCloseTo(0.50925, 5);
    expect(score.get(100)!.auc).toBeCloseTo(0.828496, 5);
  });
});

describe.skipIf(SHARED === undefined)("LightGBM's categorical data (needs ../shared)", () => {
  const model = () => readModelText(file("categorical.model.txt"));

  it("is predicted by its model within 1 ulp", () => {
    const { x } = sparse("categorical.data", 8);
    const ours = new TreePredictor(model()).predict(x);
    expectWithinUlp(
      ours,
      numbers("categorical.pred.first200.txt").map((row) => row[0]!),
    );
  });

  it("trains to the very trees of its model", () => {
    const theirs = model();
    const options = { iterations: 20, leaves: 15, categorical: [0, 1, 4, 5, 6] };
    const ours = trainTrees(sparse("categorical.data", 8), { ...options, objective: "binary" });
    expect(iterationsOf(ours.model)).toBe(20);
    ours.model.trees.forEach((tree, t) => {
      const { splitFeature, threshold, leafRows, categoryBits } = theirs.trees[t]!;
      const { splitFeature: f, threshold: v, leafRows: r, categoryBits: c } = tree;
      expect([f, v, r, c], `tree ${t}`).toEqual([splitFeature, threshold, leafRows, categoryBits]);
    });
  });
});

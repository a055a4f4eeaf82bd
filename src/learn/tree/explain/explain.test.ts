import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../../base/rng.ts";
import type { Matrix } from "../../matrix.ts";
import { GOLDEN_CASES, goldenOptions, goldenRows } from "../golden/case.fixture.ts";
import {
  gainImportance,
  partialDependence,
  permutationImportance,
  quantileGrid,
  shapValues,
  splitImportance,
  type Tree,
  type TreeModel,
  TreePredictor,
  trainTrees,
} from "../index.ts";
import { flatten, sideOf } from "../model/flat.ts";

/** y = 3·x₀ + x₁, and x₂ is noise. */
const rng = createRng(1);
const rows = 800;
const values = Float64Array.from({ length: 3 * rows }, () => normal(rng));
const x: Matrix = { rows, columns: 3, values };
const y = Float64Array.from({ length: rows }, (_, i) => 3 * values[3 * i]! + values[3 * i + 1]!);
const { model } = trainTrees({ x, y }, { iterations: 20, leaves: 8 });
const predictor = new TreePredictor(model);

describe("SHAP values", () => {
  it.each(GOLDEN_CASES)("of the case $name add up to the raw score", (golden) => {
    const data = goldenRows(golden);
    const trained = trainTrees(data, goldenOptions(golden)).model;
    const raw = new TreePredictor(trained).predictRaw(data.x);
    const shap = shapValues(trained, data.x);
    const width = data.x.columns + 1;
    raw.forEach((score, at) => {
      const sum = shap.subarray(at * width, (at + 1) * width).reduce((a, b) => a + b);
      expect(Math.abs(sum - score)).toBeLessThan(1e-9);
    });
  });

  it("are Shapley's, over every order of the features", () => {
    const small = trainTrees({ x, y }, { iterations: 1, leaves: 6 }).model;
    const tree = small.trees[0]!;
    for (let i = 0; i < 20; i++) {
      const row = values.subarray(3 * i, 3 * i + 3);
      const ours = shapValues(small, { rows: 1, columns: 3, values: row.slice() });
      for (let j = 0; j < 3; j++) expect(ours[j]).toBeCloseTo(shapley(tree, row, j), 10);
    }
  });
});

describe("SHAP values of deep trees that ask for a feature again and again", () => {
  const columns = 9;
  const rng = createRng(7);
  const values = Float64Array.from({ length: 1500 * columns }, (_, at) => {
    if (at % columns === 8) return Math.floor(normal(rng) * 3 + 9);
    return rng() < 0.1 ? Number.NaN : normal(rng);
  });
  const y = Float64Array.from({ length: 1500 }, (_, i) => {
    const [a, b, c] = values.subarray(i * columns).map((v) => v || 0);
    return a! * b! + Math.sin(3 * c!) + (values[i * columns + 8]! % 3) + normal(rng);
  });
  const { model } = trainTrees(
    { x: { rows: 1500, columns, values }, y },
    { iterations: 3, leaves: 60, minDataInLeaf: 3, categorical: [8] },
  );

  it("are Shapley's, over every subset of the features", () => {
    for (let i = 0; i < 12; i++) {
      const row = values.slice(i * columns, (i + 1) * columns);
      const ours = shapValues(model, { rows: 1, columns, values: row });
      const expected = new Float64Array(columns);
      for (const tree of model.trees) addBySubsets(model, tree, row, expected);
      expected.forEach((part, j) => {
        expect(Math.abs(ours[j]! - part), `row ${i}, feature ${j}`).toBeLessThan(1e-12);
      });
    }
  });

  it("of many rows are those of each row", () => {
    const all = shapValues(model, { rows: 20, columns, values: values.slice(0, 20 * columns) });
    for (let i = 0; i < 20; i++) {
      const row = values.slice(i * columns, (i + 1) * columns);
      const one = shapValues(model, { rows: 1, columns, values: row });
      expect([...all.subarray(i * 10, (i + 1) * 10)]).toEqual([...one]);
    }
  });
});

/** Shapley's sum itself: every subset of the features, what each other one adds to it. */
function addBySubsets(model: TreeModel, tree: Tree, row: Float64Array, out: Float64Array): void {
  const d = row.length;
  const alone = flatten({ ...model, trees: [tree] });
  const known = Float64Array.from({ length: 2 ** d }, (_, set) => {
    const at = (node: number): number => {
      if (node < 0) return tree.leafValue[~node]!;
      const [left, right] = [tree.leftChild[node]!, tree.rightChild[node]!];
      const j = tree.splitFeature[node]!;
      if ((set >> j) & 1) return at(sideOf(alone, node, row[j]!) === 0 ? left : right);
      const rows = (child: number): number =>
        child < 0 ? tree.leafRows[~child]! : tree.internalRows[child]!;
      return (rows(left) * at(left) + rows(right) * at(right)) / tree.internalRows[node]!;
    };
    return at(0);
  });
  const factorial = Array.from({ length: d + 1 }, (_, n) => n).map((n) => {
    let product = 1;
    for (let k = 2; k <= n; k++) product *= k;
    return product;
  });
  for (let set = 0; set < 2 ** d; set++) {
    const size = set.toString(2).replaceAll("0", "").length;
    for (let j = 0; j < d; j++) {
      if ((set >> j) & 1) continue;
      const weight = (factorial[size]! * factorial[d - 1 - size]!) / factorial[d]!;
      out[j]! += weight * (known[set | (1 << j)]! - known[set]!);
    }
  }
}

/** The mean of what knowing feature j adds, over the 6 orders of 3 features. */
function shapley(tree: Tree, row: Float64Array, j: number): number {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  let sum = 0;
  for (const order of orders) {
    const before = new Set(order.slice(0, order.indexOf(j)));
    sum += expected(tree, row, new Set([...before, j])) - expected(tree, row, before);
  }
  return sum / orders.length;
}

/** The mean of the leaves by the rows in them, where features are not known. */
function expected(tree: Tree, row: Float64Array, known: Set<number>, node = 0): number {
  if (node < 0) return tree.leafValue[~node]!;
  const [left, right] = [tree.leftChild[node]!, tree.rightChild[node]!];
  const j = tree.splitFeature[node]!;
  if (known.has(j))
    return expected(tree, row, known, row[j]! <= tree.threshold[node]! ? left : right);
  const count = (at: number): number => (at < 0 ? tree.leafRows[~at]! : tree.internalRows[at]!);
  return (
    (count(left) * expected(tree, row, known, left) +
      count(right) * expected(tree, row, known, right)) /
    count(node)
  );
}

describe("importance", () => {
  it("ranks features by what they decide", () => {
    const gain = gainImportance(model);
    expect(gain[0]).toBeGreaterThan(5 * gain[1]!);
    expect(gain[1]).toBeGreaterThan(20 * gain[2]!);
    const splits = splitImportance(model);
    expect(splits.reduce((a, b) => a + b)).toBe(20 * 7);
  });

  it("by shuffling is what the model loses, the same for the same seed", () => {
    const score = (of: Matrix): number => {
      const p = predictor.predict(of);
      return -p.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / rows;
    };
    const lost = permutationImportance(x, score, { seed: 1 });
    // Shuffling doubles the variance of a part: 2 · 9 and 2 · 1, less what 20 trees do not follow.
    expect(lost[0]).toBeGreaterThan(10);
    expect(lost[0]).toBeLessThan(18);
    expect(lost[1]).toBeGreaterThan(0.5);
    expect(Math.abs(lost[2]!)).toBeLessThan(0.05);
    expect(permutationImportance(x, score, { seed: 1 })).toEqual(lost);
    expect(values[5]).toBe(x.values[5]);
  });
});

describe("partial dependence", () => {
  it("follows the feature's own part", () => {
    const { grid, mean } = partialDependence((of) => predictor.predict(of), x, 0);
    const middle = grid.findIndex((value) => value > 0);
    expect(mean[mean.length - 2]! - mean[middle]!).toBeGreaterThan(2);
    expect(mean[middle]! - mean[1]!).toBeGreaterThan(2);
    const flat = partialDependence((of) => predictor.predict(of), x, 2).mean;
    expect(Math.max(...flat) - Math.min(...flat)).toBeLessThan(0.3);
  });

  it("asks at quantiles, missing values left out", () => {
    const column = { rows: 4, columns: 1, values: Float64Array.of(3, Number.NaN, 1, 2) };
    expect([...quantileGrid(column, 0, 3)]).toEqual([1, 2, 3]);
    expect([...quantileGrid({ ...column, rows: 0 }, 0, 3)]).toEqual([]);
  });
});

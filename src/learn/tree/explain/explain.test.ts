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
  TreePredictor,
  trainTrees,
} from "../index.ts";

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

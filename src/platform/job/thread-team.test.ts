import { afterAll, describe, expect, it } from "vitest";
import { startThreads } from "waymark/threads";
import { createRng, normal } from "../../base/rng.ts";
import { trainTrees } from "../../learn/tree/index.ts";

const rng = createRng(1);
const rows = 8000;

function drawn(columns: number) {
  const values = Float64Array.from({ length: rows * columns }, () => normal(rng));
  const y = Float64Array.from({ length: rows }, (_, i) => values[i * columns]! ** 2 + normal(rng));
  return { x: { rows, columns, values }, y };
}

describe("trees on several threads", () => {
  const two = startThreads(2);
  const three = startThreads(3);
  afterAll(async () => {
    await two.close();
    await three.close();
  });

  it.each([1, 5, 13])(
    "are the same bit for bit with %i columns, one training after another",
    (columns) => {
      const data = drawn(columns);
      const options = { iterations: 8, featurePreFilter: false };
      const alone = trainTrees(data, options).model;
      expect(trainTrees(data, { ...options, parallel: two }).model).toEqual(alone);
      expect(trainTrees(data, { ...options, parallel: three }).model).toEqual(alone);
      expect(trainTrees(data, { ...options, parallel: two }).model).toEqual(alone);
    },
  );

  it.each([
    ["binary", { objective: "binary", baggingFraction: 0.6, baggingFreq: 1 }],
    ["quantile", { objective: { name: "quantile", alpha: 0.3 } }],
    ["multiclass", { objective: { name: "multiclass", classes: 2 }, featureFraction: 0.5 }],
  ] as const)("are the same for a weighted %s objective and bags of rows", (_, objective) => {
    const { x, y } = drawn(6);
    const data = {
      x: { ...x, values: x.values.map((value, at) => (at % 17 === 0 ? Number.NaN : value)) },
      y: y.map((value) => Number(value > 1)),
      weight: y.map((value) => 1 + Math.abs(value)),
    };
    const options = { iterations: 6, ...objective };
    const alone = trainTrees(data, options).model;
    expect(trainTrees(data, { ...options, parallel: two }).model).toEqual(alone);
    expect(trainTrees(data, { ...options, parallel: three }).model).toEqual(alone);
  });

  it("are not started for what is no number of threads", () => {
    expect(() => startThreads(0)).toThrow("threads is 0; it must be a whole number of 1 … 256");
    // It would take the process along.
    expect(() => startThreads(1e9)).toThrow("threads is 1000000000");
    expect(() => startThreads(1.5)).toThrow("threads is 1.5");
  });
});

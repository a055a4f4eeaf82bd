import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { type Matrix, matrixOf, takeColumns, takeRows } from "../matrix.ts";
import {
  type LabelledRows,
  type Labels,
  type Objective,
  TreePredictor,
  trainTrees,
  treeClassLearner,
  treeLearner,
} from "./index.ts";
import { l2Objective } from "./objective/regression.ts";

function drawn(rows: number, columns: number, seed = 1): Matrix {
  const rng = createRng(seed);
  const values = Float64Array.from({ length: rows * columns }, () => normal(rng));
  return { rows, columns, values };
}

/** y = 2·x₀ + x₁² with a little noise. */
function curved(rows: number, seed = 1): LabelledRows & { y: Float64Array } {
  const x = drawn(rows, 3, seed);
  const rng = createRng(seed, 1);
  const y = Float64Array.from({ length: rows }, (_, i) => {
    const [a, b] = [x.values[3 * i]!, x.values[3 * i + 1]!];
    return 2 * a + b * b + 0.1 * normal(rng);
  });
  return { x, y };
}

const predicted = (rows: LabelledRows, options = {}): Float64Array =>
  new TreePredictor(trainTrees(rows, options).model).predict(rows.x);

function meanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / a.length;
}

describe("trees", () => {
  it("learn a curve that a line cannot follow", () => {
    const test = curved(1000, 2);
    const { model } = trainTrees(curved(2000));
    const predictor = new TreePredictor(model);
    expect(meanSquare(predictor.predict(test.x), test.y)).toBeLessThan(0.2);
  });

  it("find the one threshold that there is", () => {
    const x = matrixOf(Array.from({ length: 200 }, (_, i) => [i]));
    const y = Float64Array.from({ length: 200 }, (_, i) => (i < 80 ? 1 : 5));
    const { model } = trainTrees(
      { x, y },
      {
        iterations: 1,
        leaves: 2,
        learningRate: 1,
        minDataInBin: 1,
      },
    );
    expect(model.trees[0]!.threshold[0]).toBeCloseTo(79.5, 9);
    const [low, high] = model.trees[0]!.leafValue;
    expect([low, high]).toEqual([expect.closeTo(1, 6), expect.closeTo(5, 6)]);
    expect([...model.trees[0]!.leafRows]).toEqual([80, 120]);
  });

  it("are the same for the same seed, and others for another", () => {
    const rows = curved(500);
    const options = { baggingFraction: 0.5, baggingFreq: 1, featureFraction: 0.7, iterations: 10 };
    const first = trainTrees(rows, { ...options, seed: 3 }).model.trees;
    expect(trainTrees(rows, { ...options, seed: 3 }).model.trees).toEqual(first);
    expect(trainTrees(rows, { ...options, seed: 4 }).model.trees).not.toEqual(first);
  });

  it("count a row of weight 2 as two rows", () => {
    const { x, y } = curved(100);
    const twice = Uint32Array.from([...Array(100).keys(), ...Array(30).keys()]);
    const options = { minDataInLeaf: 1, minHessianInLeaf: 9.5, minDataInBin: 1, iterations: 1 };
    const weight = Float64Array.from({ length: 100 }, (_, i) => (i < 30 ? 2 : 1));
    const weighted = new TreePredictor(trainTrees({ x, y, weight }, options).model).predict(x);
    const rows = { x: takeRows(x, twice), y: Float64Array.from(twice, (i) => y[i]!) };
    const doubled = new TreePredictor(trainTrees(rows, options).model).predict(x);
    expect(meanSquare(weighted, doubled)).toBeLessThan(1e-10);
  });

  it("keep to a direction that they are told", () => {
    const { model } = trainTrees(curved(1000), { monotone: [1, 0, 0] });
    const predictor = new TreePredictor(model);
    for (const other of [-1, 0, 1.5]) {
      const x = matrixOf(Array.from({ length: 200 }, (_, i) => [i / 25 - 4, other, 0]));
      const along = predictor.predict(x);
      expect(along.every((value, i) => i === 0 || value >= along[i - 1]!)).toBe(true);
    }
  });

  it("send missing rows to the side where they belong", () => {
    const x = matrixOf(Array.from({ length: 300 }, (_, i) => [i < 100 ? Number.NaN : i]));
    const y = Float64Array.from({ length: 300 }, (_, i) => (i < 100 || i >= 200 ? 1 : 0));
    const predictions = predicted({ x, y }, { learningRate: 0.5, minDataInBin: 1 });
    expect(meanSquare(predictions, y)).toBeLessThan(1e-3);
  });

  it("tell scattered categories apart, and treat an unseen one as missing", () => {
    const x = matrixOf(Array.from({ length: 600 }, (_, i) => [i % 12]));
    const y = Float64Array.from({ length: 600 }, (_, i) => (i % 12) % 3);
    const options = { categorical: [0], minDataPerGroup: 1, catSmooth: 1, catL2: 0, leaves: 4 };
    const { model } = trainTrees({ x, y }, { ...options, learningRate: 0.5 });
    const predictor = new TreePredictor(model);
    expect(meanSquare(predictor.predict(x), y)).toBeLessThan(1e-3);
    const [unseen, missing] = predictor.predict(matrixOf([[99], [Number.NaN]]));
    expect(unseen).toBe(missing);
  });

  it("leave the mean where there is nothing to learn", () => {
    const constant = {
      x: matrixOf(Array(50).fill([1, 1])),
      y: Float64Array.from({ length: 50 }, (_, i) => i),
    };
    expect(new Set(predicted(constant))).toEqual(new Set([24.5]));
    const missing = { x: matrixOf(Array(50).fill([Number.NaN])), y: constant.y };
    expect(new Set(predicted(missing))).toEqual(new Set([24.5]));
    expect([...predicted({ x: matrixOf([[1]]), y: [7] })]).toEqual([7]);
    expect(new Set(predicted({ ...curved(50), y: new Float64Array(50).fill(3) }))).toEqual(
      new Set([3]),
    );
  });

  it("go on from given scores", () => {
    const { x, y } = curved(500);
    const { model } = trainTrees({ x, y, initialScore: y }, { iterations: 5 });
    const added = new TreePredictor(model).predictRaw(x);
    expect(Math.max(...added.map(Math.abs))).toBeLessThan(1e-6);
  });
});

describe("objectives", () => {
  it("predict a quantile", () => {
    const rng = createRng(5);
    const x = drawn(3000, 1, 5);
    const y = Float64Array.from({ length: 3000 }, () => normal(rng));
    const options = {
      objective: { name: "quantile", alpha: 0.9 },
      iterations: 30,
      leaves: 4,
    } as const;
    const below = predicted({ x, y }, options).filter((q, i) => y[i]! <= q).length / 3000;
    expect(below).toBeCloseTo(0.9, 1);
  });

  it("predict rates, probabilities and classes that sum to 1", () => {
    const { x, y } = curved(1000);
    const count = y.map((value) => Math.max(0, Math.round(value)));
    const rate = predicted({ x, y: count }, { objective: "poisson" });
    const mean = (values: Float64Array): number => values.reduce((a, b) => a + b) / values.length;
    expect(mean(rate)).toBeCloseTo(mean(count), 1);
    const label = y.map((value) => (value > 1 ? 1 : 0));
    const p = predicted({ x, y: label }, { objective: "binary" });
    expect(p.filter((value, i) => value > 0.5 === (label[i] === 1)).length).toBeGreaterThan(950);
    const codes = Int32Array.from(y, (value) => (value < 0 ? 0 : value < 2 ? 1 : 2));
    const classes = treeClassLearner({ iterations: 20 }).fit(x, codes, 3).predict(x);
    for (let i = 0; i < 1000; i++) {
      const three = classes.subarray(3 * i, 3 * i + 3);
      expect(three.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    }
  });

  it("may be one's own", () => {
    const own = ({ y, rows }: Labels): Objective => ({
      name: "",
      classes: 1,
      initialScore: () => 0,
      isLearnable: () => true,
      gradients(score, out) {
        for (let i = 0; i < rows; i++) {
          out[2 * i] = Math.fround(score[i]! - y[i]!);
          out[2 * i + 1] = 1;
        }
      },
      loss: (score, of) => meanSquare(score, of.y),
    });
    const rows = curved(500);
    const ours = predicted(rows, { objective: own, boostFromAverage: false });
    const zero = { ...rows, initialScore: new Float64Array(500) };
    expect(ours).toEqual(predicted(zero, { objective: "l2" }));
  });
});

describe("early stopping", () => {
  it("keeps the iterations up to the best on rows that were not trained on", () => {
    const rows = curved(200);
    const rng = createRng(9);
    const noisy = { x: rows.x, y: rows.y.map((value) => value + 3 * normal(rng)) };
    const validation = curved(500, 7);
    const options = { validation, earlyStopping: 5, iterations: 500 };
    const { model, iterations, history } = trainTrees(noisy, options);
    expect(iterations).toBe(history.indexOf(Math.min(...history)) + 1);
    expect(history.length).toBe(iterations + 5);
    expect(model.trees.length).toBe(iterations);
    const loss = meanSquare(new TreePredictor(model).predict(validation.x), validation.y);
    expect(loss).toBeCloseTo(history[iterations - 1]!, 5);
  });
});

describe("as a learner, trees", () => {
  it("line columns up by names with spaces in them", () => {
    const { x, y } = curved(300);
    const names = ["days since", "days_since", "price"];
    const predictor = treeLearner({ iterations: 5 }).fit({ ...x, names }, y);
    const swapped = takeColumns({ ...x, names }, [2, 1, 0]);
    expect(predictor.predict(swapped)).toEqual(predictor.predict({ ...x, names }));
    expect(() => predictor.predict({ ...x, names: ["days", "days_since", "price"] })).toThrow(
      "column 'days since'",
    );
  });

  it("line columns up by their names", () => {
    const { x, y } = curved(300);
    const predictor = treeLearner({ iterations: 5 }).fit({ ...x, names: ["a", "b", "c"] }, y);
    const turned: Matrix = {
      ...x,
      names: ["c", "a", "b"],
      values: x.values.map((_, at) => {
        const [i, j] = [Math.floor(at / 3), at % 3];
        return x.values[3 * i + ((j + 2) % 3)]!;
      }),
    };
    const straight = predictor.predict({ ...x, names: ["a", "b", "c"] });
    expect(predictor.predict(turned)).toEqual(straight);
    expect(() => predictor.predict({ ...x, names: ["a", "b", "d"] })).toThrow("column 'c'");
  });
});

describe("bad input", () => {
  const rows = curved(100);
  const halves = rows.y.map((_, i) => i % 2);
  const zeros: Labels = {
    rows: 100,
    y: new Float32Array(100),
    weight: undefined,
    group: undefined,
  };
  const refused: readonly [string, LabelledRows, object, string][] = [
    ["no rows", { x: matrixOf([], ["a"]), y: [] }, {}, "0 rows; at least 1"],
    ["no columns", { x: matrixOf([[], []]), y: [1, 2] }, {}, "no columns"],
    ["a label too few", { ...rows, y: rows.y.slice(1) }, {}, "y has 99 rows where 100 are needed"],
    ["a label that is NaN", { ...rows, y: rows.y.map(() => NaN) }, {}, "y, row 0 is NaN"],
    ["a negative weight", { ...rows, weight: new Float64Array(100).fill(-1) }, {}, "weight, row 0"],
    ["weights of 0", { ...rows, weight: new Float64Array(100) }, {}, "weight is 0 on every row"],
    [
      "one class",
      { ...rows, y: new Float64Array(100) },
      { objective: "binary" },
      "y is 0 on every row",
    ],
    [
      "a label 2 of two",
      { ...rows, y: new Float64Array(100).fill(2) },
      { objective: "binary" },
      "y, row 0 is 2",
    ],
    [
      "a count below 0",
      { ...rows, y: new Float64Array(100).fill(-1) },
      { objective: "poisson" },
      "y, row 0 is -1",
    ],
    [
      "no counts",
      { ...rows, y: new Float64Array(100) },
      { objective: "poisson" },
      "y is 0 on every row",
    ],
    [
      "no queries",
      { ...rows, y: new Float64Array(100) },
      { objective: "lambdarank" },
      "ranking needs group",
    ],
    [
      "an unknown objective",
      rows,
      { objective: "mse" },
      "objective 'mse' is unknown; choose one of l2",
    ],
    ["a rate of 0", rows, { learningRate: 0 }, "learningRate is 0"],
    ["half a leaf", rows, { leaves: 2.5 }, "leaves is 2.5; it must be a whole number"],
    ["a fraction above 1", rows, { featureFraction: 1.5 }, "featureFraction is 1.5"],
    ["directions of other columns", rows, { monotone: [1] }, "monotone has 1 entries"],
    [
      "a category with an order",
      rows,
      { monotone: [1, 0, 0], categorical: [0] },
      "categorical and monotone",
    ],
    [
      "a label beyond single precision",
      { ...rows, y: rows.y.map(() => 1e300) },
      {},
      "y, row 0 is 1e+300: trees take no more than 1e+38",
    ],
    [
      "a weight beyond single precision",
      { ...rows, weight: new Float64Array(100).fill(1e300) },
      {},
      "weight, row 0 is 1e+300: trees take no more than 1e+38",
    ],
    [
      "weights that single precision takes for 0",
      { ...rows, weight: new Float64Array(100).fill(1e-320) },
      {},
      "weight is below 1e-45 on every row",
    ],
    [
      "a steepness without bound",
      { ...rows, y: halves },
      { objective: { name: "binary", sigmoid: Infinity } },
      "sigmoid is Infinity; it must be above 0 and finite",
    ],
    [
      "classes without end",
      { ...rows, y: halves },
      { objective: { name: "multiclass", classes: 1e9 } },
      "classes is 1000000000; it must be between 2 and 65535",
    ],
    [
      "a truncation between ranks",
      { ...rows, y: halves, group: Int32Array.of(100) },
      { objective: { name: "lambdarank", truncation: 2.5 } },
      "truncation is 2.5",
    ],
    [
      "a step that is none",
      { ...rows, y: halves },
      { objective: { name: "poisson", maxDeltaStep: Number.NaN } },
      "maxDeltaStep is NaN",
    ],
    [
      "an objective whose first score is NaN",
      rows,
      { objective: () => ({ ...l2Objective(zeros), initialScore: () => Number.NaN }) },
      "training comes to a score of NaN",
    ],
    [
      "validation labels that are unknown",
      { ...rows, y: halves },
      {
        objective: "binary",
        validation: { ...rows, y: halves.map((v) => 3 * v) },
        earlyStopping: 2,
      },
      "y, row 1 is 3: must be 0 or 1",
    ],
    [
      "validation classes that are unknown",
      { ...rows, y: halves },
      {
        objective: { name: "multiclass", classes: 2 },
        validation: { ...rows, y: halves.map((v) => 3 * v) },
        earlyStopping: 2,
      },
      "y, row 1 is 3: must be a class 0 … 1",
    ],
    ["stopping without rows", rows, { earlyStopping: 3 }, "earlyStopping needs validation rows"],
  ];

  it.each(refused)("%s is refused with its rule", (_, given, options, message) => {
    expect(() => trainTrees(given, options)).toThrow(message);
  });

  it("refuses a rate that is beyond all numbers", () => {
    const options = { objective: "poisson", learningRate: 1e5 } as const;
    const { model } = trainTrees({ ...rows, y: halves }, options);
    expect(() => new TreePredictor(model).predict(rows.x)).toThrow("so large that its prediction");
  });

  it("gives finite predictions, whatever finite or missing values come", () => {
    const anyValue = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(Number.NaN),
      fc.integer({ min: -2, max: 2 }),
    );
    const anyRows = fc.array(
      fc.tuple(anyValue, anyValue, fc.double({ min: -1e3, max: 1e3, noNaN: true })),
      {
        minLength: 1,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 5 }), (drawnRows, minDataInLeaf) => {
        const x = matrixOf(drawnRows.map(([a, b]) => [a, b]));
        const y = drawnRows.map((row) => row[2]);
        const options = { iterations: 5, minDataInLeaf, minDataInBin: 1, minHessianInLeaf: 0 };
        expect(predicted({ x, y }, options).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

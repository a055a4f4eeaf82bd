import { describe, expect, it } from "vitest";
import { type TreeOptions, treeDefaults, treeOptions } from "./options.ts";

/** Of every option what it must not be; and of its range both ends. */
const RANGES: Readonly<Record<keyof TreeOptions, readonly [bad: unknown[], good: unknown[]]>> = {
  iterations: [
    [0, 2.5, Number.NaN, Infinity, "10", null],
    [1, 10_000],
  ],
  learningRate: [
    [0, -0.1, Number.NaN, Infinity],
    [1e-9, 3],
  ],
  leaves: [
    [1, 2.5, 131_073],
    [2, 131_072],
  ],
  maxDepth: [
    [-2, 1.5, Number.NaN, Infinity],
    [-1, 0, 63],
  ],
  minDataInLeaf: [
    [-1, 0.5],
    [0, 1e6],
  ],
  minHessianInLeaf: [
    [-1e-9, Number.NaN, Infinity],
    [0, 1e9],
  ],
  lambdaL1: [
    [-1, Infinity],
    [0, 5],
  ],
  lambdaL2: [
    [-1, Infinity],
    [0, 5],
  ],
  minGain: [
    [-1, Number.NaN],
    [0, 5],
  ],
  maxDeltaStep: [
    [-1, Number.NaN, Infinity],
    [0, 0.7],
  ],
  pathSmooth: [
    [-1, Infinity],
    [0, 20],
  ],
  featureFraction: [
    [0, 1.01, Number.NaN],
    [0.01, 1],
  ],
  featureFractionByNode: [
    [0, 1.01],
    [0.01, 1],
  ],
  baggingFraction: [
    [0, 1.01],
    [0.01, 1],
  ],
  baggingFreq: [
    [-1, 0.5],
    [0, 7],
  ],
  extraTrees: [
    [1, "yes"],
    [true, false],
  ],
  maxBin: [
    [1, 65_536, 255.5],
    [2, 65_535],
  ],
  minDataInBin: [
    [-1, 0.5],
    [0, 3],
  ],
  binSampleCount: [
    [0, 1.5, Infinity],
    [1, 1e9],
  ],
  featurePreFilter: [[0], [true, false]],
  useMissing: [[0], [true, false]],
  zeroAsMissing: [["true"], [true, false]],
  categorical: [
    [3, "plan", [-1], [0.5], ["plan"]],
    [[], [0, 4]],
  ],
  maxCatToOnehot: [
    [0, 1.5, Number.NaN],
    [1, 100],
  ],
  maxCatThreshold: [
    [0, 1.5, -3],
    [1, 100],
  ],
  catL2: [
    [-1, Infinity],
    [0, 10],
  ],
  catSmooth: [
    [-1, Number.NaN],
    [0, 10],
  ],
  minDataPerGroup: [
    [0, -5, 0.5],
    [1, 100],
  ],
  monotone: [
    [1, [2], [Number.NaN]],
    [[], [1, 0, -1]],
  ],
  monotonePenalty: [
    [-1, Infinity],
    [0, 2],
  ],
  boostFromAverage: [[1], [true, false]],
  seed: [
    [1.5, Number.NaN, "7"],
    [0, -3, 2 ** 40],
  ],
  earlyStopping: [
    [-1, 1.5],
    [0, 50],
  ],
};

describe("options of trees", () => {
  it.each(Object.entries(RANGES))("%s keeps its range", (name, [bad, good]) => {
    for (const value of bad) {
      expect(() => treeOptions({ [name]: value }), String(value)).toThrow(
        expect.objectContaining({
          code: "OPTION_INVALID",
          message: expect.stringMatching(new RegExp(`^${name} is .+; it must be .+`)),
        }),
      );
    }
    for (const value of good)
      expect(treeOptions({ [name]: value })).toMatchObject({ [name]: value });
  });

  it("says what came and what the range is", () => {
    expect(() => treeOptions({ maxDepth: -5 })).toThrow(
      "maxDepth is -5; it must be a whole number from -1",
    );
    expect(() => treeOptions({ leaves: 1e6 })).toThrow(
      "leaves is 1000000; it must be a whole number of 2 … 131,072",
    );
    expect(() => treeOptions({ monotone: [1, 2] })).toThrow(
      "monotone is [1,2]; it must be a list of 1, −1 and 0",
    );
  });

  it("refuse a name that is none of them", () => {
    const misspelt: object = { learning_rate: 0.2 };
    expect(() => treeOptions(misspelt)).toThrow(
      /option 'learning_rate' is unknown; choose one of iterations, learningRate/,
    );
  });

  it("are the defaults where nothing is given, or undefined", () => {
    expect(treeOptions({})).toEqual(treeDefaults);
    const unset: object = { leaves: undefined };
    expect(treeOptions(unset)).toEqual(treeDefaults);
  });
});

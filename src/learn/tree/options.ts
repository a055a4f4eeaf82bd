/**
 * What can be said about a training. Names are LightGBM's in our spelling, meanings and defaults are
 * LightGBM's, so that its documentation and everybody's experience with it hold here.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkOption } from "../check.ts";
import { Lcg } from "./lcg.ts";

export interface TreeOptions {
  /** Trees per class. */
  readonly iterations: number;
  /** Factor on every tree's output. */
  readonly learningRate: number;
  /** Most leaves of a tree. */
  readonly leaves: number;
  /** Most splits on the way to a leaf; −1 is no limit. */
  readonly maxDepth: number;
  /** Fewest rows in a leaf, as estimated from hessians. */
  readonly minDataInLeaf: number;
  /** Least sum of hessians in a leaf. */
  readonly minHessianInLeaf: number;
  readonly lambdaL1: number;
  readonly lambdaL2: number;
  /** Least gain of a split. */
  readonly minGain: number;
  /** Largest output of a leaf before the learning rate; 0 is no limit. */
  readonly maxDeltaStep: number;
  /** Pull of a leaf towards its parent's output, in rows. */
  readonly pathSmooth: number;
  /** Part of the features that a tree, and within it a split, may use. */
  readonly featureFraction: number;
  readonly featureFractionByNode: number;
  /** Part of the rows that trees are grown on, drawn anew every `baggingFreq` iterations (0: never). */
  readonly baggingFraction: number;
  readonly baggingFreq: number;
  /** One random threshold a feature instead of the best. */
  readonly extraTrees: boolean;
  /** Most bins of a feature, 2 … 65,535; the fast kernel takes up to 256. */
  readonly maxBin: number;
  readonly minDataInBin: number;
  /** Rows from which bins are found. */
  readonly binSampleCount: number;
  /** Whether a feature that no split could use is left out from the start. */
  readonly featurePreFilter: boolean;
  /** Whether NaN is a value of its own; else it is 0. */
  readonly useMissing: boolean;
  /** Whether 0 is missing too. */
  readonly zeroAsMissing: boolean;
  /** Columns whose values are codes 0, 1, 2 … of categories. */
  readonly categorical: readonly number[];
  readonly maxCatToOnehot: number;
  readonly maxCatThreshold: number;
  readonly catL2: number;
  readonly catSmooth: number;
  readonly minDataPerGroup: number;
  /** Per column 1 (never falling), −1 (never rising) or 0; empty for none. */
  readonly monotone: readonly number[];
  readonly monotonePenalty: number;
  /** Whether the first score is the best constant. */
  readonly boostFromAverage: boolean;
  /** Unset: LightGBM's own default seeds. Set: all seeds are drawn from it, as LightGBM does. */
  readonly seed: number | undefined;
  /** Iterations without a better validation metric after which training ends; 0 is never. */
  readonly earlyStopping: number;
}

export const treeDefaults: TreeOptions = {
  iterations: 100,
  learningRate: 0.1,
  leaves: 31,
  maxDepth: -1,
  minDataInLeaf: 20,
  minHessianInLeaf: 1e-3,
  lambdaL1: 0,
  lambdaL2: 0,
  minGain: 0,
  maxDeltaStep: 0,
  pathSmooth: 0,
  featureFraction: 1,
  featureFractionByNode: 1,
  baggingFraction: 1,
  baggingFreq: 0,
  extraTrees: false,
  maxBin: 255,
  minDataInBin: 3,
  binSampleCount: 200_000,
  featurePreFilter: true,
  useMissing: true,
  zeroAsMissing: false,
  categorical: [],
  maxCatToOnehot: 4,
  maxCatThreshold: 32,
  catL2: 10,
  catSmooth: 10,
  minDataPerGroup: 100,
  monotone: [],
  monotonePenalty: 0,
  boostFromAverage: true,
  seed: undefined,
  earlyStopping: 0,
};

/** The given options over the defaults. @throws WaymarkError OPTION_INVALID naming option and range */
export function treeOptions(given: Partial<TreeOptions>): TreeOptions {
  const options = { ...treeDefaults, ...given };
  for (const name of ["iterations", "leaves", "maxBin", "binSampleCount"] as const) {
    checkWhole(name, options[name], name === "leaves" || name === "maxBin" ? 2 : 1);
  }
  for (const name of ["baggingFreq", "earlyStopping", "minDataInLeaf", "minDataInBin"] as const) {
    checkWhole(name, options[name], 0);
  }
  checkOption("maxBin", options.maxBin, 2, 65_535);
  checkOption("learningRate", options.learningRate, Number.MIN_VALUE);
  for (const name of [
    "minHessianInLeaf",
    "lambdaL1",
    "lambdaL2",
    "minGain",
    "pathSmooth",
    "catL2",
    "catSmooth",
    "monotonePenalty",
  ] as const) {
    checkOption(name, options[name], 0);
  }
  for (const name of ["featureFraction", "featureFractionByNode", "baggingFraction"] as const) {
    checkOption(name, options[name], Number.MIN_VALUE, 1);
  }
  for (const sign of options.monotone) {
    if (sign !== 1 && sign !== -1 && sign !== 0) {
      throw new WaymarkError("OPTION_INVALID", `monotone holds ${sign}; it must be 1, −1 or 0`);
    }
  }
  return options;
}

function checkWhole(name: string, value: number, lower: number): void {
  checkOption(name, value, lower);
  if (!Number.isInteger(value)) {
    throw new WaymarkError("OPTION_INVALID", `${name} is ${value}; it must be a whole number`);
  }
}

export interface Seeds {
  readonly data: number;
  readonly bagging: number;
  readonly feature: number;
  readonly extra: number;
}

/** LightGBM's derivation of its seeds from one, in its order (`Config::Set`). */
export function seedsOf(seed: number | undefined): Seeds {
  if (seed === undefined) return { data: 1, bagging: 3, feature: 2, extra: 6 };
  const lcg = new Lcg(seed);
  const next = (): number => lcg.nextShort(0, 32767);
  const data = next();
  const bagging = next();
  next();
  const feature = next();
  next();
  return { data, bagging, feature, extra: next() };
}

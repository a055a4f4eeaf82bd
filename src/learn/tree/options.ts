/**
 * What can be said about a training. Names are LightGBM's in our spelling, meanings and defaults are
 * LightGBM's, so that its documentation and everybody's experience with it hold here.
 */
import { WaymarkError } from "../../base/error.ts";
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

/**
 * The given options over the defaults; what is undefined is the default.
 *
 * @throws WaymarkError OPTION_INVALID naming the option, what came and its range
 */
export function treeOptions(given: Partial<TreeOptions>): TreeOptions {
  for (const [name, value] of Object.entries(given)) {
    if (!isOption(name)) {
      throw new WaymarkError(
        "OPTION_INVALID",
        `option '${name}' is unknown; choose one of ${NAMES.join(", ")}`,
        { choices: NAMES },
      );
    }
    const { range, holds } = RULES[name];
    if (value === undefined || holds(value)) continue;
    throw new WaymarkError("OPTION_INVALID", `${name} is ${shown(value)}; it must be ${range}`);
  }
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...treeDefaults, ...Object.fromEntries(said) };
}

interface Rule {
  /** In words that follow "it must be". */
  readonly range: string;
  holds(value: unknown): boolean;
}

/** Counts are held in 32 bits. */
const COUNT_MAX = 2 ** 31 - 1;

function whole(lower: number, upper = COUNT_MAX): Rule {
  const most = upper === COUNT_MAX ? `from ${lower}` : `of ${lower} … ${grouped(upper)}`;
  return {
    range: `a whole number ${most}`,
    holds: (value) => Number.isInteger(value) && inRange(value, lower, upper),
  };
}

const fromZero: Rule = {
  range: "a number from 0",
  holds: (value) => inRange(value, 0, Number.MAX_VALUE),
};
const aboveZero: Rule = {
  range: "a number above 0",
  holds: (value) => inRange(value, Number.MIN_VALUE, Number.MAX_VALUE),
};
const fraction: Rule = {
  range: "a number above 0 and at most 1",
  holds: (value) => inRange(value, Number.MIN_VALUE, 1),
};
const flag: Rule = { range: "true or false", holds: (value) => typeof value === "boolean" };

function list(of: string, holds: (value: unknown) => boolean): Rule {
  return { range: `a list of ${of}`, holds: (value) => Array.isArray(value) && value.every(holds) };
}

const RULES: Readonly<Record<keyof TreeOptions, Rule>> = {
  iterations: whole(1),
  learningRate: aboveZero,
  leaves: whole(2, 131_072),
  maxDepth: whole(-1),
  minDataInLeaf: whole(0),
  minHessianInLeaf: fromZero,
  lambdaL1: fromZero,
  lambdaL2: fromZero,
  minGain: fromZero,
  maxDeltaStep: fromZero,
  pathSmooth: fromZero,
  featureFraction: fraction,
  featureFractionByNode: fraction,
  baggingFraction: fraction,
  baggingFreq: whole(0),
  extraTrees: flag,
  maxBin: whole(2, 65_535),
  minDataInBin: whole(0),
  binSampleCount: whole(1),
  featurePreFilter: flag,
  useMissing: flag,
  zeroAsMissing: flag,
  categorical: list("columns 0, 1, 2 …", (j) => Number.isInteger(j) && inRange(j, 0, COUNT_MAX)),
  maxCatToOnehot: whole(1),
  maxCatThreshold: whole(1),
  catL2: fromZero,
  catSmooth: fromZero,
  minDataPerGroup: whole(1),
  monotone: list("1, −1 and 0", (sign) => sign === 1 || sign === -1 || sign === 0),
  monotonePenalty: fromZero,
  boostFromAverage: flag,
  seed: { range: "a whole number", holds: Number.isSafeInteger },
  earlyStopping: whole(0),
};
const NAMES = Object.keys(RULES);

function isOption(name: string): name is keyof TreeOptions {
  return Object.hasOwn(RULES, name);
}

function inRange(value: unknown, lower: number, upper: number): boolean {
  return typeof value === "number" && value >= lower && value <= upper;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** What came, on one short line. */
function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  const text = typeof value === "string" ? `'${value}'` : String(JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
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

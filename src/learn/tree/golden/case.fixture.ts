/**
 * Small data, drawn from a seed, on which LightGBM 4.6.0 was trained: its files lie beside this one.
 * `make.py` trains them anew from what `dump.ts` writes.
 */
import { createRng, normal } from "../../../base/rng.ts";
import type { LabelledRows, TrainOptions } from "../train.ts";

export interface GoldenCase {
  readonly name: string;
  /** What is said to LightGBM beyond the common settings. */
  readonly lightgbm: Readonly<Record<string, number | string | boolean | readonly number[]>>;
  /** The same in our words. */
  readonly options: TrainOptions;
  readonly data: DataForm;
}

interface DataForm {
  readonly rows: number;
  readonly hasMissing?: boolean;
  readonly isSparse?: boolean;
  readonly isWeighted?: boolean;
  readonly isGrouped?: boolean;
  readonly label: "number" | "count" | "binary" | "share" | "class" | "grade";
}

const COLUMNS = 8;
/** Columns 5 to 7 are codes of 4, 20 and 300 categories where a case asks for it. */
const CATEGORICAL = [5, 6, 7];
const COMMON = { iterations: 6, leaves: 12 };

const plain = { rows: 600, label: "number" } as const;

export const GOLDEN_CASES: readonly GoldenCase[] = [
  {
    name: "l2",
    lightgbm: { objective: "regression" },
    options: { objective: "l2" },
    data: { ...plain, hasMissing: true, isWeighted: true },
  },
  {
    name: "sampled",
    lightgbm: {
      objective: "regression",
      seed: 11,
      feature_fraction: 0.6,
      feature_fraction_bynode: 0.7,
      bagging_fraction: 0.7,
      bagging_freq: 2,
    },
    options: {
      seed: 11,
      featureFraction: 0.6,
      featureFractionByNode: 0.7,
      baggingFraction: 0.7,
      baggingFreq: 2,
    },
    data: { ...plain, rows: 1500 },
  },
  {
    name: "quantile",
    lightgbm: { objective: "quantile", alpha: 0.8 },
    options: { objective: { name: "quantile", alpha: 0.8 } },
    data: plain,
  },
  {
    name: "quantile-weighted",
    lightgbm: { objective: "quantile", alpha: 0.3 },
    options: { objective: { name: "quantile", alpha: 0.3 } },
    data: { ...plain, isWeighted: true },
  },
  {
    name: "poisson",
    lightgbm: { objective: "poisson" },
    options: { objective: "poisson" },
    data: { ...plain, label: "count" },
  },
  {
    name: "binary",
    lightgbm: { objective: "binary", min_data_in_leaf: 5 },
    options: { objective: "binary", minDataInLeaf: 5 },
    data: { rows: 600, label: "binary", hasMissing: true, isSparse: true },
  },
  {
    name: "cross-entropy",
    lightgbm: { objective: "cross_entropy" },
    options: { objective: "cross-entropy" },
    data: { rows: 600, label: "share", isWeighted: true },
  },
  {
    name: "multiclass",
    lightgbm: { objective: "multiclass", num_class: 3 },
    options: { objective: { name: "multiclass", classes: 3 } },
    data: { rows: 600, label: "class", hasMissing: true },
  },
  {
    name: "lambdarank",
    lightgbm: { objective: "lambdarank" },
    options: { objective: "lambdarank" },
    data: { rows: 600, label: "grade", isGrouped: true },
  },
  {
    name: "categorical",
    lightgbm: { objective: "regression", categorical_feature: CATEGORICAL, min_data_per_group: 10 },
    options: { categorical: CATEGORICAL, minDataPerGroup: 10 },
    data: { ...plain, hasMissing: true },
  },
  {
    name: "monotone",
    lightgbm: {
      objective: "regression",
      monotone_constraints: [1, -1, 0, 1, 0, 0, 0, 0],
      monotone_penalty: 0.7,
    },
    options: { monotone: [1, -1, 0, 1, 0, 0, 0, 0], monotonePenalty: 0.7 },
    data: plain,
  },
  {
    name: "regularised",
    lightgbm: {
      objective: "regression",
      lambda_l1: 2,
      lambda_l2: 5,
      max_delta_step: 0.7,
      path_smooth: 10,
      min_gain_to_split: 0.5,
      max_depth: 4,
    },
    options: {
      lambdaL1: 2,
      lambdaL2: 5,
      maxDeltaStep: 0.7,
      pathSmooth: 10,
      minGain: 0.5,
      maxDepth: 4,
    },
    data: plain,
  },
  {
    name: "zero-missing",
    lightgbm: { objective: "regression", zero_as_missing: true },
    options: { zeroAsMissing: true },
    data: { ...plain, hasMissing: true },
  },
  {
    name: "no-missing",
    lightgbm: { objective: "regression", use_missing: false, max_bin: 16, min_data_in_bin: 20 },
    options: { useMissing: false, maxBin: 16, minDataInBin: 20 },
    data: { ...plain, hasMissing: true, isSparse: true },
  },
  {
    name: "extra-trees",
    lightgbm: { objective: "regression", extra_trees: true },
    options: { extraTrees: true },
    data: { ...plain, hasMissing: true },
  },
];

export function goldenOptions({ options }: GoldenCase): TrainOptions {
  return { ...COMMON, ...options };
}

/** What LightGBM is told in all cases, so that its sums have one order. */
export const LIGHTGBM_COMMON = {
  num_leaves: COMMON.leaves,
  num_threads: 1,
  deterministic: true,
  force_row_wise: true,
  enable_bundle: false,
  verbosity: -1,
};
export const LIGHTGBM_ITERATIONS = COMMON.iterations;

export function goldenRows({ name, options, data }: GoldenCase): LabelledRows {
  const { rows } = data;
  const rng = createRng([...name].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7) | 0);
  const values = new Float64Array(rows * COLUMNS);
  const y = new Float64Array(rows);
  const sizes = [4, 20, 300];
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * COLUMNS, (i + 1) * COLUMNS);
    for (let j = 0; j < COLUMNS; j++) row[j] = normal(rng);
    row[1] = Math.round(row[1]! * 10) / 10;
    row[2] = row[2]! > 0.5 ? 1 : 0;
    if (data.isSparse) {
      if (rng() < 0.75) row[3] = 0;
      if (rng() < 0.8) row[4] = -1.5;
    }
    let signal = row[0]! * row[1]! + Math.sin(2 * row[3]!) + 1.5 * row[2]! - 0.5 * row[4]!;
    if (options.categorical !== undefined) {
      sizes.forEach((size, k) => {
        row[5 + k] = Math.floor(size * rng() ** 2);
        signal += Math.sin(3 * row[5 + k]!);
      });
    }
    y[i] = labelOf(data.label, signal + 0.5 * normal(rng), rng());
    if (!data.hasMissing) continue;
    for (let j = 0; j < COLUMNS; j++) if (rng() < 0.1) row[j] = Number.NaN;
  }
  return {
    x: { rows, columns: COLUMNS, values },
    y,
    weight: data.isWeighted ? Float64Array.from({ length: rows }, () => 2 * rng()) : undefined,
    group: data.isGrouped ? new Int32Array(rows / 20).fill(20) : undefined,
  };
}

function labelOf(label: DataForm["label"], signal: number, uniform: number): number {
  switch (label) {
    case "number":
      return signal;
    case "count":
      return Math.floor(uniform * 3 * Math.exp(Math.min(3, signal) / 2));
    case "binary":
      return signal > 0 ? 1 : 0;
    case "share":
      return 1 / (1 + Math.exp(-signal));
    case "class":
      return signal < -0.5 ? 0 : signal < 1 ? 1 : 2;
    case "grade":
      return Math.max(0, Math.min(4, Math.round(signal + 1)));
  }
}

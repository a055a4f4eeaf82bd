/**
 * Gradient boosting (Friedman 2001) as LightGBM does it: every iteration grows one tree a class on the
 * gradients of the loss at the scores so far. With the same options, data and seed the trees are
 * LightGBM's own. O(iterations · rows · features · log leaves).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkFinite, weightsOf } from "../check.ts";
import type { Matrix } from "../matrix.ts";
import { type BinnedData, binLikeTraining, binMatrix } from "./bin/binned.ts";
import type { FeatureBins } from "./bin/feature-bins.ts";
import { Grower } from "./grow/grower.ts";
import type { HistogramKernel, KernelWork } from "./grow/kernel.ts";
import type { Parallel } from "./grow/parallel.ts";
import { FeatureSampler, RowSampler } from "./grow/sample.ts";
import { createKernel } from "./grow/simd-kernel.ts";
import { EPSILON } from "./grow/split.ts";
import type { TreeBuilder } from "./grow/tree-builder.ts";
import { format17 } from "./model/format-number.ts";
import { constantTree, firstIterations, type Tree, type TreeModel } from "./model/tree.ts";
import { chooseObjective, type ObjectiveChoice } from "./objective/choose.ts";
import type { Labels, Objective } from "./objective/objective.ts";
import { type TreeOptions, treeOptions } from "./options.ts";

export interface LabelledRows {
  /** NaN is a missing value. */
  readonly x: Matrix;
  readonly y: ArrayLike<number>;
  readonly weight?: Float64Array | undefined;
  /** For ranking: rows of each query, which stand one after the other. */
  readonly group?: Int32Array | undefined;
  /** Float64Array (classes × rows), raw scores that the trees add to; class after class. */
  readonly initialScore?: Float64Array | undefined;
}

export interface ValidationMetric {
  readonly isHigherBetter: boolean;
  /** @param score Float64Array (classes × rows), raw */
  of(score: Float64Array, labels: Labels): number;
}

export interface TrainOptions extends Partial<TreeOptions> {
  /** "l2" unless given. */
  readonly objective?: ObjectiveChoice;
  /** Rows that are not trained on, for early stopping. */
  readonly validation?: LabelledRows;
  /** What early stopping watches; the objective's own loss unless given. */
  readonly metric?: ValidationMetric;
  /** What sums histograms: the fastest that the machine has, unless given. */
  readonly kernel?: (data: BinnedData, slots: number, work: KernelWork) => HistogramKernel;
  /** Threads to train on beside the caller's; the trees are the same without. */
  readonly parallel?: Parallel;
}

export interface Trained {
  readonly model: TreeModel;
  /** Iterations in the model: the best ones where early stopping ended training. */
  readonly iterations: number;
  /** The validation metric after each iteration; empty without validation rows. */
  readonly history: readonly number[];
}

/**
 * @throws WaymarkError TABLE_INVALID naming column, row and rule; OPTION_INVALID naming option and range
 */
export function trainTrees(rows: LabelledRows, given: TrainOptions = {}): Trained {
  const { objective: choice = "l2", validation, metric, parallel, ...others } = given;
  const { kernel = createKernel, ...rest } = others;
  const options = treeOptions(rest);
  checkColumns(rows.x, options);
  const labels = labelsOf(rows);
  const objective = chooseObjective(choice, labels);
  const data = binMatrix(rows.x, options, parallel);
  const watched = validation && new Watched(validation, data, objective, metric);
  if (options.earlyStopping > 0 && watched === undefined) {
    throw new WaymarkError("OPTION_INVALID", "earlyStopping needs validation rows");
  }
  const work = { classes: objective.classes, labels, parallel };
  const made = kernel(data, options.leaves, work);
  const boosting = new Boosting(data, objective, options, rows.initialScore, made);
  try {
    for (let iteration = 0; iteration < options.iterations; iteration++) {
      const grown = boosting.iterate(iteration);
      if (grown === undefined) break;
      watched?.add(grown);
      if (watched?.isStale(options.earlyStopping)) break;
    }
  } finally {
    boosting.close();
  }
  const model = modelOf(boosting.trees, objective, data, options);
  const history = watched?.history ?? [];
  const all = model.trees.length / objective.classes;
  const iterations = options.earlyStopping > 0 ? Math.min(all, watched!.best + 1) : all;
  return { model: firstIterations(model, iterations), iterations, history };
}

/** What one iteration adds to the scores of any rows, class by class. */
interface Grown {
  readonly bias: Float64Array;
  /** Undefined where a class had no split to make. */
  readonly trees: readonly (TreeBuilder | undefined)[];
}

class Boosting {
  readonly trees: Tree[] = [];
  readonly #data: BinnedData;
  readonly #objective: Objective;
  readonly #options: TreeOptions;
  readonly #kernel: HistogramKernel;
  readonly #grower: Grower;
  readonly #bag: RowSampler;
  readonly #score: Float64Array;
  readonly #hasInitialScore: boolean;
  readonly #gradients: Float32Array;

  constructor(
    data: BinnedData,
    objective: Objective,
    options: TreeOptions,
    initialScore: Float64Array | undefined,
    kernel: HistogramKernel,
  ) {
    const { rows } = data;
    this.#data = data;
    this.#objective = objective;
    this.#options = options;
    this.#kernel = kernel;
    const sampler = new FeatureSampler(data.features.length, options);
    this.#grower = new Grower(data, options, this.#kernel, sampler);
    this.#bag = new RowSampler(rows, options);
    const { classes } = objective;
    this.#score = kernel.score;
    this.#hasInitialScore = initialScore !== undefined;
    if (initialScore !== undefined) {
      checkFinite("initialScore", initialScore, classes * rows);
      this.#score.set(initialScore);
    }
    this.#gradients = classes === 1 ? this.#kernel.gradients : new Float32Array(2 * classes * rows);
  }

  /** One tree a class. @returns undefined when no class had a split to make */
  iterate(iteration: number): Grown | undefined {
    const { rows } = this.#data;
    const { classes } = this.#objective;
    const isFirst = iteration === 0;
    const bias = new Float64Array(classes);
    if (isFirst && !this.#hasInitialScore && this.#options.boostFromAverage) {
      for (let k = 0; k < classes; k++) {
        bias[k] = needFinite(this.#objective.initialScore(k));
        this.#addConstant(k, bias[k]!);
      }
    }
    const { formula } = this.#objective;
    if (formula === undefined || !this.#kernel.fillGradients(formula)) {
      this.#objective.gradients(this.#score, this.#gradients);
    }
    this.#bag.draw(iteration);
    const grown = Array.from({ length: classes }, (_, k) => {
      if (!this.#objective.isLearnable(k) || this.#data.features.length === 0) return undefined;
      if (classes > 1) {
        this.#kernel.gradients.set(this.#gradients.subarray(2 * k * rows, 2 * (k + 1) * rows));
      }
      return this.#growTree(k, bias[k]!);
    });
    const isDone = grown.every((tree) => tree === undefined);
    if (isDone && !isFirst) return undefined;
    grown.forEach((tree, k) => {
      if (isFirst && tree === undefined && !this.#options.boostFromAverage) {
        bias[k] = this.#hasInitialScore ? 0 : needFinite(this.#objective.initialScore(k));
        this.#addConstant(k, bias[k]!);
      }
      this.trees.push(tree?.finish() ?? constantTree(bias[k]!, rows));
    });
    return { bias, trees: grown };
  }

  close(): void {
    this.#kernel.close();
  }

  #addConstant(k: number, value: number): void {
    if (Math.abs(value) <= EPSILON) return;
    const { rows } = this.#data;
    const score = this.#score.subarray(k * rows, (k + 1) * rows);
    for (let i = 0; i < rows; i++) score[i]! += value;
  }

  #growTree(k: number, bias: number): TreeBuilder | undefined {
    const { inBag, outOfBag } = this.#bag;
    const tree = this.#grower.grow(inBag);
    if (tree.leafCount === 1) return undefined;
    const { rows } = this.#data;
    const score = this.#score.subarray(k * rows, (k + 1) * rows);
    const leaves = this.#grower.leaves.slice(0, tree.leafCount);
    if (this.#objective.renewLeaf !== undefined) {
      leaves.forEach((leaf, i) => {
        const leafRows = this.#kernel.rowsOf(leaf);
        tree.leafValue[i] = this.#objective.renewLeaf!(leafRows, score);
      });
    }
    tree.shrink(this.#options.learningRate);
    for (let i = 0; i < tree.leafCount; i++) needFinite(tree.leafValue[i]!);
    this.#kernel.addLeaves(leaves, tree.leafValue, k);
    if (outOfBag.length > 0) tree.addTo(score, this.#data.columns, rows, outOfBag);
    if (Math.abs(bias) > EPSILON) tree.addBias(bias);
    return tree;
  }
}

/** Validation rows whose scores follow the training. */
class Watched {
  readonly history: number[] = [];
  /** The iteration with the best metric. */
  best = 0;
  readonly #data: BinnedData;
  readonly #labels: Labels;
  readonly #score: Float64Array;
  readonly #metric: ValidationMetric;
  #isBiased = false;

  constructor(
    rows: LabelledRows,
    training: BinnedData,
    objective: Objective,
    metric: ValidationMetric | undefined,
  ) {
    this.#labels = labelsOf(rows);
    objective.check?.(this.#labels);
    this.#data = binLikeTraining(rows.x, training);
    this.#score = new Float64Array(objective.classes * rows.x.rows);
    if (rows.initialScore !== undefined) {
      checkFinite("initialScore", rows.initialScore, this.#score.length);
      this.#score.set(rows.initialScore);
    }
    this.#metric = metric ?? {
      isHigherBetter: false,
      of: (score, labels) => objective.loss(score, labels),
    };
  }

  add({ bias, trees }: Grown): void {
    const { rows, columns } = this.#data;
    trees.forEach((tree, k) => {
      const score = this.#score.subarray(k * rows, (k + 1) * rows);
      // A tree has the first score in it already; a class without a tree has it from here.
      if (tree !== undefined) tree.addTo(score, columns, rows);
      else if (!this.#isBiased) for (let i = 0; i < rows; i++) score[i]! += bias[k]!;
    });
    this.#isBiased = true;
    const value = this.#metric.of(this.#score, this.#labels);
    const sign = this.#metric.isHigherBetter ? 1 : -1;
    const best = this.history[this.best];
    if (best === undefined || sign * value > sign * best) this.best = this.history.length;
    this.history.push(value);
  }

  isStale(patience: number): boolean {
    return patience > 0 && this.history.length - 1 - this.best >= patience;
  }
}

function needFinite(score: number): number {
  if (Number.isFinite(score)) return score;
  throw new WaymarkError(
    "TABLE_INVALID",
    `training comes to a score of ${score}: labels, weights or learningRate are too large`,
  );
}

/** What labels and weights may be: differences and sums of them still are single-precision numbers. */
const SINGLE_MAX = 1e38;

function labelsOf({ x, y, weight, group }: LabelledRows): Labels {
  checkFinite("y", y, x.rows);
  checkSingle("y", y);
  if (weight === undefined) return { rows: x.rows, y: Float32Array.from(y), weight, group };
  checkSingle("weight", weightsOf(weight, x.rows));
  const weights = Float32Array.from(weight);
  if (x.rows > 0 && weights.every((value) => value === 0)) {
    throw new WaymarkError(
      "TABLE_INVALID",
      "weight is below 1e-45 on every row: trees take it for 0",
    );
  }
  return { rows: x.rows, y: Float32Array.from(y), weight: weights, group };
}

function checkSingle(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) <= SINGLE_MAX) continue;
    throw new WaymarkError(
      "TABLE_INVALID",
      `${name}, row ${i} is ${values[i]}: trees take no more than ${SINGLE_MAX}`,
    );
  }
}

function checkColumns(x: Matrix, { monotone, categorical }: TreeOptions): void {
  if (x.columns === 0) throw new WaymarkError("TABLE_INVALID", "the matrix has no columns");
  if (monotone.length > 0 && monotone.length !== x.columns) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `monotone has ${monotone.length} entries; the matrix has ${x.columns} columns`,
    );
  }
  const both = categorical.find((j) => (monotone[j] ?? 0) !== 0);
  if (both === undefined) return;
  throw new WaymarkError(
    "OPTION_INVALID",
    `column ${both} is categorical and monotone; a category has no order`,
  );
}

function modelOf(
  trees: readonly Tree[],
  objective: Objective,
  data: BinnedData,
  options: TreeOptions,
): TreeModel {
  return {
    objective: objective.name,
    classes: objective.classes,
    treesPerIteration: objective.classes,
    featureNames: data.names.map((name) => name.replace(/\s/g, "_")),
    featureInfos: data.allBins.map(infoOf),
    monotone: options.monotone,
    trees,
    parameters: parametersOf(options),
  };
}

function infoOf(bins: FeatureBins): string {
  if (bins.isTrivial) return "none";
  if (bins.isCategorical) return bins.categories.join(":");
  return `[${format17(bins.min)}:${format17(bins.max)}]`;
}

/** What matters of the options, in LightGBM's words; its reader takes any subset. */
function parametersOf(options: TreeOptions): string {
  const said: readonly (readonly [string, number | string])[] = [
    ["boosting", "gbdt"],
    ["num_iterations", options.iterations],
    ["learning_rate", options.learningRate],
    ["num_leaves", options.leaves],
    ["max_depth", options.maxDepth],
    ["min_data_in_leaf", options.minDataInLeaf],
    ["min_sum_hessian_in_leaf", options.minHessianInLeaf],
    ["bagging_fraction", options.baggingFraction],
    ["bagging_freq", options.baggingFreq],
    ["feature_fraction", options.featureFraction],
    ["feature_fraction_bynode", options.featureFractionByNode],
    ["lambda_l1", options.lambdaL1],
    ["lambda_l2", options.lambdaL2],
    ["min_gain_to_split", options.minGain],
    ["max_delta_step", options.maxDeltaStep],
    ["path_smooth", options.pathSmooth],
    ["max_bin", options.maxBin],
    ["categorical_feature", options.categorical.join(",")],
  ];
  return said.map(([name, value]) => `[${name}: ${value}]`).join("\n");
}

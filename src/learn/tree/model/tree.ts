/**
 * A trained tree and a model of many, as `model.txt` holds them. Nodes are numbered from the root, 0;
 * a child ≥ 0 is a node, a child c < 0 is leaf ~c. A tree of one leaf has no nodes. Arrays are by node
 * (leaves − 1) or by leaf (leaves).
 */

/** Bits of a node's decision type; bits 2 and 3 hold what is missing. */
export const CATEGORICAL = 1;
export const DEFAULT_LEFT = 2;
export const MISSING_SHIFT = 2;

export interface Tree {
  readonly leafCount: number;
  /** Column of the matrix. */
  readonly splitFeature: Int32Array;
  readonly splitGain: Float32Array;
  /** Left when value ≤ threshold; of a categorical node the index into `categoryBegin`. */
  readonly threshold: Float64Array;
  readonly decisionType: Uint8Array;
  readonly leftChild: Int32Array;
  readonly rightChild: Int32Array;
  readonly leafValue: Float64Array;
  /** Sum of hessians. */
  readonly leafWeight: Float64Array;
  readonly leafRows: Int32Array;
  readonly internalValue: Float64Array;
  readonly internalWeight: Float64Array;
  readonly internalRows: Int32Array;
  /** Categorical nodes + 1: where each one's words begin in `categoryBits`. Length 1 without any. */
  readonly categoryBegin: Int32Array;
  /** Bit c of a node's words: category c goes left. */
  readonly categoryBits: Uint32Array;
  readonly shrinkage: number;
}

export interface TreeModel {
  /** As model.txt writes it: "binary sigmoid:1"; "" for a custom one. */
  readonly objective: string;
  readonly classes: number;
  readonly treesPerIteration: number;
  readonly featureNames: readonly string[];
  /** "[min:max]", "−1:5:2" or "none" by column. */
  readonly featureInfos: readonly string[];
  /** By column, or empty. */
  readonly monotone: readonly number[];
  /** Iteration by iteration, within it class by class. */
  readonly trees: readonly Tree[];
  /** The lines between "parameters:" and "end of parameters", kept as they came. */
  readonly parameters: string;
}

/** Iterations of a model. */
export function iterationsOf(model: TreeModel): number {
  return model.trees.length / model.treesPerIteration;
}

/** The model's first iterations. */
export function firstIterations(model: TreeModel, iterations: number): TreeModel {
  return { ...model, trees: model.trees.slice(0, iterations * model.treesPerIteration) };
}

/** A tree that says the same of every row. */
export function constantTree(value: number, rows: number): Tree {
  const none = new Int32Array(0);
  const noNumber = new Float64Array(0);
  return {
    leafCount: 1,
    splitFeature: none,
    splitGain: new Float32Array(0),
    threshold: noNumber,
    decisionType: new Uint8Array(0),
    leftChild: none,
    rightChild: none,
    leafValue: Float64Array.of(value),
    leafWeight: Float64Array.of(0),
    leafRows: Int32Array.of(rows),
    internalValue: noNumber,
    internalWeight: noNumber,
    internalRows: none,
    categoryBegin: Int32Array.of(0),
    categoryBits: new Uint32Array(0),
    shrinkage: 1,
  };
}

/**
 * A model laid out for prediction: the nodes of all trees in one array a field, in the order in which a
 * tree is walked. Training's counts, gains and weights are left behind. A child ≥ 0 is a node, a child
 * c < 0 is leaf ~c, both counted over all trees.
 */
import { MISSING } from "../bin/feature-bins.ts";
import { CATEGORICAL, DEFAULT_LEFT, MISSING_SHIFT, type TreeModel } from "./tree.ts";

export interface FlatTrees {
  /** As in the model: decides what becomes of the raw score. */
  readonly objective: string;
  readonly classes: number;
  readonly columns: number;
  readonly featureNames: readonly string[];
  /** Int32Array (trees): root of each; tree t adds to class t mod classes. */
  readonly root: Int32Array;
  /** Int32Array (trees + 1): the first leaf of each. */
  readonly firstLeaf: Int32Array;
  /** By node. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** Int32Array (nodes × 2): left, right. */
  readonly child: Int32Array;
  /** CATEGORICAL, DEFAULT_LEFT and what is missing, as in model.txt. */
  readonly kind: Uint8Array;
  /** Int32Array (nodes × 2): of a categorical node, begin and end of its words in `categoryBits`. */
  readonly categoryRange: Int32Array;
  readonly categoryBits: Uint32Array;
  readonly leafValue: Float64Array;
}

export function flatten(model: TreeModel): FlatTrees {
  const { trees } = model;
  const nodes = trees.reduce((sum, tree) => sum + tree.leafCount - 1, 0);
  const words = trees.reduce((sum, tree) => sum + tree.categoryBits.length, 0);
  const firstLeaf = new Int32Array(trees.length + 1);
  trees.forEach((tree, t) => {
    firstLeaf[t + 1] = firstLeaf[t]! + tree.leafCount;
  });
  const flat = {
    objective: model.objective,
    classes: model.treesPerIteration,
    columns: model.featureNames.length,
    featureNames: model.featureNames,
    root: new Int32Array(trees.length),
    firstLeaf,
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    child: new Int32Array(2 * nodes),
    kind: new Uint8Array(nodes),
    categoryRange: new Int32Array(words > 0 ? 2 * nodes : 0),
    categoryBits: new Uint32Array(words),
    leafValue: new Float64Array(firstLeaf[trees.length]!),
  };
  let firstNode = 0;
  let firstWord = 0;
  trees.forEach((tree, t) => {
    const count = tree.leafCount - 1;
    flat.root[t] = count > 0 ? firstNode : ~firstLeaf[t]!;
    flat.leafValue.set(tree.leafValue, firstLeaf[t]!);
    flat.feature.set(tree.splitFeature, firstNode);
    flat.threshold.set(tree.threshold, firstNode);
    flat.kind.set(tree.decisionType, firstNode);
    flat.categoryBits.set(tree.categoryBits, firstWord);
    const moved = (child: number): number =>
      child >= 0 ? firstNode + child : ~(firstLeaf[t]! + ~child);
    for (let node = 0; node < count; node++) {
      const at = 2 * (firstNode + node);
      flat.child[at] = moved(tree.leftChild[node]!);
      flat.child[at + 1] = moved(tree.rightChild[node]!);
      if ((tree.decisionType[node]! & CATEGORICAL) === 0) continue;
      const category = tree.threshold[node]!;
      flat.categoryRange[at] = firstWord + tree.categoryBegin[category]!;
      flat.categoryRange[at + 1] = firstWord + tree.categoryBegin[category + 1]!;
    }
    firstNode += count;
    firstWord += tree.categoryBits.length;
  });
  return flat;
}

/** Whether every node asks "value ≤ threshold" and NaN means 0: the fast walk. */
export function isAllPlain({ kind }: FlatTrees): boolean {
  return kind.every((bits) => (bits & CATEGORICAL) === 0 && bits >> MISSING_SHIFT === 0);
}

/** 0 for left, 1 for right: where a value goes at any kind of node. */
export function sideOf(flat: FlatTrees, node: number, value: number): 0 | 1 {
  const kind = flat.kind[node]!;
  if ((kind & CATEGORICAL) !== 0) {
    const begin = flat.categoryRange[2 * node]!;
    const category = Math.trunc(value);
    if (!(category >= 0 && category < (flat.categoryRange[2 * node + 1]! - begin) * 32)) return 1;
    return ((flat.categoryBits[begin + (category >>> 5)]! >>> (category & 31)) & 1) === 1 ? 0 : 1;
  }
  const missing = kind >> MISSING_SHIFT;
  const isNan = Number.isNaN(value);
  if (missing === MISSING.nan ? isNan : missing === MISSING.zero && (isNan || isZero(value))) {
    return (kind & DEFAULT_LEFT) !== 0 ? 0 : 1;
  }
  return (isNan ? 0 : value) <= flat.threshold[node]! ? 0 : 1;
}

const ZERO = Math.fround(1e-35);

function isZero(value: number): boolean {
  return value >= -ZERO && value <= ZERO;
}

/**
 * What each feature adds to a row's raw score: SHAP values by the path-dependent TreeSHAP (Lundberg et
 * al. 2018, algorithm 2; LightGBM's `Tree::TreeSHAP`). Features and the expected score add up to the
 * raw score. O(leaves · depth²) a row and tree.
 */
import { checkMatrix, type Matrix } from "../../matrix.ts";
import { type FlatTrees, flatten, sideOf } from "../model/flat.ts";
import type { Tree, TreeModel } from "../model/tree.ts";

/**
 * @returns Float64Array (rows × classes × (columns + 1)): per class the features' parts, and last the
 *   expected score of the training rows
 */
export function shapValues(model: TreeModel, x: Matrix): Float64Array {
  return bindShap(model)(x);
}

/** Lays the model out once, for whoever explains row after row. */
export function bindShap(model: TreeModel): (x: Matrix) => Float64Array {
  const flat = flatten(model);
  const width = flat.columns + 1;
  const { classes } = flat;
  const expected = model.trees.map(expectedValue);
  const walkers = model.trees.map((tree, t) => new Walker(tree, flat, flat.root[t]!));
  return (x) => {
    checkMatrix(x, { minRows: 0, allowsMissing: true });
    const shap = new Float64Array(x.rows * classes * width);
    for (let i = 0; i < x.rows; i++) {
      const row = x.values.subarray(i * x.columns, (i + 1) * x.columns);
      walkers.forEach((walker, t) => {
        const at = (i * classes + (t % classes)) * width;
        const out = shap.subarray(at, at + width);
        out[flat.columns]! += expected[t]!;
        walker.add(row, out);
      });
    }
    return shap;
  };
}

function expectedValue({ leafCount, leafValue, leafRows, internalRows }: Tree): number {
  if (leafCount === 1) return leafValue[0]!;
  let sum = 0;
  for (let i = 0; i < leafCount; i++) sum += (leafRows[i]! / internalRows[0]!) * leafValue[i]!;
  return sum;
}

/**
 * Walks one tree with the path of distinct features so far. Every level has its own copy of the path,
 * one after the other in the arrays; a path element holds its feature, the parts of the rows that go on
 * with the feature unknown (zero) and known (one), and the weight of the subsets of its size.
 */
class Walker {
  readonly #tree: Tree;
  readonly #flat: FlatTrees;
  readonly #firstNode: number;
  readonly #feature: Int32Array;
  readonly #zero: Float64Array;
  readonly #one: Float64Array;
  readonly #weight: Float64Array;
  #row: Float64Array = new Float64Array(0);
  #out: Float64Array = new Float64Array(0);

  constructor(tree: Tree, flat: FlatTrees, firstNode: number) {
    this.#tree = tree;
    this.#flat = flat;
    this.#firstNode = firstNode;
    const levels = depthOf(tree, 0) + 2;
    const size = (levels * (levels + 1)) / 2;
    this.#feature = new Int32Array(size);
    this.#zero = new Float64Array(size);
    this.#one = new Float64Array(size);
    this.#weight = new Float64Array(size);
  }

  add(row: Float64Array, out: Float64Array): void {
    if (this.#tree.leafCount === 1) return;
    this.#row = row;
    this.#out = out;
    this.#walk(0, 0, 0, 1, 1, -1);
  }

  /** @param parent where the parent's path begins @param depth elements of it */
  #walk(
    node: number,
    parent: number,
    depth: number,
    zero: number,
    one: number,
    feature: number,
  ): void {
    const path = parent + depth;
    this.#feature.copyWithin(path, parent, path);
    this.#zero.copyWithin(path, parent, path);
    this.#one.copyWithin(path, parent, path);
    this.#weight.copyWithin(path, parent, path);
    this.#extend(path, depth, zero, one, feature);
    const tree = this.#tree;
    if (node < 0) {
      for (let i = 1; i <= depth; i++) {
        const weight = this.#unwoundSum(path, depth, i);
        const at = path + i;
        this.#out[this.#feature[at]!]! +=
          weight * (this.#one[at]! - this.#zero[at]!) * tree.leafValue[~node]!;
      }
      return;
    }
    const split = tree.splitFeature[node]!;
    const isRight = sideOf(this.#flat, this.#firstNode + node, this.#row[split]!) === 1;
    const hot = isRight ? tree.rightChild[node]! : tree.leftChild[node]!;
    const cold = isRight ? tree.leftChild[node]! : tree.rightChild[node]!;
    const rows = tree.internalRows[node]!;
    let incomingZero = 1;
    let incomingOne = 1;
    let length = depth;
    for (let i = 0; i <= depth; i++) {
      if (this.#feature[path + i] !== split) continue;
      incomingZero = this.#zero[path + i]!;
      incomingOne = this.#one[path + i]!;
      this.#unwind(path, depth, i);
      length--;
      break;
    }
    const hotZero = (rowsOf(tree, hot) / rows) * incomingZero;
    const coldZero = (rowsOf(tree, cold) / rows) * incomingZero;
    this.#walk(hot, path, length + 1, hotZero, incomingOne, split);
    this.#walk(cold, path, length + 1, coldZero, 0, split);
  }

  #extend(path: number, depth: number, zero: number, one: number, feature: number): void {
    this.#feature[path + depth] = feature;
    this.#zero[path + depth] = zero;
    this.#one[path + depth] = one;
    const weight = this.#weight;
    weight[path + depth] = depth === 0 ? 1 : 0;
    for (let i = depth - 1; i >= 0; i--) {
      weight[path + i + 1]! += (one * weight[path + i]! * (i + 1)) / (depth + 1);
      weight[path + i] = (zero * weight[path + i]! * (depth - i)) / (depth + 1);
    }
  }

  #unwind(path: number, depth: number, index: number): void {
    const weight = this.#weight;
    const one = this.#one[path + index]!;
    const zero = this.#zero[path + index]!;
    let next = weight[path + depth]!;
    for (let i = depth - 1; i >= 0; i--) {
      if (one !== 0) {
        const before = weight[path + i]!;
        weight[path + i] = (next * (depth + 1)) / ((i + 1) * one);
        next = before - (weight[path + i]! * zero * (depth - i)) / (depth + 1);
      } else {
        weight[path + i] = (weight[path + i]! * (depth + 1)) / (zero * (depth - i));
      }
    }
    this.#feature.copyWithin(path + index, path + index + 1, path + depth + 1);
    this.#zero.copyWithin(path + index, path + index + 1, path + depth + 1);
    this.#one.copyWithin(path + index, path + index + 1, path + depth + 1);
  }

  /** The weight that the path would have without the element. */
  #unwoundSum(path: number, depth: number, index: number): number {
    const weight = this.#weight;
    const one = this.#one[path + index]!;
    const zero = this.#zero[path + index]!;
    let next = weight[path + depth]!;
    let total = 0;
    for (let i = depth - 1; i >= 0; i--) {
      if (one !== 0) {
        const part = (next * (depth + 1)) / ((i + 1) * one);
        total += part;
        next = weight[path + i]! - part * zero * ((depth - i) / (depth + 1));
      } else {
        total += weight[path + i]! / zero / ((depth - i) / (depth + 1));
      }
    }
    return total;
  }
}

function rowsOf(tree: Tree, node: number): number {
  return node >= 0 ? tree.internalRows[node]! : tree.leafRows[~node]!;
}

function depthOf(tree: Tree, node: number): number {
  if (node < 0 || tree.leafCount === 1) return 0;
  return 1 + Math.max(depthOf(tree, tree.leftChild[node]!), depthOf(tree, tree.rightChild[node]!));
}

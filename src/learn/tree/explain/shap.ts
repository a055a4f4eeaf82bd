/**
 * What each feature adds to a row's raw score: the path-dependent SHAP values of Lundberg et al. 2018,
 * as LightGBM tells them. Features and the expected score add up to the raw score.
 *
 * Shapley's weights are an integral: a leaf of value v gives feature i
 * v · (oᵢ − zᵢ) · ∫₀¹ Πⱼ≠ᵢ (t·oⱼ + (1 − t)·zⱼ) dt over the path's distinct features j, where zⱼ is the
 * part of the training rows that comes by with feature j unknown, and oⱼ is 1 where the row's own value
 * leads there, else 0. For D features the integrand has degree D − 1, so Gauss–Legendre with ⌈D/2⌉
 * points is exact. Products pass down the tree and their sums pass up it (as in Linear TreeSHAP, Yu et
 * al. 2022): O(nodes · D/2) a row and tree, and nothing cancels.
 */
import { checkMatrix, type Matrix } from "../../matrix.ts";
import { gaussLegendre } from "../../quadrature.ts";
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
  const rules = new Map<number, Rule>();
  const explainers = model.trees.map((tree, t) => new Explainer(tree, flat, flat.root[t]!, rules));
  return (x) => {
    checkMatrix(x, { minRows: 0, allowsMissing: true });
    const shap = new Float64Array(x.rows * classes * width);
    for (let t = 0; t < explainers.length; t++) {
      for (let i = 0; i < x.rows; i++) {
        const at = (i * classes + (t % classes)) * width;
        shap[at + flat.columns]! += expected[t]!;
        explainers[t]!.add(x.values, i * x.columns, shap, at);
      }
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

/** Points in (0, 1), what is left of 1, and the weight of a point by what is left. */
interface Rule {
  readonly t: Float64Array;
  readonly left: Float64Array;
  readonly weight: Float64Array;
  readonly weightByLeft: Float64Array;
}

function unitRule(points: number): Rule {
  const { node, weight } = gaussLegendre(points);
  const t = node.map((x) => (1 + x) / 2);
  const left = node.map((x) => (1 - x) / 2);
  const half = weight.map((w) => w / 2);
  return { t, left, weight: half, weightByLeft: half.map((w, q) => w / left[q]!) };
}

/**
 * One tree. Its nodes are taken parents first; node k has the edges 2k and 2k + 1, to the left and to
 * the right. An edge's z is its feature's whole part so far, over all nodes above that ask for it.
 */
class Explainer {
  readonly #flat: FlatTrees;
  readonly #rule: Rule;
  readonly #nodes: number;
  /** Of a node: which it is in the flat model, its feature, the edge that leads to it, and the nearest edge above that asks for its feature; −1 without. */
  readonly #flatNode: Int32Array;
  readonly #feature: Int32Array;
  readonly #parent: Int32Array;
  readonly #before: Int32Array;
  /** Of an edge. */
  readonly #z: Float64Array;
  readonly #isLeaf: Uint8Array;
  readonly #value: Float64Array;
  /** (edges × points) 1 / (t + (1 − t)·z): the edge's factor undone, where the row leads along it. */
  readonly #undo: Float64Array;
  /** What a row makes of them: whether it leads along an edge, products down, sums up (edges × points). */
  readonly #isOn: Uint8Array;
  readonly #sum: Float64Array;

  constructor(tree: Tree, flat: FlatTrees, firstNode: number, rules: Map<number, Rule>) {
    this.#flat = flat;
    const nodes = tree.leafCount - 1;
    this.#nodes = nodes;
    this.#flatNode = new Int32Array(nodes);
    this.#feature = new Int32Array(nodes);
    this.#parent = new Int32Array(nodes);
    this.#before = new Int32Array(nodes);
    this.#z = new Float64Array(2 * nodes);
    this.#isLeaf = new Uint8Array(2 * nodes);
    this.#value = new Float64Array(2 * nodes);
    this.#isOn = new Uint8Array(2 * nodes);
    const distinct = this.#layOut(tree, firstNode);
    const points = Math.max(1, Math.ceil(distinct / 2));
    let rule = rules.get(points);
    if (!rule) {
      rule = unitRule(points);
      rules.set(points, rule);
    }
    this.#rule = rule;
    this.#sum = new Float64Array(2 * nodes * points);
    this.#undo = new Float64Array(2 * nodes * points);
    for (let e = 0, at = 0; e < 2 * nodes; e++) {
      for (let q = 0; q < points; q++, at++) {
        this.#undo[at] = 1 / (rule.t[q]! + rule.left[q]! * this.#z[e]!);
      }
    }
  }

  /** Fills what does not depend on rows. @returns the most distinct features of any path */
  #layOut(tree: Tree, firstNode: number): number {
    let most = 0;
    let next = 0;
    const waiting = this.#nodes === 0 ? [] : [{ node: 0, parent: -1, distinct: 0 }];
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      const { node, parent } = one;
      const k = next++;
      const feature = tree.splitFeature[node]!;
      let before = parent;
      while (before >= 0 && this.#feature[before >> 1] !== feature) {
        before = this.#parent[before >> 1]!;
      }
      const distinct = one.distinct + (before < 0 ? 1 : 0);
      most = Math.max(most, distinct);
      this.#flatNode[k] = firstNode + node;
      this.#feature[k] = feature;
      this.#parent[k] = parent;
      this.#before[k] = before;
      const children = [tree.leftChild[node]!, tree.rightChild[node]!];
      children.forEach((child, side) => {
        const edge = 2 * k + side;
        const part = rowsOf(tree, child) / tree.internalRows[node]!;
        this.#z[edge] = part * (before < 0 ? 1 : this.#z[before]!);
        if (child >= 0) waiting.push({ node: child, parent: edge, distinct });
        else {
          this.#isLeaf[edge] = 1;
          this.#value[edge] = tree.leafValue[~child]!;
        }
      });
    }
    return most;
  }

  /** Adds the tree's parts for the row that begins at `from` to `out` from `to` on. */
  add(values: Float64Array, from: number, out: Float64Array, to: number): void {
    this.#down(values, from);
    this.#up(out, to);
  }

  #down(values: Float64Array, from: number): void {
    const { t, left } = this.#rule;
    const points = t.length;
    const [z, sum, undo, isOn] = [this.#z, this.#sum, this.#undo, this.#isOn];
    for (let k = 0; k < this.#nodes; k++) {
      const side = sideOf(this.#flat, this.#flatNode[k]!, values[from + this.#feature[k]!]!);
      const parent = this.#parent[k]! * points;
      const before = this.#before[k]!;
      const wasOn = before < 0 || isOn[before] === 1;
      for (let e = 2 * k; e < 2 * k + 2; e++) {
        const at = e * points;
        const on = wasOn && e - 2 * k === side;
        isOn[e] = on ? 1 : 0;
        // Once off, a feature's factor is (1 − t)·z, and only z changes.
        const part = wasOn || z[before] === 0 ? z[e]! : z[e]! / z[before]!;
        const value = this.#isLeaf[e] === 1 ? this.#value[e]! : 1;
        for (let q = 0; q < points; q++) {
          let product = wasOn ? (on ? t[q]! + left[q]! * part : left[q]! * part) : part;
          if (wasOn && before >= 0) product *= undo[before * points + q]!;
          if (parent >= 0) product *= sum[parent + q]!;
          sum[at + q] = value * product;
        }
      }
    }
  }

  #up(out: Float64Array, to: number): void {
    const { t, weight, weightByLeft } = this.#rule;
    const points = t.length;
    const [z, sum, undo, isOn] = [this.#z, this.#sum, this.#undo, this.#isOn];
    for (let k = this.#nodes - 1; k >= 0; k--) {
      const before = this.#before[k]!;
      const parent = this.#parent[k]! * points;
      const a = 2 * k * points;
      const b = a + points;
      let added = 0;
      if (before < 0 || isOn[before] === 1) {
        const on = isOn[2 * k] === 1 ? 2 * k : 2 * k + 1;
        const [hot, cold] = on === 2 * k ? [a, b] : [b, a];
        const more = 1 - z[on]!;
        for (let q = 0; q < points; q++) {
          added += more * weight[q]! * undo[hot + q]! * sum[hot + q]!;
          added -= weightByLeft[q]! * sum[cold + q]!;
        }
        if (before >= 0) {
          // The leaves below have counted for the feature's edge above: now this one says more.
          const less = 1 - z[before]!;
          for (let q = 0; q < points; q++) {
            added -= less * weight[q]! * undo[before * points + q]! * (sum[a + q]! + sum[b + q]!);
          }
        }
        out[to + this.#feature[k]!]! += added;
      }
      if (parent < 0) continue;
      for (let q = 0; q < points; q++) sum[parent + q] = sum[a + q]! + sum[b + q]!;
    }
  }
}

function rowsOf(tree: Tree, node: number): number {
  return node >= 0 ? tree.internalRows[node]! : tree.leafRows[~node]!;
}

/**
 * Prediction from flat trees: many rows in blocks, tree by tree so that a tree stays in the nearest
 * cache, or one row without allocating anything. Raw scores add up in the order of the trees, as
 * LightGBM's do. O(trees · depth) a row.
 */
import { WaymarkError } from "../../base/error.ts";
import type { ClassPredictor, JsonObject, Predictor, Serialisable } from "../learner.ts";
import { alignColumns, checkMatrix, type Matrix } from "../matrix.ts";
import { fromBase64, toBase64 } from "./model/base64.ts";
import { type FlatTrees, flatten, isAllPlain, sideOf } from "./model/flat.ts";
import { applyLink } from "./model/link.ts";
import { packTrees, unpackTrees } from "./model/pack.ts";
import type { TreeModel } from "./model/tree.ts";

/** Rows that one tree is walked for before the next. */
const BLOCK = 512;

export class TreePredictor implements Predictor, ClassPredictor, Serialisable {
  readonly flat: FlatTrees;
  readonly #isPlain: boolean;
  readonly #names: readonly string[] | undefined;

  /**
   * @param trees a model, or its flat form
   * @param names by which columns are lined up, as they were in training: the model's own have no spaces
   */
  constructor(trees: TreeModel | FlatTrees, names?: readonly string[]) {
    this.flat = "trees" in trees ? flatten(trees) : trees;
    this.#isPlain = isAllPlain(this.flat);
    this.#names = names;
  }

  get classes(): number {
    return this.flat.classes;
  }

  /** Float64Array (rows × classes): means, probabilities or rates, as the objective has it. */
  predict(x: Matrix): Float64Array {
    const scores = this.predictRaw(x);
    applyLink(this.flat.objective, this.flat.classes, scores);
    return scores;
  }

  /** Float64Array (rows × classes): sums of leaves. @throws WaymarkError TABLE_INVALID on other columns */
  predictRaw(x: Matrix): Float64Array {
    const { values, rows, columns } = this.#aligned(x);
    const scores = new Float64Array(rows * this.flat.classes);
    for (let begin = 0; begin < rows; begin += BLOCK) {
      const end = Math.min(rows, begin + BLOCK);
      const isPlain = this.#isPlain && !hasMissing(values, begin * columns, end * columns);
      if (isPlain) this.#addPlain(values, columns, begin, end, scores);
      else this.#addAny(values, columns, begin, end, scores);
    }
    return scores;
  }

  /**
   * One row, without allocation.
   * @param row at least as many values as columns @param out Float64Array (classes)
   */
  predictRow(row: Float64Array, out: Float64Array): void {
    this.predictRowRaw(row, out);
    applyLink(this.flat.objective, this.flat.classes, out);
  }

  predictRowRaw(row: Float64Array, out: Float64Array): void {
    out.fill(0);
    const { columns } = this.flat;
    const isPlain = this.#isPlain && !hasMissing(row, 0, columns);
    if (isPlain) this.#addPlainRow(row, out);
    else this.#addAny(row, columns, 0, 1, out);
  }

  /** Int32Array (rows × trees): the leaf of each row in each tree, by the tree's own numbers. */
  leaves(x: Matrix): Int32Array {
    const { values, rows, columns } = this.#aligned(x);
    const { root, firstLeaf, feature, child } = this.flat;
    const trees = root.length;
    const leaves = new Int32Array(rows * trees);
    for (let i = 0; i < rows; i++) {
      for (let t = 0; t < trees; t++) {
        let node = root[t]!;
        while (node >= 0) {
          const value = values[i * columns + feature[node]!]!;
          node = child[2 * node + sideOf(this.flat, node, value)]!;
        }
        leaves[i * trees + t] = ~node - firstLeaf[t]!;
      }
    }
    return leaves;
  }

  /** What predicts, without what explains: the packed trees as base64, about 35 bytes a leaf. */
  toJSON(): JsonObject {
    return {
      kind: "trees",
      names: this.#names ?? null,
      packed: toBase64(packTrees(this.flat)),
    };
  }

  /** Predicts the same bits. @throws WaymarkError TABLE_INVALID when the object is not written trees */
  static fromJson(json: JsonObject): TreePredictor {
    const { kind, names, packed } = json;
    if (kind !== "trees" || typeof packed !== "string") {
      throw new WaymarkError("TABLE_INVALID", "these are not written trees");
    }
    const flat = unpackTrees(fromBase64(packed));
    if (!Array.isArray(names)) return new TreePredictor(flat);
    if (names.length !== flat.columns || !names.every((name) => typeof name === "string")) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `these are not written trees: ${names.length} names for ${flat.columns} columns`,
      );
    }
    return new TreePredictor(flat, names);
  }

  /** Nodes that ask "value ≤ threshold" and values that are all there. */
  #addPlain(
    values: Float64Array,
    columns: number,
    begin: number,
    end: number,
    scores: Float64Array,
  ): void {
    const { root, feature, threshold, child, leafValue, classes } = this.flat;
    for (let t = 0; t < root.length; t++) {
      const k = t % classes;
      const start = root[t]!;
      for (let i = begin, at = begin * columns; i < end; i++, at += columns) {
        let node = start;
        while (node >= 0) {
          const isRight = values[at + feature[node]!]! > threshold[node]!;
          node = child[2 * node + (isRight ? 1 : 0)]!;
        }
        scores[i * classes + k]! += leafValue[~node]!;
      }
    }
  }

  /** One row down two trees at a time, whose steps do not wait for each other. */
  #addPlainRow(row: Float64Array, out: Float64Array): void {
    const { root, feature, threshold, child, leafValue, classes } = this.flat;
    const last = root.length - 1;
    for (let t = 0; t <= last; t += 2) {
      let a = root[t]!;
      let b = t < last ? root[t + 1]! : -1;
      while (a >= 0 && b >= 0) {
        a = child[2 * a + (row[feature[a]!]! > threshold[a]! ? 1 : 0)]!;
        b = child[2 * b + (row[feature[b]!]! > threshold[b]! ? 1 : 0)]!;
      }
      while (a >= 0) a = child[2 * a + (row[feature[a]!]! > threshold[a]! ? 1 : 0)]!;
      while (b >= 0) b = child[2 * b + (row[feature[b]!]! > threshold[b]! ? 1 : 0)]!;
      out[t % classes]! += leafValue[~a]!;
      if (t < last) out[(t + 1) % classes]! += leafValue[~b]!;
    }
  }

  #addAny(
    values: Float64Array,
    columns: number,
    begin: number,
    end: number,
    scores: Float64Array,
  ): void {
    const { flat } = this;
    const { root, feature, child, leafValue, classes } = flat;
    for (let t = 0; t < root.length; t++) {
      const k = t % classes;
      for (let i = begin; i < end; i++) {
        let node = root[t]!;
        while (node >= 0) {
          const value = values[i * columns + feature[node]!]!;
          node = child[2 * node + sideOf(flat, node, value)]!;
        }
        scores[i * classes + k]! += leafValue[~node]!;
      }
    }
  }

  #aligned(x: Matrix): Matrix {
    checkMatrix(x, { minRows: 0, allowsMissing: true });
    const aligned = alignColumns(x, { columns: this.flat.columns, names: this.#names });
    if (aligned.columns === this.flat.columns) return aligned;
    throw new WaymarkError(
      "TABLE_INVALID",
      `the matrix has ${aligned.columns} columns; the model has ${this.flat.columns}`,
    );
  }
}

function hasMissing(values: Float64Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (Number.isNaN(values[at]!)) return true;
  return false;
}

/**
 * A tree while it grows: LightGBM's numbering, in which a split leaf keeps its number as the left child
 * and the right child gets the next. Thresholds are kept both in bins, for rows that are binned, and in
 * values, for the finished tree.
 */

import type { Bins } from "../bin/encode.ts";
import { type FeatureBins, MISSING } from "../bin/feature-bins.ts";
import { CATEGORICAL, DEFAULT_LEFT, MISSING_SHIFT, type Tree } from "../model/tree.ts";
import type { Leaf, Split } from "./split.ts";

export class TreeBuilder {
  leafCount = 1;
  readonly #splitColumn: Int32Array;
  readonly #splitGain: Float32Array;
  readonly #threshold: Float64Array;
  readonly #decisionType: Uint8Array;
  readonly #leftChild: Int32Array;
  readonly #rightChild: Int32Array;
  readonly leafValue: Float64Array;
  readonly #leafWeight: Float64Array;
  readonly #leafRows: Int32Array;
  readonly #internalValue: Float64Array;
  readonly #internalWeight: Float64Array;
  readonly #internalRows: Int32Array;
  readonly #categoryBegin: number[] = [0];
  readonly #categoryBits: number[] = [];
  /** Per node its feature, and whether each bin goes left: what binned rows are sent by. */
  readonly #feature: Int32Array;
  readonly #goesLeft: Uint8Array[] = [];
  #shrinkage = 1;

  constructor(leaves: number, rootOutput: number) {
    const nodes = leaves - 1;
    this.#splitColumn = new Int32Array(nodes);
    this.#splitGain = new Float32Array(nodes);
    this.#threshold = new Float64Array(nodes);
    this.#decisionType = new Uint8Array(nodes);
    this.#leftChild = new Int32Array(nodes);
    this.#rightChild = new Int32Array(nodes);
    this.leafValue = new Float64Array(leaves);
    this.#leafWeight = new Float64Array(leaves);
    this.#leafRows = new Int32Array(leaves);
    this.#internalValue = new Float64Array(nodes);
    this.#internalWeight = new Float64Array(nodes);
    this.#internalRows = new Int32Array(nodes);
    this.#feature = new Int32Array(nodes);
    this.leafValue[0] = roundToZero(rootOutput);
  }

  /**
   * @param leaf number of the leaf to split @param goesLeft from `goesLeftTable`
   * @returns number of the right child
   */
  split(
    leaf: number,
    { parent }: Leaf,
    split: Split,
    column: number,
    bins: FeatureBins,
    goesLeft: Uint8Array,
    minGain: number,
  ): number {
    const node = this.leafCount - 1;
    const right = this.leafCount++;
    if (parent >= 0) {
      const children = this.#leftChild[parent] === ~leaf ? this.#leftChild : this.#rightChild;
      children[parent] = node;
    }
    this.#feature[node] = split.feature;
    this.#goesLeft[node] = goesLeft;
    this.#splitColumn[node] = column;
    this.#splitGain[node] = split.gain + minGain;
    this.#decisionType[node] =
      (bins.missing << MISSING_SHIFT) | (split.defaultLeft ? DEFAULT_LEFT : 0);
    if (split.categories === undefined) this.#threshold[node] = bins.bounds[split.threshold]!;
    else this.#addCategories(node, split.categories, bins);
    this.#leftChild[node] = ~leaf;
    this.#rightChild[node] = ~right;
    this.#internalValue[node] = this.leafValue[leaf]!;
    this.#internalWeight[node] = split.leftHessian + split.rightHessian;
    this.#internalRows[node] = split.leftRows + split.rightRows;
    this.leafValue[leaf] = Number.isNaN(split.leftOutput) ? 0 : split.leftOutput;
    this.#leafWeight[leaf] = split.leftHessian;
    this.#leafRows[leaf] = split.leftRows;
    this.leafValue[right] = Number.isNaN(split.rightOutput) ? 0 : split.rightOutput;
    this.#leafWeight[right] = split.rightHessian;
    this.#leafRows[right] = split.rightRows;
    return right;
  }

  #addCategories(node: number, left: Int32Array, bins: FeatureBins): void {
    const categories = Array.from(left, (bin) => bins.categories[bin]!);
    const words = new Uint32Array((categories.reduce((a, b) => Math.max(a, b)) >>> 5) + 1);
    for (const category of categories) words[category >>> 5]! |= 1 << (category & 31);
    this.#decisionType[node] = (bins.missing << MISSING_SHIFT) | CATEGORICAL;
    this.#threshold[node] = this.#categoryBegin.length - 1;
    for (const word of words) this.#categoryBits.push(word);
    this.#categoryBegin.push(this.#categoryBits.length);
  }

  shrink(rate: number): void {
    const leaves = this.leafCount;
    for (let i = 0; i < leaves; i++) this.leafValue[i] = roundToZero(this.leafValue[i]! * rate);
    for (let i = 0; i < leaves - 1; i++) {
      this.#internalValue[i] = roundToZero(this.#internalValue[i]! * rate);
    }
    this.#shrinkage *= rate;
  }

  /** Puts the first score into the tree, which from then on is not shrunk by any one rate. */
  addBias(bias: number): void {
    const leaves = this.leafCount;
    for (let i = 0; i < leaves; i++) this.leafValue[i] = roundToZero(this.leafValue[i]! + bias);
    for (let i = 0; i < leaves - 1; i++) {
      this.#internalValue[i] = roundToZero(this.#internalValue[i]! + bias);
    }
    this.#shrinkage = 1;
  }

  /** Adds the tree's output to the scores of binned rows: those at `indices`, or all. */
  addTo(score: Float64Array, columns: Bins, rows: number, indices?: Int32Array): void {
    const count = indices?.length ?? rows;
    for (let k = 0; k < count; k++) {
      const i = indices === undefined ? k : indices[k]!;
      let node = 0;
      while (node >= 0) {
        const bin = columns[this.#feature[node]! * rows + i]!;
        node = this.#goesLeft[node]![bin] === 1 ? this.#leftChild[node]! : this.#rightChild[node]!;
      }
      score[i]! += this.leafValue[~node]!;
    }
  }

  finish(): Tree {
    const leaves = this.leafCount;
    const nodes = leaves - 1;
    return {
      leafCount: leaves,
      splitFeature: this.#splitColumn.slice(0, nodes),
      splitGain: this.#splitGain.slice(0, nodes),
      threshold: this.#threshold.slice(0, nodes),
      decisionType: this.#decisionType.slice(0, nodes),
      leftChild: this.#leftChild.slice(0, nodes),
      rightChild: this.#rightChild.slice(0, nodes),
      leafValue: this.leafValue.slice(0, leaves),
      leafWeight: this.#leafWeight.slice(0, leaves),
      leafRows: this.#leafRows.slice(0, leaves),
      internalValue: this.#internalValue.slice(0, nodes),
      internalWeight: this.#internalWeight.slice(0, nodes),
      internalRows: this.#internalRows.slice(0, nodes),
      categoryBegin: Int32Array.from(this.#categoryBegin),
      categoryBits: Uint32Array.from(this.#categoryBits),
      shrinkage: this.#shrinkage,
    };
  }
}

/** Uint8Array (bins): 1 where rows of the bin go left. */
export function goesLeftTable(split: Split, bins: FeatureBins): Uint8Array {
  const table = new Uint8Array(bins.count);
  if (split.categories !== undefined) {
    for (const bin of split.categories) table[bin] = 1;
    return table;
  }
  table.fill(1, 0, split.threshold + 1);
  if (bins.missing === MISSING.zero) table[bins.zeroBin] = split.defaultLeft ? 1 : 0;
  if (bins.missing === MISSING.nan) table[bins.count - 1] = split.defaultLeft ? 1 : 0;
  return table;
}

function roundToZero(value: number): number {
  return Math.abs(value) <= ZERO ? 0 : value;
}

const ZERO = Math.fround(1e-35);

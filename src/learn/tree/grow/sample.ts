/**
 * Which features a tree and a node may use, and which rows a tree is grown on: LightGBM's draws in
 * LightGBM's order (`col_sampler.hpp`, `bagging.hpp`), so that the same seed gives the same trees.
 */
import { Lcg } from "../lcg.ts";
import { seedsOf, type TreeOptions } from "../options.ts";

export class FeatureSampler {
  readonly #random: Lcg;
  readonly #features: number;
  readonly #fraction: number;
  readonly #nodeFraction: number;
  /** The features of this tree, ascending, where it has a part of them. */
  #ofTree: Int32Array;

  constructor(features: number, options: TreeOptions) {
    this.#random = new Lcg(seedsOf(options.seed).feature);
    this.#features = features;
    this.#fraction = options.featureFraction;
    this.#nodeFraction = options.featureFractionByNode;
    this.#ofTree = Int32Array.from({ length: features }, (_, f) => f);
    // LightGBM draws once before the first tree.
    this.drawTree();
  }

  /** Uint8Array (features): 1 where the next tree may use the feature. */
  drawTree(): Uint8Array {
    if (this.#fraction < 1) {
      const count = countOf(this.#features, this.#fraction);
      this.#ofTree = this.#random.sample(this.#features, count);
    }
    return this.#marked(this.#ofTree);
  }

  /** The same for one node; undefined where it may use all that the tree may. */
  drawNode(): Uint8Array | undefined {
    if (this.#nodeFraction >= 1) return undefined;
    const count = countOf(this.#ofTree.length, this.#nodeFraction);
    const drawn = this.#random.sample(this.#ofTree.length, count);
    return this.#marked(drawn.map((k) => this.#ofTree[k]!));
  }

  #marked(features: Int32Array): Uint8Array {
    const marks = new Uint8Array(this.#features);
    for (const f of features) marks[f] = 1;
    return marks;
  }
}

function countOf(total: number, fraction: number): number {
  return Math.max(Math.trunc(total * fraction + 0.5), Math.min(1, total));
}

/** Rows that share one random sequence. */
const BAGGING_BLOCK = 1024;

export class RowSampler {
  readonly #random: readonly Lcg[];
  readonly #rows: number;
  readonly #fraction: number;
  readonly #freq: number;
  readonly #isDrawing: boolean;
  /** In the bag, ascending. */
  inBag: Int32Array;
  outOfBag: Int32Array = new Int32Array(0);

  constructor(rows: number, options: TreeOptions) {
    this.#rows = rows;
    this.#fraction = options.baggingFraction;
    this.#freq = options.baggingFreq;
    this.#isDrawing = options.baggingFraction < 1 && options.baggingFreq > 0;
    const { bagging } = seedsOf(options.seed);
    const blocks = this.#isDrawing ? Math.ceil(rows / BAGGING_BLOCK) : 0;
    this.#random = Array.from({ length: blocks }, (_, block) => new Lcg(bagging + block));
    this.inBag = new Int32Array(rows);
    for (let i = 0; i < rows; i++) this.inBag[i] = i;
  }

  /** Draws the bag of an iteration if it is time for a new one. */
  draw(iteration: number): void {
    if (!this.#isDrawing || iteration % this.#freq !== 0) return;
    const inBag = new Int32Array(this.#rows);
    const outOfBag = new Int32Array(this.#rows);
    let inside = 0;
    let outside = 0;
    for (let i = 0; i < this.#rows; i++) {
      const random = this.#random[Math.floor(i / BAGGING_BLOCK)]!;
      if (random.nextFloat() < this.#fraction) inBag[inside++] = i;
      else outOfBag[outside++] = i;
    }
    this.inBag = inBag.subarray(0, inside);
    this.outOfBag = outOfBag.subarray(0, outside);
  }
}

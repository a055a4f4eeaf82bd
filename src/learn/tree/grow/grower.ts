/**
 * Grows one tree leaf by leaf: always the leaf whose split gains most (LightGBM's
 * `SerialTreeLearner`). Of two children only the smaller one's histogram is summed; the larger one's is
 * the parent's less that. A feature that cannot split a leaf is not tried below it.
 * O(rows · features · log leaves) usually.
 */
import type { BinnedData } from "../bin/binned.ts";
import type { TreeOptions } from "../options.ts";
import { SplitFinder } from "./find-split.ts";
import type { HistogramKernel } from "./kernel.ts";
import type { FeatureSampler } from "./sample.ts";
import { SCAN } from "./scan-request.ts";
import { Leaf, Split } from "./split.ts";
import { goesLeftTable, TreeBuilder } from "./tree-builder.ts";

export class Grower {
  /** Of the tree just grown; the first `leafCount` of them. */
  readonly leaves: readonly Leaf[];
  readonly #data: BinnedData;
  readonly #options: TreeOptions;
  readonly #kernel: HistogramKernel;
  readonly #sampler: FeatureSampler;
  readonly #finder: SplitFinder;
  /** Per slot (features): whether a split of that histogram's leaf would gain. */
  readonly #isSplittable: readonly Uint8Array[];
  readonly #candidate = new Split();

  constructor(
    data: BinnedData,
    options: TreeOptions,
    kernel: HistogramKernel,
    sampler: FeatureSampler,
  ) {
    this.#data = data;
    this.#options = options;
    this.#kernel = kernel;
    this.#sampler = sampler;
    this.#finder = new SplitFinder(data.features, data.firstBin, data.used, options);
    this.leaves = Array.from({ length: options.leaves }, () => new Leaf());
    this.#isSplittable = this.leaves.map(() => new Uint8Array(data.features.length));
  }

  /** Grows a tree on the kernel's gradients of the given rows. */
  grow(inBag: Int32Array): TreeBuilder {
    const { leaves } = this;
    const isUsed = this.#sampler.drawTree();
    this.#kernel.setRows(inBag);
    this.#startRoot(inBag.length);
    const root = leaves[0]!;
    const { lambdaL2 } = this.#options;
    const output = this.#finder.output.unsmoothed(root.gradient, root.hessian, lambdaL2);
    root.output = output;
    const tree = new TreeBuilder(leaves.length, output);
    this.#findBest(root, undefined, isUsed);
    while (tree.leafCount < leaves.length) {
      const best = this.#bestLeaf(tree.leafCount);
      const leaf = leaves[best]!;
      if (!(leaf.best.gain > 0)) break;
      const right = this.#split(tree, best);
      if (right === undefined) {
        leaf.best.clear();
        continue;
      }
      if (tree.leafCount === leaves.length) break;
      this.#findBest(leaf, right, isUsed);
    }
    return tree;
  }

  #startRoot(rows: number): void {
    const { gradient, hessian } = this.#kernel.sumRows(rows);
    const root = this.leaves[0]!;
    Object.assign(root, { begin: 0, rows, depth: 0, slot: 0, gradient, hessian, parent: -1 });
    root.lower = -Number.MAX_VALUE;
    root.upper = Number.MAX_VALUE;
    root.best.clear();
  }

  #bestLeaf(count: number): number {
    let best = 0;
    for (let i = 1; i < count; i++) {
      if (this.leaves[i]!.best.isBetterThan(this.leaves[best]!.best)) best = i;
    }
    return best;
  }

  /** The best splits of a leaf's two children (`left` took the leaf's place), or of the root. */
  #findBest(left: Leaf, right: Leaf | undefined, isUsed: Uint8Array): void {
    const { maxDepth, minDataInLeaf } = this.#options;
    left.best.clear();
    right?.best.clear();
    if (maxDepth > 0 && left.depth >= maxDepth) return;
    if (left.rows < 2 * minDataInLeaf && (right?.rows ?? 0) < 2 * minDataInLeaf) return;
    const leftIsSmaller = right === undefined || left.rows < right.rows;
    const smaller = leftIsSmaller ? left : right;
    const larger = leftIsSmaller ? right : left;
    let parentSplittable: Uint8Array | undefined;
    if (right !== undefined && larger !== undefined) {
      // The parent's histogram lies in the left child's slot; it becomes the larger one's.
      const parentSlot = left.slot;
      smaller.slot = right.slot;
      larger.slot = parentSlot;
      parentSplittable = this.#isSplittable[parentSlot]!;
    }
    const request = this.#finder.request(smaller, larger, isUsed, parentSplittable);
    const scans = this.#kernel.sum(smaller, larger, request);
    const smallerMay = this.#sampler.drawNode();
    const largerMay = larger && this.#sampler.drawNode();
    for (let f = 0; f < this.#data.features.length; f++) {
      if (isUsed[f] === 0) continue;
      if (parentSplittable !== undefined && parentSplittable[f] === 0) {
        this.#isSplittable[smaller.slot]![f] = 0;
        continue;
      }
      const found = request.isAsked[f] === 1 ? scans : undefined;
      this.#tryFeature(f, smaller, smallerMay, found, 2 * f);
      if (larger !== undefined) this.#tryFeature(f, larger, largerMay, found, 2 * f + 1);
    }
  }

  /** @param found what the kernel knows of splits already, at its `place`-th answer */
  #tryFeature(
    f: number,
    leaf: Leaf,
    may: Uint8Array | undefined,
    found: Float64Array | undefined,
    place: number,
  ): void {
    const histogram = this.#kernel.histograms[leaf.slot]!;
    const candidate = this.#candidate;
    const gains =
      found === undefined
        ? this.#finder.find(f, leaf, histogram, leaf.output, candidate)
        : this.#finder.take(f, leaf, found, place * SCAN.size, candidate);
    this.#isSplittable[leaf.slot]![f] = gains ? 1 : 0;
    if (may !== undefined && may[f] === 0) return;
    if (candidate.isBetterThan(leaf.best)) leaf.best.copyFrom(candidate);
  }

  /** @returns the right child; undefined when the split, made on estimates, leaves a side empty */
  #split(tree: TreeBuilder, index: number): Leaf | undefined {
    const leaf = this.leaves[index]!;
    const { best: split } = leaf;
    const bins = this.#data.features[split.feature]!;
    const goesLeft = goesLeftTable(split, bins);
    const end = leaf.begin + leaf.rows;
    const leftRows = this.#kernel.partition(split.feature, goesLeft, leaf.begin, end);
    if (leftRows === 0 || leftRows === leaf.rows) return undefined;
    split.leftRows = leftRows;
    split.rightRows = leaf.rows - leftRows;
    const node = tree.leafCount - 1;
    const column = this.#data.used[split.feature]!;
    const next = tree.split(index, leaf, split, column, bins, goesLeft, this.#options.minGain);
    const right = this.leaves[next]!;
    right.begin = leaf.begin + leftRows;
    right.rows = split.rightRows;
    right.slot = next;
    right.gradient = split.rightGradient;
    right.hessian = split.rightHessian;
    right.output = split.rightOutput;
    right.lower = leaf.lower;
    right.upper = leaf.upper;
    right.depth = leaf.depth + 1;
    right.parent = node;
    leaf.rows = leftRows;
    leaf.gradient = split.leftGradient;
    leaf.hessian = split.leftHessian;
    leaf.output = split.leftOutput;
    leaf.depth++;
    leaf.parent = node;
    if (split.categories === undefined) keepMonotone(leaf, right, split);
    return right;
  }
}

/** The middle between the children bounds what is below them (LightGBM's "basic" method). */
function keepMonotone(left: Leaf, right: Leaf, split: Split): void {
  if (split.monotone === 0) return;
  const middle = (split.leftOutput + split.rightOutput) / 2;
  const [low, high] = split.monotone > 0 ? [left, right] : [right, left];
  low.upper = Math.min(low.upper, middle);
  high.lower = Math.max(high.lower, middle);
}

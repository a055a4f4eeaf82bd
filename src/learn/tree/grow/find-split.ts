/**
 * The best split of a leaf on one feature, from its histogram (LightGBM's `FeatureHistogram`). Numbers
 * are scanned from the right with missing rows on the left, and where some are missing from the left
 * with those on the right; categories are sorted by gradient over hessian (Fisher 1958) and scanned
 * from both ends. Rows on a side are estimated from hessians. O(bins), O(bins log bins) for categories.
 */
import { type FeatureBins, MISSING } from "../bin/feature-bins.ts";
import { Lcg } from "../lcg.ts";
import { seedsOf, type TreeOptions } from "../options.ts";
import { LeafOutput } from "./leaf-output.ts";
import { SCAN, type ScanRequest } from "./scan-request.ts";
import { EPSILON, type Leaf, type Split } from "./split.ts";

export class SplitFinder {
  readonly output: LeafOutput;
  readonly #options: TreeOptions;
  readonly #features: readonly FeatureBins[];
  readonly #firstBin: Int32Array;
  /** Direction of each feature. */
  readonly #monotone: Int8Array;
  readonly #isMonotone: boolean;
  /** For `extraTrees`, one sequence a feature. */
  readonly #random: readonly Lcg[];
  /** By feature: 1 where a kernel may scan it. */
  readonly #isPlain: Uint8Array;
  readonly #isAsked: Uint8Array;

  // What the scans of one leaf and feature share.
  #histogram: Float64Array = new Float64Array(0);
  #first = 0;
  #gradient = 0;
  #hessian = 0;
  #rows = 0;
  #rowsPerHessian = 0;
  #parent = 0;
  #lower = 0;
  #upper = 0;
  #direction = 0;
  #gainShift = 0;
  #onlyThreshold = -1;
  #isSplittable = false;
  /** The best so far of one scan. */
  #bestGain = 0;
  #bestThreshold = 0;
  #bestGradient = 0;
  #bestHessian = 0;
  #bestRows = 0;

  constructor(
    features: readonly FeatureBins[],
    firstBin: Int32Array,
    used: Int32Array,
    options: TreeOptions,
  ) {
    this.#options = options;
    this.#features = features;
    this.#firstBin = firstBin;
    this.output = new LeafOutput(options);
    this.#isMonotone = options.monotone.length > 0;
    this.#monotone = Int8Array.from(used, (j) => options.monotone[j] ?? 0);
    const { extra } = seedsOf(options.seed);
    this.#random = options.extraTrees ? features.map((_, f) => new Lcg(extra + f)) : [];
    const isAny = this.output.isPlain && !this.#isMonotone && !options.extraTrees;
    this.#isPlain = Uint8Array.from(features, ({ isCategorical, count, missing }) =>
      isAny && !isCategorical && (count <= 2 || missing === MISSING.none) ? 1 : 0,
    );
    this.#isAsked = new Uint8Array(features.length);
  }

  /** What a kernel may answer of two leaves: of plain features that are used and may gain. */
  request(
    smaller: Leaf,
    larger: Leaf | undefined,
    isUsed: Uint8Array,
    isSplittable: Uint8Array | undefined,
  ): ScanRequest {
    const { minDataInLeaf, minHessianInLeaf, lambdaL2 } = this.#options;
    const isAsked = this.#isAsked;
    for (let f = 0; f < isAsked.length; f++) {
      isAsked[f] = this.#isPlain[f]! & isUsed[f]! & (isSplittable?.[f] ?? 1);
    }
    return {
      isAsked,
      smallerShift: this.#shiftOf(smaller),
      largerShift: larger === undefined ? 0 : this.#shiftOf(larger),
      minRows: minDataInLeaf,
      minHessian: minHessianInLeaf,
      l2: lambdaL2,
    };
  }

  #shiftOf({ gradient, hessian, rows, output }: Leaf): number {
    const { lambdaL2, minGain } = this.#options;
    return this.output.gain(gradient, hessian + 2 * EPSILON, lambdaL2, rows, output) + minGain;
  }

  /** `find` where a kernel has scanned the feature already: its answer is at `found[at]`. */
  take(f: number, leaf: Leaf, found: Float64Array, at: number, split: Split): boolean {
    this.#start(leaf, leaf.output, split);
    this.#gainShift = this.#shiftOf(leaf);
    this.#isSplittable = found[at + SCAN.isSplittable] === 1;
    this.#keep(
      found[at + SCAN.gain]!,
      found[at + SCAN.threshold]!,
      found[at + SCAN.leftGradient]!,
      found[at + SCAN.leftHessian]!,
      found[at + SCAN.leftRows]!,
    );
    this.#take(split, true);
    // As #findNumeric has it where a feature of two bins has one for NaN.
    if (this.#features[f]!.missing === MISSING.nan) split.defaultLeft = false;
    split.feature = f;
    return this.#isSplittable;
  }

  /**
   * @param parent output that smoothing pulls to
   * @param split filled with the best split; its gain is −Infinity where there is none
   * @returns whether any split of the leaf would gain: below it no other will either
   */
  find(f: number, leaf: Leaf, histogram: Float64Array, parent: number, split: Split): boolean {
    const bins = this.#features[f]!;
    this.#start(leaf, parent, split);
    this.#histogram = histogram;
    this.#first = 2 * this.#firstBin[f]!;
    if (bins.isCategorical) this.#findCategorical(f, bins, split);
    else this.#findNumeric(f, bins, split);
    split.feature = f;
    if (split.monotone !== 0) split.gain *= this.#monotonePenalty(leaf.depth);
    return this.#isSplittable;
  }

  #start(leaf: Leaf, parent: number, split: Split): void {
    split.clear();
    this.#gradient = leaf.gradient;
    this.#hessian = leaf.hessian + 2 * EPSILON;
    this.#rows = leaf.rows;
    this.#rowsPerHessian = leaf.rows / this.#hessian;
    this.#parent = parent;
    this.#lower = leaf.lower;
    this.#upper = leaf.upper;
    this.#isSplittable = false;
  }

  #findNumeric(f: number, bins: FeatureBins, split: Split): void {
    const { lambdaL2, minGain, extraTrees } = this.#options;
    this.#direction = this.#monotone[f]!;
    split.monotone = this.#direction;
    const unsplit = this.output.gain(
      this.#gradient,
      this.#hessian,
      lambdaL2,
      this.#rows,
      this.#parent,
    );
    this.#gainShift = unsplit + minGain;
    this.#onlyThreshold = -1;
    if (extraTrees) {
      this.#onlyThreshold = bins.count > 2 ? this.#random[f]!.nextInt(0, bins.count - 2) : 0;
    }
    const { missing } = bins;
    if (bins.count > 2 && missing !== MISSING.none) {
      const isNan = missing === MISSING.nan;
      const skipped = isNan ? -1 : bins.zeroBin;
      this.#scanDown(isNan ? bins.count - 2 : bins.count - 1, skipped);
      this.#take(split, true);
      this.#scanUp(bins, isNan, skipped);
      this.#take(split, false);
    } else {
      this.#scanDown(bins.count - 1, -1);
      this.#take(split, true);
      if (missing === MISSING.nan) split.defaultLeft = false;
    }
  }

  /** Rows move from left to right, the highest bin first; what is not moved stays left. */
  #scanDown(last: number, skipped: number): void {
    const { minDataInLeaf, minHessianInLeaf } = this.#options;
    const histogram = this.#histogram;
    const first = this.#first;
    const rowsPerHessian = this.#rowsPerHessian;
    const only = this.#onlyThreshold;
    let rightGradient = 0;
    let rightHessian = EPSILON;
    let rightRows = 0;
    this.#bestGain = -Infinity;
    for (let bin = last; bin >= 1; bin--) {
      if (bin === skipped) continue;
      const hessian = histogram[first + 2 * bin + 1]!;
      rightGradient += histogram[first + 2 * bin]!;
      rightHessian += hessian;
      rightRows += (hessian * rowsPerHessian + 0.5) | 0;
      if (rightRows < minDataInLeaf || rightHessian < minHessianInLeaf) continue;
      const leftRows = this.#rows - rightRows;
      const leftHessian = this.#hessian - rightHessian;
      if (leftRows < minDataInLeaf || leftHessian < minHessianInLeaf) break;
      if (only >= 0 && bin - 1 !== only) continue;
      const leftGradient = this.#gradient - rightGradient;
      const gain = this.#gain(
        leftGradient,
        leftHessian,
        leftRows,
        rightGradient,
        rightHessian,
        rightRows,
      );
      if (gain <= this.#gainShift) continue;
      this.#isSplittable = true;
      if (gain > this.#bestGain) this.#keep(gain, bin - 1, leftGradient, leftHessian, leftRows);
    }
  }

  /** Rows move from right to left, the lowest bin first; what is not moved stays right. */
  #scanUp(bins: FeatureBins, isNan: boolean, skipped: number): void {
    const { minDataInLeaf, minHessianInLeaf } = this.#options;
    const histogram = this.#histogram;
    const first = this.#first;
    const rowsPerHessian = this.#rowsPerHessian;
    const only = this.#onlyThreshold;
    let leftGradient = 0;
    let leftHessian = EPSILON;
    let leftRows = 0;
    // LightGBM does not keep the sums of bin 0 where it is the most frequent one. With NaN it takes
    // what the others leave; with zero as missing it forgets those rows, which here are counted.
    const startsWithRest = isNan && bins.mostFrequentBin === 0;
    if (startsWithRest) {
      leftGradient = this.#gradient;
      leftHessian = this.#hessian - EPSILON;
      leftRows = this.#rows;
      for (let bin = 1; bin < bins.count; bin++) {
        const hessian = histogram[first + 2 * bin + 1]!;
        leftGradient -= histogram[first + 2 * bin]!;
        leftHessian -= hessian;
        leftRows -= (hessian * rowsPerHessian + 0.5) | 0;
      }
    }
    this.#bestGain = -Infinity;
    for (let bin = 0; bin <= bins.count - 2; bin++) {
      if (bin === skipped) continue;
      if (bin > 0 || !startsWithRest) {
        const hessian = histogram[first + 2 * bin + 1]!;
        leftGradient += histogram[first + 2 * bin]!;
        leftHessian += hessian;
        leftRows += (hessian * rowsPerHessian + 0.5) | 0;
      }
      if (leftRows < minDataInLeaf || leftHessian < minHessianInLeaf) continue;
      const rightRows = this.#rows - leftRows;
      const rightHessian = this.#hessian - leftHessian;
      if (rightRows < minDataInLeaf || rightHessian < minHessianInLeaf) break;
      if (only >= 0 && bin !== only) continue;
      const rightGradient = this.#gradient - leftGradient;
      const gain = this.#gain(
        leftGradient,
        leftHessian,
        leftRows,
        rightGradient,
        rightHessian,
        rightRows,
      );
      if (gain <= this.#gainShift) continue;
      this.#isSplittable = true;
      if (gain > this.#bestGain) this.#keep(gain, bin, leftGradient, leftHessian, leftRows);
    }
  }

  #gain(
    leftGradient: number,
    leftHessian: number,
    leftRows: number,
    rightGradient: number,
    rightHessian: number,
    rightRows: number,
    l2 = this.#options.lambdaL2,
  ): number {
    const { output } = this;
    if (output.isPlain) {
      return (
        (leftGradient * leftGradient) / (leftHessian + l2) +
        (rightGradient * rightGradient) / (rightHessian + l2)
      );
    }
    const parent = this.#parent;
    if (!this.#isMonotone) {
      return (
        output.gain(leftGradient, leftHessian, l2, leftRows, parent) +
        output.gain(rightGradient, rightHessian, l2, rightRows, parent)
      );
    }
    const left = this.#bounded(output.of(leftGradient, leftHessian, l2, leftRows, parent));
    const right = this.#bounded(output.of(rightGradient, rightHessian, l2, rightRows, parent));
    if ((this.#direction > 0 && left > right) || (this.#direction < 0 && left < right)) return 0;
    return (
      output.gainGiven(leftGradient, leftHessian, l2, left) +
      output.gainGiven(rightGradient, rightHessian, l2, right)
    );
  }

  #bounded(output: number): number {
    return Math.max(this.#lower, Math.min(output, this.#upper));
  }

  #keep(gain: number, threshold: number, gradient: number, hessian: number, rows: number): void {
    this.#bestGain = gain;
    this.#bestThreshold = threshold;
    this.#bestGradient = gradient;
    this.#bestHessian = hessian;
    this.#bestRows = rows;
  }

  /** The scan's best becomes the split if it is better than what the split holds. */
  #take(split: Split, defaultLeft: boolean): void {
    if (!this.#isSplittable || !(this.#bestGain > split.gain + this.#gainShift)) return;
    split.threshold = this.#bestThreshold;
    split.defaultLeft = defaultLeft;
    this.#fill(split, this.#options.lambdaL2);
  }

  #fill(split: Split, l2: number): void {
    const rightGradient = this.#gradient - this.#bestGradient;
    const rightHessian = this.#hessian - this.#bestHessian;
    const rightRows = this.#rows - this.#bestRows;
    const { output } = this;
    split.leftOutput = this.#bounded(
      output.of(this.#bestGradient, this.#bestHessian, l2, this.#bestRows, this.#parent),
    );
    split.rightOutput = this.#bounded(
      output.of(rightGradient, rightHessian, l2, rightRows, this.#parent),
    );
    split.leftRows = this.#bestRows;
    split.leftGradient = this.#bestGradient;
    split.leftHessian = this.#bestHessian - EPSILON;
    split.rightRows = rightRows;
    split.rightGradient = rightGradient;
    split.rightHessian = rightHessian - EPSILON;
    split.gain = this.#bestGain - this.#gainShift;
  }

  #findCategorical(f: number, bins: FeatureBins, split: Split): void {
    const { lambdaL2, minGain, maxCatToOnehot, catL2 } = this.#options;
    split.defaultLeft = false;
    this.#direction = 0;
    const { output } = this;
    const unsplit = output.isSmooth
      ? output.gainGiven(this.#gradient, this.#hessian, lambdaL2, this.#parent)
      : output.gainUnsmoothed(this.#gradient, this.#hessian, lambdaL2);
    this.#gainShift = unsplit + minGain;
    this.#bestGain = -Infinity;
    const isOneHot = bins.count <= maxCatToOnehot;
    const left = isOneHot ? this.#oneAgainstRest(f, bins) : this.#manyAgainstMany(f, bins);
    if (left === undefined) return;
    split.categories = left;
    this.#fill(split, isOneHot ? lambdaL2 : lambdaL2 + catL2);
  }

  /** @returns the one bin that goes left, if any gains */
  #oneAgainstRest(f: number, bins: FeatureBins): Int32Array | undefined {
    const { minDataInLeaf, minHessianInLeaf, extraTrees } = this.#options;
    const only = extraTrees ? this.#random[f]!.nextInt(1, bins.count) : -1;
    for (let bin = 1; bin < bins.count; bin++) {
      const gradient = this.#histogram[this.#first + 2 * bin]!;
      const hessian = this.#histogram[this.#first + 2 * bin + 1]!;
      const rows = (hessian * this.#rowsPerHessian + 0.5) | 0;
      if (rows < minDataInLeaf || hessian < minHessianInLeaf) continue;
      const otherRows = this.#rows - rows;
      const otherHessian = this.#hessian - hessian - EPSILON;
      if (otherRows < minDataInLeaf || otherHessian < minHessianInLeaf) continue;
      if (only >= 0 && bin !== only) continue;
      const gain = this.#gain(
        this.#gradient - gradient,
        otherHessian,
        otherRows,
        gradient,
        hessian + EPSILON,
        rows,
      );
      if (gain <= this.#gainShift) continue;
      this.#isSplittable = true;
      if (gain > this.#bestGain) this.#keep(gain, bin, gradient, hessian + EPSILON, rows);
    }
    return this.#isSplittable ? Int32Array.of(this.#bestThreshold) : undefined;
  }

  /** @returns the bins that go left, if any gain */
  #manyAgainstMany(f: number, bins: FeatureBins): Int32Array | undefined {
    const options = this.#options;
    const { minDataInLeaf, minHessianInLeaf, minDataPerGroup, catSmooth } = options;
    const histogram = this.#histogram;
    const first = this.#first;
    const l2 = options.lambdaL2 + options.catL2;
    const sorted: number[] = [];
    for (let bin = 1; bin < bins.count; bin++) {
      const rows = (histogram[first + 2 * bin + 1]! * this.#rowsPerHessian + 0.5) | 0;
      if (rows >= catSmooth) sorted.push(bin);
    }
    const ratio = (bin: number): number =>
      histogram[first + 2 * bin]! / (histogram[first + 2 * bin + 1]! + catSmooth);
    sorted.sort((a, b) => ratio(a) - ratio(b));
    const used = sorted.length;
    const most = Math.min(options.maxCatThreshold, (used + 1) >> 1);
    const lastThreshold = Math.max(Math.min(most, used) - 1, 0);
    let only = options.extraTrees ? 0 : -1;
    if (options.extraTrees && lastThreshold > 0) only = this.#random[f]!.nextInt(0, lastThreshold);
    let bestDirection = 1;
    for (const direction of [1, -1]) {
      let at = direction === 1 ? 0 : used - 1;
      let groupRows = 0;
      let leftGradient = 0;
      let leftHessian = EPSILON;
      let leftRows = 0;
      for (let i = 0; i < used && i < most; i++, at += direction) {
        const bin = sorted[at]!;
        const hessian = histogram[first + 2 * bin + 1]!;
        const rows = (hessian * this.#rowsPerHessian + 0.5) | 0;
        leftGradient += histogram[first + 2 * bin]!;
        leftHessian += hessian;
        leftRows += rows;
        groupRows += rows;
        if (leftRows < minDataInLeaf || leftHessian < minHessianInLeaf) continue;
        const rightRows = this.#rows - leftRows;
        const rightHessian = this.#hessian - leftHessian;
        if (rightRows < minDataInLeaf || rightRows < minDataPerGroup) break;
        if (rightHessian < minHessianInLeaf) break;
        if (groupRows < minDataPerGroup) continue;
        groupRows = 0;
        if (only >= 0 && i !== only) continue;
        const rightGradient = this.#gradient - leftGradient;
        const gain = this.#gain(
          leftGradient,
          leftHessian,
          leftRows,
          rightGradient,
          rightHessian,
          rightRows,
          l2,
        );
        if (gain <= this.#gainShift) continue;
        this.#isSplittable = true;
        if (gain <= this.#bestGain) continue;
        this.#keep(gain, i, leftGradient, leftHessian, leftRows);
        bestDirection = direction;
      }
    }
    if (!this.#isSplittable) return undefined;
    const chosen = this.#bestThreshold + 1;
    return Int32Array.from(
      bestDirection === 1 ? sorted.slice(0, chosen) : sorted.slice(used - chosen),
    );
  }

  /** LightGBM's `ComputeMonotoneSplitGainPenalty`. */
  #monotonePenalty(depth: number): number {
    const penalty = this.#options.monotonePenalty;
    if (penalty >= depth + 1) return EPSILON;
    if (penalty <= 1) return 1 - penalty / 2 ** depth + EPSILON;
    return 1 - 2 ** (penalty - 1 - depth) + EPSILON;
  }
}

/** A split that a leaf could take, and what is known of the leaf that asks for one. */

/** LightGBM's 1e-15f: keeps sums of hessians away from zero. */
export const EPSILON = Math.fround(1e-15);

export class Split {
  /** −1 where there is none. */
  feature = -1;
  /** Above the gain that the leaf has unsplit and `minGain`; −Infinity where there is none. */
  gain = -Infinity;
  /** Bins up to this one go left; of a categorical split −1. */
  threshold = -1;
  /** Of a categorical split: the bins that go left. */
  categories: Int32Array | undefined = undefined;
  defaultLeft = true;
  /** The feature's direction if the split must keep one. */
  monotone = 0;
  leftOutput = 0;
  rightOutput = 0;
  leftGradient = 0;
  leftHessian = 0;
  rightGradient = 0;
  rightHessian = 0;
  /** Rows, as estimated from hessians. */
  leftRows = 0;
  rightRows = 0;

  clear(): void {
    this.feature = -1;
    this.gain = -Infinity;
    this.threshold = -1;
    this.categories = undefined;
    this.defaultLeft = true;
    this.monotone = 0;
  }

  copyFrom(other: Split): void {
    Object.assign(this, other);
  }

  /** More gain; at equal gain the lower feature. */
  isBetterThan(other: Split): boolean {
    if (this.gain !== other.gain) return this.gain > other.gain;
    if (this.feature < 0 || other.feature < 0) return this.feature >= 0 && other.feature < 0;
    return this.feature < other.feature;
  }
}

export class Leaf {
  /** Stretch of the kernel's rows. */
  begin = 0;
  rows = 0;
  depth = 0;
  /** The histogram's slot in the kernel. */
  slot = 0;
  gradient = 0;
  hessian = 0;
  output = 0;
  /** Bounds on outputs below this leaf that monotone constraints have set. */
  lower = -Number.MAX_VALUE;
  upper = Number.MAX_VALUE;
  /** The node whose child this leaf is; −1 for the root. */
  parent = -1;
  readonly best = new Split();
}

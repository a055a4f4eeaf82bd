/** What the kernel is told by memory rather than by arguments; ../kernel-memory.ts writes it. */

/** Features that one thread sums: their bins lie together, a row every `stride` bytes (a multiple of 16). */
@unmanaged
export class Slab {
  /** u8; features that fill up the last group are bin 0 of a bin that nobody reads. */
  binsAt: usize;
  stride: i32;
  /** Features in groups of 4, and whether 2 more follow. */
  quads: i32;
  hasPair: i32;
  /** u32 by feature, bytes from the histogram's begin. */
  offsetsAt: usize;
  /** Room for (quads + 1) × 16 + BATCH × (stride + 16) bytes. */
  scratchAt: usize;
  firstFeature: i32;
  features: i32;
  /** Of all its features' bins. */
  histogramBytes: i32;
}

@unmanaged
export class Feature {
  /** Bytes from the histogram's begin. */
  binAt: usize;
  bins: i32;
  mostFrequentBin: i32;
}

/** A leaf for whose splits is asked. */
@unmanaged
export class LeafSums {
  histogramAt: usize;
  rows: i32;
  gradient: f64;
  /** `hessian` is the sum itself, `total` what scanning takes for it. */
  hessian: f64;
  total: f64;
  rowsPerHessian: f64;
  gainShift: f64;
}

@unmanaged
export class Call {
  /** The smaller leaf's rows: per stretch where they lie, and how many; one pair more can be read. */
  stretchesAt: usize;
  stretches: i32;
  gradientsAt: usize;
  featuresAt: usize;
  /** u8 by feature: whether `scansAt` is to be filled. */
  isScannedAt: usize;
  /** Two by feature: the smaller leaf's, the larger's. */
  scansAt: usize;
  smallerAt: usize;
  largerAt: usize;
  hasLarger: i32;
  minRows: i32;
  minHessian: f64;
  l2: f64;
}

/** The best split of a feature: all f64, so that one array holds them. */
@unmanaged
export class Scan {
  /** −Infinity where there is none. */
  gain: f64;
  leftGradient: f64;
  leftHessian: f64;
  leftRows: f64;
  threshold: f64;
  /** 1 where any split gains. */
  isSplittable: f64;
}

/** What finding bins knows of all columns. */
@unmanaged
export class Sampled {
  rows: i32;
  maxBin: i32;
  minDataInBin: i32;
  /** Whether NaN, where it occurs, has a bin. */
  isNanMissing: i32;
}

/** The bins of one column. */
@unmanaged
export class FoundBins {
  /** 1: its values are sorted and that is all. */
  isCategorical: i32;
  /** Sampled and not zero. */
  values: i32;
  /** Of these NaN, where that has a bin. */
  nans: i32;
  bounds: i32;
  /** f64 by bin: inclusive upper bounds, the last Infinity; NaN's bin is not among them. */
  boundsAt: usize;
  /** i32 by bin: sampled rows. */
  countsAt: usize;
  min: f64;
  max: f64;
}

/** How the values of one column are written as bins. */
@unmanaged
export class Encoder {
  /** Bytes from a row's begin. */
  valueAt: usize;
  /** u8 by row. */
  outAt: usize;
  /** u16 by cell and one more: how many bounds lie in cells before it. */
  startAt: usize;
  /** f64, one more than there are, Infinity. */
  boundsAt: usize;
  nanBin: i32;
  low: f64;
  perCell: f64;
}

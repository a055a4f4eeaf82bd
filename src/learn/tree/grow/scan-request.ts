/**
 * What a kernel may find out about splits while it sums: the best one of every plain number. Plain is a
 * number without missing values where nothing but L2 and least sizes bears on a split, which is the
 * usual case; the rest is left to find-split.
 */

/** Places of one answer: a Float64Array in strides of `size`. */
export const SCAN = {
  /** −Infinity where no split gains. */
  gain: 0,
  leftGradient: 1,
  leftHessian: 2,
  leftRows: 3,
  threshold: 4,
  isSplittable: 5,
  size: 6,
} as const;

export interface ScanRequest {
  /** Uint8Array (features): 1 where an answer is wanted. */
  readonly isAsked: Uint8Array;
  /** The gain that a split has to exceed. */
  readonly smallerShift: number;
  readonly largerShift: number;
  readonly minRows: number;
  readonly minHessian: number;
  readonly l2: number;
}

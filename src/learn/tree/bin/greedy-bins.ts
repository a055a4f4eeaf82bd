/**
 * Where numbers are cut into bins (LightGBM's `GreedyFindBin`): every distinct value its own bin where
 * they fit, else bins of about equal count in which a frequent value stands alone. Zero always has a bin
 * of its own, with negative and positive values on their sides. O(distinct values).
 */
import { nextUp } from "./next-up.ts";

/** LightGBM's 1e-35f: below it a number is zero. */
export const ZERO_THRESHOLD = Math.fround(1e-35);

/** Distinct values in ascending order and how often each was seen. */
export interface Distinct {
  readonly values: Float64Array;
  readonly counts: Int32Array;
}

/** Upper bounds (inclusive) of at most `maxBin` bins; the last is Infinity. */
export function boundsWithZeroBin(
  { values, counts }: Distinct,
  maxBin: number,
  total: number,
  minDataInBin: number,
): number[] {
  let leftCount = 0;
  let zeroCount = 0;
  let rightCount = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! <= -ZERO_THRESHOLD) leftCount += counts[i]!;
    else if (values[i]! > ZERO_THRESHOLD) rightCount += counts[i]!;
    else zeroCount += counts[i]!;
  }
  const leftEnd = firstAbove(values, -ZERO_THRESHOLD);
  let bounds: number[] = [];
  if (leftEnd > 0 && maxBin > 1) {
    const share = Math.trunc((leftCount / (total - zeroCount)) * (maxBin - 1));
    const left = { values: values.subarray(0, leftEnd), counts: counts.subarray(0, leftEnd) };
    bounds = greedyBounds(left, Math.max(1, share), leftCount, minDataInBin);
    bounds[bounds.length - 1] = -ZERO_THRESHOLD;
  }
  const rightStart = firstAbove(values, ZERO_THRESHOLD);
  const rightBins = maxBin - 1 - bounds.length;
  if (rightStart === values.length || rightBins <= 0) return [...bounds, Infinity];
  const right = { values: values.subarray(rightStart), counts: counts.subarray(rightStart) };
  return [...bounds, ZERO_THRESHOLD, ...greedyBounds(right, rightBins, rightCount, minDataInBin)];
}

function firstAbove(values: Float64Array, limit: number): number {
  let i = 0;
  while (i < values.length && !(values[i]! > limit)) i++;
  return i;
}

function greedyBounds(
  distinct: Distinct,
  maxBin: number,
  total: number,
  minDataInBin: number,
): number[] {
  return distinct.values.length <= maxBin
    ? boundsOfFew(distinct, minDataInBin)
    : boundsOfMany(distinct, maxBin, total, minDataInBin);
}

/** A cut between neighbours as soon as the bin below holds enough rows. */
function boundsOfFew({ values, counts }: Distinct, minDataInBin: number): number[] {
  const bounds: number[] = [];
  let inBin = 0;
  for (let i = 0; i < values.length - 1; i++) {
    inBin += counts[i]!;
    if (inBin >= minDataInBin && pushCut(bounds, values[i]!, values[i + 1]!)) inBin = 0;
  }
  bounds.push(Infinity);
  return bounds;
}

/** Bins of the mean size of what is left, values above the mean size alone. */
function boundsOfMany(
  { values, counts }: Distinct,
  maxBin: number,
  total: number,
  minDataInBin: number,
): number[] {
  const bins =
    minDataInBin > 0 ? Math.max(1, Math.min(maxBin, Math.trunc(total / minDataInBin))) : maxBin;
  let meanSize = total / bins;
  let restBins = bins;
  let restCount = total;
  const isBig = new Uint8Array(counts.length);
  for (let i = 0; i < values.length; i++) {
    if (counts[i]! < meanSize) continue;
    isBig[i] = 1;
    restBins--;
    restCount -= counts[i]!;
  }
  meanSize = restCount / restBins;
  const lower = [values[0]!];
  const upper: number[] = [];
  let inBin = 0;
  for (let i = 0; i < values.length - 1; i++) {
    if (!isBig[i]) restCount -= counts[i]!;
    inBin += counts[i]!;
    const isFull = isBig[i] === 1 || inBin >= meanSize;
    if (!isFull && !(isBig[i + 1] === 1 && inBin >= Math.max(1, meanSize * 0.5))) continue;
    upper.push(values[i]!);
    lower.push(values[i + 1]!);
    if (upper.length >= bins - 1) break;
    inBin = 0;
    if (!isBig[i]) {
      restBins--;
      meanSize = restCount / restBins;
    }
  }
  const bounds: number[] = [];
  for (let i = 0; i < upper.length; i++) pushCut(bounds, upper[i]!, lower[i + 1]!);
  bounds.push(Infinity);
  return bounds;
}

/** Adds the double above the middle of two values, unless the last bound is as good as there. */
function pushCut(bounds: number[], below: number, above: number): boolean {
  const cut = nextUp((below + above) / 2);
  if (bounds.length > 0 && cut <= nextUp(bounds[bounds.length - 1]!)) return false;
  bounds.push(cut);
  return true;
}

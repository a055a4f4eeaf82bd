/**
 * From the sampled values of a column to the bounds of its bins: what ../../bin/feature-bins.ts and
 * ../../bin/greedy-bins.ts do for numbers, step for step.
 */
import { sortDoubles, TABLES_BYTES } from "./sort";
import { FoundBins, Sampled } from "./struct";

/** LightGBM's 1e-35f. */
const ZERO_THRESHOLD: f64 = <f64>(<f32>1e-35);

/**
 * Finds the bins of columns `from … to`. A column's values lie every `columnBytes` from `valuesAt` on;
 * after it they are without zeros, ascending, NaN last.
 *
 * @param foundAt a FoundBins every `foundBytes` @param scratchAt room for 8,192 + 12 × (rows + 1) bytes
 */
export function findBins(
  sampledAt: usize,
  valuesAt: usize,
  columnBytes: i32,
  foundAt: usize,
  foundBytes: i32,
  scratchAt: usize,
  from: i32,
  to: i32,
): void {
  const sampled = changetype<Sampled>(sampledAt);
  for (let k = from; k < to; k++) {
    const found = changetype<FoundBins>(foundAt + k * foundBytes);
    const at = valuesAt + k * columnBytes;
    found.values = dropZeros(at, sampled.rows);
    found.bounds = 0;
    sortDoubles(at, found.values, scratchAt);
    if (!found.isCategorical) findColumn(sampled, found, at, scratchAt + TABLES_BYTES);
  }
}

/** @returns how many values are left: those that are not zero */
function dropZeros(at: usize, rows: i32): i32 {
  const endAt = at + (<usize>rows << 3);
  let toAt = at;
  for (let fromAt = at; fromAt < endAt; fromAt += 8) {
    const value = load<f64>(fromAt);
    store<f64>(toAt, value);
    toAt += <usize>i32(!(abs(value) <= ZERO_THRESHOLD)) << 3;
  }
  return <i32>((toAt - at) >> 3);
}

function findColumn(sampled: Sampled, found: FoundBins, at: usize, distinctAt: usize): void {
  let present = found.values;
  while (present > 0 && isNaN(load<f64>(at + (<usize>(present - 1) << 3)))) present--;
  const isNan = sampled.isNanMissing && present < found.values;
  const nans = isNan ? found.values - present : 0;
  const countsAt = distinctAt + (<usize>(sampled.rows + 1) << 3);
  const n = distinctValues(at, present, sampled.rows - present - nans, distinctAt, countsAt);
  found.nans = nans;
  found.min = load<f64>(distinctAt);
  found.max = load<f64>(distinctAt + (<usize>(n - 1) << 3));
  const maxBin = isNan ? sampled.maxBin - 1 : sampled.maxBin;
  const total = sampled.rows - nans;
  boundsWithZeroBin(sampled, found, distinctAt, countsAt, n, maxBin, total);
  // Rows of each bin.
  const boundsAt = found.boundsAt;
  const binCountsAt = found.countsAt;
  memory.fill(binCountsAt, 0, <usize>found.bounds << 2);
  let bin = 0;
  for (let i = 0; i < n; i++) {
    const value = valueOf(distinctAt, i);
    while (bin < found.bounds - 1 && value > valueOf(boundsAt, bin)) bin++;
    const cell = binCountsAt + (<usize>bin << 2);
    store<i32>(cell, load<i32>(cell) + countOf(countsAt, i));
  }
}

@inline
function valueOf(valuesAt: usize, i: i32): f64 {
  return load<f64>(valuesAt + (<usize>i << 3));
}

@inline
function countOf(countsAt: usize, i: i32): i32 {
  return load<i32>(countsAt + (<usize>i << 2));
}

/** Writes values that differ by more than one step of a double, and their counts. @returns how many */
function distinctValues(
  sortedAt: usize,
  count: i32,
  zeroCount: i32,
  valuesAt: usize,
  countsAt: usize,
): i32 {
  let length = 0;
  if (count === 0 || (load<f64>(sortedAt) > 0 && zeroCount > 0)) {
    length = push(valuesAt, countsAt, length, 0, zeroCount);
  }
  if (count === 0) return length;
  let before = load<f64>(sortedAt);
  length = push(valuesAt, countsAt, length, before, 1);
  for (let i = 1; i < count; i++) {
    const value = valueOf(sortedAt, i);
    if (isNeighbour(before, value)) {
      store<f64>(valuesAt + (<usize>(length - 1) << 3), value);
      const cell = countsAt + (<usize>(length - 1) << 2);
      store<i32>(cell, load<i32>(cell) + 1);
    } else {
      if (before < 0 && value > 0) length = push(valuesAt, countsAt, length, 0, zeroCount);
      length = push(valuesAt, countsAt, length, value, 1);
    }
    before = value;
  }
  if (before < 0 && zeroCount > 0) length = push(valuesAt, countsAt, length, 0, zeroCount);
  return length;
}

@inline
function push(valuesAt: usize, countsAt: usize, length: i32, value: f64, count: i32): i32 {
  store<f64>(valuesAt + (<usize>length << 3), value);
  store<i32>(countsAt + (<usize>length << 2), count);
  return length + 1;
}

function isNeighbour(value: f64, above: f64): bool {
  if (above === value) return true;
  if (above - value > abs(value) * 1e-15 + 1e-300) return false;
  return above <= nextUp(value);
}

/** C's `nextafter(x, INFINITY)`. */
function nextUp(x: f64): f64 {
  if (x === Infinity || isNaN(x)) return x;
  if (x === 0) return f64.MIN_VALUE;
  return reinterpret<f64>(reinterpret<i64>(x) + (x > 0 ? 1 : -1));
}

/** Zero gets a bin of its own, negative and positive values lie on its sides. */
function boundsWithZeroBin(
  sampled: Sampled,
  found: FoundBins,
  valuesAt: usize,
  countsAt: usize,
  n: i32,
  maxBin: i32,
  total: i32,
): void {
  let leftEnd = 0;
  let leftCount = 0;
  while (leftEnd < n && valueOf(valuesAt, leftEnd) <= -ZERO_THRESHOLD) {
    leftCount += countOf(countsAt, leftEnd++);
  }
  let rightStart = leftEnd;
  let zeroCount = 0;
  while (rightStart < n && valueOf(valuesAt, rightStart) <= ZERO_THRESHOLD) {
    zeroCount += countOf(countsAt, rightStart++);
  }
  let rightCount = 0;
  for (let i = rightStart; i < n; i++) rightCount += countOf(countsAt, i);
  if (leftEnd > 0 && maxBin > 1) {
    const part = <f64>leftCount / <f64>(total - zeroCount);
    const share = max(1, <i32>(part * <f64>(maxBin - 1)));
    greedyBounds(sampled, found, valuesAt, countsAt, leftEnd, share, leftCount);
    store<f64>(found.boundsAt + (<usize>(found.bounds - 1) << 3), -ZERO_THRESHOLD);
  }
  const rightBins = maxBin - 1 - found.bounds;
  if (rightStart === n || rightBins <= 0) {
    pushBound(found, Infinity);
    return;
  }
  pushBound(found, ZERO_THRESHOLD);
  const rightAt = valuesAt + (<usize>rightStart << 3);
  const rightCountsAt = countsAt + (<usize>rightStart << 2);
  greedyBounds(sampled, found, rightAt, rightCountsAt, n - rightStart, rightBins, rightCount);
}

function pushBound(found: FoundBins, bound: f64): void {
  store<f64>(found.boundsAt + (<usize>found.bounds << 3), bound);
  found.bounds++;
}

function greedyBounds(
  sampled: Sampled,
  found: FoundBins,
  valuesAt: usize,
  countsAt: usize,
  n: i32,
  maxBin: i32,
  total: i32,
): void {
  const first = found.bounds;
  if (n <= maxBin) boundsOfFew(found, first, valuesAt, countsAt, n, sampled.minDataInBin);
  else boundsOfMany(found, first, valuesAt, countsAt, n, maxBin, total, sampled.minDataInBin);
  pushBound(found, Infinity);
}

/** A cut between neighbours as soon as the bin below holds enough rows. */
function boundsOfFew(
  found: FoundBins,
  first: i32,
  valuesAt: usize,
  countsAt: usize,
  n: i32,
  minDataInBin: i32,
): void {
  let inBin = 0;
  for (let i = 0; i < n - 1; i++) {
    inBin += countOf(countsAt, i);
    if (inBin < minDataInBin) continue;
    if (pushCut(found, first, valueOf(valuesAt, i), valueOf(valuesAt, i + 1))) inBin = 0;
  }
}

/** Bins of the mean size of what is left, values above the mean size alone. */
function boundsOfMany(
  found: FoundBins,
  first: i32,
  valuesAt: usize,
  countsAt: usize,
  n: i32,
  maxBin: i32,
  total: i32,
  minDataInBin: i32,
): void {
  const bins = minDataInBin > 0 ? max(1, min(maxBin, total / minDataInBin)) : maxBin;
  const bigSize = <f64>total / <f64>bins;
  let restBins = bins;
  let restCount = total;
  for (let i = 0; i < n; i++) {
    const count = countOf(countsAt, i);
    if (<f64>count < bigSize) continue;
    restBins--;
    restCount -= count;
  }
  let meanSize = <f64>restCount / <f64>restBins;
  let inBin = 0;
  let cuts = 0;
  let isBig = <f64>countOf(countsAt, 0) >= bigSize;
  for (let i = 0; i < n - 1; i++) {
    const count = countOf(countsAt, i);
    const isNextBig = <f64>countOf(countsAt, i + 1) >= bigSize;
    const isThisBig = isBig;
    isBig = isNextBig;
    if (!isThisBig) restCount -= count;
    inBin += count;
    const isFull = isThisBig || <f64>inBin >= meanSize;
    if (!isFull && !(isNextBig && <f64>inBin >= max(1.0, meanSize * 0.5))) continue;
    pushCut(found, first, valueOf(valuesAt, i), valueOf(valuesAt, i + 1));
    cuts++;
    if (cuts >= bins - 1) break;
    inBin = 0;
    if (!isThisBig) {
      restBins--;
      meanSize = <f64>restCount / <f64>restBins;
    }
  }
}

/** Adds the double above the middle of two values, unless the last bound is as good as there. */
function pushCut(found: FoundBins, first: i32, below: f64, above: f64): bool {
  const cut = nextUp((below + above) / 2);
  if (found.bounds > first && cut <= nextUp(valueOf(found.boundsAt, found.bounds - 1))) return false;
  pushBound(found, cut);
  return true;
}

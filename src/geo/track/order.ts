/**
 * The time axis: strictly ascending, one row a moment. Clocks that were set on the way are joined,
 * rows out of order are sorted or retimed (whichever gives the shorter path), rows without a time
 * are interpolated, and rows of one moment are merged or spread. O(n log n) at worst.
 */
import { CHANNELS, type StatedTotals, type Streams } from "./recording.ts";
import { createRepairLog, type RepairLog } from "./repair.ts";
import { hasFix, type MutableStreams, selectRows } from "./rows.ts";
import { stepM } from "./step.ts";

export const orderDefaults = {
  /** GPS time begins in 1980 and sports watches after 1990; FIT's own epoch is 1989-12-31. */
  firstMs: Date.UTC(1990, 0, 1),
  /** Later than any recording, earlier than the 2099 of a clock that was never set. */
  lastMs: Date.UTC(2090, 0, 1),
  /** A step of the clock this large is questioned; ultra races pause for less. */
  clockStepMs: 12 * 3_600_000,
  /** Rows of one moment are told apart when they are at least this far from each other. */
  samePlaceM: 1,
  /** Rows are not spread closer than this: no receiver of a watch is faster than 20 Hz. */
  spreadMs: 50,
} as const;

/**
 * @returns fresh streams with strictly ascending times; all times NaN when the column tells none
 */
export function orderRows(streams: Streams, stated: StatedTotals, log: RepairLog): MutableStreams {
  const n = streams.length;
  const time = streams.timeMs.slice(0, n);
  if (!tellsTime(time)) {
    log.add("time-none", n);
    const untimed = selectRows(streams, range(n));
    untimed.timeMs.fill(Number.NaN);
    return untimed;
  }
  joinClocks(streams, time, stated, log);
  let rows = putInOrder(streams, time, log);
  rows = fillTimes(time, rows, log);
  return mergeMoments(streams, time, rows, log);
}

/**
 * Makes what is no finite number NaN, and says whether the column tells time: a single row with one,
 * or two rows with different ones (exporters of routes stamp every point with the same moment).
 */
function tellsTime(time: Float64Array): boolean {
  let first = Number.NaN;
  let isConstant = true;
  for (let i = 0; i < time.length; i++) {
    if (!Number.isFinite(time[i]!)) time[i] = Number.NaN;
    else if (Number.isNaN(first)) first = time[i]!;
    else if (time[i] !== first) isConstant = false;
  }
  return time.length === 1 ? !Number.isNaN(first) : !isConstant;
}

/**
 * The repaired time of every row, in the order of the file: what `orderRows` would give it before
 * rows of one moment are merged. NaN where a row's time cannot be known.
 */
export function orderedTimes(streams: Streams, stated: StatedTotals): Float64Array {
  const n = streams.length;
  const time = streams.timeMs.slice(0, n);
  if (!tellsTime(time)) return time.fill(Number.NaN);
  const silent = createRepairLog();
  joinClocks(streams, time, stated, silent);
  fillTimes(time, putInOrder(streams, time, silent), silent);
  return time;
}

/**
 * Joins the stretches of a clock that was set on the way: a stretch dated outside the plausible
 * years follows its neighbour; a jump of days in one place is closed when the device itself states
 * less time than the jump. One to three odd rows between agreeing neighbours lose their time.
 */
function joinClocks(
  streams: Streams,
  time: Float64Array,
  stated: StatedTotals,
  log: RepairLog,
): void {
  const { firstMs, lastMs, clockStepMs } = orderDefaults;
  const n = time.length;
  const isPlausible = (t: number): boolean => t >= firstMs && t < lastMs;
  let plausible = 0;
  let implausible = 0;
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(time[i]!)) continue;
    if (isPlausible(time[i]!)) plausible++;
    else implausible++;
  }
  if (plausible === 0) {
    log.add("date-implausible", implausible);
    // Without one good date there is nothing to agree with; the spacing may still be right.
  }
  const blocks = clockBlocks(time, clockStepMs);
  if (blocks.length < 2) return;

  // A few rows whose clock disagrees with both sides, while both sides agree with each other.
  for (let b = 1; b + 1 < blocks.length; b++) {
    const block = blocks[b]!;
    const before = time[blocks[b - 1]!.last]!;
    const after = time[blocks[b + 1]!.first]!;
    if (block.count > 3 || Math.abs(after - before) > clockStepMs) continue;
    let odd = 0;
    for (let i = block.first; i <= block.last; i++) {
      if (!Number.isNaN(time[i]!)) odd++;
      time[i] = Number.NaN;
    }
    log.add("time-glitch", odd);
  }

  const joined = clockBlocks(time, clockStepMs);
  if (joined.length < 2) return;
  const tickMs = typicalTickMs(time);
  let anchor = 0;
  for (let b = 1; b < joined.length; b++) {
    const isBetter =
      isPlausible(time[joined[b]!.first]!) !== isPlausible(time[joined[anchor]!.first]!)
        ? isPlausible(time[joined[b]!.first]!)
        : joined[b]!.count > joined[anchor]!.count;
    if (isBetter) anchor = b;
  }
  const shift = (b: number, byMs: number): void => {
    const block = joined[b]!;
    for (let i = block.first; i <= block.last; i++) time[i]! += byMs;
    log.add("clock-shifted", block.count);
  };
  const mustJoin = (b: number, neighbour: number): boolean => {
    const near = b > neighbour ? joined[b]!.first : joined[b]!.last;
    const far = b > neighbour ? joined[neighbour]!.last : joined[neighbour]!.first;
    if (!isPlausible(time[near]!)) return isPlausible(time[far]!);
    const gapMs = Math.abs(time[near]! - time[far]!);
    const statedS = stated.elapsedS ?? stated.timerS;
    return (
      statedS !== undefined &&
      statedS > 0 &&
      statedS * 1000 < gapMs / 2 &&
      isOnePlace(streams, near, far)
    );
  };
  for (let b = anchor + 1; b < joined.length; b++) {
    if (mustJoin(b, b - 1)) shift(b, time[joined[b - 1]!.last]! + tickMs - time[joined[b]!.first]!);
  }
  for (let b = anchor - 1; b >= 0; b--) {
    if (mustJoin(b, b + 1)) shift(b, time[joined[b + 1]!.first]! - tickMs - time[joined[b]!.last]!);
  }
}

interface ClockBlock {
  /** First and last timed row. */
  first: number;
  last: number;
  /** Timed rows. */
  count: number;
}

/** Stretches of the file between clock steps of more than `stepMs` in either direction. */
function clockBlocks(time: Float64Array, stepMs: number): ClockBlock[] {
  const blocks: ClockBlock[] = [];
  let block: ClockBlock | undefined;
  for (let i = 0; i < time.length; i++) {
    const t = time[i]!;
    if (Number.isNaN(t)) continue;
    if (block === undefined || Math.abs(t - time[block.last]!) > stepMs) {
      block = { first: i, last: i, count: 1 };
      blocks.push(block);
    } else {
      block.last = i;
      block.count++;
    }
  }
  return blocks;
}

/** Whether two rows are within a minute's fast ride of each other, or cannot be told. */
function isOnePlace(streams: Streams, a: number, b: number): boolean {
  if (!hasFix(streams, a) || !hasFix(streams, b)) return true;
  return stepM(streams, a, b) < 1000;
}

/** The median positive step of the clock, 1 s when there is none. */
export function typicalTickMs(time: Float64Array): number {
  const steps: number[] = [];
  const stride = Math.max(1, Math.floor(time.length / 2048));
  for (let i = 1; i < time.length; i += stride) {
    const step = time[i]! - time[i - 1]!;
    if (step > 0) steps.push(step);
  }
  if (steps.length === 0) return 1000;
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1]!;
}

/**
 * Rows by time. Whole segments in the wrong order want sorting, a stumbling clock wants its rows
 * retimed where they stand: the shorter of the two paths over the ground decides.
 *
 * @returns the rows in their order; times that were given up are NaN
 */
function putInOrder(streams: Streams, time: Float64Array, log: RepairLog): Uint32Array {
  const n = time.length;
  let previous = Number.NEGATIVE_INFINITY;
  let backward = 0;
  for (let i = 0; i < n; i++) {
    const t = time[i]!;
    if (Number.isNaN(t)) continue;
    if (t < previous) backward++;
    previous = t;
  }
  const inFile = range(n);
  if (backward === 0) return inFile;

  // A row without time stays behind the row that it follows in the file.
  const key = new Float64Array(n);
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (!Number.isNaN(time[i]!)) last = time[i]!;
    key[i] = last;
  }
  const sorted = range(n).sort((a, b) =>
    key[a]! === key[b]! ? a - b : key[a]! < key[b]! ? -1 : 1,
  );
  const kept = longestAscending(time);
  let keptCount = 0;
  for (let i = 0; i < n; i++) keptCount += kept[i]!;
  let timedCount = 0;
  for (let i = 0; i < n; i++) if (!Number.isNaN(time[i]!)) timedCount++;

  const displaced = timedCount - keptCount;
  const sortedM = pathM(streams, sorted);
  const fileM = pathM(streams, inFile);
  if (fileM > 0 && sortedM > fileM * 1.02 + 50) {
    const retimed = time.map((t, i) => (kept[i] ? t : Number.NaN));
    // Retiming squeezes rows between their neighbours, so few of them may be moved far.
    if (farCount(time, retimed, inFile) * 5 < timedCount) {
      time.set(retimed);
      log.add("time-glitch", displaced);
      return inFile;
    }
  }
  log.add("time-reversed", displaced);
  return sorted;
}

/** How many rows interpolation would move by more than a minute. */
function farCount(time: Float64Array, retimed: Float64Array, rows: Uint32Array): number {
  const filled = retimed.slice();
  fillTimes(filled, rows, createRepairLog());
  let far = 0;
  for (let i = 0; i < time.length; i++) {
    if (Number.isNaN(retimed[i]!) && !(Math.abs(filled[i]! - time[i]!) <= 60_000)) far++;
  }
  return far;
}

/** Length over the ground in metres of the rows that have a position, in this order. */
function pathM(streams: Streams, rows: Uint32Array): number {
  let total = 0;
  let before = -1;
  for (let k = 0; k < rows.length; k++) {
    const i = rows[k]!;
    if (!hasFix(streams, i)) continue;
    if (before >= 0) total += stepM(streams, before, i);
    before = i;
  }
  return total;
}

/** 1 for the rows of a longest non-descending subsequence (patience sorting). O(n log n). */
function longestAscending(time: Float64Array): Uint8Array {
  const n = time.length;
  const tail = new Int32Array(n);
  const parent = new Int32Array(n).fill(-1);
  let length = 0;
  for (let i = 0; i < n; i++) {
    const t = time[i]!;
    if (Number.isNaN(t)) continue;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (time[tail[middle]!]! <= t) low = middle + 1;
      else high = middle;
    }
    if (low > 0) parent[i] = tail[low - 1]!;
    tail[low] = i;
    if (low === length) length++;
  }
  const kept = new Uint8Array(n);
  for (let i = length > 0 ? tail[length - 1]! : -1; i >= 0; i = parent[i]!) kept[i] = 1;
  return kept;
}

/** Interpolates missing times between timed rows; drops the rows before the first and after the last. */
function fillTimes(time: Float64Array, rows: Uint32Array, log: RepairLog): Uint32Array {
  const n = rows.length;
  let first = 0;
  while (Number.isNaN(time[rows[first]!]!)) first++;
  let last = n - 1;
  while (Number.isNaN(time[rows[last]!]!)) last--;
  log.add("time-missing", first + (n - 1 - last));
  let filled = 0;
  for (let k = first + 1; k < last; k++) {
    if (!Number.isNaN(time[rows[k]!]!)) continue;
    let next = k + 1;
    while (Number.isNaN(time[rows[next]!]!)) next++;
    const from = time[rows[k - 1]!]!;
    const step = (time[rows[next]!]! - from) / (next - k + 1);
    for (let j = k; j < next; j++) time[rows[j]!] = Math.round(from + step * (j - k + 1));
    filled += next - k;
    k = next;
  }
  log.add("time-filled", filled);
  return first === 0 && last === n - 1 ? rows : rows.subarray(first, last + 1);
}

/**
 * Makes one row of each moment. Rows that complete each other (heart rate in one, position in the
 * other) are merged; rows in different places share the time up to the next row; the rest repeats.
 */
function mergeMoments(
  streams: Streams,
  time: Float64Array,
  rows: Uint32Array,
  log: RepairLog,
): MutableStreams {
  const out = selectRows(streams, rows);
  const n = rows.length;
  for (let k = 0; k < n; k++) out.timeMs[k] = time[rows[k]!]!;
  let hasTie = false;
  for (let k = 1; k < n && !hasTie; k++) hasTie = out.timeMs[k]! <= out.timeMs[k - 1]!;
  if (!hasTie) return out;

  const tickMs = typicalTickMs(out.timeMs);
  const keep: number[] = [];
  let merged = 0;
  let repeated = 0;
  let spread = 0;
  for (let a = 0; a < n; ) {
    const t = out.timeMs[a]!;
    let b = a + 1;
    while (b < n && out.timeMs[b]! <= t) b++;
    const group: number[] = [a];
    for (let k = a + 1; k < b; k++) {
      const host = group[group.length - 1]!;
      if (hasFix(out, k) && hasFix(out, host) && stepM(out, host, k) > orderDefaults.samePlaceM) {
        group.push(k);
      } else if (absorb(out, host, k)) merged++;
      else repeated++;
    }
    const roomMs = Math.min(b < n ? out.timeMs[b]! - t : tickMs, 60_000);
    const stepMs = Math.floor(roomMs / group.length);
    const canSpread = group.length > 1 && stepMs >= orderDefaults.spreadMs;
    keep.push(a);
    for (let g = 1; g < group.length; g++) {
      if (!canSpread) {
        repeated++;
        continue;
      }
      out.timeMs[group[g]!] = t + g * stepMs;
      keep.push(group[g]!);
      spread++;
    }
    a = b;
  }
  log.add("row-merged", merged);
  log.add("time-duplicate", repeated);
  log.add("time-spread", spread);
  return keep.length === n ? out : selectRows(out, keep);
}

/** Fills what row `host` lacks from row `guest`; true when the guest had something to give. */
function absorb(streams: MutableStreams, host: number, guest: number): boolean {
  let gave = false;
  if (!hasFix(streams, host) && hasFix(streams, guest)) {
    streams.lon[host] = streams.lon[guest]!;
    streams.lat[host] = streams.lat[guest]!;
    gave = true;
  }
  for (const channel of CHANNELS) {
    const column = streams[channel];
    if (!column || !Number.isNaN(column[host]!) || Number.isNaN(column[guest]!)) continue;
    column[host] = column[guest]!;
    gave = true;
  }
  return gave;
}

function range(n: number): Uint32Array {
  const rows = new Uint32Array(n);
  for (let i = 0; i < n; i++) rows[i] = i;
  return rows;
}

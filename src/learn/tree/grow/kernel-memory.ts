/**
 * Where everything lies that the WebAssembly kernel works on, in byte addresses of one memory, and the
 * structs of assembly/struct.ts, by which it is told so. All but the slabs is the same for every thread.
 */
import type { BinnedData } from "../bin/binned.ts";
import type { KernelWork } from "./kernel.ts";
import { SCAN, type ScanRequest } from "./scan-request.ts";
import { EPSILON, type Leaf } from "./split.ts";

/** As in assembly/kernel.ts. */
const BATCH = 32;
/** Bytes of a cache line: what two threads write to is never on the same. */
export const LINE = 64;
/** A bin holds two doubles. */
export const BIN_BYTES = 16;

/** Features that one thread sums: their bins lie together, a row every `stride` bytes. */
export interface Slab {
  /** Of its struct. */
  readonly at: number;
  readonly firstFeature: number;
  readonly features: number;
  readonly stride: number;
  /** Features in groups of 4, and whether 2 more follow. */
  readonly quads: number;
  readonly hasPair: boolean;
  readonly binsAt: number;
  readonly offsetsAt: number;
  readonly scratchAt: number;
}

/** Bytes of the structs. */
const SLAB_BYTES = 36;
const FEATURE_BYTES = 12;
const LEAF_BYTES = 48;
const CALL_BYTES = 56;

export type Layout = ReturnType<typeof layoutOf>;

/** Addresses in the order in which they are used; `end` is the size of it all. */
export function layoutOf(
  data: BinnedData,
  slots: number,
  { classes, labels, parallel }: KernelWork,
) {
  const { rows, features, firstBin } = data;
  const count = features.length;
  const threads = parallel?.threads ?? 1;
  let end = LINE;
  const take = (bytes: number): number => {
    const at = end;
    end = Math.ceil((at + bytes) / LINE) * LINE;
    return at;
  };
  // Two features are the least that a thread sums; a thread without any would be none.
  const pairs = Math.max(1, Math.ceil(count / 2));
  const slabCount = Math.min(threads, pairs);
  const slabs = Array.from({ length: slabCount }, (_, k): Slab => {
    const from = Math.floor((k * pairs) / slabCount);
    const to = Math.floor(((k + 1) * pairs) / slabCount);
    const quads = (to - from) >> 1;
    const stride = Math.ceil((2 * (to - from)) / 16) * 16;
    return {
      at: take(SLAB_BYTES),
      firstFeature: 2 * from,
      features: Math.min(count, 2 * to) - 2 * from,
      stride,
      quads,
      hasPair: (to - from) % 2 === 1,
      binsAt: take(rows * stride),
      offsetsAt: take((quads + 1) * 16),
      scratchAt: take((quads + 1) * 16 + BATCH * (stride + BIN_BYTES)),
    };
  });
  // One cache line more a slab: features that fill up its last group are summed there.
  const histogramBytes = firstBin[count]! * BIN_BYTES + slabCount * LINE;
  // Gradients are computed two rows at a time, so an odd number of rows has room for one more.
  const evenRows = rows + (rows % 2);
  return {
    threads,
    slabs,
    histogramBytes,
    columnsAt: take(rows * count),
    rowsAt: take(rows * 4),
    gradientsAt: take(evenRows * 8),
    scoreAt: take(classes * evenRows * 8),
    yAt: take(labels === undefined ? 0 : evenRows * 4),
    weightAt: labels?.weight === undefined ? 0 : take(evenRows * 4),
    optionsAt: take(16),
    histogramsAt: take(slots * histogramBytes),
    goesLeftAt: take(256),
    asideAt: take(rows * 4 + threads * LINE),
    leftCountsAt: take(4 * threads),
    sumsAt: take(16),
    leavesAt: take(threads * 8 * slots),
    stretchesAt: take(8 * (threads + 1)),
    valuesAt: take(8 * slots),
    featuresAt: take(count * FEATURE_BYTES),
    isScannedAt: take(count),
    scansAt: take(count * 2 * SCAN.size * 8),
    smallerAt: take(LEAF_BYTES),
    largerAt: take(LEAF_BYTES),
    callAt: take(CALL_BYTES),
    end,
  };
}

/** Slabs and features, once. */
export function writeStructs(buffer: ArrayBufferLike, layout: Layout, data: BinnedData): void {
  const { firstBin, features } = data;
  const unread = firstBin[features.length]! * BIN_BYTES;
  layout.slabs.forEach((slab, k) => {
    const {
      firstFeature,
      features: own,
      quads,
      hasPair,
      stride,
      binsAt,
      offsetsAt,
      scratchAt,
    } = slab;
    new Int32Array(buffer, slab.at, SLAB_BYTES / 4).set([
      ...[binsAt, stride, quads, hasPair ? 1 : 0, offsetsAt, scratchAt],
      ...[firstFeature, own, (firstBin[firstFeature + own]! - firstBin[firstFeature]!) * BIN_BYTES],
    ]);
    const offsets = new Uint32Array(buffer, offsetsAt, quads * 4 + (hasPair ? 2 : 0));
    for (let f = 0; f < offsets.length; f++) {
      offsets[f] = f < own ? firstBin[firstFeature + f]! * BIN_BYTES : unread + k * LINE;
    }
  });
  features.forEach(({ count, mostFrequentBin }, f) => {
    const at = layout.featuresAt + f * FEATURE_BYTES;
    new Int32Array(buffer, at, 3).set([firstBin[f]! * BIN_BYTES, count, mostFrequentBin]);
  });
}

/** Writes what `findSplits` is asked. */
export function createCallWriter(buffer: ArrayBufferLike, layout: Layout) {
  const call = new Int32Array(buffer, layout.callAt, 10);
  const limits = new Float64Array(buffer, layout.callAt + 40, 2);
  const isScanned = new Uint8Array(buffer, layout.isScannedAt, layout.scansAt - layout.isScannedAt);
  const writerOf = (at: number) => {
    const whole = new Int32Array(buffer, at, 2);
    const sums = new Float64Array(buffer, at + 8, 5);
    return ({ slot, rows, gradient, hessian }: Leaf, gainShift: number): void => {
      whole[0] = layout.histogramsAt + slot * layout.histogramBytes;
      whole[1] = rows;
      const total = hessian + 2 * EPSILON;
      sums[0] = gradient;
      sums[1] = hessian;
      sums[2] = total;
      sums[3] = rows / total;
      sums[4] = gainShift;
    };
  };
  const writeSmaller = writerOf(layout.smallerAt);
  const writeLarger = writerOf(layout.largerAt);
  call.set([0, 0, layout.gradientsAt, layout.featuresAt, layout.isScannedAt, layout.scansAt]);
  call.set([layout.smallerAt, layout.largerAt], 6);
  call.set([layout.stretchesAt, layout.threads]);
  return (smaller: Leaf, larger: Leaf | undefined, request: ScanRequest | undefined): void => {
    call[8] = larger === undefined ? 0 : 1;
    call[9] = request?.minRows ?? 0;
    limits[0] = request?.minHessian ?? 0;
    limits[1] = request?.l2 ?? 0;
    if (request === undefined) isScanned.fill(0);
    else isScanned.set(request.isAsked);
    writeSmaller(smaller, request?.smallerShift ?? 0);
    if (larger !== undefined) writeLarger(larger, request?.largerShift ?? 0);
  };
}

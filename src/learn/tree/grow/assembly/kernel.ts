/**
 * The inner loops of training in AssemblyScript, for WebAssembly with 128-bit SIMD. All names that end
 * in `At` are byte addresses. Compiled by `npm run kernel` to ../simd-code.ts; a test holds them equal.
 * What takes `slabAt`, `from` or `to` does a part of the work, so that threads can share it.
 */
export { logisticGradients, squareGradients } from "./gradient";
export { partition } from "./partition";
export { addLeaves, sumRows } from "./score";
export { findBins } from "./bounds";
export { encodeRows, fillSlab } from "./encode";

import { scanDown } from "./scan";
import { Call, Feature, LeafSums, Scan, Slab } from "./struct";

/** Rows fetched before they are summed: their cache misses overlap. 16 to 64 are equally good. */
const BATCH: i32 = 32;

/** Adds a gradient and a hessian to a bin. */
@inline
function add(binAt: usize, pair: v128): void {
  v128.store(binAt, f64x2.add(v128.load(binAt), pair));
}

/**
 * What is known of a leaf's splits from its rows, for the features of one slab: the smaller child's
 * sums, the larger's as what the parent has more, and the best split of each plain number.
 */
export function findSplits(slabAt: usize, callAt: usize): void {
  const slab = changetype<Slab>(slabAt);
  const call = changetype<Call>(callAt);
  const smaller = changetype<LeafSums>(call.smallerAt);
  const larger = changetype<LeafSums>(call.largerAt);
  const from = slab.firstFeature;
  const to = from + slab.features;
  const firstAt = changetype<Feature>(call.featuresAt + from * offsetof<Feature>()).binAt;
  const bytes = slab.histogramBytes;
  memory.fill(smaller.histogramAt + firstAt, 0, bytes);
  build(slab, call, smaller.histogramAt);
  for (let f = from; f < to; f++) {
    const feature = changetype<Feature>(call.featuresAt + f * offsetof<Feature>());
    if (feature.mostFrequentBin !== 0) fixMostFrequent(feature, smaller);
  }
  if (call.hasLarger) subtract(larger.histogramAt + firstAt, smaller.histogramAt + firstAt, bytes);
  for (let f = from; f < to; f++) {
    if (!load<u8>(call.isScannedAt + f)) continue;
    const feature = changetype<Feature>(call.featuresAt + f * offsetof<Feature>());
    const scansAt = call.scansAt + f * 2 * offsetof<Scan>();
    scanDown(feature, smaller, call, changetype<Scan>(scansAt));
    if (call.hasLarger) {
      scanDown(feature, larger, call, changetype<Scan>(scansAt + offsetof<Scan>()));
    }
  }
}

/** Sums gradient and hessian per bin over a leaf's rows, for the features of one slab. */
function build(slab: Slab, call: Call, histogramAt: usize): void {
  const quads = slab.quads;
  const hasPair = slab.hasPair;
  const stride = slab.stride;
  const binsAt = slab.binsAt;
  const gradientsAt = call.gradientsAt;
  const firstAt = slab.scratchAt;
  const padded = quads * 4 + hasPair * 2;
  for (let f = 0; f < padded; f++) {
    const offset = load<u32>(slab.offsetsAt + (<usize>f << 2));
    store<u32>(firstAt + (<usize>f << 2), <u32>histogramAt + offset);
  }
  const batchAt = firstAt + (quads + 1) * 16;
  const pairsAt = batchAt + BATCH * stride;
  let stretchAt = call.stretchesAt;
  let rowsAt = load<usize>(stretchAt);
  let rest = load<i32>(stretchAt, 4);
  for (let stretch = call.stretches; stretch > 0; ) {
    if (rest === 0) {
      stretch--;
      stretchAt += 8;
      rowsAt = load<usize>(stretchAt);
      rest = load<i32>(stretchAt, 4);
      continue;
    }
    const size = min(BATCH, rest);
    rest -= size;
    let toAt = batchAt;
    let pairAt = pairsAt;
    for (let k = 0; k < size; k++) {
      const row = <usize>load<i32>(rowsAt);
      rowsAt += 4;
      const fromAt = binsAt + row * stride;
      for (let at = 0; at < stride; at += 16) v128.store(toAt + at, v128.load(fromAt + at));
      v128.store(pairAt, f64x2.promote_low_f32x4(v128.load64_zero(gradientsAt + (row << 3))));
      toAt += stride;
      pairAt += 16;
    }
    let rowAt = batchAt;
    pairAt = pairsAt;
    for (let k = 0; k < size; k++) {
      const pair = v128.load(pairAt);
      let at = rowAt;
      let first = firstAt;
      for (let quad = 0; quad < quads; quad++) {
        const four = load<u32>(at);
        add(<usize>load<u32>(first) + (<usize>(four & 255) << 4), pair);
        add(<usize>load<u32>(first, 4) + (<usize>((four >> 8) & 255) << 4), pair);
        add(<usize>load<u32>(first, 8) + (<usize>((four >> 16) & 255) << 4), pair);
        add(<usize>load<u32>(first, 12) + (<usize>(four >> 24) << 4), pair);
        at += 4;
        first += 16;
      }
      if (hasPair) {
        const two = <u32>load<u16>(at);
        add(<usize>load<u32>(first) + (<usize>(two & 255) << 4), pair);
        add(<usize>load<u32>(first, 4) + (<usize>(two >> 8) << 4), pair);
      }
      rowAt += stride;
      pairAt += 16;
    }
  }
}

/** The most frequent bin gets what the others leave of the leaf's sums, as LightGBM has it. */
function fixMostFrequent(feature: Feature, leaf: LeafSums): void {
  const firstAt = leaf.histogramAt + feature.binAt;
  let sums = f64x2(leaf.gradient, leaf.hessian);
  for (let bin = 0; bin < feature.bins; bin++) {
    if (bin === feature.mostFrequentBin) continue;
    sums = f64x2.sub(sums, v128.load(firstAt + (<usize>bin << 4)));
  }
  v128.store(firstAt + (<usize>feature.mostFrequentBin << 4), sums);
}

/** The histogram at `fromAt` less the one at `otherAt`; `bytes` is a multiple of 16. */
function subtract(fromAt: usize, otherAt: usize, bytes: i32): void {
  for (let at = 0; at < bytes; at += 16) {
    const difference = f64x2.sub(v128.load(fromAt + at), v128.load(otherAt + at));
    v128.store(fromAt + at, difference);
  }
}

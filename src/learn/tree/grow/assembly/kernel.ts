/**
 * The kernel's inner loops in AssemblyScript, for WebAssembly with 128-bit SIMD. All arguments that end
 * in `At` are byte addresses. Compiled by `npm run kernel` to ../simd-code.ts; a test holds them equal.
 */

/** Rows fetched before they are summed: their cache misses overlap. 16 to 64 are equally good. */
const BATCH: i32 = 32;

/** Adds a gradient and a hessian to a bin. */
@inline
function add(binAt: usize, pair: v128): void {
  v128.store(binAt, f64x2.add(v128.load(binAt), pair));
}

/**
 * Sums gradient and hessian per bin over `count` rows, for some of the features, whose part of the
 * histogram (`clearAt`, `clearBytes`) is cleared first.
 *
 * @param binsAt u8, a row every `stride` bytes (a multiple of 16); features beyond the last are bin 0
 * @param quads features in groups of 4
 * @param rowsAt i32 row numbers @param gradientsAt f32 pairs by row
 * @param offsetsAt u32 by feature, bytes from the histogram's begin
 * @param scratchAt room for quads × 16 + BATCH × (stride + 16) bytes
 */
export function build(
  binsAt: usize,
  stride: i32,
  quads: i32,
  rowsAt: usize,
  count: i32,
  gradientsAt: usize,
  histogramAt: usize,
  clearAt: usize,
  clearBytes: i32,
  offsetsAt: usize,
  scratchAt: usize,
): void {
  memory.fill(clearAt, 0, clearBytes);
  const firstAt = scratchAt;
  for (let f = 0; f < quads * 4; f++) {
    const offset = load<u32>(offsetsAt + (<usize>f << 2));
    store<u32>(firstAt + (<usize>f << 2), <u32>histogramAt + offset);
  }
  const batchAt = scratchAt + quads * 16;
  const pairsAt = batchAt + BATCH * stride;
  for (let i = 0; i < count; i += BATCH) {
    const size = min(BATCH, count - i);
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
      rowAt += stride;
      pairAt += 16;
    }
  }
}

/** The histogram at `fromAt` less the one at `otherAt`; `bytes` is a multiple of 16. */
export function subtract(fromAt: usize, otherAt: usize, bytes: i32): void {
  for (let at = 0; at < bytes; at += 16) {
    const difference = f64x2.sub(v128.load(fromAt + at), v128.load(otherAt + at));
    v128.store(fromAt + at, difference);
  }
}

/**
 * Sends rows left, in place, and right, by way of a scratch array; each side keeps its order.
 *
 * @param columnAt u8 by row @param goesLeftAt u8 by bin, 0 or 1
 * @returns rows on the left
 */
export function partition(
  columnAt: usize,
  goesLeftAt: usize,
  rowsAt: usize,
  count: i32,
  scratchAt: usize,
): i32 {
  let leftAt = rowsAt;
  let rightAt = scratchAt;
  const endAt = rowsAt + (<usize>count << 2);
  for (let at = rowsAt; at < endAt; at += 4) {
    const row = load<i32>(at);
    const isLeft = <usize>load<u8>(goesLeftAt + <usize>load<u8>(columnAt + <usize>row));
    store<i32>(leftAt, row);
    store<i32>(rightAt, row);
    leftAt += isLeft << 2;
    rightAt += (1 - isLeft) << 2;
  }
  memory.copy(leftAt, scratchAt, rightAt - scratchAt);
  return <i32>((leftAt - rowsAt) >> 2);
}

/** Values as bins, column after column, and bins row after row: see ../../bin/encode.ts. */
import { Encoder, Slab } from "./struct";

const LAST_CELL: f64 = 2047;

/**
 * Writes the bins of `count` rows of doubles.
 *
 * @param rowsAt f64, a row every `rowBytes` @param encodersAt an Encoder a feature
 * @param firstRow the number of the first of them
 */
export function encodeRows(
  rowsAt: usize,
  rowBytes: i32,
  count: i32,
  encodersAt: usize,
  features: i32,
  firstRow: i32,
): void {
  for (let f = 0; f < features; f++) {
    const encoder = changetype<Encoder>(encodersAt + f * offsetof<Encoder>());
    // An Encoder without a table is left to others.
    if (encoder.startAt === 0) continue;
    encodeColumn(encoder, rowsAt + encoder.valueAt, rowBytes, count, encoder.outAt + firstRow);
  }
}

function encodeColumn(encoder: Encoder, at: usize, rowBytes: i32, count: i32, outAt: usize): void {
  const startAt = encoder.startAt;
  const boundsAt = encoder.boundsAt;
  const nanBin = encoder.nanBin;
  const low = encoder.low;
  const perCell = encoder.perCell;
  for (const endAt = outAt + count; outAt < endAt; outAt++, at += rowBytes) {
    const value = load<f64>(at);
    const cell = max(0.0, min(LAST_CELL, (value - low) * perCell));
    // NaN comes to cell 0; its bin is put in below.
    const cellAt = startAt + (<usize>(<i32>cell) << 1);
    let first = <u32>load<u16>(cellAt);
    let last = <u32>load<u16>(cellAt, 2);
    while (last > first + 1) {
      const middle = (first + last) >> 1;
      if (value > load<f64>(boundsAt + (<usize>middle << 3))) first = middle + 1;
      else last = middle;
    }
    // One bound or none is left; a bound of a later cell is never below the value.
    first += u32(value > load<f64>(boundsAt + (<usize>first << 3)));
    store<u8>(outAt, isNaN(value) ? nanBin : first);
  }
}

/** Rows whose bins are turned at a time, so that both sides stay in the cache. */
const TURN_BLOCK: i32 = 1024;

/** Writes a slab's bins of rows `from … to`, row after row, from columns of one byte a row. */
export function fillSlab(slabAt: usize, columnsAt: usize, rows: i32, from: i32, to: i32): void {
  const slab = changetype<Slab>(slabAt);
  const stride = slab.stride;
  const firstAt = columnsAt + <usize>slab.firstFeature * <usize>rows;
  for (let begin = from; begin < to; begin += TURN_BLOCK) {
    const size = min(TURN_BLOCK, to - begin);
    for (let f = 0; f < slab.features; f++) {
      let fromAt = firstAt + <usize>f * <usize>rows + begin;
      let toAt = slab.binsAt + <usize>begin * stride + f;
      for (const endAt = fromAt + size; fromAt < endAt; fromAt++, toAt += stride) {
        store<u8>(toAt, load<u8>(fromAt));
      }
    }
  }
}

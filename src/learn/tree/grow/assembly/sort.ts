/** Sorts doubles ascending, NaN last, by their bits: a pass a byte, and none where all bytes are alike. */

const TABLE_BYTES: usize = 1024;
export const TABLES_BYTES: usize = 8192;
const NAN_BITS: u64 = 0x7ff8000000000000;
const SIGN: u64 = 0x8000000000000000;

/** @param scratchAt room for 8,192 bytes and as many values */
export function sortDoubles(at: usize, count: i32, scratchAt: usize): void {
  const bytes = <usize>count << 3;
  memory.fill(scratchAt, 0, TABLES_BYTES);
  for (let i: usize = 0; i < bytes; i += 8) {
    const value = load<f64>(at + i);
    const bits = isNaN(value) ? NAN_BITS : reinterpret<u64>(value);
    // Ascends as the value does: of negative numbers all bits are turned.
    const key = bits ^ (<u64>(<i64>bits >> 63) | SIGN);
    store<u64>(at + i, key);
    for (let pass: usize = 0; pass < 8; pass++) {
      const cell = scratchAt + pass * TABLE_BYTES + (<usize>((key >> (pass << 3)) & 255) << 2);
      store<i32>(cell, load<i32>(cell) + 1);
    }
  }
  let fromAt = at;
  let toAt = scratchAt + TABLES_BYTES;
  for (let pass: usize = 0; pass < 8; pass++) {
    const tableAt = scratchAt + pass * TABLE_BYTES;
    if (!makePlaces(tableAt, count)) continue;
    const shift = <u64>(pass << 3);
    for (let i: usize = 0; i < bytes; i += 8) {
      const key = load<u64>(fromAt + i);
      const cell = tableAt + (<usize>((key >> shift) & 255) << 2);
      const place = load<i32>(cell);
      store<i32>(cell, place + 1);
      store<u64>(toAt + (<usize>place << 3), key);
    }
    const before = fromAt;
    fromAt = toAt;
    toAt = before;
  }
  for (let i: usize = 0; i < bytes; i += 8) {
    const key = load<u64>(fromAt + i);
    store<u64>(at + i, key ^ (((key >> 63) - 1) | SIGN));
  }
}

/** Counts become first places. @returns whether more than one byte occurs */
function makePlaces(tableAt: usize, count: i32): bool {
  let place = 0;
  for (let at = tableAt; at < tableAt + TABLE_BYTES; at += 4) {
    const size = load<i32>(at);
    if (size === count) return false;
    store<i32>(at, place);
    place += size;
  }
  return true;
}

/** The partition of a leaf's rows: those whose bin goes left come first, each side keeps its order. */

/**
 * Sends rows left, in place, and right, to scratch and then behind them.
 *
 * @param columnAt u8 by row @param goesLeftAt u8 by bin, 0 or 1
 * @param scratchAt room for as many rows @param leftCountAt where the number of rows on the left goes, an i32
 */
export function partition(
  columnAt: usize,
  goesLeftAt: usize,
  rowsAt: usize,
  count: i32,
  scratchAt: usize,
  leftCountAt: usize,
): void {
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
  store<i32>(leftCountAt, <i32>((leftAt - rowsAt) >> 2));
}

/** Sums over a tree's rows, and what its leaves add to their scores. */

/** Adds up gradients and hessians of rows in their order; two f64 go to `sumsAt`. */
export function sumRows(rowsAt: usize, count: i32, gradientsAt: usize, sumsAt: usize): void {
  let sums = f64x2.splat(0);
  const endAt = rowsAt + (<usize>count << 2);
  for (let at = rowsAt; at < endAt; at += 4) {
    const pair = v128.load64_zero(gradientsAt + (<usize>load<i32>(at) << 3));
    sums = f64x2.add(sums, f64x2.promote_low_f32x4(pair));
  }
  v128.store(sumsAt, sums);
}

/**
 * Adds leaves' values to the scores of the rows at places `from … to`.
 *
 * @param leavesAt by leaf its first place and its end, i32 @param valuesAt f64 by leaf
 */
export function addLeaves(
  leavesAt: usize,
  valuesAt: usize,
  leaves: i32,
  rowsAt: usize,
  scoreAt: usize,
  from: i32,
  to: i32,
): void {
  for (let leaf = 0; leaf < leaves; leaf++) {
    const begin = max(from, load<i32>(leavesAt + (<usize>leaf << 3)));
    const end = min(to, load<i32>(leavesAt + (<usize>leaf << 3), 4));
    const value = load<f64>(valuesAt + (<usize>leaf << 3));
    for (let i = begin; i < end; i++) {
      const at = scoreAt + (<usize>load<i32>(rowsAt + (<usize>i << 2)) << 3);
      store<f64>(at, load<f64>(at) + value);
    }
  }
}

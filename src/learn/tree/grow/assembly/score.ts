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
 * Adds leaves' values to the scores of their rows.
 *
 * @param stretchesAt by leaf where its rows lie, and how many @param valuesAt f64 by leaf
 */
export function addLeaves(
  stretchesAt: usize,
  valuesAt: usize,
  leaves: i32,
  scoreAt: usize,
): void {
  for (let leaf = 0; leaf < leaves; leaf++) {
    const stretchAt = stretchesAt + (<usize>leaf << 3);
    const value = load<f64>(valuesAt + (<usize>leaf << 3));
    let rowAt = load<usize>(stretchAt);
    for (const endAt = rowAt + (load<usize>(stretchAt, 4) << 2); rowAt < endAt; rowAt += 4) {
      const at = scoreAt + (<usize>load<i32>(rowAt) << 3);
      store<f64>(at, load<f64>(at) + value);
    }
  }
}

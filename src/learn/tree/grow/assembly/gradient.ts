/**
 * Gradients and hessians of rows `from … to`, pairs of f32, two rows at a time: those of
 * ../../objective, with its own exponential. Rows are rounded up to even, and `from` is even.
 */

const INVERSE_LN2: f64 = 1.44269504088896338700e0;
const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const HALF_LN2: f64 = 0.34657359027997264;

/** e to the power of two numbers, as objective/exp.ts has it. */
@inline
function exp(power: v128): v128 {
  const x = f64x2.max(f64x2.min(power, f64x2.splat(709)), f64x2.splat(-708));
  const sign = v128.and(x, f64x2.splat(-0.0));
  const rounded = f64x2.trunc(
    f64x2.add(f64x2.mul(f64x2.splat(INVERSE_LN2), x), v128.or(sign, f64x2.splat(0.5))),
  );
  const isSmall = f64x2.le(f64x2.abs(x), f64x2.splat(HALF_LN2));
  const k = v128.andnot(rounded, isSmall);
  const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HIGH)));
  const low = f64x2.mul(k, f64x2.splat(LN2_LOW));
  const r = f64x2.sub(high, low);
  const t = f64x2.mul(r, r);
  let p = f64x2.mul(t, f64x2.splat(4.13813679705723846039e-8));
  p = f64x2.mul(t, f64x2.add(f64x2.splat(-1.65339022054652515390e-6), p));
  p = f64x2.mul(t, f64x2.add(f64x2.splat(6.61375632143793436117e-5), p));
  p = f64x2.mul(t, f64x2.add(f64x2.splat(-2.77777777770155933842e-3), p));
  p = f64x2.mul(t, f64x2.add(f64x2.splat(1.66666666666666019037e-1), p));
  const c = f64x2.sub(r, p);
  const part = f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c));
  const y = f64x2.sub(f64x2.splat(1), f64x2.sub(f64x2.sub(low, part), high));
  const exponents = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
  return f64x2.mul(y, i64x2.shl(i64x2.add(exponents, i64x2.splat(1023)), 52));
}

/** The weights of two rows; 1 where none are given. */
@inline
function weights(weightAt: usize, row: i32): v128 {
  if (weightAt === 0) return f64x2.splat(1);
  return f64x2.promote_low_f32x4(v128.load64_zero(weightAt + (<usize>row << 2)));
}

/** Stores g₀ h₀ g₁ h₁. */
@inline
function storePairs(at: usize, gradient: v128, hessian: v128): void {
  const g = f32x4.demote_f64x2_zero(gradient);
  const h = f32x4.demote_f64x2_zero(hessian);
  v128.store(at, v128.shuffle<f32>(g, h, 0, 4, 1, 5));
}

/** @param optionsAt two f64: steepness, weight of label 1 @param weightAt f32 by row, or 0 */
export function logisticGradients(
  scoreAt: usize,
  yAt: usize,
  weightAt: usize,
  optionsAt: usize,
  outAt: usize,
  from: i32,
  to: i32,
): void {
  const steepness = f64x2.splat(load<f64>(optionsAt));
  const positiveWeight = f64x2.splat(load<f64>(optionsAt, 8));
  const one = f64x2.splat(1);
  for (let row = from; row < to; row += 2) {
    const score = v128.load(scoreAt + (<usize>row << 3));
    const y = f64x2.promote_low_f32x4(v128.load64_zero(yAt + (<usize>row << 2)));
    const isOne = f64x2.eq(y, one);
    const signed = v128.bitselect(steepness, f64x2.neg(steepness), isOne);
    const e = exp(f64x2.mul(signed, score));
    const response = f64x2.div(f64x2.neg(signed), f64x2.add(one, e));
    const size = f64x2.abs(response);
    const classWeight = v128.bitselect(positiveWeight, one, isOne);
    const w = weights(weightAt, row);
    const gradient = f64x2.mul(f64x2.mul(response, classWeight), w);
    const spread = f64x2.mul(size, f64x2.sub(steepness, size));
    const hessian = f64x2.mul(f64x2.mul(spread, classWeight), w);
    storePairs(outAt + (<usize>row << 3), gradient, hessian);
  }
}

/** @param weightAt f32 by row, or 0 */
export function squareGradients(
  scoreAt: usize,
  yAt: usize,
  weightAt: usize,
  outAt: usize,
  from: i32,
  to: i32,
): void {
  for (let row = from; row < to; row += 2) {
    const score = v128.load(scoreAt + (<usize>row << 3));
    const y = f64x2.promote_low_f32x4(v128.load64_zero(yAt + (<usize>row << 2)));
    const rounded = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(f64x2.sub(score, y)));
    const w = weights(weightAt, row);
    storePairs(outAt + (<usize>row << 3), f64x2.mul(rounded, w), w);
  }
}

/**
 * The error function and its complement by W. J. Cody's rational Chebyshev approximations (Math. Comp.
 * 23, 1969; SPECFUN's CALERF). Relative error below 1e-15 on the whole line; the tail of `erfc` keeps
 * its digits down to the smallest number. One division, ten multiplications and at most one `exp`.
 */
import { needNumber } from "./argument.ts";

const SQRT_INV_PI = 0.5641895835477563;
/** Below it `erf` is its own series' first fraction; above the second, `erfc` is an expansion in 1/x². */
const SMALL = 0.46875;
const LARGE = 4;

const A = [
  3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694, 0.18577770618460315,
] as const;
const B = [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171] as const;
const C = [
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972, 2.1531153547440383e-8,
] as const;
const D = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
] as const;
const P = [
  0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
  0.0006587491615298378, 0.016315387137302097,
] as const;
const Q = [
  2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132,
  0.0023352049762686918,
] as const;

/** 2/√π · ∫₀ˣ e^(−t²) dt. */
export function erf(x: number): number {
  needNumber(x);
  const y = Math.abs(x);
  if (y <= SMALL) return nearZero(x);
  const rest = 1 - Math.exp(-y * y) * scaledTail(y);
  return x < 0 ? -rest : rest;
}

/** 1 − erf(x), exact to the last digits where it is small. */
export function erfc(x: number): number {
  needNumber(x);
  const y = Math.abs(x);
  if (y <= SMALL) return 1 - nearZero(x);
  const tail = expMinusSquare(y) * scaledTail(y);
  return x < 0 ? 2 - tail : tail;
}

/** e^(x²)·erfc(x) for x ≥ 0, which never underflows: Mills' ratio stands on it. */
export function erfcScaled(x: number): number {
  needNumber(x);
  return x <= SMALL ? Math.exp(x * x) * erfc(x) : scaledTail(x);
}

function nearZero(x: number): number {
  const z = x * x;
  let top = A[4] * z;
  let bottom = z;
  for (let i = 0; i < 3; i++) {
    top = (top + A[i]!) * z;
    bottom = (bottom + B[i]!) * z;
  }
  return (x * (top + A[3])) / (bottom + B[3]);
}

function scaledTail(y: number): number {
  if (y <= LARGE) {
    let top = C[8] * y;
    let bottom = y;
    for (let i = 0; i < 7; i++) {
      top = (top + C[i]!) * y;
      bottom = (bottom + D[i]!) * y;
    }
    return (top + C[7]) / (bottom + D[7]);
  }
  const z = 1 / (y * y);
  let top = P[5] * z;
  let bottom = z;
  for (let i = 0; i < 4; i++) {
    top = (top + P[i]!) * z;
    bottom = (bottom + Q[i]!) * z;
  }
  const rest = (z * (top + P[4])) / (bottom + Q[4]);
  return (SQRT_INV_PI - rest) / y;
}

/** e^(−y²) in two factors, so that the rounding of y² does not reach the exponent. */
function expMinusSquare(y: number): number {
  if (y > 27.3) return 0;
  const coarse = Math.trunc(y * 16) / 16;
  return Math.exp(-coarse * coarse) * Math.exp(-(y - coarse) * (y + coarse));
}

/**
 * The exponential function in additions, multiplications and one division, after FreeBSD's `e_exp.c`
 * (Sun Microsystems 1993): error below 1 ulp. `Math.exp` may differ from engine to engine and
 * WebAssembly has none; this one gives the same bits in both, so trees do not depend on where they grow.
 */

const INVERSE_LN2 = Math.LOG2E;
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const HALF_LN2 = 0.34657359027997264;

const power = new Float64Array(1);
const powerBits = new Int32Array(power.buffer);

/** e to the power of `x`, which is taken for −708 or 709 beyond these. */
export function boundedExp(given: number): number {
  const x = Math.max(-708, Math.min(given, 709));
  const k = Math.abs(x) <= HALF_LN2 ? 0 : Math.trunc(INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5));
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  let p = t * 4.1381367970572385e-8;
  p = t * (-1.6533902205465252e-6 + p);
  p = t * (6.613756321437934e-5 + p);
  p = t * (-0.0027777777777015593 + p);
  p = t * (0.16666666666666602 + p);
  const c = r - p;
  const y = 1 - (low - (r * c) / (2 - c) - high);
  powerBits[1] = (k + 1023) << 20;
  return y * power[0]!;
}

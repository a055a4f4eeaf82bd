/**
 * ln Γ(x) for x > 0 and the two pieces by which densities keep their digits when their parameters are
 * large: the error of Stirling's formula and the deviance (Loader, "Fast and accurate computation of
 * binomial probabilities", 2000). Near 1 and 2, where ln Γ passes through 0, the series in ζ(k) − 1
 * keeps the relative error near 1e-15 (Abramowitz & Stegun 6.1.33).
 */
import { needPositive } from "./argument.ts";

const HALF_LOG_2PI = 0.9189385332046728;
const ONE_MINUS_EULER = 0.42278433509846713;
/** Above it six terms of Stirling's series are exact to the last digit. */
const STIRLING_FROM = 15;

/** (−1)^k (ζ(k) − 1) / k for k = 2, 3, …: the series of ln Γ(2 + z) behind (1 − γ)·z. */
const ZETA = zetaSeries(40);

/** ln Γ(x). */
export function logGamma(x: number): number {
  needPositive(x, "x");
  if (x < 0.5) return aroundTwo(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return aroundTwo(x - 1) - Math.log1p(x - 1);
  if (x >= STIRLING_FROM) return (x - 0.5) * Math.log(x) - x + HALF_LOG_2PI + stirlingSeries(x);
  let product = 1;
  let y = x;
  while (y > 2.5) {
    y -= 1;
    product *= y;
  }
  return aroundTwo(y - 2) + Math.log(product);
}

/** ln Γ(x + 1) − [(x + ½)·ln x − x + ½·ln 2π]: what Stirling's formula leaves out of ln x!. */
export function stirlingError(x: number): number {
  if (x >= STIRLING_FROM) return stirlingSeries(x);
  return logGamma(x) + Math.log(x) - ((x + 0.5) * Math.log(x) - x + HALF_LOG_2PI);
}

/** x·ln(x/m) + m − x ≥ 0, without cancellation near x = m. */
export function deviance(x: number, m: number): number {
  const difference = x - m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * Math.log(x / m) - difference;
  const v = difference / (x + m);
  let sum = difference * v;
  let term = 2 * x * v;
  // v² is below .01, so eight terms are enough.
  for (let j = 3; j < 60; j += 2) {
    term *= v * v;
    const next = sum + term / j;
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** ln Γ(2 + z) for |z| ≤ ½. */
function aroundTwo(z: number): number {
  let sum = 0;
  for (let i = ZETA.length - 1; i >= 0; i--) sum = sum * z + ZETA[i]!;
  return z * (ONE_MINUS_EULER + z * sum);
}

function stirlingSeries(x: number): number {
  const z = 1 / (x * x);
  return (
    (1 / 12 -
      z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - (z * 691) / 360360))))) /
    x
  );
}

/** ζ(k) − 1 by Euler–Maclaurin behind the thirtieth term. */
function zetaSeries(count: number): Float64Array {
  const series = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const k = i + 2;
    const n = 30;
    const tail =
      n ** (1 - k) / (k - 1) +
      n ** -k / 2 +
      (k * n ** (-k - 1)) / 12 -
      (k * (k + 1) * (k + 2) * n ** (-k - 3)) / 720 +
      (k * (k + 1) * (k + 2) * (k + 3) * (k + 4) * n ** (-k - 5)) / 30240 -
      (k * (k + 1) * (k + 2) * (k + 3) * (k + 4) * (k + 5) * (k + 6) * n ** (-k - 7)) / 1209600;
    let sum = tail;
    for (let j = n - 1; j >= 2; j--) sum += j ** -k;
    series[i] = ((k % 2 === 0 ? 1 : -1) * sum) / k;
  }
  return series;
}

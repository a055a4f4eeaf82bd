/**
 * The gamma and chi-squared distributions. Whichever tail is smaller is computed, in logarithms: below
 * the mean by the power series, above it by Legendre's continued fraction (Numerical Recipes §6.2), both
 * behind Loader's form of the density, so that large shapes lose no digits. Relative error about 1e-14;
 * O(√shape) terms near the mean, a dozen elsewhere. Quantiles are Newton steps on the logarithm of the
 * tail over ln x, which is concave, so they cannot run away.
 */
import { need, needNumber, needPositive, needProbability } from "./argument.ts";
import { deviance, logGamma, stirlingError } from "./log-gamma.ts";
import { normalQuantile } from "./normal.ts";
import { lowerFrom, solveTail, type Tail, upperFrom } from "./tail.ts";

/** P(X ≤ x) for X gamma with that shape and scale (mean shape·scale). */
export function gammaCdf(x: number, shape: number, scale = 1): number {
  return lowerFrom(tailOf(x, shape, scale));
}

/** P(X > x), with all its digits where it is small. */
export function gammaSurvival(x: number, shape: number, scale = 1): number {
  return upperFrom(tailOf(x, shape, scale));
}

/** The x with P(X ≤ x) = p; Infinity at 1. */
export function gammaQuantile(p: number, shape: number, scale = 1): number {
  needProbability(p);
  needPositive(shape, "shape");
  needPositive(scale, "scale");
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  return scale * Math.exp(solveTail(p, (u) => gammaTail(Math.exp(u), shape), start(p, shape)));
}

/** P(X ≤ x) for X chi-squared. */
export function chiSquaredCdf(x: number, degreesOfFreedom: number): number {
  needPositive(degreesOfFreedom, "degreesOfFreedom");
  return gammaCdf(x, degreesOfFreedom / 2, 2);
}

/** P(X > x): the p-value of a chi-squared statistic. */
export function chiSquaredSurvival(x: number, degreesOfFreedom: number): number {
  needPositive(degreesOfFreedom, "degreesOfFreedom");
  return gammaSurvival(x, degreesOfFreedom / 2, 2);
}

/** The x with P(X ≤ x) = p. */
export function chiSquaredQuantile(p: number, degreesOfFreedom: number): number {
  needPositive(degreesOfFreedom, "degreesOfFreedom");
  return gammaQuantile(p, degreesOfFreedom / 2, 2);
}

function tailOf(x: number, shape: number, scale: number): Tail {
  needNumber(x);
  needPositive(shape, "shape");
  needPositive(scale, "scale");
  if (x <= 0) return { isLower: true, log: Number.NEGATIVE_INFINITY, logSlope: 0 };
  if (x === Number.POSITIVE_INFINITY) {
    return { isLower: false, log: Number.NEGATIVE_INFINITY, logSlope: 0 };
  }
  return gammaTail(x / scale, shape);
}

function gammaTail(x: number, a: number): Tail {
  // x·density(x) = x^a e^(−x) / Γ(a).
  const logSlope =
    0.5 * Math.log(a / (2 * Math.PI)) - stirlingError(a) - (x > 0 ? deviance(a, x) : Infinity);
  return x < a + 1
    ? { isLower: true, log: logSlope - Math.log(a) + Math.log(series(x, a)), logSlope }
    : { isLower: false, log: logSlope - Math.log(fraction(x, a)), logSlope };
}

/** 1 + x/(a+1) + x²/((a+1)(a+2)) + … */
function series(x: number, a: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** The denominator x + 1 − a − 1(1 − a)/(x + 3 − a − …) by Lentz's method. */
function fraction(x: number, a: number): number {
  let b = x + 1 - a;
  let value = b;
  let c = b;
  let d = 0;
  for (let n = 1; n < 10_000_000; n++) {
    const step = -n * (n - a);
    b += 2;
    d = 1 / (b + step * d);
    c = b + step / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

/** ln x near the quantile: Wilson and Hilferty's cube, or the leading term of the series. */
function start(p: number, a: number): number {
  const root = 1 - 1 / (9 * a) + normalQuantile(p) / (3 * Math.sqrt(a));
  if (a > 1 && root > 0.2) return Math.log(a) + 3 * Math.log(root);
  need(p > 0, "p", p, "above 0");
  return (Math.log(p) + logGamma(a + 1)) / a;
}

/**
 * The beta distribution. Whichever tail is smaller is computed, in logarithms, by the continued fraction
 * of DiDonato and Morris (ACM TOMS 18, 1992, algorithm 708, BFRAC), or where its argument is small by the
 * series of positive terms (A&S 26.5.4 after Kummer), behind Loader's form of the density. Relative error
 * about 1e-14. Both x and 1 − x are carried, so nothing is lost near 1.
 */
import { needNumber, needPositive, needProbability } from "./argument.ts";
import { deviance, logGamma, stirlingError } from "./log-gamma.ts";
import { lowerFrom, solveTail, type Tail, upperFrom } from "./tail.ts";

/** P(X ≤ x) for X beta(a, b): the regularised incomplete beta function Iₓ(a, b). */
export function betaCdf(x: number, a: number, b: number): number {
  return lowerFrom(tailOf(x, a, b));
}

/** P(X > x), with all its digits where it is small. */
export function betaSurvival(x: number, a: number, b: number): number {
  return upperFrom(tailOf(x, a, b));
}

/** The x with P(X ≤ x) = p. */
export function betaQuantile(p: number, a: number, b: number): number {
  needProbability(p);
  needPositive(a, "a");
  needPositive(b, "b");
  if (p === 0 || p === 1) return p;
  return logistic(betaLogitQuantile(p, a, b));
}

/** ln(x / (1 − x)) of the quantile, for callers that need 1 − x as exactly as x. */
export function betaLogitQuantile(p: number, a: number, b: number): number {
  return solveTail(p, (u) => betaTail(logistic(u), logistic(-u), a, b), start(p, a, b));
}

/** The smaller tail of Iₓ(a, b), y being 1 − x. Its slope is over ln(x / y). */
export function betaTail(x: number, y: number, a: number, b: number): Tail {
  const n = a + b;
  if (x <= 0) return { isLower: true, log: Number.NEGATIVE_INFINITY, logSlope: -Infinity };
  if (y <= 0) return { isLower: false, log: Number.NEGATIVE_INFINITY, logSlope: -Infinity };
  // x·y·density(x) = x^a y^b / B(a, b).
  const logSlope =
    0.5 * Math.log((a / n) * (b / (2 * Math.PI))) +
    stirlingError(n) -
    stirlingError(a) -
    stirlingError(b) -
    deviance(a, n * x) -
    deviance(b, n * y);
  return x * (n + 2) <= a + 1
    ? { isLower: true, log: logSlope - Math.log(lowerDenominator(x, y, a, b)), logSlope }
    : { isLower: false, log: logSlope - Math.log(lowerDenominator(y, x, b, a)), logSlope };
}

function tailOf(x: number, a: number, b: number): Tail {
  needNumber(x);
  needPositive(a, "a");
  needPositive(b, "b");
  return betaTail(x, 1 - x, a, b);
}

/** D with Iₓ(a, b) = x^a y^b / (B(a, b)·D). */
function lowerDenominator(x: number, y: number, a: number, b: number): number {
  return x * (a + b) < 3 * (a + 1) && x < 0.3 && a < 20
    ? a / series(x, a, b)
    : fraction(x, y, a, b);
}

/** 1 + x(a+b)/(a+1) + x²(a+b)(a+b+1)/((a+1)(a+2)) + … */
function series(x: number, a: number, b: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 0; term > sum * 1e-17; n++) {
    term *= (x * (a + b + n)) / (a + 1 + n);
    sum += term;
  }
  return sum;
}

function fraction(x: number, y: number, a: number, b: number): number {
  const base = a * y - b * x + 1;
  let value = (a * base) / (a + 1);
  let c = value;
  let d = 0;
  for (let m = 1; m < 1_000_000; m++) {
    const denominator = a + 2 * m - 1;
    const alpha =
      ((((a + m - 1) / denominator) * (a + b + m - 1)) / denominator) * m * (b - m) * x * x;
    const beta =
      m + (m * (b - m) * x) / denominator + ((a + m) * (base + m * (1 + y))) / (a + 2 * m + 1);
    d = 1 / (beta + alpha * d);
    c = beta + alpha / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

function logistic(u: number): number {
  return u < 0 ? Math.exp(u) / (1 + Math.exp(u)) : 1 / (1 + Math.exp(-u));
}

/** The logit at which the leading term of the nearer tail is p: always outside the quantile. */
function start(p: number, a: number, b: number): number {
  const mean = Math.log(a / b);
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  return p <= 0.5
    ? Math.min(mean, (Math.log(p) + Math.log(a) + logBeta) / a)
    : Math.max(mean, -(Math.log1p(-p) + Math.log(b) + logBeta) / b);
}

/**
 * Student's t distribution through the incomplete beta function (Abramowitz & Stegun 26.7.1): the tail is
 * ½·I(ν/2, ½) at ν/(ν + t²), the part near 0 is ½·I(½, ν/2) at t²/(ν + t²), whichever is smaller.
 * Degrees of freedom need not be whole, and may be Infinity (the normal distribution).
 */
import { need, needNumber, needProbability } from "./argument.ts";
import { betaLogitQuantile, betaTail } from "./beta.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { lowerFrom } from "./tail.ts";

/** P(T ≤ t). */
export function studentTCdf(t: number, degreesOfFreedom: number): number {
  needNumber(t, "t");
  needDegrees(degreesOfFreedom);
  if (degreesOfFreedom === Number.POSITIVE_INFINITY) return normalCdf(t);
  const ratio = (t / degreesOfFreedom) * t;
  const x = 1 / (1 + ratio);
  const y = ratio === Number.POSITIVE_INFINITY ? 1 : ratio / (1 + ratio);
  const half = lowerFrom(betaTail(x, y, degreesOfFreedom / 2, 0.5)) / 2;
  if (t <= 0 && half < 0.25) return half;
  const centre = lowerFrom(betaTail(y, x, 0.5, degreesOfFreedom / 2)) / 2;
  return half < 0.25 ? 1 - half : t < 0 ? 0.5 - centre : 0.5 + centre;
}

/** The t with P(T ≤ t) = p; ∓Infinity at 0 and 1. */
export function studentTQuantile(p: number, degreesOfFreedom: number): number {
  needProbability(p);
  needDegrees(degreesOfFreedom);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (p === 0.5) return 0;
  if (degreesOfFreedom === Number.POSITIVE_INFINITY) return normalQuantile(p);
  const tail = 2 * Math.min(p, 1 - p);
  const half = degreesOfFreedom / 2;
  const logRatio =
    tail < 0.5
      ? -betaLogitQuantile(tail, half, 0.5)
      : betaLogitQuantile(2 * Math.abs(p - 0.5), 0.5, half);
  const size = Math.sqrt(degreesOfFreedom) * Math.exp(logRatio / 2);
  return p < 0.5 ? -size : size;
}

function needDegrees(degreesOfFreedom: number): void {
  need(degreesOfFreedom > 0, "degreesOfFreedom", degreesOfFreedom, "a number above 0");
}

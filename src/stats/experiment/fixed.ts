/**
 * Welch's t-test of an effect, two-sided or one-sided, looked at once, when the planned number of units is
 * in. Looked at repeatedly its error grows without end: use `sequentialTest` or group-sequential bounds.
 */
import { studentTCdf, studentTQuantile } from "../distribution/student-t.ts";
import type { Effect } from "./effect.ts";
import { checkTest, type TestOptions, type TestResult } from "./result.ts";

/** O(1). Throws WaymarkError OPTION_INVALID. */
export function welchTest(effect: Effect, options: TestOptions = {}): TestResult {
  const { alpha, alternative, nullValue } = checkTest(options);
  const { estimate, standardError, degreesOfFreedom } = effect;
  const t = (estimate - nullValue) / standardError;
  const half =
    standardError *
    -studentTQuantile(alternative === "two-sided" ? alpha / 2 : alpha, degreesOfFreedom);
  return {
    estimate,
    standardError,
    lower: alternative === "less" ? Number.NEGATIVE_INFINITY : estimate - half,
    upper: alternative === "greater" ? Number.POSITIVE_INFINITY : estimate + half,
    pValue:
      alternative === "two-sided"
        ? 2 * studentTCdf(-Math.abs(t), degreesOfFreedom)
        : studentTCdf(alternative === "greater" ? -t : t, degreesOfFreedom),
    isSignificant: isOutside(nullValue, estimate, half, alternative),
  };
}

/** Whether the interval leaves the null value out, on the side that is asked about. */
export function isOutside(
  nullValue: number,
  estimate: number,
  half: number,
  alternative: "two-sided" | "greater" | "less",
): boolean {
  const isAbove = estimate - half > nullValue;
  const isBelow = estimate + half < nullValue;
  return alternative === "greater"
    ? isAbove
    : alternative === "less"
      ? isBelow
      : isAbove || isBelow;
}

/**
 * Asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, Annals of Statistics
 * 2024, arXiv 2103.06476): an interval that holds at every moment at once, so a test may be looked at any
 * time and stopped at will. It is wider than a fixed one by about half. Two-sided: eq. 9; one-sided:
 * eq. 134; the mixture is tightest near `tightestAt` units (eq. 161). Asymptotic: from the first look both
 * arms should have some hundred units.
 */
import type { Effect } from "./effect.ts";
import { isOutside } from "./fixed.ts";
import { checkOption, checkTest, type TestOptions, type TestResult } from "./result.ts";

export interface SequentialOptions extends TestOptions {
  /** Units of both arms together at which the interval is as narrow as it can be. */
  readonly tightestAt?: number;
  /** The alpha that it is so tuned for; fix it to read one sequence at several levels. */
  readonly tunedFor?: number;
}

/** GrowthBook's; a wrong guess by a factor of ten widens the interval by about a tenth. */
export const sequentialDefaults = { tightestAt: 5000 } as const;

/** O(1). Throws WaymarkError OPTION_INVALID. */
export function sequentialTest(effect: Effect, options: SequentialOptions = {}): TestResult {
  const { alpha, alternative, nullValue } = checkTest(options);
  const { tightestAt = sequentialDefaults.tightestAt, tunedFor = alpha } = options;
  checkOption(tightestAt >= 1 && tightestAt < Infinity, "tightestAt", tightestAt, "1 unit or more");
  checkOption(tunedFor > 0 && tunedFor < 0.5, "tunedFor", tunedFor, "above 0 and below .5");
  const { estimate, standardError, count } = effect;
  const isTwoSided = alternative === "two-sided";
  const information = informationOf(count, isTwoSided, { tightestAt, tunedFor });
  const root = Math.sqrt(information + 1);
  const half = standardError * criticalOf(information, alpha, isTwoSided);
  // The logarithm of the mixture's likelihood ratio at the null value, before its constant.
  const away = (estimate - nullValue) / standardError;
  const evidence = ((away * away) / 2) * (information / (information + 1));
  return {
    estimate,
    standardError,
    lower: alternative === "less" ? Number.NEGATIVE_INFINITY : estimate - half,
    upper: alternative === "greater" ? Number.POSITIVE_INFINITY : estimate + half,
    pValue: Math.min(
      1,
      isTwoSided
        ? root * Math.exp(-evidence)
        : away > 0 === (alternative === "greater")
          ? root / (2 * Math.expm1(evidence))
          : 1,
    ),
    isSignificant: isOutside(nullValue, estimate, half, alternative),
  };
}

/** How far the effect of so many units must be from the null value, in standard errors. */
export function sequentialCritical(
  count: number,
  alpha: number,
  isTwoSided: boolean,
  tightestAt: number = sequentialDefaults.tightestAt,
): number {
  const information = informationOf(count, isTwoSided, { tightestAt, tunedFor: alpha });
  return criticalOf(information, alpha, isTwoSided);
}

function criticalOf(information: number, alpha: number, isTwoSided: boolean): number {
  const root = Math.sqrt(information + 1);
  const logThreshold = isTwoSided ? Math.log(root / alpha) : Math.log1p(root / (2 * alpha));
  return Math.sqrt((2 * (information + 1) * logThreshold) / information);
}

function informationOf(
  count: number,
  isTwoSided: boolean,
  { tightestAt, tunedFor }: { readonly tightestAt: number; readonly tunedFor: number },
): number {
  return count * rhoSquared(isTwoSided ? tunedFor : 2 * tunedFor, tightestAt);
}

function rhoSquared(alpha: number, tightestAt: number): number {
  const log = -2 * Math.log(alpha);
  return (log + Math.log(log + 1)) / tightestAt;
}

/**
 * Non-inferiority: is treatment worse by less than a margin? The null hypothesis is that it is worse by the
 * whole margin, so having no data never passes (Schuirmann 1987; ICH E9). For guardrails. Choose the margin
 * before the data, as the loss that one would accept for what the change brings.
 */
import type { Effect } from "./effect.ts";
import { welchTest } from "./fixed.ts";
import { checkOption, type TestResult } from "./result.ts";
import { sequentialTest } from "./sequential.ts";

export interface NonInferiorityOptions {
  /** Worsening that is tolerable, above 0, in the effect's unit (relative: .01 is 1 %). */
  readonly margin: number;
  readonly alpha?: number;
  readonly isLowerBetter?: boolean;
  /** "sequential" may be looked at any time; "fixed" once. */
  readonly method?: "fixed" | "sequential";
  readonly tightestAt?: number;
}

/** `isSignificant` is that treatment is not worse by the margin. Throws WaymarkError OPTION_INVALID. */
export function nonInferiorityTest(effect: Effect, options: NonInferiorityOptions): TestResult {
  const { margin, isLowerBetter = false, method = "fixed", ...rest } = options;
  checkOption(margin > 0 && Number.isFinite(margin), "margin", margin, "a finite number above 0");
  checkOption(
    method === "fixed" || method === "sequential",
    "method",
    method,
    "fixed or sequential",
  );
  const test = method === "fixed" ? welchTest : sequentialTest;
  return test(effect, {
    ...rest,
    alternative: isLowerBetter ? "less" : "greater",
    nullValue: isLowerBetter ? margin : -margin,
  });
}

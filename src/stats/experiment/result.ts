/** What the tests of an effect ask for and answer. */
import { WaymarkError } from "../../base/error.ts";

/** Which effects would count: any, those above the null value, those below. */
export type Alternative = "two-sided" | "greater" | "less";

export interface TestOptions {
  /** Error accepted: a test of no effect says otherwise this often. */
  readonly alpha?: number;
  readonly alternative?: Alternative;
  /** Effect under the null hypothesis, in the effect's own unit. */
  readonly nullValue?: number;
}

export interface TestResult {
  readonly estimate: number;
  readonly standardError: number;
  /** Interval at 1 − alpha; one side is infinite when the alternative has one. */
  readonly lower: number;
  readonly upper: number;
  readonly pValue: number;
  /** Whether the interval leaves the null value out. */
  readonly isSignificant: boolean;
}

export const testDefaults = { alpha: 0.05, alternative: "two-sided", nullValue: 0 } as const;

const ALTERNATIVES: readonly string[] = ["two-sided", "greater", "less"];

export function checkTest(options: TestOptions): Required<TestOptions> {
  const { alpha, alternative, nullValue } = { ...testDefaults, ...options };
  checkOption(alpha > 0 && alpha < 0.5, "alpha", alpha, "above 0 and below .5");
  checkOption(Number.isFinite(nullValue), "nullValue", nullValue, "a finite number");
  if (!ALTERNATIVES.includes(alternative)) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `alternative '${alternative}' is unknown; choose one of ${ALTERNATIVES.join(", ")}`,
      { choices: ALTERNATIVES },
    );
  }
  return { alpha, alternative, nullValue };
}

/** @throws WaymarkError OPTION_INVALID naming the option, what came and what it should be */
export function checkOption(
  isGood: boolean,
  name: string,
  came: number | string,
  expected: string,
): void {
  if (!isGood) throw new WaymarkError("OPTION_INVALID", `${name} is ${came}; expected ${expected}`);
}

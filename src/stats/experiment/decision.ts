/**
 * From many metrics to one decision, by the rule of Schultzberg, Ankargren & Frånberg ("Risk-aware product
 * decisions in A/B tests with multiple metrics", 2024, arXiv 2402.11609; Spotify): ship if at least one
 * success metric is better, every guardrail is not worse by its margin, no metric is worse, and no
 * check of the experiment itself fails. Alpha is split over the success metrics only (one of them is
 * enough); guardrails need no split (all of them must pass), but cost power, which `decisionLevels` gives
 * back. O(metrics).
 */
import { WaymarkError } from "../../base/error.ts";
import type { Effect } from "./effect.ts";
import { welchTest } from "./fixed.ts";
import { nonInferiorityTest } from "./non-inferiority.ts";
import { checkOption, type TestResult } from "./result.ts";
import { sequentialTest } from "./sequential.ts";
import { invalid } from "./sums.ts";

/** What a metric is for: to be improved, not to be harmed beyond a margin, or only watched for harm. */
export type MetricRole = "success" | "guardrail" | "deterioration";

export interface DecisionMetric {
  readonly name: string;
  readonly role: MetricRole;
  readonly effect: Effect;
  readonly isLowerBetter?: boolean;
  /** Of a guardrail: worsening that is tolerable, above 0, in the effect's unit. */
  readonly margin?: number;
}

/** A check that the experiment itself is sound, such as `srmTest`. */
export interface QualityCheck {
  readonly name: string;
  readonly pValue: number;
}

export interface DecisionOptions {
  /** Chance accepted of shipping what does nothing, or what harms a guardrail by its margin. */
  readonly alpha?: number;
  /** Chance accepted of stopping a harmless change, over all metrics together. */
  readonly deteriorationAlpha?: number;
  /** A quality check fails below this, divided by the number of checks. */
  readonly qualityAlpha?: number;
  /** "fixed": decided once, at the planned size. "sequential": decided at any time. */
  readonly method?: "fixed" | "sequential";
  /** Harm is watched from the first day, so its tests are sequential unless told otherwise. */
  readonly deteriorationMethod?: "fixed" | "sequential";
  /** Units of both arms at which sequential tests are tightest. */
  readonly tightestAt?: number;
}

export interface MetricVerdict {
  readonly name: string;
  readonly role: MetricRole;
  /** Of superiority (success) or non-inferiority (guardrail), at its own alpha; undefined if only watched. */
  readonly test: TestResult | undefined;
  readonly hasPassed: boolean;
  /** Of being worse. */
  readonly deterioration: TestResult;
  readonly isWorse: boolean;
}

/**
 * "invalid": a quality check failed, so no number may be read. "stop": some metric is worse. "ship": the
 * rule holds. "not-shown": none of these; with a fixed method the answer is no, with a sequential one not yet.
 */
export type Verdict = "ship" | "stop" | "invalid" | "not-shown";

export interface Decision {
  readonly verdict: Verdict;
  /** Sentences, the first being what decided. */
  readonly reasons: readonly string[];
  readonly metrics: readonly MetricVerdict[];
}

export const decisionDefaults = {
  alpha: 0.05,
  deteriorationAlpha: 0.05,
  qualityAlpha: 0.001,
  method: "fixed",
  deteriorationMethod: "sequential",
} as const satisfies DecisionOptions;

type Settings = Omit<DecisionOptions, keyof typeof decisionDefaults> &
  Required<Pick<DecisionOptions, keyof typeof decisionDefaults>>;

/**
 * Without success metrics the rule is that of a roll-out: every guardrail passes and nothing is worse.
 *
 * @throws WaymarkError TABLE_INVALID when no metric could decide, or names repeat; OPTION_INVALID
 */
export function decide(
  metrics: readonly DecisionMetric[],
  quality: readonly QualityCheck[] = [],
  options: DecisionOptions = {},
): Decision {
  const settings: Settings = { ...decisionDefaults, ...options };
  check(metrics, quality, settings.qualityAlpha);
  for (const name of ["method", "deteriorationMethod"] as const) {
    const came = settings[name];
    checkOption(came === "fixed" || came === "sequential", name, came, "fixed or sequential");
  }
  const successes = metrics.filter(({ role }) => role === "success").length;
  const verdicts = metrics.map((metric) => verdictOn(metric, metrics.length, successes, settings));
  const failed = quality.filter(({ pValue }) => pValue < settings.qualityAlpha / quality.length);
  if (failed.length > 0) {
    const reasons = failed.map(
      ({ name, pValue }) => `${name} failed (p = ${pValue.toPrecision(2)})`,
    );
    return { verdict: "invalid", reasons, metrics: verdicts };
  }
  const worse = verdicts.filter(({ isWorse }) => isWorse);
  if (worse.length > 0) {
    return {
      verdict: "stop",
      reasons: worse.map(({ name }) => `${name} is worse`),
      metrics: verdicts,
    };
  }
  const missing = verdicts.filter(({ role, hasPassed }) => role === "guardrail" && !hasPassed);
  const better = verdicts.filter(({ role, hasPassed }) => role === "success" && hasPassed);
  const reasons = missing.map(({ name }) => `${name} is not shown to be within its margin`);
  if (successes > 0 && better.length === 0)
    reasons.unshift("no success metric is shown to be better");
  if (reasons.length > 0) return { verdict: "not-shown", reasons, metrics: verdicts };
  return {
    verdict: "ship",
    reasons: [
      ...better.map(({ name }) => `${name} is better`),
      "every guardrail is within its margin",
    ],
    metrics: verdicts,
  };
}

/**
 * Alpha and power that each test needs for the decision as a whole to have them, to be given to
 * `sampleSize`: the union bound over what must all go right.
 */
export function decisionLevels(plan: {
  readonly successCount: number;
  readonly guardrailCount: number;
  readonly alpha?: number;
  readonly power?: number;
  /** Chance that a harmless change is stopped by deterioration or quality tests. */
  readonly falseStop?: number;
}): { successAlpha: number; guardrailAlpha: number; power: number } {
  const { successCount, guardrailCount, alpha = 0.05, power = 0.8, falseStop = 0 } = plan;
  const isCount = (n: number): boolean => Number.isInteger(n) && n >= 0;
  checkOption(isCount(successCount), "successCount", successCount, "a whole number from 0");
  checkOption(isCount(guardrailCount), "guardrailCount", guardrailCount, "a whole number from 0");
  checkOption(successCount + guardrailCount > 0, "successCount", 0, "1 or more, or a guardrail");
  checkOption(alpha > 0 && alpha < 0.5, "alpha", alpha, "above 0 and below .5");
  checkOption(power > 0 && power < 1, "power", power, "above 0 and below 1");
  checkOption(falseStop >= 0 && falseStop < 1 - power, "falseStop", falseStop, "below 1 − power");
  const mustPass = guardrailCount + Math.min(successCount, 1);
  return {
    successAlpha: alpha / Math.max(successCount, 1),
    guardrailAlpha: alpha,
    power: 1 - (1 - power - falseStop) / mustPass,
  };
}

function verdictOn(
  metric: DecisionMetric,
  metricCount: number,
  successCount: number,
  settings: Settings,
): MetricVerdict {
  const { name, role, effect, isLowerBetter = false } = metric;
  const { alpha, method, deteriorationAlpha, deteriorationMethod } = settings;
  const tuning = settings.tightestAt === undefined ? {} : { tightestAt: settings.tightestAt };
  const superiority = method === "fixed" ? welchTest : sequentialTest;
  const inferiority = deteriorationMethod === "fixed" ? welchTest : sequentialTest;
  const [better, worse] = isLowerBetter
    ? (["less", "greater"] as const)
    : (["greater", "less"] as const);
  const test =
    role === "success"
      ? superiority(effect, { alpha: alpha / successCount, alternative: better, ...tuning })
      : role === "guardrail"
        ? nonInferiorityTest(effect, {
            margin: metric.margin!,
            alpha,
            isLowerBetter,
            method,
            ...tuning,
          })
        : undefined;
  const deterioration = inferiority(effect, {
    alpha: deteriorationAlpha / metricCount,
    alternative: worse,
    ...tuning,
  });
  return {
    name,
    role,
    test,
    hasPassed: test?.isSignificant ?? false,
    deterioration,
    isWorse: deterioration.isSignificant,
  };
}

function check(
  metrics: readonly DecisionMetric[],
  quality: readonly QualityCheck[],
  qualityAlpha: number,
): void {
  checkOption(
    qualityAlpha > 0 && qualityAlpha < 0.5,
    "qualityAlpha",
    qualityAlpha,
    "above 0 and below .5",
  );
  if (!metrics.some(({ role }) => role === "success" || role === "guardrail")) {
    throw invalid("there is no success metric and no guardrail; a decision needs one of them");
  }
  const names = new Set<string>();
  for (const { name, role, margin } of metrics) {
    if (names.has(name)) throw invalid(`metric '${name}' stands there twice`);
    names.add(name);
    if (!["success", "guardrail", "deterioration"].includes(role)) {
      throw new WaymarkError(
        "OPTION_INVALID",
        `role '${role}' of metric '${name}' is unknown; choose success, guardrail or deterioration`,
        { choices: ["success", "guardrail", "deterioration"] },
      );
    }
    checkOption(
      role !== "guardrail" || margin !== undefined,
      `margin of guardrail '${name}'`,
      "missing",
      "a number above 0",
    );
  }
  for (const { name, pValue } of quality) {
    if (!(pValue >= 0 && pValue <= 1))
      throw invalid(`p-value of ${name} is ${pValue}; expected 0 to 1`);
  }
}

// Results of GrowthBook's engine (gbstats 0.8.0) on 252 comparisons, SRM and corrections, at the
// tolerances that its own arithmetic allows.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { bayesTest } from "./bayes.ts";
import { type Effect, effectOf } from "./effect.ts";
import { welchTest } from "./fixed.ts";
import { benjaminiHochberg, bonferroni, holm } from "./multiple.ts";
import { sequentialTest } from "./sequential.ts";
import { srmTest } from "./srm.ts";
import type { ArmSums } from "./sums.ts";

type Row = Record<string, number>;
interface Vector {
  readonly name: string;
  readonly engine: string;
  readonly difference_type: "relative" | "absolute";
  readonly config: {
    readonly alpha: number;
    readonly sequential_tuning_parameter?: number;
    readonly prior?: { mean: number; variance: number; type: "relative" | "absolute" } | null;
  };
  readonly a: Row & { type: string };
  readonly b: Row & { type: string };
  readonly expected: {
    readonly expected: number;
    readonly ci: readonly (number | string)[];
    readonly uplift: { readonly stddev: number };
    readonly pValue?: number;
    readonly chanceToWin?: number;
    readonly risk?: readonly number[];
  };
}
interface Vectors {
  readonly ab: readonly Vector[];
  readonly srm: readonly { users: number[]; weights: number[]; p: number }[];
  readonly multiple: readonly { p: number[]; holm: number[]; bh: number[]; bonferroni: number[] }[];
}

/** gbstats' columns as ours. */
function armOf(row: Row & { type: string }): ArmSums {
  const count = row.n!;
  const outcome = { sum: row.main_sum!, sumSquares: row.main_sum_squares! };
  const below = {
    denominatorSum: row.denominator_sum!,
    denominatorSumSquares: row.denominator_sum_squares!,
    sumDenominatorProduct: row.main_denominator_sum_product!,
  };
  const before = {
    covariateSum: row.covariate_sum!,
    covariateSumSquares: row.covariate_sum_squares!,
    sumCovariateProduct: row.main_covariate_sum_product!,
  };
  switch (row.type) {
    case "proportion":
      return { kind: "proportion", count, sum: row.sum! };
    case "mean":
      return { kind: "mean", count, sum: row.sum!, sumSquares: row.sum_squares! };
    case "ratio":
      return { kind: "ratio", count, ...outcome, ...below };
    case "mean_ra":
      return { kind: "adjusted-mean", count, ...outcome, ...before };
    case "ratio_ra":
      return {
        kind: "adjusted-ratio",
        count,
        ...outcome,
        ...below,
        ...before,
        covariateDenominatorSum: row.denominator_pre_sum!,
        covariateDenominatorSumSquares: row.denominator_pre_sum_squares!,
        sumCovariateDenominatorProduct: row.main_post_denominator_pre_sum_product!,
        denominatorCovariateProduct: row.main_pre_denominator_post_sum_product!,
        denominatorCovariateDenominatorProduct: row.denominator_post_denominator_pre_sum_product!,
        covariateCovariateDenominatorProduct: row.main_pre_denominator_pre_sum_product!,
      };
    default:
      return {
        kind: "quantile",
        count,
        level: row.nu!,
        estimate: row.quantile_hat!,
        lower: row.quantile_lower!,
        upper: row.quantile_upper!,
        countAtBounds: row.n_star!,
      };
  }
}

function answerTo(vector: Vector): Record<string, number> {
  const effect = effectOf(armOf(vector.a), armOf(vector.b), {
    difference: vector.difference_type,
  });
  const { alpha, prior, sequential_tuning_parameter: tightestAt } = vector.config;
  const [engine, side] = vector.engine.split("-");
  if (engine === "bayesian") {
    const { estimate, standardDeviation, lower, upper, ...rest } = bayesTest(effect, {
      alpha,
      ...(prior
        ? {
            prior: {
              mean: prior.mean,
              standardDeviation: Math.sqrt(prior.variance),
              difference: prior.type,
            },
          }
        : {}),
    });
    return { estimate, spread: standardDeviation, lower, upper, ...rest };
  }
  const alternative = side === "greater" ? "greater" : side === "lesser" ? "less" : "two-sided";
  const { estimate, standardError, lower, upper, pValue } =
    engine === "sequential"
      ? sequentialTest(effect, { alpha, alternative, tightestAt: tightestAt! })
      : welchTest(effect, { alpha, alternative });
  const searched =
    vector.engine === "sequential-greater" ? searchedP(effect, alpha, tightestAt!) : pValue;
  return { estimate, spread: standardError, lower, upper, pValue, searched };
}

/**
 * A one-sided sequential p-value as gbstats finds it: it halves [1e-5, .4999] until the bound is within
 * 1e-6 of 0, and then once more. Ours is the root itself.
 */
function searchedP(effect: Effect, tunedFor: number, tightestAt: number): number {
  const bound = (alpha: number): number =>
    sequentialTest(effect, { alpha, alternative: "greater", tightestAt, tunedFor }).lower;
  let [low, high] = [1e-5, 0.4999];
  if (bound(low) > 0) return low;
  if (bound(high) < 0) return high;
  for (;;) {
    const middle = (low + high) / 2;
    const at = bound(middle);
    if (at < 0) low = middle;
    else high = middle;
    if (Math.abs(at) < 1e-6) return (low + high) / 2;
  }
}

const close = (came: number, expected: number, relative: number, absolute = 0): boolean =>
  came === expected || Math.abs(came - expected) <= relative * Math.abs(expected) + absolute;

const NAME = "gbstats 0.8.0 (needs ../shared)";

describe.skipIf(SHARED === undefined)(NAME, () => {
  const vectors =
    SHARED === undefined
      ? ({ ab: [], srm: [], multiple: [] } as Vectors)
      : (JSON.parse(readFileSync(shared("vectors", "gbstats-vectors.json"), "utf8")) as Vectors);

  it("252 of 252 comparisons agree", () => {
    const wrong: string[] = [];
    for (const vector of vectors.ab) {
      const came = answerTo(vector);
      const { expected } = vector;
      const [lower, upper] = expected.ci.map(Number);
      // Moments and intervals to 1e-9; scipy's 1 − cdf leaves a small p about 1e-16 of absolute noise.
      const checks: [string, number, number, number, number][] = [
        ["estimate", came.estimate!, expected.expected, 1e-9, 1e-15],
        ["spread", came.spread!, expected.uplift.stddev, 1e-9, 0],
        ["lower", came.lower!, lower!, 1e-9, 1e-14],
        ["upper", came.upper!, upper!, 1e-9, 1e-14],
      ];
      if (expected.pValue !== undefined) {
        const engineIsSearched = vector.engine === "sequential-greater";
        const { searched = Number.NaN, pValue = Number.NaN } = came;
        checks.push(["pValue", searched, expected.pValue, 1e-7, 1e-15]);
        // The search's last step is at most 2⁻¹⁵ of its range.
        const inRange = engineIsSearched ? Math.min(Math.max(pValue, 1e-5), 0.4999) : pValue;
        checks.push(["pValue unsearched", inRange, searched, 0, 0.5 * 2 ** -15]);
      } else {
        checks.push(["chanceToWin", came.chanceToWin!, expected.chanceToWin!, 1e-9, 1e-15]);
        checks.push(["riskOfControl", came.riskOfControl!, expected.risk![0]!, 1e-9, 1e-15]);
        checks.push(["riskOfTreatment", came.riskOfTreatment!, expected.risk![1]!, 1e-9, 1e-15]);
      }
      const bad = checks.filter(
        ([, ours, theirs, relative, absolute]) => !close(ours, theirs, relative, absolute),
      );
      if (bad.length > 0) {
        wrong.push(`${vector.name}: ${bad.map(([n, o, t]) => `${n} ${o} for ${t}`).join("; ")}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(vectors.ab).toHaveLength(252);
  });

  it("sample ratio mismatches agree", () => {
    expect(vectors.srm).toHaveLength(7);
    for (const { users, weights, p } of vectors.srm) {
      expect(Math.abs(srmTest(users, weights) / p - 1), users.join()).toBeLessThan(1e-12);
    }
  });

  it("corrections for many tests agree", () => {
    expect(vectors.multiple).toHaveLength(4);
    for (const { p, ...expected } of vectors.multiple) {
      const ours = { holm: holm(p), bh: benjaminiHochberg(p), bonferroni: bonferroni(p) };
      for (const key of ["holm", "bh", "bonferroni"] as const) {
        expected[key].forEach((value, i) => {
          expect(close(ours[key][i]!, value, 1e-14), `${key} ${i}`).toBe(true);
        });
      }
    }
  });
});

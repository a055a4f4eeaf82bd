/**
 * The score of one member: what the model says of the features with reasons, or, where there are none,
 * what tenure and plan say. The one place that both the nightly scoring of everybody and the single
 * question go through, so that they agree.
 */
import type { HazardCurves } from "../../learn/index.ts";
import type { ChurnScore } from "../../schema/score.ts";
import { type ChurnArtifact, fallbackCurves } from "./artifact.ts";
import { constantCurves } from "./baseline.ts";
import { chancesOf } from "./hazard.ts";
import type { Snapshot } from "./label.ts";
import { BOUNDS_DAYS, CAUSES, daysOf, PERIODS } from "./period.ts";
import { bindReasons, type ChurnReasons } from "./reason.ts";
import { monthlyPriceMinor, valueAtRiskMinor } from "./value.ts";
import { type FeatureWords, type Reason, reasonsInWords } from "./words.ts";

export interface ChurnScorer {
  readonly featureSet: string;
  readonly features: readonly string[];
  /** @param row values of the features, in the model's order */
  score(row: Float64Array, snapshot: Snapshot, options?: ScoreOptions): ChurnScore;
  /** Many at once; the same scores, bit for bit. */
  scoreAll(
    rows: readonly Float64Array[],
    snapshots: readonly Snapshot[],
    options?: ScoreOptions,
  ): readonly ChurnScore[];
  /** Without features. */
  fallback(snapshot: Snapshot, why: string): ChurnScore;
}

export interface ScoreOptions {
  /** Default true. */
  readonly hasReasons?: boolean;
}

/** @param words of the model's features, in its order */
export function createChurnScorer(
  artifact: ChurnArtifact,
  words: readonly FeatureWords[],
): ChurnScorer {
  const { model, tenure, usual } = artifact;
  const explain = bindReasons(model);
  const scoreAll: ChurnScorer["scoreAll"] = (rows, snapshots, { hasReasons = true } = {}) => {
    const columns = model.features.length;
    const values = new Float64Array(rows.length * columns);
    rows.forEach((row, i) => {
      values.set(row.subarray(0, columns), i * columns);
    });
    const curves = model.curves({ rows: rows.length, columns, values });
    return rows.map((row, i) => {
      const why = hasReasons ? explain(row) : undefined;
      const names = { plan: snapshots[i]!.membership.plan };
      const reasons = why ? reasonsInWords(why, row, usual, words, names) : [];
      return scoreOf(curves, i, snapshots[i]!, artifact, { why, reasons, fallback: null });
    });
  };
  return {
    featureSet: model.featureSet,
    features: model.features,
    score: (row, snapshot, options) => scoreAll([row], [snapshot], options)[0]!,
    scoreAll,
    fallback(snapshot, why) {
      const { curves } = fallbackCurves(
        { tenure, constant: artifact.constant },
        snapshot.membership.billingInterval,
        tenureDays(snapshot),
      );
      return scoreOf(curves, 0, snapshot, artifact, { reasons: [], fallback: why });
    },
  };
}

/**
 * A month's churn of subscription apps to consumers, by choice and by failure to pay (Recurly's
 * benchmarks): what is said where no model was ever trained.
 */
const PRIOR_MONTHLY = { voluntary: 0.0395, involuntary: 0.0138 } as const;

/** Without any model. */
export function priorScore(snapshot: Snapshot, why: string): ChurnScore {
  const hazards = new Float64Array(PERIODS * CAUSES.length);
  let from = 0;
  BOUNDS_DAYS.forEach((until, t) => {
    CAUSES.forEach((cause, c) => {
      hazards[t * CAUSES.length + c] = 1 - (1 - PRIOR_MONTHLY[cause]) ** ((until - from) / 30);
    });
    from = until;
  });
  const curves = constantCurves(hazards, 1);
  return scoreOf(curves, 0, snapshot, undefined, { reasons: [], fallback: why });
}

function scoreOf(
  curves: HazardCurves,
  i: number,
  snapshot: Snapshot,
  artifact: ChurnArtifact | undefined,
  said: {
    readonly why?: ChurnReasons | undefined;
    readonly reasons: readonly Reason[];
    readonly fallback: string | null;
  },
): ChurnScore {
  const { chances, survival } = chancesOf(curves, i);
  const { membership } = snapshot;
  const monthly = monthlyPriceMinor(
    membership.priceMinor,
    membership.billingInterval,
    membership.intervalCount,
  );
  const last = chances.at(-1)!;
  const minor =
    artifact?.tenure === undefined
      ? null
      : valueAtRiskMinor(
          last.voluntary + last.involuntary,
          monthly,
          { interval: membership.billingInterval, days: tenureDays(snapshot) },
          artifact.tenure,
        );
  const month = chances.find(({ days }) => days === 30)!;
  return {
    chances: [...chances],
    survival: [...survival],
    typical: said.why?.typical ?? month.voluntary + month.involuntary,
    reasons: [...said.reasons],
    valueAtRisk:
      minor === null || monthly === null || membership.currency === null
        ? null
        : { minor, currency: membership.currency },
    fallback: said.fallback,
  };
}

/** The 30-day chance of either cause: what risk lists sort by. */
export function riskOf({ chances }: ChurnScore): number {
  const month = chances.find(({ days }) => days === 30);
  return month === undefined ? 0 : month.voluntary + month.involuntary;
}

function tenureDays({ atMs, paidSinceMs }: Snapshot): number {
  return daysOf(atMs - paidSinceMs);
}

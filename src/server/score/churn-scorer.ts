/** The churn model as the server serves it: who is at risk, what answers, in which words. */
import { readArtifact } from "../../lifecycle/churn/artifact.ts";
import { type Snapshot, snapshotAt } from "../../lifecycle/churn/label.ts";
import { createChurnScorer, priorScore } from "../../lifecycle/churn/score.ts";
import { memberFeatures } from "../../platform/feature/index.ts";
import type { FeatureLogger } from "../../platform/feature/log-features.ts";
import { reasonWords } from "../../platform/serve/feature-words.ts";
import { createScorer, type Scorer } from "../../platform/serve/scorer.ts";
import type { ChurnScore } from "../../schema/score.ts";
import { membershipChangesOf } from "../../store/membership-rows.ts";
import type { Store } from "../../store/store.ts";

export const CHURN_MODEL = "churn";

export interface ChurnScorerOptions {
  readonly store: Pick<Store, "database" | "models" | "featureStates">;
  readonly featureLog: Pick<FeatureLogger, "log">;
  readonly now: () => number;
}

export function openChurnScorer({
  store,
  featureLog,
  now,
}: ChurnScorerOptions): Scorer<ChurnScore> {
  return createScorer<Snapshot, ChurnScore>({
    model: CHURN_MODEL,
    store,
    set: memberFeatures,
    featureLog,
    now,
    read(bytes, features) {
      const artifact = readArtifact(bytes);
      const scorer = createChurnScorer(artifact, reasonWords(memberFeatures, features));
      return {
        featureSet: scorer.featureSet,
        scoreAll: (rows, snapshots, hasReasons) => scorer.scoreAll(rows, snapshots, { hasReasons }),
        fallback: (snapshot, why) => scorer.fallback(snapshot, why),
      };
    },
    prior: priorScore,
    async contexts(memberIds, atMs) {
      const changes = await membershipChangesOf(store.database, memberIds);
      const snapshots = new Map<number, Snapshot>();
      for (const [memberId, of] of changes) {
        const snapshot = snapshotAt(memberId, of, atMs);
        if (snapshot) snapshots.set(memberId, snapshot);
      }
      return snapshots;
    },
  });
}

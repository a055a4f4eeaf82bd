/**
 * `/api/console/features`: the features by their definitions, how they are distributed now, and whether
 * what was served agrees with a recomputation.
 */
import type { FastifyInstance } from "fastify";
import type { FeatureConsistency } from "../../../platform/feature/consistency.ts";
import type { FeatureHealth as CountedFeature } from "../../../platform/feature/health.ts";
import {
  type FeatureDefinition,
  featureReader,
  memberFeatures,
  typeOf,
} from "../../../platform/feature/index.ts";
import { errorSchema } from "../../../schema/activity.ts";
import { type FeatureHealth, featureListSchema } from "../../../schema/console/feature.ts";
import type { Context } from "../../app.ts";
import type { Access } from "../../auth/access.ts";
import { aggregationOf, freshnessOf, sourceOf, windowOf } from "../../console/feature-text.ts";
import { documented } from "../../openapi.ts";

const GROWTH: Access = { scopes: ["admin"], role: "growth" };

/** What the jobs wrote down: jobs/report-features.ts, jobs/replay-features.ts. */
interface Counted {
  readonly members: number;
  readonly features: readonly CountedFeature[];
}
interface Replayed {
  readonly rows: number;
  readonly mismatches: number;
  readonly features: readonly FeatureConsistency[];
}

export function consoleFeatureRoutes(http: FastifyInstance, { store }: Context): void {
  http.get("/api/console/features", documented(document, GROWTH), async (_request, reply) => {
    reply.header("cache-control", "no-store");
    const { features, id: setId } = memberFeatures;
    const counted = await store.reports.get("features", "all");
    const replayed = await store.reports.get("feature-replay", "all");
    const health = counted?.payload as Counted | undefined;
    const replay = replayed?.payload as Replayed | undefined;
    const countOf = new Map(health?.features.map((feature) => [feature.name, feature]));
    const replayOf = new Map(replay?.features.map((feature) => [feature.name, feature]));
    const last = await store.events.lastSeq();
    const position = await store.events.position(featureReader(memberFeatures));
    return {
      features: features.map((feature) =>
        toHealth(feature, countOf.get(feature.name), replayOf.get(feature.name)),
      ),
      setId,
      members: health?.members ?? null,
      builtMs: counted?.builtMs ?? null,
      replay:
        replay === undefined || replayed === undefined
          ? null
          : { builtMs: replayed.builtMs, rows: replay.rows, mismatches: replay.mismatches },
      lag: { events: Math.max(0, last - position) },
    };
  });
}

function toHealth(
  feature: FeatureDefinition,
  counted: CountedFeature | undefined,
  replayed: FeatureConsistency | undefined,
): FeatureHealth {
  const present = counted === undefined ? 0 : counted.members - counted.missing;
  const share = (count: number): number => (present === 0 ? 0 : count / present);
  const histogram = counted?.histogram ?? null;
  return {
    name: feature.name,
    label: feature.label,
    description: aggregationOf(feature),
    source: sourceOf(feature),
    window: windowOf(feature),
    aggregation: feature.aggregation.kind,
    type: typeOf(feature),
    owner: feature.owner,
    privacy: feature.privacy,
    freshness: freshnessOf(feature),
    nullShare:
      counted === undefined || counted.members === 0 ? null : counted.missing / counted.members,
    histogram:
      histogram === null
        ? null
        : { edges: [...histogram.edges], shares: histogram.counts.map(share) },
    categories: (counted?.categories ?? []).map(({ value, count }) => ({
      value,
      share: share(count),
    })),
    mean: counted?.mean ?? null,
    replay:
      replayed === undefined
        ? null
        : {
            compared: replayed.compared,
            mismatches: replayed.mismatches,
            maxDifference: replayed.maxDifference,
          },
  };
}

const document = {
  tags: ["Console"],
  summary: "Features: definitions, distributions now, and served values against recomputation",
  response: { 200: featureListSchema, 401: errorSchema, 403: errorSchema },
};

/** A feature's definition in the words of its page: what is counted, of what, over which time. */
import type { Aggregation, FeatureDefinition, Selection } from "../../platform/feature/index.ts";

const AGGREGATIONS: Readonly<Record<Aggregation["kind"], string>> = {
  count: "how often",
  sum: "how much",
  days: "on how many days",
  recent: "share of days, lately counting more",
  distinct: "how many different",
  sinceFirst: "days since the first",
  sinceLast: "days since the last",
  trend: "the last 28 days against the 28 before: −1 stopped, 1 begun",
  ratio: "how many for each of another kind",
  latest: "what the latest says",
};

export function aggregationOf({ aggregation }: FeatureDefinition): string {
  return AGGREGATIONS[aggregation.kind];
}

export function windowOf({ aggregation }: FeatureDefinition): string {
  if ("window" in aggregation) {
    return aggregation.window === "lifetime" ? "ever" : `${aggregation.window} d`;
  }
  if (aggregation.kind === "recent") return "90 d";
  return aggregation.kind === "trend" ? "56 d" : "now";
}

export function sourceOf({ from }: FeatureDefinition): string {
  return kindsOf(from)
    .map((kind) => kind.replace(/^track:/, ""))
    .join(", ");
}

/** "at most 1 min old when all is well". */
export function freshnessOf({ freshnessS }: FeatureDefinition): string {
  if (freshnessS < 60) return `${freshnessS} s`;
  if (freshnessS < 3600) return `${Math.round(freshnessS / 60)} min`;
  return `${Math.round(freshnessS / 3600)} h`;
}

const SHOWN = 3;

function kindsOf({ kinds }: Selection): readonly string[] {
  return kinds.length <= SHOWN ? kinds : [...kinds.slice(0, SHOWN), `${kinds.length - SHOWN} more`];
}

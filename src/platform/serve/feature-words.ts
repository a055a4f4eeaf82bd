/**
 * What a model's reasons need of each feature: its words, and which features speak of one thing. Those
 * of one selection of events do; of what is read from the latest event each speaks for itself.
 */
import {
  type Aggregation,
  type FeatureDefinition,
  type FeatureSet,
  typeOf,
} from "../feature/index.ts";

export interface ReasonWords {
  readonly name: string;
  readonly family: string;
  readonly label: string;
  readonly unit: string;
  readonly rise: string;
  readonly fall: string;
  readonly role: "since" | "count" | "until" | "flag" | "other";
  readonly windowDays: number | null;
  readonly levels: readonly string[] | undefined;
}

/** @param names of the model's features, in its order; one that the set no longer has is its own words */
export function reasonWords(set: FeatureSet, names: readonly string[]): readonly ReasonWords[] {
  return names.map((name) => {
    const f = set.names.indexOf(name);
    if (f >= 0) return wordsOf(set.features[f]!, set.levels[f]);
    return {
      name,
      family: name,
      label: name.replaceAll("_", " "),
      unit: "",
      rise: "",
      fall: "",
      role: "other",
      windowDays: null,
      levels: undefined,
    };
  });
}

/** Columns whose values are codes. */
export function categoricalColumns(set: FeatureSet): readonly number[] {
  return set.features.flatMap((feature, f) => (typeOf(feature) === "categorical" ? [f] : []));
}

function wordsOf(
  { name, from, aggregation, label, unit, rise, fall }: FeatureDefinition,
  levels: readonly string[] | undefined,
): ReasonWords {
  const isLatest = aggregation.kind === "latest";
  const window = "window" in aggregation ? aggregation.window : null;
  return {
    name,
    family: isLatest ? name : JSON.stringify(from),
    label,
    unit,
    rise,
    fall,
    role: roleOf(aggregation),
    windowDays: typeof window === "number" ? window : null,
    levels,
  };
}

function roleOf(aggregation: Aggregation): ReasonWords["role"] {
  switch (aggregation.kind) {
    case "sinceLast":
      return "since";
    case "count":
    case "days":
      return "count";
    case "latest": {
      const { kind } = aggregation.read;
      if (kind === "daysUntil" || kind === "monthsUntil") return "until";
      return kind === "boolean" ? "flag" : "other";
    }
    default:
      return "other";
  }
}

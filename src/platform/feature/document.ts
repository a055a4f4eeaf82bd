/** The page of a feature set: one row a feature, out of the definitions alone. */
import {
  type Aggregation,
  type Condition,
  type FeatureDefinition,
  RECENT_DAYS,
  type Reading,
  type Selection,
  TREND_DAYS,
  typeOf,
} from "./definition.ts";
import type { FeatureSet } from "./feature-set.ts";

/** Markdown of docs/reference/features.md. */
export function featurePage({ features, names }: FeatureSet): string {
  const rows = features.map((feature) =>
    [
      `\`${feature.name}\``,
      feature.label,
      eventsText(feature.from),
      tellingText(feature),
      feature.unit === "" ? typeOf(feature) : `${typeOf(feature)}, ${feature.unit}`,
      feature.privacy,
      `${feature.owner}, ${feature.freshnessS} s`,
    ]
      .map((cell) => cell.replaceAll("|", "\\|"))
      .join(" | "),
  );
  return `# Features of members

Written by the definitions in \`src/platform/feature/member-features.ts\`; a test holds the two together. [How features work](../guide/features.md) says what a window is, when a value is missing, and how a feature is added.

${names.length} features. *Fresh* is how old the newest event in a served value may be when all is well.

| name | what it is | of events | how it is told | type, unit | privacy | owner, fresh |
|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join("\n")}
`;
}

/** Which events, in words: "`payment` where outcome is failed". */
export function eventsText({ kinds, prefixes = [], except = [], where = [] }: Selection): string {
  const named = [...kinds, ...prefixes.map((prefix) => `${prefix}…`)];
  const all = named.map((kind) => `\`${kind}\``).join(", ");
  const but = except.length === 0 ? "" : ` but ${except.map((kind) => `\`${kind}\``).join(", ")}`;
  return [all + but, ...where.map(conditionText)].join(" where ");
}

/** How its value comes of them, in words. */
export function tellingText({ aggregation }: FeatureDefinition): string {
  switch (aggregation.kind) {
    case "count":
      return `their number, ${windowText(aggregation)}`;
    case "sum":
      return `sum of ${aggregation.quantity.of === "value" ? "their value" : aggregation.quantity.field}, ${windowText(aggregation)}`;
    case "days":
      return `days with one, ${windowText(aggregation)}`;
    case "distinct":
      return `different values of ${aggregation.field}, ${windowText(aggregation)}`;
    case "recent":
      return `share of days with one since the first, ${RECENT_DAYS} at most; a day counts half as much every ${aggregation.halfLifeDays} days`;
    case "sinceFirst":
      return "days since the first";
    case "sinceLast":
      return "days since the last";
    case "trend":
      return `(a − b) / (a + b), a in the last ${TREND_DAYS} days and b in the ${TREND_DAYS} before`;
    case "ratio":
      return `for each of ${eventsText(aggregation.to)}, ${windowText(aggregation)}`;
    default: {
      const { read, per, live } = aggregation;
      const of = per === undefined ? "the latest" : `the latest of each ${per}`;
      const first = live === undefined ? "" : `, first those where ${conditionText(live)}`;
      return `${readingText(read)} of ${of}${first}`;
    }
  }
}

function windowText({ window }: Extract<Aggregation, { window: unknown }>): string {
  return window === "lifetime" ? "ever" : window === 1 ? "today" : `${window} days`;
}

function conditionText(condition: Condition): string {
  const { field } = condition;
  if ("isNoneOf" in condition) return `${field} is not ${condition.isNoneOf.join(" or ")}`;
  return `${field} is ${condition.isOneOf.join(" or ")}`;
}

function readingText(read: Reading): string {
  switch (read.kind) {
    case "number":
    case "boolean":
      return read.field;
    case "category":
      return read.levels.kind === "hashed"
        ? `${read.fields.join(" or ")} (one of ${read.levels.buckets} by hash)`
        : read.fields.join(" or ");
    case "daysUntil":
      return `days until ${read.instant.of === "event" ? "it" : read.instant.field}`;
    case "daysSince":
      return `days since ${read.instant.of === "event" ? "it" : read.instant.field}`;
    case "dayOfMonth":
      return `day of the month of ${read.instant.of === "event" ? "it" : read.instant.field}`;
    default:
      return `months until ${read.year} and ${read.month}`;
  }
}

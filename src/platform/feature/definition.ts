/**
 * What one feature is: which events of the log, over which window, put together how. One definition
 * gives the SQL over the lake (offline-sql.ts), the value that is served (online.ts), the page in the
 * reference (document.ts) and the tests. The design follows Chronon's (Airbnb): one definition, two
 * engines, and the difference between them is measured.
 */

/** Which events of the log. An event is selected when its kind is and every condition holds. */
export interface Selection {
  /** Kinds, word for word. */
  readonly kinds: readonly string[];
  /** Beginnings of kinds: "track:" selects whatever an app tracks. */
  readonly prefixes?: readonly string[];
  /** Kinds that `prefixes` would select, and that are not. */
  readonly except?: readonly string[];
  readonly where?: readonly Condition[];
}

/**
 * `isOneOf` holds when the payload has one of those texts or truth values there; a missing field never
 * does. `isNoneOf` holds when it has none of them, a missing field included.
 */
export type Condition =
  | { readonly field: FieldPath; readonly isOneOf: readonly (string | boolean)[] }
  | { readonly field: FieldPath; readonly isNoneOf: readonly (string | boolean)[] };

/** Names from the payload inwards, with dots between: "instrument.kind". Lists have no fields. */
export type FieldPath = string;

/**
 * UTC days that a window covers, the day of the question among them: 7 at noon of a Sunday covers
 * Monday 0:00 until that noon. Whole days make a count a sum of buckets, offline and online alike.
 */
export type WindowDays = 1 | 7 | 14 | 28 | 90 | 365;

export type HalfLifeDays = 7 | 28;

/** A number of the payload, rounded to a whole one so that sums are exact in any order; or the event's value. */
export type Quantity =
  | { readonly of: "value" }
  | { readonly of: "field"; readonly field: FieldPath };

/** Milliseconds in the payload, or the time of the event. */
export type Instant =
  | { readonly of: "event" }
  | { readonly of: "field"; readonly field: FieldPath };

/** A number that is read from one event, the latest of its selection. */
export type Reading =
  | { readonly kind: "number"; readonly field: FieldPath }
  | { readonly kind: "boolean"; readonly field: FieldPath }
  /** The text of the first of the fields that has one, as its place among the levels. */
  | { readonly kind: "category"; readonly fields: readonly FieldPath[]; readonly levels: Levels }
  /** Days from the question to that instant; negative when it is over. */
  | { readonly kind: "daysUntil"; readonly instant: Instant }
  | { readonly kind: "daysSince"; readonly instant: Instant }
  /** 1–31, UTC; missing where the instant is no date. */
  | { readonly kind: "dayOfMonth"; readonly instant: Instant }
  /** Calendar months from the question to a year and month (1–12) of the payload. */
  | { readonly kind: "monthsUntil"; readonly year: FieldPath; readonly month: FieldPath };

/** Named: each with the texts that mean it, anything else is "other". Hashed: of an open vocabulary. */
export type Levels =
  | { readonly kind: "named"; readonly levels: readonly Level[] }
  | { readonly kind: "hashed"; readonly buckets: number };

/** The level's name, with the other texts that mean it. */
export type Level = string | readonly [name: string, ...others: string[]];

export type Aggregation =
  | { readonly kind: "count"; readonly window: WindowDays | "lifetime" }
  | { readonly kind: "sum"; readonly window: WindowDays | "lifetime"; readonly quantity: Quantity }
  /** Days with an event. */
  | { readonly kind: "days"; readonly window: WindowDays }
  /** Different texts of a field. */
  | { readonly kind: "distinct"; readonly window: WindowDays; readonly field: FieldPath }
  /**
   * The share of days with an event, lately counting more: a day's weight halves every so many days of
   * age, over the last 90 or as many as there are since the first event; missing without one.
   */
  | { readonly kind: "recent"; readonly halfLifeDays: HalfLifeDays }
  /** Days from the first or last event to the question, with fractions; missing without one. */
  | { readonly kind: "sinceFirst" }
  | { readonly kind: "sinceLast" }
  /** (a − b) / (a + b) of the events of the last 28 days, a, and the 28 before, b; 0 without any. */
  | { readonly kind: "trend" }
  /** Events for each event of another selection in the same window; missing where that has none. */
  | { readonly kind: "ratio"; readonly window: WindowDays; readonly to: Selection }
  /**
   * Of the latest event by (event time, time known, seq). With `per`, the latest of each value of that
   * field counts, and among those one for which `live` holds goes before one for which it does not.
   */
  | {
      readonly kind: "latest";
      readonly read: Reading;
      readonly per?: FieldPath | undefined;
      readonly live?: Condition | undefined;
    };

export type FeatureType = "numeric" | "categorical" | "boolean";

/** usage: what somebody did in the app. billing: money. place: where somebody was. profile: who. */
export type PrivacyTag = "usage" | "billing" | "place" | "profile" | "messages";

export interface FeatureDefinition {
  /** Lower case with underscores; the window goes last: "routes_planned_28d". */
  readonly name: string;
  readonly entity: "member";
  readonly from: Selection;
  readonly aggregation: Aggregation;
  /** How old the newest event may be in the value that is served, in seconds, when all is well. */
  readonly freshnessS: number;
  /** Who is asked when it breaks. */
  readonly owner: string;
  readonly privacy: PrivacyTag;
  /** For people: what it is, in a few words. */
  readonly label: string;
  /** Of the value, after a number. */
  readonly unit: Unit;
  /** What a member did of whom it is higher or lower than usual: "planned more routes". */
  readonly rise: string;
  readonly fall: string;
}

export type Unit =
  | "times"
  | "days"
  | "metres"
  | "minutes"
  | "seconds"
  | "share"
  | "minor units"
  | "months"
  | "";

export const DAY_MS = 86_400_000;
/** Days of each half of a trend. */
export const TREND_DAYS = 28;

/** Days that "recent" reaches back. */
export const RECENT_DAYS = 90;

/**
 * Weights of days by age, whole numbers so that sums are exact in any order.
 *
 * @returns of day of age a at a, a below RECENT_DAYS; `total[n]` is the sum of the first n
 */
export function recentWeights(halfLifeDays: HalfLifeDays): {
  readonly weight: readonly number[];
  readonly total: readonly number[];
} {
  const weight = Array.from({ length: RECENT_DAYS }, (_, age) =>
    Math.round(2 ** 20 * 2 ** (-age / halfLifeDays)),
  );
  const total = [0];
  for (const w of weight) total.push(total.at(-1)! + w);
  return { weight, total };
}

/** Days since 1970, UTC. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

export function typeOf({ aggregation }: FeatureDefinition): FeatureType {
  if (aggregation.kind !== "latest") return "numeric";
  if (aggregation.read.kind === "category") return "categorical";
  return aggregation.read.kind === "boolean" ? "boolean" : "numeric";
}

/** Names of the codes of a categorical feature, in their order. */
export function levelNames(levels: Levels): string[] {
  return levels.kind === "hashed"
    ? Array.from({ length: levels.buckets }, (_, i) => `bucket ${i}`)
    : [...levels.levels.map((level) => (typeof level === "string" ? level : level[0])), "other"];
}

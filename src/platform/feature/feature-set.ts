/**
 * A list of features, and the plan that computes them: which tallies, sets and latest events of a
 * member must be kept so that every value can be told at any later moment. Features that ask for the
 * same thing share it. The plan is what the offline SQL, the fold and the online value have in common.
 */
import { createHash } from "node:crypto";
import { WaymarkError } from "../../base/error.ts";
import {
  type Condition,
  type FeatureDefinition,
  type FeatureType,
  type FieldPath,
  type HalfLifeDays,
  levelNames,
  type Quantity,
  RECENT_DAYS,
  type Reading,
  type Selection,
  TREND_DAYS,
  typeOf,
  type WindowDays,
} from "./definition.ts";

export interface FeatureSet {
  /** 16 hex digits of everything that decides values; words for people do not. */
  readonly id: string;
  readonly features: readonly FeatureDefinition[];
  readonly names: readonly string[];
  readonly kinds: readonly FeatureType[];
  /** Names of a categorical feature's codes; undefined for others. */
  readonly levels: readonly (readonly string[] | undefined)[];
  readonly plan: Plan;
}

/** What is kept of a member. Places in these lists are what `Step` refers to. */
export interface Plan {
  /** Of the layout of a state: 8 hex digits; states of another layout must be built again. */
  readonly layout: string;
  readonly tallies: readonly TallyPlan[];
  readonly distincts: readonly DistinctPlan[];
  readonly latests: readonly LatestPlan[];
  /** One a feature. */
  readonly steps: readonly Step[];
}

/** Counts and sums by day. */
export interface TallyPlan {
  readonly from: Selection;
  readonly quantities: readonly Quantity[];
  /** Days that buckets are kept, that of the question among them; 0: none are asked for. */
  readonly days: number;
}

/** The last day of each text of a field. */
export interface DistinctPlan {
  readonly from: Selection;
  readonly field: FieldPath;
  readonly days: number;
}

/** Numbers read from the latest event. */
export interface LatestPlan {
  readonly from: Selection;
  readonly per: FieldPath | undefined;
  readonly live: Condition | undefined;
  readonly readings: readonly Reading[];
}

export type Step =
  | { readonly kind: "count" | "days"; readonly tally: number; readonly window: WindowDays }
  | { readonly kind: "recent"; readonly tally: number; readonly halfLifeDays: HalfLifeDays }
  | { readonly kind: "lifetimeCount" | "sinceFirst" | "sinceLast"; readonly tally: number }
  | {
      readonly kind: "sum";
      readonly tally: number;
      readonly quantity: number;
      readonly window: WindowDays;
    }
  | { readonly kind: "lifetimeSum"; readonly tally: number; readonly quantity: number }
  | { readonly kind: "trend"; readonly tally: number }
  | {
      readonly kind: "ratio";
      readonly tally: number;
      readonly to: number;
      readonly window: WindowDays;
    }
  | { readonly kind: "distinct"; readonly distinct: number; readonly window: WindowDays }
  | {
      readonly kind: "latest";
      readonly latest: number;
      readonly reading: number;
      readonly as: Reading["kind"];
    };

/** @throws WaymarkError OPTION_INVALID on two features of one name, and on a name or path that SQL would not take */
export function defineFeatures(features: readonly FeatureDefinition[]): FeatureSet {
  features.forEach((feature, i) => {
    checkFeature(feature);
    if (features.findIndex(({ name }) => name === feature.name) !== i) {
      throw invalid(feature, "another feature has this name");
    }
  });
  const plan = planOf(features);
  return {
    id: hash(
      features.map(({ name, entity, from, aggregation }) => ({ name, entity, from, aggregation })),
      16,
    ),
    features,
    names: features.map(({ name }) => name),
    kinds: features.map(typeOf),
    levels: features.map(({ aggregation }) =>
      aggregation.kind === "latest" && aggregation.read.kind === "category"
        ? levelNames(aggregation.read.levels)
        : undefined,
    ),
    plan,
  };
}

/** The column of a feature. @throws WaymarkError NOT_FOUND */
export function featureIndex(set: FeatureSet, name: string): number {
  const i = set.names.indexOf(name);
  if (i < 0) throw new WaymarkError("NOT_FOUND", `no feature has the name '${name}'`);
  return i;
}

function planOf(features: readonly FeatureDefinition[]): Plan {
  const tallies = new Map<string, { from: Selection; quantities: Quantity[]; days: number }>();
  const distincts = new Map<string, { from: Selection; field: FieldPath; days: number }>();
  const latests = new Map<string, LatestPlan & { readings: Reading[] }>();
  const tally = (from: Selection, days: number): number => {
    const place = placeIn(tallies, from, () => ({ from, quantities: [], days: 0 }));
    place.part.days = Math.max(place.part.days, days);
    return place.index;
  };
  const quantity = (i: number, wanted: Quantity): number =>
    placeOf([...tallies.values()][i]!.quantities, wanted);

  const steps = features.map(({ from, aggregation }): Step => {
    switch (aggregation.kind) {
      case "count": {
        const { window } = aggregation;
        if (window === "lifetime") return { kind: "lifetimeCount", tally: tally(from, 0) };
        return { kind: "count", tally: tally(from, window), window };
      }
      case "sum": {
        const { window } = aggregation;
        const i = tally(from, window === "lifetime" ? 0 : window);
        const place = { tally: i, quantity: quantity(i, aggregation.quantity) };
        return window === "lifetime"
          ? { kind: "lifetimeSum", ...place }
          : { kind: "sum", ...place, window };
      }
      case "days":
        return { kind: "days", tally: tally(from, aggregation.window), window: aggregation.window };
      case "recent":
        return {
          kind: "recent",
          tally: tally(from, RECENT_DAYS),
          halfLifeDays: aggregation.halfLifeDays,
        };
      case "distinct": {
        const { field, window } = aggregation;
        const place = placeIn(distincts, { from, field }, () => ({ from, field, days: 0 }));
        place.part.days = Math.max(place.part.days, window);
        return { kind: "distinct", distinct: place.index, window };
      }
      case "sinceFirst":
      case "sinceLast":
        return { kind: aggregation.kind, tally: tally(from, 0) };
      case "trend":
        return { kind: "trend", tally: tally(from, 2 * TREND_DAYS) };
      case "ratio": {
        const { window } = aggregation;
        return {
          kind: "ratio",
          tally: tally(from, window),
          to: tally(aggregation.to, window),
          window,
        };
      }
      case "latest": {
        const { per, live, read } = aggregation;
        const place = placeIn(latests, { from, per, live }, () => ({
          from,
          per,
          live,
          readings: [],
        }));
        const reading = placeOf(place.part.readings, read);
        return { kind: "latest", latest: place.index, reading, as: read.kind };
      }
      default:
        return aggregation satisfies never;
    }
  });
  const kept = {
    tallies: [...tallies.values()],
    distincts: [...distincts.values()],
    latests: [...latests.values()],
  };
  return { layout: hash(kept, 8), ...kept, steps };
}

/** The entry of a key, made when it is new. */
function placeIn<T>(
  places: Map<string, T>,
  key: unknown,
  make: () => T,
): { readonly part: T; readonly index: number } {
  const text = JSON.stringify(key);
  let part = places.get(text);
  if (part === undefined) {
    part = make();
    places.set(text, part);
  }
  return { part, index: [...places.keys()].indexOf(text) };
}

/** Where the list has it, put at its end when it has not. */
function placeOf<T>(list: T[], wanted: T): number {
  const text = JSON.stringify(wanted);
  const i = list.findIndex((other) => JSON.stringify(other) === text);
  return i >= 0 ? i : list.push(wanted) - 1;
}

function hash(value: unknown, digits: number): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, digits);
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const PATH = /^[A-Za-z_$][A-Za-z0-9_]*(\.[A-Za-z_$][A-Za-z0-9_]*)*$/;

function checkFeature(feature: FeatureDefinition): void {
  const { name, from, aggregation } = feature;
  if (!NAME.test(name)) throw invalid(feature, "a name is lower case with digits and underscores");
  const paths: FieldPath[] = [];
  const ofSelection = ({ kinds, prefixes = [], where = [] }: Selection): void => {
    if (kinds.length + prefixes.length === 0) throw invalid(feature, "it selects no kind of event");
    paths.push(...where.map(({ field }) => field));
  };
  ofSelection(from);
  if (aggregation.kind === "ratio") ofSelection(aggregation.to);
  if (aggregation.kind === "distinct") paths.push(aggregation.field);
  if (aggregation.kind === "sum" && aggregation.quantity.of === "field") {
    paths.push(aggregation.quantity.field);
  }
  if (aggregation.kind === "latest") {
    const { per, live, read } = aggregation;
    if (per !== undefined) paths.push(per);
    if (live !== undefined) paths.push(live.field);
    paths.push(...pathsOf(read));
    if (read.kind === "category") checkLevels(feature, read);
  }
  const bad = paths.find((path) => !PATH.test(path));
  if (bad !== undefined)
    throw invalid(feature, `'${bad}' is not a path of names with dots between`);
}

function pathsOf(read: Reading): readonly FieldPath[] {
  switch (read.kind) {
    case "number":
    case "boolean":
      return [read.field];
    case "category":
      return read.fields;
    case "daysUntil":
    case "daysSince":
    case "dayOfMonth":
      return read.instant.of === "field" ? [read.instant.field] : [];
    default:
      return [read.year, read.month];
  }
}

function checkLevels(feature: FeatureDefinition, { levels }: Reading & { kind: "category" }): void {
  if (levels.kind === "hashed") {
    const { buckets } = levels;
    if (Number.isInteger(buckets) && buckets >= 2 && buckets <= 256) return;
    throw invalid(feature, `buckets is ${buckets}; expected a whole number from 2 to 256`);
  }
  const texts = levels.levels.flat();
  const twice = texts.find((text, i) => texts.indexOf(text) !== i);
  if (twice !== undefined) throw invalid(feature, `'${twice}' belongs to two levels`);
}

function invalid({ name }: FeatureDefinition, why: string): WaymarkError {
  return new WaymarkError("OPTION_INVALID", `feature '${name}': ${why}`);
}

/**
 * Reasons in words. Features of one thing that a member does (routes planned in 7, 28, 90 days, days
 * since the last one) say one thing together, so their parts are one reason; the words come from the
 * feature's own: "planned fewer routes: none for 21 days, used to weekly". What is too small to name is
 * "everything else", so that the list still adds up.
 */
import type { ChurnScore } from "../../schema/score.ts";
import { CAUSES, type Cause } from "./period.ts";
import type { ChurnReasons } from "./reason.ts";

/** What is known of a feature besides its value. */
export interface FeatureWords {
  readonly name: string;
  /** Features of one thing have one family. */
  readonly family: string;
  readonly label: string;
  readonly unit: string;
  /** What a member did of whom it is higher, or lower, than usual; may be empty. */
  readonly rise: string;
  readonly fall: string;
  /** since: days since it last happened. count: how often in a window. until: time to a moment. flag: 0 or 1. */
  readonly role: "since" | "count" | "until" | "flag" | "other";
  readonly windowDays: number | null;
  /** Names of a categorical feature's codes. */
  readonly levels?: readonly string[] | undefined;
}

type Names = Readonly<Record<string, string | null>>;

export type Reason = ChurnScore["reasons"][number];

const wordDefaults = {
  /** Percentage points below which a reason is not named. */
  leastPoints: 0.1,
  /** Reasons that are named. */
  most: 12,
  /** Days without, from which "none for so many days" says more than a count. */
  leastSilenceDays: 10,
} as const;

/**
 * @param row values of the features, in the model's order
 * @param usual medians of members at risk; NaN where there is none
 * @param names what is known of the member by the feature's name, where its codes say less: a plan is
 *   coded by hash
 * @returns strongest first; the points sum to 100 · (chance − typical)
 */
export function reasonsInWords(
  { parts }: ChurnReasons,
  row: Float64Array,
  usual: Float64Array,
  words: readonly FeatureWords[],
  names: Names = {},
): readonly Reason[] {
  const families = familiesOf(words);
  const reasons: Reason[] = [];
  CAUSES.forEach((cause, c) => {
    let rest = 0;
    for (const members of families.values()) {
      let points = 0;
      for (const j of members) points += 100 * parts[c * words.length + j]!;
      if (Math.abs(points) < wordDefaults.leastPoints) rest += points;
      else
        reasons.push({
          cause,
          points,
          text: textOf(members, parts, c, points, row, usual, words, names),
        });
    }
    if (rest !== 0) reasons.push({ cause, points: rest, text: ELSE });
  });
  reasons.sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  return shortened(reasons);
}

const ELSE = "everything else";

/** Those beyond the most that are named join everything else. */
function shortened(reasons: readonly Reason[]): readonly Reason[] {
  const named = reasons.filter(({ text }) => text !== ELSE);
  const kept = named.slice(0, wordDefaults.most);
  const rest = new Map<Cause, number>();
  for (const { cause, points } of [
    ...reasons.filter(({ text }) => text === ELSE),
    ...named.slice(wordDefaults.most),
  ]) {
    rest.set(cause, (rest.get(cause) ?? 0) + points);
  }
  return [...kept, ...[...rest].map(([cause, points]) => ({ cause, points, text: ELSE }))];
}

function familiesOf(words: readonly FeatureWords[]): ReadonlyMap<string, readonly number[]> {
  const families = new Map<string, number[]>();
  words.forEach(({ family }, j) => {
    const of = families.get(family);
    if (of === undefined) families.set(family, [j]);
    else of.push(j);
  });
  return families;
}

/** By the feature of the family that says most in the family's direction. */
function textOf(
  members: readonly number[],
  parts: Float64Array,
  cause: number,
  points: number,
  row: Float64Array,
  usual: Float64Array,
  words: readonly FeatureWords[],
  names: Names,
): string {
  const of = (j: number): number => Math.sign(points) * parts[cause * words.length + j]!;
  const strongest = members.reduce((best, j) => (of(j) > of(best) ? j : best));
  const silence = members.find((j) => words[j]!.role === "since");
  if (silence !== undefined) {
    const said = silenceText(silence, members, row, words);
    if (said !== undefined) return said;
  }
  const word = words[strongest]!;
  const known = names[word.name];
  if (known != null) return `${word.label}: ${known}`;
  return valueText(word, row[strongest]!, usual[strongest]!);
}

/** "planned fewer routes: none for 21 days, used to weekly". */
function silenceText(
  silence: number,
  members: readonly number[],
  row: Float64Array,
  words: readonly FeatureWords[],
): string | undefined {
  const days = row[silence]!;
  const longest = members
    .filter((j) => words[j]!.role === "count" && words[j]!.windowDays !== null)
    .sort((a, b) => words[b]!.windowDays! - words[a]!.windowDays!)[0];
  if (longest === undefined || !(days >= wordDefaults.leastSilenceDays)) return undefined;
  const { windowDays, fall } = words[longest]!;
  if (fall === "" || days >= windowDays!) return undefined;
  const weekly = (7 * row[longest]!) / (windowDays! - days);
  return `${fall}: none for ${Math.floor(days)} days, ${oftenText(weekly)}`;
}

function oftenText(timesAWeek: number): string {
  if (timesAWeek >= 5) return "used to almost daily";
  if (timesAWeek >= 1.75) return "used to several times a week";
  if (timesAWeek >= 0.7) return "used to weekly";
  if (timesAWeek >= 0.35) return "used to every other week";
  return "and seldom before";
}

function valueText(
  { label, unit, rise, fall, role, levels }: FeatureWords,
  value: number,
  usual: number,
): string {
  if (levels !== undefined) {
    return `${label}: ${levels[value]?.replaceAll("_", " ") ?? "not known"}`;
  }
  if (Number.isNaN(value)) return role === "since" ? `${label}: never yet` : `${label}: not known`;
  if (role === "flag") return `${label}: ${value === 0 ? "no" : "yes"}`;
  if (role === "until" && Math.round(value) < 0) {
    return `${label}: that was ${amount(-value, unit)} ago`;
  }
  const said = `${label}: ${amount(value, unit)}`;
  if (Number.isNaN(usual) || value === usual) return said;
  const phrase = value > usual ? rise : fall;
  const beside = `${amount(value, unit)}, usual ${amount(usual, unit)}`;
  return phrase === "" ? `${label}: ${beside}` : `${phrase} (${label.toLowerCase()}: ${beside})`;
}

function amount(value: number, unit: string): string {
  switch (unit) {
    case "minor units":
      return (value / 100).toFixed(2);
    case "metres":
      return `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)} km`;
    case "share":
      return `${Math.round(100 * value)} %`;
    case "seconds":
      return `${(value / 3600).toFixed(1)} hours`;
    case "days":
    case "months":
    case "minutes":
      return `${Math.round(value)} ${Math.round(value) === 1 ? unit.slice(0, -1) : unit}`;
    default:
      return Number.isInteger(value) ? String(value) : value.toFixed(2);
  }
}

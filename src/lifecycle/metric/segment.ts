/**
 * Segments: members told apart by what was settled once and does not change after (the month in which
 * they joined, the plan that they first paid for, the platform), so that no member moves between segments
 * and every identity of the figures holds within each. O(members · segments of one member).
 */
import { BILLING_INTERVALS, type MemberLives } from "../../schema/membership.ts";
import type { RetentionChoices, Segment } from "../../schema/retention.ts";
import { monthName, monthOf } from "./calendar.ts";
import type { PaidSpells } from "./paid-spell.ts";

export const segmentDefaults = {
  /** Fewer members say little (an interval as wide as 40 points), and may be known by name. */
  fewest: 20,
} as const;

/** The key under which a segment's report is kept; a plan and its interval never stand together. */
export function segmentKey({ cohort, plan, interval, platform }: Segment): string {
  return JSON.stringify([cohort ?? null, plan ?? null, interval ?? null, platform ?? null]);
}

/** Every combination of cohort, plan or interval, and platform that holds at least `fewest` members. */
export function segmentsOf(
  lives: MemberLives,
  spells: PaidSpells,
  fewest: number,
): readonly { readonly segment: Segment; readonly members: Int32Array }[] {
  const found = new Map<string, { readonly segment: Segment; readonly members: number[] }>();
  for (let member = 0; member < lives.memberId.length; member++) {
    const { cohort, plan, interval, platform } = traitsOf(lives, spells, member);
    for (const terms of [{}, plan && { plan }, interval && { interval }]) {
      if (!terms) continue;
      for (const when of [{}, { cohort }]) {
        for (const where of [{}, platform && { platform }]) {
          if (!where) continue;
          const segment: Segment = { ...when, ...terms, ...where };
          const key = segmentKey(segment);
          const own = found.get(key);
          if (own) own.members.push(member);
          else found.set(key, { segment, members: [member] });
        }
      }
    }
  }
  const everybody = segmentKey({});
  return [...found]
    .filter(([key, { members }]) => key === everybody || members.length >= fewest)
    .map(([, { segment, members }]) => ({ segment, members: Int32Array.from(members) }));
}

/** What there is to choose, by name. */
export function choicesOf(
  lives: MemberLives,
  spells: PaidSpells,
): Pick<RetentionChoices, "cohorts" | "plans" | "intervals" | "platforms"> {
  const counts = {
    cohorts: new Map<string, number>(),
    plans: new Map<string, number>(),
    intervals: new Map<string, number>(),
    platforms: new Map<string, number>(),
  };
  const count = (of: Map<string, number>, name: string | undefined): void => {
    if (name !== undefined) of.set(name, (of.get(name) ?? 0) + 1);
  };
  for (let member = 0; member < lives.memberId.length; member++) {
    const traits = traitsOf(lives, spells, member);
    count(counts.cohorts, traits.cohort);
    count(counts.plans, traits.plan);
    count(counts.intervals, traits.interval);
    count(counts.platforms, traits.platform);
  }
  const listed = (of: Map<string, number>) =>
    [...of].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, members]) => ({ value, members }));
  return {
    cohorts: listed(counts.cohorts),
    plans: listed(counts.plans),
    intervals: listed(counts.intervals),
    platforms: listed(counts.platforms),
  };
}

function traitsOf(
  lives: MemberLives,
  { firstSpell, opening }: PaidSpells,
  member: number,
): Segment {
  const { changes } = lives;
  const spell = firstSpell[member]!;
  const row = spell < firstSpell[member + 1]! ? opening[spell]! : -1;
  return {
    cohort: monthName(monthOf(lives.joinedMs[member]!)),
    plan: row < 0 ? undefined : changes.plans[changes.plan[row]!],
    interval: row < 0 ? undefined : BILLING_INTERVALS[changes.interval[row]!],
    platform: lives.platforms[lives.platform[member]!],
  };
}

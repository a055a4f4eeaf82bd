/** The console's state in the address bar: reload, back and share keep it. */
import { MEMBERSHIP_STATES } from "../../../src/schema/billing.ts";
import { MEMBER_SORTS, TIMELINE_GROUPS } from "../../../src/schema/console/member.ts";
import { oneOf, word } from "../address.ts";

export interface MembersAddress {
  readonly q?: string | undefined;
  readonly state?: (typeof MEMBERSHIP_STATES)[number] | undefined;
  readonly plan?: string | undefined;
  readonly platform?: string | undefined;
  readonly cause?: "voluntary" | "involuntary" | undefined;
  readonly sort?: (typeof MEMBER_SORTS)[number] | undefined;
}

export interface MemberAddress {
  readonly show?: (typeof TIMELINE_GROUPS)[number] | undefined;
}

export function readMembersAddress(search: Record<string, unknown>): MembersAddress {
  return {
    q: word(search.q),
    state: oneOf(MEMBERSHIP_STATES, search.state),
    plan: word(search.plan),
    platform: word(search.platform),
    cause: oneOf(["voluntary", "involuntary"] as const, search.cause),
    sort: oneOf(MEMBER_SORTS, search.sort),
  };
}

export function readMemberAddress(search: Record<string, unknown>): MemberAddress {
  return { show: oneOf(TIMELINE_GROUPS, search.show) };
}

export interface FeaturesAddress {
  readonly q?: string | undefined;
}

export function readFeaturesAddress(search: Record<string, unknown>): FeaturesAddress {
  return { q: word(search.q) };
}

export interface RetentionAddress {
  /** The month in which they joined: "2026-03". */
  readonly cohort?: string | undefined;
  readonly plan?: string | undefined;
  readonly interval?: "week" | "month" | "year" | undefined;
  readonly platform?: string | undefined;
  /** What stands beside it: "all", or "plan:Annual". */
  readonly compare?: string | undefined;
}

export const SEGMENT_KINDS = ["plan", "interval", "platform", "cohort"] as const;
export type SegmentKind = (typeof SEGMENT_KINDS)[number];

export function readRetentionAddress(search: Record<string, unknown>): RetentionAddress {
  const cohort = word(search.cohort);
  const compare = word(search.compare);
  const isSegment = /^(all$|(plan|interval|platform|cohort):.)/.test(compare ?? "");
  return {
    cohort: cohort && /^\d{4}-\d{2}$/.test(cohort) ? cohort : undefined,
    plan: word(search.plan),
    interval: oneOf(["week", "month", "year"] as const, search.interval),
    platform: word(search.platform),
    compare: isSegment ? compare : undefined,
  };
}

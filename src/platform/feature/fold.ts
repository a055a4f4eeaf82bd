/**
 * Folds events into the state of their member, one by one in the order of the log. Events may have
 * happened in any order: a bucket is that of the event's own day, and what is latest is decided by the
 * total order. The same events in another order give a state that answers the same. O(1) an event but
 * for late ones, which search their bucket.
 */
import type { MemberEvent } from "../../schema/member-event.ts";
import { dayOf, type Quantity } from "./definition.ts";
import type { FeatureSet, Plan } from "./feature-set.ts";
import { captured, holds, keyOf, meets, quantityOf, selectsKind, textOf } from "./reading.ts";
import {
  type Bucket,
  firstAfter,
  type LatestEvent,
  type MemberState,
  type Tally,
} from "./state.ts";

export type FoldedEvent = Pick<
  MemberEvent,
  "seq" | "kind" | "eventMs" | "createdMs" | "value" | "payload"
>;

/** @param events of one member, in the order of seq, all after those that are in the state */
export function applyEvents(
  { plan }: FeatureSet,
  state: MemberState,
  events: Iterable<FoldedEvent>,
): void {
  for (const event of events) apply(plan, state, event);
}

function apply(plan: Plan, state: MemberState, event: FoldedEvent): void {
  const { kind, eventMs, createdMs, payload } = event;
  // No door lets one in; a bucket before 1970 could not be written.
  if (eventMs < 0) return;
  state.knownMs = Math.max(state.knownMs, createdMs, eventMs);
  const concerned = concernedBy(plan, kind);
  const day = dayOf(eventMs);
  for (const i of concerned.tallies) {
    const { from, quantities } = plan.tallies[i]!;
    if (meets(from, payload)) addToTally(state.tallies[i]!, event, day, quantities);
  }
  for (const i of concerned.distincts) {
    const { from, field } = plan.distincts[i]!;
    const value = textOf(field, payload);
    if (value === undefined || !meets(from, payload)) continue;
    const lastDays = state.distincts[i]!;
    lastDays.set(value, Math.max(lastDays.get(value) ?? day, day));
  }
  for (const i of concerned.latests) {
    const { from, per, live, readings } = plan.latests[i]!;
    if (!meets(from, payload)) continue;
    const latest = state.latests[i]!;
    const key = keyOf(per, payload);
    const before = latest.get(key);
    if (before !== undefined && compareLatest(before, event) > 0) continue;
    latest.set(key, {
      eventMs,
      createdMs,
      seq: event.seq,
      isLive: live === undefined || holds(live, payload),
      captured: Float64Array.from(readings, (reading) => captured(reading, event)),
    });
  }
}

type Placed = Pick<LatestEvent, "eventMs" | "createdMs" | "seq">;

function compareLatest(a: Placed, b: Placed): number {
  return a.eventMs - b.eventMs || a.createdMs - b.createdMs || a.seq - b.seq;
}

function addToTally(
  tally: Tally,
  event: FoldedEvent,
  day: number,
  quantities: readonly Quantity[],
): void {
  const { eventMs } = event;
  tally.firstMs = tally.count === 0 ? eventMs : Math.min(tally.firstMs, eventMs);
  tally.lastMs = tally.count === 0 ? eventMs : Math.max(tally.lastMs, eventMs);
  tally.count++;
  const bucket = bucketOf(tally.buckets, day, quantities.length);
  bucket.count++;
  for (let q = 0; q < quantities.length; q++) {
    const amount = quantityOf(quantities[q]!, event);
    tally.sums[q]! += amount;
    bucket.sums[q]! += amount;
  }
}

function bucketOf(buckets: Bucket[], day: number, quantities: number): Bucket {
  const i = firstAfter(buckets, day);
  const before = buckets[i - 1];
  if (before?.day === day) return before;
  const bucket: Bucket = { day, count: 0, sums: Array.from({ length: quantities }, () => 0) };
  buckets.splice(i, 0, bucket);
  return bucket;
}

interface Concerned {
  readonly tallies: readonly number[];
  readonly distincts: readonly number[];
  readonly latests: readonly number[];
}

/** Kinds that are remembered: apps may invent any number. */
const KINDS_MAX = 5000;
const concernedOf = new WeakMap<Plan, Map<string, Concerned>>();

/** What of the plan selects events of this kind. */
function concernedBy(plan: Plan, kind: string): Concerned {
  let kinds = concernedOf.get(plan);
  if (kinds === undefined || kinds.size > KINDS_MAX) {
    kinds = new Map();
    concernedOf.set(plan, kinds);
  }
  let concerned = kinds.get(kind);
  if (concerned === undefined) {
    const places = (parts: Plan["tallies"] | Plan["distincts"] | Plan["latests"]): number[] =>
      parts.flatMap(({ from }, i) => (selectsKind(from, kind) ? [i] : []));
    concerned = {
      tallies: places(plan.tallies),
      distincts: places(plan.distincts),
      latests: places(plan.latests),
    };
    kinds.set(kind, concerned);
  }
  return concerned;
}

/**
 * A simulated world without a server: what its app and its payment processor say is read by the readers
 * of the front doors and folded, as it comes, into the states that features are served from, so that a
 * world of tens of thousands fits into memory; at each landmark everybody's features are asked. The
 * truth is asked of a sample of members at midnights of the test window, and never told to what is
 * measured. What those do who are never billed is not read: they have no rows.
 */
import { createRng } from "../../src/base/index.ts";
import type { ChurnData } from "../../src/jobs/churn-task.ts";
import { readStripeEvent } from "../../src/lifecycle/billing/index.ts";
import {
  type Change,
  landmarkTimes,
  type Snapshot,
  snapshotAt,
} from "../../src/lifecycle/churn/label.ts";
import { churnDefaults, msOfDays } from "../../src/lifecycle/churn/period.ts";
import { foldMembership } from "../../src/lifecycle/membership/index.ts";
import {
  applyEvents,
  emptyState,
  type MemberState,
  memberFeatures,
  onlineValues,
} from "../../src/platform/feature/index.ts";
import { categoricalColumns } from "../../src/platform/serve/feature-words.ts";
import { timeWindows } from "../../src/platform/train/window.ts";
import type { MemberEvent } from "../../src/schema/member-event.ts";
import { Refused, readMessage } from "../../src/server/segment/read-message.ts";
import {
  isAtRisk,
  type MemberTruth,
  MemberWorld,
  memberWorldDefaults,
  reportWorld,
} from "../../src/sim/member/index.ts";
import { STATUS } from "../../src/sim/member/life.ts";
import { truthOf } from "../../src/sim/member/truth.ts";

export interface SimulatedChurn extends ChurnData {
  /** By landmark and member, what the oracle says of those who are asked about. */
  readonly truth: ReadonlyMap<number, ReadonlyMap<number, MemberTruth>>;
  readonly events: number;
}

const UNTIL = Date.UTC(2026, 5, 1);
/** Days of use before the first snapshot, as in jobs/train-churn.ts. */
const WARM_DAYS = 28;
/** Landmarks of the test window at which the oracle is asked. */
const ORACLE_LANDMARKS = 4;
/** Days after the gap that it is asked about. */
export const ORACLE_DAYS = 30;

export interface SimulatedOptions {
  readonly seed: number;
  readonly members: number;
  /** How many times the oracle is asked about a member at a midnight, in all. */
  readonly moments: number;
  /** Futures that it walks each time. */
  readonly paths: number;
}

interface Asked {
  readonly memberId: number;
  readonly atMs: number;
  readonly values: Float64Array;
}

export function simulatedChurn(options: SimulatedOptions): SimulatedChurn {
  const { seed, members } = options;
  const billed = billedUsers(seed, members);
  const { world, days } = reportWorld({ seed, members, until: UNTIL });
  const fromMs = UNTIL - msOfDays(memberWorldDefaults.days - WARM_DAYS);
  const windows = timeWindows(fromMs, UNTIL);
  const lastMs = UNTIL - msOfDays(churnDefaults.gapDays + 7);
  const times = landmarkTimes(fromMs, lastMs, churnDefaults.stepDays);
  const horizonMs = UNTIL - msOfDays(churnDefaults.gapDays + ORACLE_DAYS);
  const oracle = times
    .filter((at) => at >= windows[2].fromMs && at <= horizonMs)
    .slice(0, ORACLE_LANDMARKS);
  const truth = new Map<number, ReadonlyMap<number, MemberTruth>>();
  const log = new Log();
  const asked: Asked[] = [];
  for (const { day, messages, webhooks } of days) {
    for (const message of messages) if (billed.has(message.userId)) log.message(message, UNTIL);
    for (const webhook of webhooks) log.webhook(webhook, UNTIL);
    log.fold();
    // What is asked at a midnight is asked of the world as it stands then.
    const at = msOfDays(day + 1);
    if (times.includes(at)) asked.push(...log.askAll(at));
    if (oracle.includes(at)) truth.set(at, askOracle(world, log.members, options));
  }
  const changes = log.memberships();
  const snapshots: Snapshot[] = [];
  const rows: Float64Array[] = [];
  for (const { memberId, atMs, values } of asked) {
    const snapshot = snapshotAt(memberId, changes.get(memberId)!, atMs);
    if (snapshot === undefined) continue;
    snapshots.push(snapshot);
    rows.push(values);
  }
  const columns = memberFeatures.names.length;
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    values.set(row, i * columns);
  });
  return {
    data: {
      x: { rows: rows.length, columns, values, names: [...memberFeatures.names] },
      atMs: Float64Array.from(snapshots, ({ atMs }) => atMs),
      group: Int32Array.from(snapshots, ({ memberId }) => memberId),
      featureSet: memberFeatures.id,
    },
    snapshots,
    changes,
    categorical: categoricalColumns(memberFeatures),
    windows,
    truth,
    events: log.events,
  };
}

/** Users who are billed at any time: the world lived once without a word, which costs little. */
function billedUsers(seed: number, members: number): ReadonlySet<string> {
  const world = new MemberWorld({ seed, members, until: UNTIL });
  while (world.step());
  return new Set(
    world.lives.filter(({ invoice }) => invoice > 0).map(({ person }) => person.userId),
  );
}

/** Of members drawn from those who pay and renew. */
function askOracle(
  { lives, day, surroundings }: MemberWorld,
  memberOf: ReadonlyMap<string, number>,
  { seed, moments, paths }: SimulatedOptions,
): ReadonlyMap<number, MemberTruth> {
  const paying = lives.filter((life) => isAtRisk(life) && life.status !== STATUS.TRIALING);
  const share = moments / ORACLE_LANDMARKS / paying.length;
  const rng = createRng(seed, day);
  const told = new Map<number, MemberTruth>();
  for (const life of paying) {
    const memberId = memberOf.get(life.person.userId);
    if (rng() >= share || memberId === undefined) continue;
    told.set(memberId, truthOf(life, day, surroundings, paths, [ORACLE_DAYS]));
  }
  return told;
}

type Told = Omit<MemberEvent, "seq">;

/** One member a user id; a customer's is told by the metadata of the webhook. */
class Log {
  readonly members = new Map<string, number>();
  events = 0;
  readonly #states: MemberState[] = [];
  readonly #billing: MemberEvent[][] = [];
  /** Whose subscription has not ended. */
  readonly #subscribed = new Set<number>();
  readonly #known = new Set<string>();
  readonly #customers = new Map<string, number>();
  #today: Told[] = [];

  message(message: unknown, receivedMs: number): void {
    const read = readMessage(message, { door: "history", receivedMs } as never);
    if (read instanceof Refused) throw new Error(`a message was refused: ${read.message}`);
    const user = read.identities.find(({ kind }) => kind === "user");
    const memberId = this.#member(user!.value);
    const { messageId, kind, eventMs, createdMs, payload } = read;
    this.#add({ source: "segment", messageId, memberId, kind, eventMs, createdMs, payload });
  }

  webhook(webhook: unknown, receivedMs: number): void {
    const read = readStripeEvent(webhook);
    const user = read.identities.find(({ kind }) => kind === "user");
    const customer = read.identities.find(({ kind }) => kind === "stripe_customer");
    const memberId = user
      ? this.#member(user.value)
      : customer && this.#customers.get(customer.value);
    if (memberId === undefined) return;
    if (customer) this.#customers.set(customer.value, memberId);
    const createdMs = Math.min(read.eventMs, receivedMs);
    for (const { messageId, kind, eventMs, value, payload } of read.events) {
      const told = { messageId, memberId, kind, createdMs, value, payload };
      this.#add({ source: "stripe", eventMs: Math.min(eventMs, createdMs), ...told });
    }
  }

  /** What the day brought, into the states. */
  fold(): void {
    this.#today.sort((a, b) => a.createdMs - b.createdMs);
    for (const told of this.#today) {
      const event: MemberEvent = { ...told, seq: ++this.events };
      const { memberId, kind } = event;
      applyEvents(memberFeatures, this.#states[memberId - 1]!, [event]);
      if (!BILLING.has(kind)) continue;
      this.#billing[memberId - 1]!.push(event);
      if (kind !== "subscription") continue;
      const { status } = event.payload as { readonly status?: string };
      if (status === "ended") this.#subscribed.delete(memberId);
      else this.#subscribed.add(memberId);
    }
    this.#today = [];
  }

  /** Features of everybody who has a subscription. */
  askAll(atMs: number): Asked[] {
    return Array.from(this.#subscribed, (memberId) => ({
      memberId,
      atMs,
      values: onlineValues(memberFeatures, this.#states[memberId - 1]!, atMs),
    }));
  }

  memberships(): ReadonlyMap<number, readonly Change[]> {
    return new Map(
      this.#billing.flatMap((of, i) => (of.length > 0 ? [[i + 1, foldMembership(of)]] : [])),
    );
  }

  #member(userId: string): number {
    const known = this.members.get(userId);
    if (known !== undefined) return known;
    const id = this.members.size + 1;
    this.members.set(userId, id);
    this.#states.push(emptyState(memberFeatures));
    this.#billing.push([]);
    return id;
  }

  #add(told: Told): void {
    const key = `${told.source} ${told.messageId}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#today.push(told);
  }
}

const BILLING = new Set(["subscription", "payment", "reversal", "invoice", "instrument"]);

/**
 * A simulated world as a log in memory: what its app and its payment processor say is read by the
 * readers of the front doors, folded to memberships and written to a lake of its own, without a server.
 * The truth is asked for at some midnights while the world goes on, and never told to what is measured.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChurnData } from "../../src/jobs/churn-task.ts";
import { readStripeEvent } from "../../src/lifecycle/billing/index.ts";
import { type Change, landmarks, landmarkTimes } from "../../src/lifecycle/churn/label.ts";
import { churnDefaults, msOfDays } from "../../src/lifecycle/churn/period.ts";
import { foldMembership } from "../../src/lifecycle/membership/index.ts";
import { memberFeatures, trainingRows } from "../../src/platform/feature/index.ts";
import { categoricalColumns } from "../../src/platform/serve/feature-words.ts";
import { timeWindows } from "../../src/platform/train/window.ts";
import type { MemberEvent } from "../../src/schema/member-event.ts";
import { Refused, readMessage } from "../../src/server/segment/read-message.ts";
import { type MemberTruth, memberWorldDefaults, reportWorld } from "../../src/sim/member/index.ts";
import { openLake } from "../../src/store/lake/index.ts";

export interface SimulatedChurn extends ChurnData {
  /** By landmark, what the oracle says of each member of the world. */
  readonly truth: ReadonlyMap<number, readonly MemberTruth[]>;
  readonly memberOf: ReadonlyMap<string, number>;
  readonly events: number;
}

const UNTIL = Date.UTC(2026, 5, 1);
/** Days of use before the first snapshot, as in jobs/train-churn.ts. */
const WARM_DAYS = 28;
/** Landmarks of the test window at which the oracle is asked. */
const ORACLE_LANDMARKS = 2;

export async function simulatedChurn(
  seed: number,
  members: number,
  paths: number,
): Promise<SimulatedChurn> {
  const untilMs = UNTIL;
  const { world, days } = reportWorld({ seed, members, until: untilMs });
  const fromMs = untilMs - msOfDays(memberWorldDefaults.days - WARM_DAYS);
  const windows = timeWindows(fromMs, untilMs);
  const lastMs = untilMs - msOfDays(churnDefaults.gapDays + 7);
  const times = landmarkTimes(fromMs, lastMs, churnDefaults.stepDays);
  const horizonMs = untilMs - msOfDays(churnDefaults.gapDays + 30);
  const asked = times
    .filter((at) => at >= windows[2].fromMs && at <= horizonMs)
    .slice(0, ORACLE_LANDMARKS);
  const truth = new Map<number, readonly MemberTruth[]>();
  const log = new Log();
  for (const day of days) {
    for (const message of day.messages) log.message(message, untilMs);
    for (const webhook of day.webhooks) log.webhook(webhook, untilMs);
    // What is asked at a midnight is asked of the world as it stands then.
    const at = asked.find((ms) => ms === msOfDays(day.day + 1));
    if (at !== undefined) truth.set(at, world.truth(paths));
  }
  const events = log.inOrder();
  const changes = membershipsOf(events);
  const snapshots = landmarks(
    [...changes].map(([memberId, of]) => ({ memberId, changes: of })),
    times,
  );
  const memberIds = snapshots.map(({ memberId }) => memberId);
  const atMs = Float64Array.from(snapshots, (snapshot) => snapshot.atMs);
  const folder = mkdtempSync(join(tmpdir(), "waymark-churn-"));
  try {
    const lake = openLake(folder);
    await lake.append(events, events.at(-1)!.seq);
    const rows = await trainingRows(lake, memberFeatures, { memberIds, atMs });
    return {
      data: {
        x: { ...rows.matrix, names: [...rows.names] },
        atMs,
        group: Int32Array.from(memberIds),
        featureSet: memberFeatures.id,
      },
      snapshots,
      changes,
      categorical: categoricalColumns(memberFeatures),
      windows,
      truth,
      memberOf: log.members,
      events: events.length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One member a user id; a customer's is told by the metadata of the webhook. */
class Log {
  readonly members = new Map<string, number>();
  readonly #events: Omit<MemberEvent, "seq">[] = [];
  readonly #known = new Set<string>();
  readonly #customers = new Map<string, number>();

  message(message: unknown, receivedMs: number): void {
    const read = readMessage(message, { door: "history", isTrusted: true, receivedMs } as never);
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
      const at = Math.min(eventMs, createdMs);
      this.#add({
        source: "stripe",
        messageId,
        memberId,
        kind,
        eventMs: at,
        createdMs,
        value,
        payload,
      });
    }
  }

  inOrder(): readonly MemberEvent[] {
    return this.#events
      .sort((a, b) => a.createdMs - b.createdMs)
      .map((event, i) => ({ ...event, seq: i + 1 }));
  }

  #member(userId: string): number {
    const known = this.members.get(userId);
    if (known !== undefined) return known;
    const id = this.members.size + 1;
    this.members.set(userId, id);
    return id;
  }

  #add(event: Omit<MemberEvent, "seq">): void {
    const key = `${event.source} ${event.messageId}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#events.push(event);
  }
}

const BILLING = new Set(["subscription", "payment", "reversal", "invoice", "instrument"]);

function membershipsOf(events: readonly MemberEvent[]): ReadonlyMap<number, readonly Change[]> {
  const byMember = new Map<number, MemberEvent[]>();
  for (const event of events) {
    if (!BILLING.has(event.kind)) continue;
    const of = byMember.get(event.memberId);
    if (of === undefined) byMember.set(event.memberId, [event]);
    else of.push(event);
  }
  const changes = new Map<number, readonly Change[]>();
  for (const [memberId, of] of byMember) changes.set(memberId, foldMembership(of));
  return changes;
}

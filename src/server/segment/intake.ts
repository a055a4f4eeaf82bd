/**
 * Messages on their way into the log. Requests that wait are written together: who is meant, what is said
 * of them, the events and what is set aside, in one transaction, so that an answer means that all of it
 * is durable. The queue is bounded: beyond, senders are told to come back.
 */
import type { Identity, NewMemberEvent } from "../../schema/member-event.ts";
import type { Tx } from "../../store/database.ts";
import { appendBatches } from "../../store/event-log.ts";
import { createGroupCommit } from "../../store/group-commit.ts";
import { holdLog, memberEpoch } from "../../store/log-lock.ts";
import type { NewQuarantined } from "../../store/quarantine.ts";
import type { Store } from "../../store/store.ts";
import { indexedText } from "../../store/stored-json.ts";
import { TooManyRequests } from "../auth/attempts.ts";
import type { ReadMessage } from "./read-message.ts";

/** What one request brought. */
export interface Parcel {
  readonly messages: readonly ReadMessage[];
  readonly refused: readonly NewQuarantined[];
  readonly receivedMs: number;
}

export interface Outcome {
  readonly kept: number;
  readonly repeated: number;
  /** Of members who were erased: nothing is kept. */
  readonly erased: number;
  readonly quarantined: number;
  /** Kept, but for what they say of named members by a key that is not trusted with it. */
  readonly doubted: number;
}

export interface Intake {
  /** Resolves when it is durable. @throws TooManyRequests when too much waits already */
  add(parcel: Parcel): Promise<Outcome>;
  /** Since the start. */
  readonly totals: Readonly<Outcome>;
  /** Events that wait or are being written. */
  readonly waiting: number;
}

export const intakeDefaults = {
  /** Events that may wait: about a second of a busy PGlite. */
  waitingMax: 20_000,
  /** Events of one transaction. */
  groupEvents: 4000,
  /** Identities remembered: some 20 MB. */
  rememberedMax: 200_000,
  /** Seconds after which a sender may come back. */
  retryS: 1,
} as const;

export function createIntake(
  store: Pick<Store, "database" | "members" | "quarantine">,
  waitingMax: number = intakeDefaults.waitingMax,
): Intake {
  const totals = { kept: 0, repeated: 0, erased: 0, quarantined: 0, doubted: 0 };
  const memory: Memory = { epoch: -1, isCommitted: false, ids: new Map(), firstMs: new Map() };
  const group = createGroupCommit<Parcel, Outcome>(store.database, {
    weightMax: intakeDefaults.groupEvents,
    work: (tx, parcels) => writeParcels(tx, store, memory, parcels),
    committed() {
      memory.isCommitted = true;
    },
  });
  return {
    totals,
    get waiting() {
      return group.weight;
    },
    async add(parcel) {
      const weight = Math.max(1, parcel.messages.length + parcel.refused.length);
      if (group.weight > 0 && group.weight + weight > waitingMax) {
        throw new TooManyRequests(
          intakeDefaults.retryS,
          `${group.weight} events wait to be written; come back in ${intakeDefaults.retryS} s`,
        );
      }
      const outcome = await group.add(parcel, weight);
      totals.kept += outcome.kept;
      totals.repeated += outcome.repeated;
      totals.erased += outcome.erased;
      totals.quarantined += outcome.quarantined;
      totals.doubted += outcome.doubted;
      return outcome;
    },
  };
}

/**
 * Who was meant by which identities, so that a busy server asks about a member once. It holds as long as
 * nobody is merged or erased, here or in another process (`memberEpoch`), and what it learned in a
 * transaction was committed.
 */
interface Memory {
  epoch: number;
  isCommitted: boolean;
  /** By the identities of a message. */
  readonly ids: Map<string, number>;
  readonly firstMs: Map<number, number>;
}

function forget(memory: Memory, epoch: number): void {
  memory.epoch = epoch;
  memory.ids.clear();
  memory.firstMs.clear();
}

async function writeParcels(
  tx: Tx,
  { members, quarantine }: Pick<Store, "members" | "quarantine">,
  memory: Memory,
  parcels: readonly Parcel[],
): Promise<readonly Outcome[]> {
  const now = parcels[0]!.receivedMs;
  await holdLog(tx);
  const epoch = await memberEpoch(tx);
  const isFull = memory.ids.size > intakeDefaults.rememberedMax;
  if (!memory.isCommitted || memory.epoch !== epoch || isFull) forget(memory, epoch);
  memory.isCommitted = false;
  const { meant, doubted } = await membersOf(tx, members, memory, parcels, now);
  const descriptions = [];
  const batches: NewMemberEvent[][] = [];
  const erased: number[] = [];
  let i = 0;
  for (const { messages } of parcels) {
    const batch: NewMemberEvent[] = [];
    for (const { messageId, kind, eventMs, createdMs, payload, description } of messages) {
      const memberId = meant[i++]!;
      if (memberId === "erased") continue;
      batch.push({ source: "segment", messageId, memberId, kind, eventMs, createdMs, payload });
      if (description) descriptions.push({ memberId, description });
    }
    batches.push(batch);
    erased.push(messages.length - batch.length);
  }
  await members.describeAll(descriptions, tx);
  const appended = batches.some((batch) => batch.length > 0)
    ? await appendBatches(tx, batches, memory.firstMs)
    : batches.map(() => ({ kept: 0, repeated: 0 }));
  await quarantine.add(
    parcels.flatMap(({ refused }) => refused),
    now,
    tx,
  );
  return parcels.map(({ refused }, p) => ({
    ...appended[p]!,
    erased: erased[p]!,
    quarantined: refused.length,
    doubted: doubted[p]!,
  }));
}

interface Meant {
  /** For every message of every parcel, in order. */
  readonly meant: readonly (number | "erased")[];
  /** Of each parcel, messages that said more than their key may. */
  readonly doubted: readonly number[];
}

async function membersOf(
  tx: Tx,
  members: Store["members"],
  memory: Memory,
  parcels: readonly Parcel[],
  now: number,
): Promise<Meant> {
  // Most messages are of somebody who has just sent another.
  const lists: (readonly Identity[])[] = [];
  const keys: string[] = [];
  const places = new Map<string, number>();
  const aliases: { readonly place: number; readonly previousId: string }[] = [];
  const placeOf: number[] = [];
  const doubted = parcels.map(() => 0);
  const doubtful: { readonly parcel: number; readonly previousId: string }[] = [];
  for (const [p, { messages }] of parcels.entries()) {
    for (const { identities, previousId, isTrusted, isDoubted } of messages) {
      if (isDoubted) doubted[p]!++;
      const all =
        previousId === undefined ? identities : aliased(identities, previousId, isTrusted);
      let key = "";
      for (const { kind, value } of all) key += `${kind}:${value}\n`;
      let place = places.get(key);
      if (place === undefined) {
        place = lists.push(all) - 1;
        keys.push(key);
        places.set(key, place);
      }
      placeOf.push(place);
      if (previousId === undefined) continue;
      if (isTrusted) aliases.push({ place, previousId });
      else doubtful.push({ parcel: p, previousId });
    }
  }
  for (const { place, previousId } of aliases) {
    // Who is named is not merged by being mentioned beside another; alias says it in so many words.
    const both = [[{ kind: "user", value: previousId }] as const, lists[place]!];
    const [fromId, intoId] = await members.resolve(both, now, tx);
    if (typeof fromId !== "number" || typeof intoId !== "number") continue;
    await members.merge(fromId, intoId, now, tx);
  }
  const ids = await resolveNew(tx, members, memory, lists, keys, now);
  const named = await namedOf(tx, new Set(doubtful.map(({ previousId }) => previousId)));
  for (const { parcel, previousId } of doubtful) if (named.has(previousId)) doubted[parcel]!++;
  return { meant: placeOf.map((place) => ids[place]!), doubted };
}

/** Asks for those who are not remembered; for all of them, where that merges somebody. */
async function resolveNew(
  tx: Tx,
  members: Store["members"],
  memory: Memory,
  lists: readonly (readonly Identity[])[],
  keys: readonly string[],
  now: number,
): Promise<readonly (number | "erased")[]> {
  const unknown = lists.filter((_, i) => !memory.ids.has(keys[i]!));
  let found = await members.resolve(unknown, now, tx);
  const epoch = await memberEpoch(tx);
  if (epoch !== memory.epoch) {
    forget(memory, epoch);
    found = await members.resolve(lists, now, tx);
  }
  let next = 0;
  return keys.map((key) => {
    const known = memory.ids.get(key);
    if (known !== undefined) return known;
    const id = found[next++]!;
    if (id !== "erased") memory.ids.set(key, id);
    return id;
  });
}

/**
 * The earlier id may have been an anonymous one or a user's: whoever says it later is the same member. A
 * key that everybody may read speaks of anonymous ones alone, or else anybody could take over anybody.
 */
function aliased(
  identities: readonly Identity[],
  previousId: string,
  isTrusted: boolean,
): readonly Identity[] {
  const anonymous: Identity = { kind: "anonymous", value: previousId };
  if (!isTrusted) return [...identities, anonymous];
  return [...identities, { kind: "user", value: previousId }, anonymous];
}

/** Which of these are ids of users. */
async function namedOf(tx: Tx, ids: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  if (ids.size === 0) return ids;
  const rows = await tx
    .selectFrom("identity")
    .select("value")
    .where("kind", "=", "user")
    .where("value", "in", [...ids].map(indexedText))
    .execute();
  return new Set(rows.map(({ value }) => value));
}

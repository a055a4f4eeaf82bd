/**
 * The follower of the log: what is computed of members one by one. It reads events in order of seq and
 * keeps their feature states, active days and memberships. A batch and the position behind it are one
 * transaction, and a state names the seq that it holds, so an event counts once however often the
 * process dies. Members who were merged are built anew from their whole log. What cannot be read of one
 * member is told and passed over: it stops nobody else.
 *
 * One process of several that share a PostgreSQL goes on at a time: the position's row is locked.
 */
import { type Log, silentLog, WaymarkError } from "../base/index.ts";
import { BILLING_KINDS, foldMembership } from "../lifecycle/membership/index.ts";
import { dayOf } from "../platform/feature/definition.ts";
import {
  ACTIVE,
  applyEvents,
  decodeState,
  emptyState,
  encodeState,
  FEATURE_READERS,
  type FeatureSet,
  featureReader,
  type MemberState,
  memberFeatures,
  selects,
} from "../platform/feature/index.ts";
import type { MemberEvent } from "../schema/member-event.ts";
import type { MembershipChange } from "../schema/membership.ts";
import type { Tx } from "../store/database.ts";
import type { ActiveDay, FeatureState } from "../store/feature-states.ts";
import { createPageSize, type PageSize } from "../store/page-size.ts";
import type { Store } from "../store/store.ts";

export const followDefaults = {
  /** Events of one transaction, where they are small: a third of a second of PGlite, for which others wait. */
  batch: 10_000,
  /** Milliseconds between two looks when nothing woke it. */
  everyMs: 1000,
  /**
   * Milliseconds between two looks however much is appended, and at least so many times what the last
   * one took: while a year is brought along it leaves the database to those who bring it, and its
   * batches become large.
   */
  restMs: 500,
  restTimes: 4,
  /** Batches after which memberships are folded though the log has not come to its end. */
  batches: 50,
  /** Members whose whole logs are read at once. */
  members: 100,
} as const;

/** Of memberships; that of features has the layout of its states behind it. */
const MEMBERSHIPS = "memberships";

export interface FollowOptions {
  readonly store: Pick<Store, "database" | "events" | "featureStates" | "memberships">;
  readonly now: () => number;
  readonly set?: FeatureSet | undefined;
  readonly log?: Log | undefined;
}

export interface LogFollower {
  /** Reads on to the end of the log as it is now. @returns events that were folded */
  catchUp(): Promise<number>;
  /** Looks soon: something was appended. */
  wake(): void;
  /** Begins to look by itself, until `stop`. */
  start(): void;
  stop(): Promise<void>;
}

export function createLogFollower(options: FollowOptions): LogFollower {
  const { store, now, set = memberFeatures, log = silentLog } = options;
  const reader = featureReader(set);
  let running: Promise<number> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let isWoken = false;
  /** Of `performance.now`: no look by itself before. */
  let restedMs = 0;

  const page = createPageSize(followDefaults.batch);
  const pass = async (): Promise<number> => {
    await refoldAll(store, set, reader, now, log);
    let folded = 0;
    for (let batches = 1; ; batches++) {
      const { limit } = page;
      const count = await foldBatch(store, set, reader, now, log, page);
      folded += count;
      if (count < limit || isStopped) break;
      // Where the log grows as fast as it is read.
      if (batches % followDefaults.batches === 0) await foldMemberships(store, reader, now, log);
    }
    if (!isStopped) await foldMemberships(store, reader, now, log);
    return folded;
  };
  /** One at a time: whoever asks while it runs waits for one that begins after it. */
  const catchUp = async (): Promise<number> => {
    while (running !== undefined) await running.catch(() => {});
    running = pass().finally(() => {
      running = undefined;
    });
    return await running;
  };
  const look = (): void => {
    if (isStopped) return;
    isWoken = false;
    const begun = performance.now();
    catchUp()
      .catch((error: Error) => log.warn("the log could not be followed", { why: error.message }))
      .finally(() => {
        const ended = performance.now();
        const { restMs, restTimes, everyMs } = followDefaults;
        restedMs = ended + Math.max(restMs, restTimes * (ended - begun));
        if (!isStopped) schedule(isWoken ? 0 : everyMs);
      });
  };
  const schedule = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(ms, restedMs - performance.now()));
    timer.unref();
  };
  const wake = (): void => {
    if (isWoken) return;
    isWoken = true;
    if (timer !== undefined && running === undefined && !isStopped) schedule(0);
  };
  let forgetWaking = (): void => {};

  return {
    catchUp,
    wake,
    start() {
      forgetWaking = store.events.onAppend(wake);
      void store.featureStates
        .forgetReaders(FEATURE_READERS, reader)
        .catch((error: Error) => log.warn("old readers stay", { why: error.message }));
      schedule(0);
    },
    async stop() {
      isStopped = true;
      forgetWaking();
      clearTimeout(timer);
      await running?.catch(() => {});
    },
  };
}

type FollowedStore = FollowOptions["store"];

/**
 * Read with the position held: two who follow, in this process or another, do not read the same.
 *
 * @returns events that were read; fewer than a batch at the end of the log
 */
async function foldBatch(
  store: FollowedStore,
  set: FeatureSet,
  reader: string,
  now: () => number,
  log: Log,
  page: PageSize,
): Promise<number> {
  const { events, featureStates } = store;
  return await store.database.transaction(async (tx) => {
    const after = await featureStates.hold(reader, now(), tx);
    const batch = await events.read(after, page.limit, tx);
    if (batch.length === 0) return 0;
    page.learn(batch);
    const byMember = Map.groupBy(batch, ({ memberId }) => memberId);
    const unsettled = await featureStates.unsettled([...byMember.keys()], tx);
    const known = await featureStates.get([...byMember.keys()], tx);
    const states: FeatureState[] = [];
    const days: ActiveDay[] = [];
    const damaged: number[] = [];
    for (const [memberId, own] of byMember) {
      // Merged: built from the whole log, this batch in it, by the next pass.
      if (unsettled.has(memberId)) continue;
      const folded = folding(set, known.get(memberId));
      if (folded === undefined) {
        damaged.push(memberId);
        continue;
      }
      const news = own.filter(({ seq }) => seq > folded.seq);
      const seq = Math.max(folded.seq, own.at(-1)!.seq);
      const state = foldState(set, folded.state, memberId, news, log);
      if (state) states.push({ memberId, seq, state });
      days.push(...activeDays(memberId, own));
    }
    await featureStates.put(states, now(), tx);
    await featureStates.addActiveDays(days, tx);
    if (damaged.length > 0) await featureStates.unsettle(damaged, tx);
    await events.advance(reader, batch.at(-1)!.seq, now(), tx);
    return batch.length;
  });
}

/** Undefined: its bytes are damaged. */
function folding(
  set: FeatureSet,
  known: FeatureState | undefined,
): { readonly state: MemberState; readonly seq: number } | undefined {
  try {
    const state = known && decodeState(set, known.state);
    return state ? { state, seq: known.seq } : { state: emptyState(set), seq: 0 };
  } catch (error) {
    if (error instanceof WaymarkError) return undefined;
    throw error;
  }
}

function activeDays(memberId: number, events: readonly MemberEvent[]): ActiveDay[] {
  const days = new Set<number>();
  for (const event of events) if (selects(ACTIVE, event)) days.add(dayOf(event.eventMs));
  return Array.from(days, (day) => ({ memberId, day }));
}

/** Members whose derived rows were removed get them again. */
async function refoldAll(
  store: FollowedStore,
  set: FeatureSet,
  reader: string,
  now: () => number,
  log: Log,
): Promise<void> {
  const { featureStates } = store;
  for (;;) {
    const noted = await featureStates.refolds(followDefaults.members);
    if (noted.length === 0) return;
    await store.database.transaction(async (tx) => {
      const upToSeq = await featureStates.hold(reader, now(), tx);
      const members = await featureStates.settle(noted, tx);
      if (members.length === 0) return;
      const all = await featureStates.eventsOf(members, { upToSeq, tx });
      const byMember = Map.groupBy(all, ({ memberId }) => memberId);
      const states = members.flatMap((memberId): FeatureState[] => {
        const own = byMember.get(memberId) ?? [];
        const state = foldState(set, emptyState(set), memberId, own, log);
        return state ? [{ memberId, seq: upToSeq, state }] : [];
      });
      await featureStates.put(states, now(), tx);
      await featureStates.removeActiveDays(members, tx);
      await featureStates.addActiveDays(
        members.flatMap((memberId) => activeDays(memberId, byMember.get(memberId) ?? [])),
        tx,
      );
      await replaceMemberships(store, members, log, tx);
    });
  }
}

/** Memberships follow features: a long log is read to its end first, then each member is folded once. */
async function foldMemberships(
  store: FollowedStore,
  reader: string,
  now: () => number,
  log: Log,
): Promise<void> {
  const { events, featureStates } = store;
  const after = await events.position(MEMBERSHIPS);
  const upTo = await events.position(reader);
  if (upTo <= after) return;
  const members = await featureStates.membersBetween(after, upTo, BILLING_KINDS);
  for (let i = 0; i < members.length; i += followDefaults.members) {
    const some = members.slice(i, i + followDefaults.members);
    await store.database.transaction(async (tx) => {
      const unsettled = await featureStates.unsettled(some, tx);
      await replaceMemberships(
        store,
        some.filter((member) => !unsettled.has(member)),
        log,
        tx,
      );
    });
  }
  await events.advance(MEMBERSHIPS, upTo, now());
}

/** Of everything that processors ever said of them: the same whenever it is done. */
async function replaceMemberships(
  { featureStates, memberships }: FollowedStore,
  members: readonly number[],
  log: Log,
  tx: Tx,
): Promise<void> {
  if (members.length === 0) return;
  const all = await featureStates.eventsOf(members, {
    upToSeq: Number.MAX_SAFE_INTEGER,
    kinds: BILLING_KINDS,
    tx,
  });
  const byMember = Map.groupBy(all, ({ memberId }) => memberId);
  const folded = new Map<number, readonly MembershipChange[]>();
  for (const member of members) {
    let unreadable = 0;
    const changes = ofMember(member, log, () =>
      foldMembership(byMember.get(member) ?? [], { onUnreadable: () => unreadable++ }),
    );
    if (changes) folded.set(member, changes);
    if (unreadable > 0) {
      log.warn("billing events cannot be read and are passed over", { member, unreadable });
    }
  }
  await memberships.replaceAll(folded, tx);
}

/** @returns undefined where these events cannot be folded: the state stays as it was */
function foldState(
  set: FeatureSet,
  state: MemberState,
  memberId: number,
  events: readonly MemberEvent[],
  log: Log,
): Uint8Array | undefined {
  return ofMember(memberId, log, () => {
    applyEvents(set, state, events);
    return encodeState(set, state);
  });
}

/** One member's fold must not stop the others', whatever is wrong with it. */
function ofMember<T>(memberId: number, log: Log, fold: () => T): T | undefined {
  try {
    return fold();
  } catch (error) {
    const { message } = error as Error;
    log.error("a member cannot be followed", { member: memberId, why: message });
    return undefined;
  }
}

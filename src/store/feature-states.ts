/**
 * What is kept of each member so that features can be told at once (platform/feature/state.ts), as
 * bytes; and the days on which members were active. Both follow from the log and are written by its
 * follower alone (jobs/follow-log.ts). What reading costs is measured by `npm run bench -- features`.
 */
import { sql } from "kysely";
import type { MemberEvent } from "../schema/member-event.ts";
import type { Database, Sql, Tx } from "./database.ts";
import { idArray, readEvents, textArray } from "./event-log.ts";
import { storedJson } from "./stored-json.ts";

export interface FeatureState {
  readonly memberId: number;
  /** Every event of the member up to here is in the state. */
  readonly seq: number;
  readonly state: Uint8Array;
}

export interface FeatureStates {
  /** By member; those of whom nothing is kept are absent. */
  get(memberIds: readonly number[], tx?: Tx): Promise<ReadonlyMap<number, FeatureState>>;
  /** In order of member id, for whoever goes through all. */
  page(after: number, limit: number): Promise<readonly FeatureState[]>;
  /** Of members who are gone meanwhile nothing is kept. */
  put(states: readonly FeatureState[], now: number, tx: Tx): Promise<void>;
  addActiveDays(days: readonly ActiveDay[], tx: Tx): Promise<void>;
  removeActiveDays(memberIds: readonly number[], tx: Tx): Promise<void>;
  /** Whole logs of these members up to a seq, in order of seq. */
  eventsOf(memberIds: readonly number[], query: EventsOfQuery): Promise<readonly MemberEvent[]>;
  /** Which of these are to be built anew, or were merged into others, who are. */
  unsettled(memberIds: readonly number[], tx: Tx): Promise<ReadonlySet<number>>;
  /** Members who are to be built anew from their whole log. */
  refolds(limit: number): Promise<readonly number[]>;
  /** They have been: in the transaction that writes what was built. @returns those that were still noted */
  settle(memberIds: readonly number[], tx: Tx): Promise<readonly number[]>;
  /** These are to be built anew. */
  unsettle(memberIds: readonly number[], tx: Tx): Promise<void>;
  /** Members of whom there are events of these kinds after a seq, up to another. */
  membersBetween(
    afterSeq: number,
    upToSeq: number,
    kinds: readonly string[],
  ): Promise<readonly number[]>;
  /** How far each reader is behind the log. */
  lags(now: number): Promise<readonly ReaderLag[]>;
  /** Locks a reader's position to the end of the transaction, so that one of several followers goes on. */
  hold(reader: string, now: number, tx: Tx): Promise<number>;
  /** Forgets how far readers came whose names begin so, but for one. */
  forgetReaders(prefix: string, kept: string): Promise<void>;
  /** Erased and merged since a time; a merge names the member who stands at the end. */
  changesSince(ms: number): Promise<{
    readonly erased: readonly number[];
    /** By seq: events that went with their activity. */
    readonly erasedEvents: readonly number[];
    readonly moved: readonly { readonly from: number; readonly to: number }[];
  }>;
  /**
   * Members whose log became another since a time, and when it last did: others became them, or events
   * went with their activities. What was served before was of another log.
   */
  changedLogs(sinceMs: number): Promise<ReadonlyMap<number, number>>;
}

export interface ActiveDay {
  readonly memberId: number;
  /** Days since 1970, UTC. */
  readonly day: number;
}

export interface ReaderLag {
  readonly reader: string;
  /** Numbers of the log that it has not read; an upper bound of events, since numbers have gaps. */
  readonly events: number;
  /** Since the oldest unread event was known; 0 without one. */
  readonly ms: number;
}

export interface EventsOfQuery {
  readonly upToSeq: number;
  readonly kinds?: readonly string[] | undefined;
  readonly tx?: Tx | undefined;
}

export function createFeatureStates({ sql: db }: Pick<Database, "sql">): FeatureStates {
  return {
    async get(memberIds, tx) {
      const { rows } = await sql<StateRow>`
        select member_id, seq, state from feature_state
        where member_id = any(${idArray(memberIds)}::bigint[])`.execute(tx ?? db);
      return new Map(rows.map((row) => [row.member_id, toState(row)]));
    },
    async page(after, limit) {
      const rows = await db
        .selectFrom("feature_state")
        .select(["member_id", "seq", "state"])
        .where("member_id", ">", after)
        .orderBy("member_id")
        .limit(limit)
        .execute();
      return rows.map(toState);
    },
    async put(states, now, tx) {
      if (states.length === 0) return;
      const rows = states.map(({ memberId, seq, state }) => ({
        i: memberId,
        q: seq,
        b: Buffer.from(state.buffer, state.byteOffset, state.length).toString("base64"),
      }));
      await sql`
        insert into feature_state (member_id, seq, state, updated_ms)
        select i, q, decode(b, 'base64'), ${now}::bigint
        from json_to_recordset(${JSON.stringify(rows)}::json) as r(i bigint, q bigint, b text)
        join member on id = i
        on conflict (member_id) do update
          set seq = excluded.seq, state = excluded.state, updated_ms = excluded.updated_ms`.execute(
        tx,
      );
    },
    async addActiveDays(days, tx) {
      if (days.length === 0) return;
      // No reference checks each row: those who are there are asked for once, and stay to the end.
      const ids = idArray(new Set(days.map(({ memberId }) => memberId)));
      const { rows: members } = await sql<{ id: number }>`
        select id from member where id = any(${ids}::bigint[]) order by id for key share`.execute(
        tx,
      );
      const known = new Set(members.map(({ id }) => id));
      const rows = days
        .filter(({ memberId }) => known.has(memberId))
        .map(({ memberId, day }) => ({ i: memberId, d: day }));
      await sql`
        insert into active_day (member_id, day)
        select i, d from json_to_recordset(${storedJson(rows)}::json) as r(i bigint, d int)
        on conflict do nothing`.execute(tx);
    },
    async removeActiveDays(memberIds, tx) {
      await sql`delete from active_day
        where member_id = any(${idArray(memberIds)}::bigint[])`.execute(tx);
    },
    eventsOf: (memberIds, { upToSeq, kinds, tx }) => eventsOf(tx ?? db, memberIds, upToSeq, kinds),
    async unsettled(memberIds, tx) {
      const ids = idArray(memberIds);
      const { rows } = await sql<{ member_id: number }>`
        select member_id from refold where member_id = any(${ids}::bigint[])
        union select member_id from merged_member where member_id = any(${ids}::bigint[])`.execute(
        tx,
      );
      return new Set(rows.map((row) => row.member_id));
    },
    async refolds(limit) {
      const rows = await db
        .selectFrom("refold")
        .select("member_id")
        .orderBy("member_id")
        .limit(limit)
        .execute();
      return rows.map((row) => row.member_id);
    },
    async settle(memberIds, tx) {
      const { rows } = await sql<{ member_id: number }>`
        delete from refold where member_id = any(${idArray(memberIds)}::bigint[])
        returning member_id`.execute(tx);
      return rows.map((row) => row.member_id);
    },
    async unsettle(memberIds, tx) {
      await sql`insert into refold (member_id)
        select id from member where id = any(${idArray(memberIds)}::bigint[])
        on conflict do nothing`.execute(tx);
    },
    async membersBetween(afterSeq, upToSeq, kinds) {
      const rows = await db
        .selectFrom("event")
        .select("member_id")
        .distinct()
        .where("seq", ">", afterSeq)
        .where("seq", "<=", upToSeq)
        .where("kind", "in", [...kinds])
        .orderBy("member_id")
        .execute();
      return rows.map((row) => row.member_id);
    },
    async lags(now) {
      const { rows } = await sql<{ name: string; events: number; oldest: number | null }>`
        select name, greatest((select coalesce(max(seq), 0) from event) - seq, 0) as events,
          (select created_ms from event e where e.seq > r.seq order by e.seq limit 1) as oldest
        from log_reader r order by name`.execute(db);
      return rows.map(({ name, events, oldest }) => ({
        reader: name,
        events,
        ms: oldest === null ? 0 : Math.max(0, now - oldest),
      }));
    },
    async hold(reader, now, tx) {
      const { rows } = await sql<{ seq: number }>`
        insert into log_reader (name, seq, updated_ms) values (${reader}, 0, ${now})
        on conflict (name) do update set name = excluded.name returning seq`.execute(tx);
      return rows[0]!.seq;
    },
    async forgetReaders(prefix, kept) {
      await sql`delete from log_reader
        where starts_with(name, ${prefix}) and name <> ${kept}`.execute(db);
    },
    async changesSince(ms) {
      const erased = await db
        .selectFrom("erased_member")
        .select("member_id")
        .where("erased_ms", ">=", ms)
        .execute();
      const moved = await db
        .selectFrom("merged_member")
        .select(["member_id", "into_id"])
        .where("merged_ms", ">=", ms)
        .execute();
      const events = await db
        .selectFrom("erased_event")
        .select("seq")
        .where("erased_ms", ">=", ms)
        .execute();
      return {
        erasedEvents: events.map((row) => row.seq),
        erased: erased.map((row) => row.member_id),
        moved: moved.map((row) => ({ from: row.member_id, to: row.into_id })),
      };
    },
    async changedLogs(sinceMs) {
      const { rows } = await sql<{ id: number; ms: number }>`
        select id, max(ms) as ms from (
          select into_id as id, merged_ms as ms from merged_member where merged_ms >= ${sinceMs}
          union all
          select member_id, erased_ms from erased_event where erased_ms >= ${sinceMs}
        ) changed group by id`.execute(db);
      return new Map(rows.map(({ id, ms }) => [id, ms]));
    },
  };
}

interface StateRow {
  readonly member_id: number;
  readonly seq: number;
  readonly state: Uint8Array;
}

function toState({ member_id, seq, state }: StateRow): FeatureState {
  return { memberId: member_id, seq, state };
}

async function eventsOf(
  db: Sql | Tx,
  memberIds: readonly number[],
  upToSeq: number,
  kinds: readonly string[] | undefined,
): Promise<readonly MemberEvent[]> {
  const ofKind = kinds ? sql`and kind = any(${textArray(kinds)}::text[])` : sql``;
  return await readEvents(
    db,
    sql`select * from event where member_id = any(${idArray(memberIds)}::bigint[])
      and seq <= ${upToSeq}::bigint ${ofKind} order by seq`,
  );
}

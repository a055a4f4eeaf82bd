/**
 * The log of what happens to members: added to in groups, read in the order of `seq`. An event that was
 * acknowledged is there after a killed process, and once: its source and message id are unique. About
 * 25 µs an event on PGlite in groups of some thousands, 0.3 ms alone.
 */
import { type RawBuilder, type Selectable, sql } from "kysely";
import type { MemberEvent, NewMemberEvent } from "../schema/member-event.ts";
import type { Database, Sql, Tx } from "./database.ts";
import { createGroupCommit } from "./group-commit.ts";
import { holdLog } from "./log-lock.ts";
import type { EventTable } from "./member-table.ts";
import { indexedText, storedJson } from "./stored-json.ts";
import { cleanText } from "./text.ts";

export interface Appended {
  readonly kept: number;
  /** Not kept because the log has an event of the same source and message id. */
  readonly repeated: number;
}

export interface MemberQuery {
  /** Of these kinds; absent: of all. */
  readonly kinds?: readonly string[] | undefined;
  /** Before this time, epoch milliseconds. */
  readonly beforeMs?: number | undefined;
  /** What comes after this one in the answer: nothing is lost between pages. */
  readonly after?: Pick<MemberEvent, "eventMs" | "createdMs" | "seq"> | undefined;
  /** Default 100. */
  readonly limit?: number | undefined;
}

export interface EventLog {
  /**
   * Resolves when the events are durable; with `tx` when that commits. Without one, calls that wait for
   * each other share a transaction. Events of a member who was merged go to the other; of one who was
   * erased, or never was, nowhere: they count as neither.
   */
  append(events: readonly NewMemberEvent[], tx?: Tx): Promise<Appended>;
  /** In order of seq: whoever reads on from the last has missed nothing. */
  read(afterSeq: number, limit: number, tx?: Tx): Promise<readonly MemberEvent[]>;
  /** Newest first, by the time of the event, then by when it was known. */
  ofMember(memberId: number, query?: MemberQuery): Promise<readonly MemberEvent[]>;
  /** Of the newest event; 0 when there is none. */
  lastSeq(): Promise<number>;
  /** How far a reader has come; 0 for one that has not begun. */
  position(reader: string): Promise<number>;
  advance(reader: string, seq: number, now: number, tx?: Tx): Promise<void>;
  /**
   * Calls after each transaction of this process that may have added something. Other processes are not
   * heard. @returns what ends it
   */
  onAppend(listener: () => void): () => void;
}

export const eventLogDefaults = {
  /** Events of one transaction: some 100 ms of PGlite. */
  groupEvents: 4000,
  /** Events that are read as one text: at most 32 MB, and mostly some hundred kilobytes. */
  readEvents: 1000,
} as const;

export function createEventLog(database: Database): EventLog {
  const { sql: db } = database;
  const group = createGroupCommit<readonly NewMemberEvent[], Appended>(database, {
    weightMax: eventLogDefaults.groupEvents,
    work: (tx, batches) => appendBatches(tx, batches),
  });
  return {
    async append(events, tx) {
      if (events.length === 0) return { kept: 0, repeated: 0 };
      if (!tx) return await group.add(events, events.length);
      return (await appendBatches(tx, [events]))[0]!;
    },
    async read(afterSeq, limit, tx) {
      const events: MemberEvent[] = [];
      for (let after = afterSeq; events.length < limit; after = events.at(-1)!.seq) {
        const most = Math.min(limit - events.length, eventLogDefaults.readEvents);
        const page = sql`select * from event where seq > ${after}::bigint
          order by seq limit ${most}::int`;
        const read = await readEvents(tx ?? db, page);
        for (const event of read) events.push(event);
        if (read.length < most) break;
      }
      return events;
    },
    async ofMember(memberId, { kinds, beforeMs, after, limit = 100 } = {}) {
      let query = db.selectFrom("event").selectAll().where("member_id", "=", memberId);
      if (kinds) query = query.where(sql<boolean>`kind = any(${textArray(kinds)}::text[])`);
      if (after) {
        const { eventMs, createdMs, seq } = after;
        query = query.where(
          sql<boolean>`(event_ms, created_ms, seq) < (${eventMs}::bigint, ${createdMs}::bigint, ${seq}::bigint)`,
        );
      }
      if (beforeMs !== undefined) query = query.where("event_ms", "<", beforeMs);
      const rows = await query
        .orderBy("event_ms", "desc")
        .orderBy("created_ms", "desc")
        .orderBy("seq", "desc")
        .limit(limit)
        .execute();
      return rows.map(toEvent);
    },
    async lastSeq() {
      const { seq } = await db
        .selectFrom("event")
        .select((of) => of.fn.coalesce(of.fn.max("seq"), sql.lit(0)).as("seq"))
        .executeTakeFirstOrThrow();
      return seq;
    },
    async position(reader) {
      const row = await db
        .selectFrom("log_reader")
        .select("seq")
        .where("name", "=", reader)
        .executeTakeFirst();
      return row?.seq ?? 0;
    },
    async advance(reader, seq, now, tx) {
      await (tx ?? db)
        .insertInto("log_reader")
        .values({ name: reader, seq, updated_ms: now })
        .onConflict((on) => on.column("name").doUpdateSet({ seq, updated_ms: now }))
        .execute();
    },
    onAppend: (listener) => database.onLogWritten(listener),
  };
}

/**
 * Adds several calls' events in one statement.
 *
 * @param firstMs members who are known to be there, with the time of their first event; those who are
 *   found are added, and times lowered
 * @returns for each batch what became of it
 */
export async function appendBatches(
  tx: Tx,
  batches: readonly (readonly NewMemberEvent[])[],
  firstMs: Map<number, number> = new Map(),
): Promise<readonly Appended[]> {
  await holdLog(tx);
  const movedTo = await findMembers(tx, batches, firstMs);
  const seen = new Set<string>();
  const rows: EventRow[] = [];
  const lowered = new Set<number>();
  const repeated = batches.map(() => 0);
  const offered = batches.map(() => 0);
  for (const [i, batch] of batches.entries()) {
    for (const event of batch) {
      const id = movedTo.get(event.memberId) ?? event.memberId;
      const first = firstMs.get(id);
      if (first === undefined) continue;
      offered[i]!++;
      const messageId = indexedText(event.messageId);
      const key = `${event.source} ${messageId}`;
      if (seen.has(key)) {
        repeated[i]!++;
        continue;
      }
      seen.add(key);
      const { eventMs } = event;
      if (eventMs < first) {
        firstMs.set(id, eventMs);
        lowered.add(id);
      }
      rows.push({
        s: event.source,
        m: messageId,
        i: id,
        k: event.kind,
        e: eventMs,
        c: event.createdMs,
        v: event.value ?? null,
        p: event.payload,
        batch: i,
      });
    }
  }
  if (rows.length > 0) {
    const lastSeq = await newestSeq(tx);
    const inserted = await insertRows(tx, rows);
    if (inserted < rows.length) {
      const known = await repetitions(tx, rows, lastSeq);
      for (const { s, m, batch } of rows) if (known.has(`${s} ${m}`)) repeated[batch]!++;
    }
    await lowerFirst(tx, lowered, firstMs);
  }
  return batches.map((_, i) => ({ kept: offered[i]! - repeated[i]!, repeated: repeated[i]! }));
}

/** Short names: they stand in the parameter once a row. */
interface EventRow {
  readonly s: string;
  readonly m: string;
  readonly i: number;
  readonly k: string;
  readonly e: number;
  readonly c: number;
  readonly v: number | null;
  readonly p: unknown;
  readonly batch: number;
}

const COLUMNS = sql`r(s text, m text, i bigint, k text, e bigint, c bigint, v float8, p jsonb)`;

/**
 * As jsonb the text is read once, as json three times: for itself, for its rows, for each payload.
 *
 * @returns how many of the rows were new
 */
async function insertRows(tx: Tx, rows: readonly EventRow[]): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into event (source, message_id, member_id, kind, event_ms, created_ms, value, payload)
    select s, m, i, k, e, c, v, p from jsonb_to_recordset(${storedJson(rows)}::jsonb) as ${COLUMNS}
    on conflict (source, message_id) do nothing`.execute(tx);
  return Number(numAffectedRows);
}

/** Which of the rows the log had before this transaction. */
async function repetitions(
  tx: Tx,
  rows: readonly EventRow[],
  lastSeq: number,
): Promise<ReadonlySet<string>> {
  const keys = storedJson(rows.map(({ s, m }) => ({ s, m })));
  const found = await sql<{ s: string; m: string }>`
    select r.s, r.m from json_to_recordset(${keys}::json) as r(s text, m text)
    join event on source = s and message_id = m where seq <= ${lastSeq}`.execute(tx);
  return new Set(found.rows.map(({ s, m }) => `${s} ${m}`));
}

async function newestSeq(tx: Tx): Promise<number> {
  const { rows } = await sql<{
    seq: number;
  }>`select coalesce(max(seq), 0) as seq from event`.execute(tx);
  return rows[0]!.seq;
}

/**
 * Asks for the members that are not among those known.
 *
 * @returns the new ids of those who were merged
 */
async function findMembers(
  tx: Tx,
  batches: readonly (readonly NewMemberEvent[])[],
  firstMs: Map<number, number>,
): Promise<ReadonlyMap<number, number>> {
  const asked = new Set<number>();
  for (const batch of batches) {
    for (const { memberId } of batch) if (!firstMs.has(memberId)) asked.add(memberId);
  }
  const movedTo = new Map<number, number>();
  if (asked.size === 0) return movedTo;
  const { rows } = await sql<{ asked: number; id: number; first_ms: number }>`
    select a.asked, m.id, m.first_ms
    from unnest(${idArray(asked)}::bigint[]) as a(asked)
    left join merged_member g on g.member_id = a.asked
    join member m on m.id = coalesce(g.into_id, a.asked)`.execute(tx);
  for (const { asked: from, id, first_ms } of rows) {
    if (from !== id) movedTo.set(from, id);
    firstMs.set(id, first_ms);
  }
  return movedTo;
}

async function lowerFirst(
  tx: Tx,
  lowered: ReadonlySet<number>,
  firstMs: ReadonlyMap<number, number>,
): Promise<void> {
  if (lowered.size === 0) return;
  const rows = [...lowered].map((i) => ({ i, f: firstMs.get(i)! }));
  await sql`update member set first_ms = least(first_ms, f)
    from json_to_recordset(${storedJson(rows)}::json) as r(i bigint, f bigint)
    where id = i`.execute(tx);
}

/**
 * Events as one text of JSON: for many, a quarter of what rows cost, whose every column is read, sent
 * from PGlite's thread and put together by itself (5 against 19 µs an event).
 *
 * @param which selects rows of `event`, in the order in which they are wanted
 */
export async function readEvents(db: Sql | Tx, which: RawBuilder<unknown>): Promise<MemberEvent[]> {
  const { rows } = await sql<{ events: string | null }>`
    select json_agg(json_build_array(seq, source, message_id, member_id, kind, event_ms, created_ms,
      value, payload))::text as events from (${which}) e`.execute(db);
  const all = JSON.parse(rows[0]?.events ?? "[]") as readonly EventFields[];
  return all.map(
    ([
      seq,
      source,
      messageId,
      memberId,
      kind,
      eventMs,
      createdMs,
      value,
      payload,
    ]): MemberEvent => ({
      seq,
      source,
      messageId,
      memberId,
      kind,
      eventMs,
      createdMs,
      ...(value === null ? {} : { value }),
      payload,
    }),
  );
}

type EventFields = readonly [
  seq: number,
  source: MemberEvent["source"],
  messageId: string,
  memberId: number,
  kind: string,
  eventMs: number,
  createdMs: number,
  value: number | null,
  payload: MemberEvent["payload"],
];

/** PostgreSQL's text of an array of numbers. */
export function idArray(ids: Iterable<number>): string {
  return `{${[...ids].join(",")}}`;
}

/** PostgreSQL's text of an array of texts. */
export function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${cleanText(text).replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}

function toEvent(row: Selectable<EventTable>): MemberEvent {
  return {
    seq: row.seq,
    source: row.source,
    messageId: row.message_id,
    memberId: row.member_id,
    kind: row.kind,
    eventMs: row.event_ms,
    createdMs: row.created_ms,
    ...(row.value === null ? {} : { value: row.value }),
    payload: row.payload,
  };
}

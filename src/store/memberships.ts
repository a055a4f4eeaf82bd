/**
 * Where members stand and stood: the rows that the fold of their billing events gives
 * (lifecycle/membership), written a member at a time or many, and read of one member, of a moment, or of
 * everybody as columns. Reading everybody costs some 50 ms a thousand members with a year of use.
 */
import { type Selectable, sql } from "kysely";
import { growFloat64, growInt32 } from "../base/index.ts";
import { MEMBERSHIP_STATES } from "../schema/billing.ts";
import {
  BILLING_INTERVALS,
  type MemberLives,
  type MembershipChange,
} from "../schema/membership.ts";
import type { Database, Sql, Tx } from "./database.ts";
import type { MembershipChangeTable } from "./member-table.ts";
import { storedJson } from "./stored-json.ts";

export interface Memberships {
  /** The member's changes are these and no others. Of one who is gone meanwhile nothing is kept. */
  replace(memberId: number, changes: readonly MembershipChange[], tx?: Tx): Promise<void>;
  /** The same of many members: two statements. */
  replaceAll(all: ReadonlyMap<number, readonly MembershipChange[]>, tx?: Tx): Promise<void>;
  /** In order, what silence will say included. */
  ofMember(memberId: number): Promise<readonly MembershipChange[]>;
  /** The change that holds at a moment, as it was known then; absent for who is free from the first. */
  at(memberIds: readonly number[], atMs: number): Promise<ReadonlyMap<number, MembershipChange>>;
  /** Everybody, as far as it has happened and is known. */
  lives(query: LivesQuery): Promise<MemberLives>;
}

export interface LivesQuery {
  /** Epoch milliseconds: what happened until then … */
  readonly asOfMs: number;
  /** … as it was known then. */
  readonly knownMs: number;
  /** A member is activated by an event of these kinds, this soon after joining. */
  readonly activation: { readonly kinds: readonly string[]; readonly withinMs: number };
  /** Told after each page. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const membershipReadDefaults = {
  /** Members of one page: some 5 MB of changes and days, and half a second of the database. */
  page: 5000,
} as const;

export function createMemberships(database: Pick<Database, "sql" | "transaction">): Memberships {
  const { sql: db } = database;
  const replaceAll: Memberships["replaceAll"] = async (all, tx) => {
    if (all.size === 0) return;
    if (tx) await replaceRows(tx, all);
    else await database.transaction((own) => replaceRows(own, all));
  };
  return {
    replace: (memberId, changes, tx) => replaceAll(new Map([[memberId, changes]]), tx),
    replaceAll,
    async ofMember(memberId) {
      const rows = await db
        .selectFrom("membership_change")
        .selectAll()
        .where("member_id", "=", memberId)
        .orderBy("n")
        .execute();
      return rows.map(toChange);
    },
    async at(memberIds, atMs) {
      const rows = await db
        .selectFrom("membership_change")
        .selectAll()
        .distinctOn("member_id")
        .where(sql<boolean>`member_id = any(${idArray(memberIds)}::bigint[])`)
        .where("at_ms", "<=", atMs)
        .where("known_ms", "<=", atMs)
        .orderBy("member_id")
        .orderBy("n", "desc")
        .execute();
      return new Map(rows.map((row) => [row.member_id, toChange(row)]));
    },
    lives: (query) => readLives(db, query),
  };
}

async function replaceRows(
  tx: Tx,
  all: ReadonlyMap<number, readonly MembershipChange[]>,
): Promise<void> {
  await sql`delete from membership_change
    where member_id = any(${idArray(all.keys())}::bigint[])`.execute(tx);
  const rows = [...all].flatMap(([memberId, changes]) =>
    changes.map((change, n) => ({ member_id: memberId, n, ...toRow(change) })),
  );
  if (rows.length === 0) return;
  await sql`insert into membership_change
    select r.* from json_populate_recordset(null::membership_change, ${storedJson(rows)}::json) r
    join member on member.id = r.member_id`.execute(tx);
}

function toRow(
  change: MembershipChange,
): Omit<Selectable<MembershipChangeTable>, "member_id" | "n"> {
  return {
    subscription_id: change.subscriptionId,
    processor: change.processor,
    state: change.state,
    at_ms: change.atMs,
    known_ms: change.knownMs,
    plan: change.plan,
    billing_interval: change.billingInterval,
    interval_count: change.intervalCount,
    price_minor: change.priceMinor,
    currency: change.currency,
    period_end_ms: change.periodEndMs,
  };
}

function toChange(row: Selectable<MembershipChangeTable>): MembershipChange {
  return {
    state: row.state,
    atMs: row.at_ms,
    knownMs: row.known_ms,
    subscriptionId: row.subscription_id,
    processor: row.processor,
    plan: row.plan,
    billingInterval: row.billing_interval,
    intervalCount: row.interval_count,
    priceMinor: row.price_minor,
    currency: row.currency,
    periodEndMs: row.period_end_ms,
  };
}

/** Members, changes and days of a page as three texts of JSON: a fifth of the time of rows. */
async function readLives(
  db: Sql,
  { asOfMs, knownMs, activation, onProgress, signal }: LivesQuery,
): Promise<MemberLives> {
  const columns = new LifeColumns();
  const { total } = await db
    .selectFrom("member")
    .select(sql<number>`count(*)`.as("total"))
    .executeTakeFirstOrThrow();
  const kinds = JSON.stringify(activation.kinds);
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const members = await entries<MemberEntry>(
      db,
      sql`select json_agg(json_build_array(m.id, m.joined, m.platform, (exists (
          select 1 from event e where e.member_id = m.id and e.event_ms >= m.joined
            and e.event_ms < m.joined + ${activation.withinMs}::bigint
            and e.created_ms <= ${knownMs}::bigint
            and e.kind in (select json_array_elements_text(${kinds}::json))))::int) order by m.id)
        from (select id, coalesce(signed_up_ms, first_ms) as joined, platform from member
          where id > ${after} order by id limit ${membershipReadDefaults.page}) m`,
    );
    if (members.length === 0) break;
    const [from, to] = [members[0]![0], members.at(-1)![0]];
    const changes = await entries<ChangeEntry>(
      db,
      sql`select json_agg(json_build_array(member_id, state, at_ms, known_ms, plan,
          billing_interval, interval_count, price_minor, currency) order by member_id, n)
        from membership_change where member_id between ${from} and ${to}
          and at_ms <= ${asOfMs}::bigint and known_ms <= ${knownMs}::bigint`,
    );
    const days = await entries<DaysEntry>(
      db,
      sql`select json_agg(json_build_array(member_id, days) order by member_id) from (
          select member_id, json_agg(day order by day) as days from active_day
          where member_id between ${from} and ${to} group by member_id) d`,
    );
    columns.add(members, changes, days);
    after = to;
    onProgress?.(columns.members, Math.max(total, columns.members));
  }
  return columns.finish();
}

type MemberEntry = readonly [id: number, joinedMs: number, platform: string | null, is: number];
type ChangeEntry = readonly [
  memberId: number,
  state: (typeof MEMBERSHIP_STATES)[number],
  atMs: number,
  knownMs: number,
  plan: string | null,
  interval: (typeof BILLING_INTERVALS)[number] | null,
  intervalCount: number | null,
  priceMinor: number | null,
  currency: string | null,
];
type DaysEntry = readonly [memberId: number, days: readonly number[]];

/** What one statement gathers in one value of JSON. */
async function entries<Entry>(
  db: Sql,
  statement: ReturnType<typeof sql>,
): Promise<readonly Entry[]> {
  const { rows } = await sql<{ entries: readonly Entry[] | null }>`
    select (${statement}) as entries`.execute(db);
  return rows[0]?.entries ?? [];
}

function idArray(ids: Iterable<number>): string {
  return `{${[...ids].join(",")}}`;
}

/** Columns that grow page by page. */
class LifeColumns {
  members = 0;
  private readonly memberId = growFloat64();
  private readonly joinedMs = growFloat64();
  private readonly platform = growInt32();
  private readonly platforms = new Names();
  private readonly isActivated = growInt32();
  private readonly firstChange = growInt32();
  private readonly state = growInt32();
  private readonly atMs = growFloat64();
  private readonly knownMs = growFloat64();
  private readonly plan = growInt32();
  private readonly plans = new Names();
  private readonly interval = growInt32();
  private readonly intervalCount = growInt32();
  private readonly priceMinor = growFloat64();
  private readonly currency = growInt32();
  private readonly currencies = new Names();
  private readonly firstActive = growInt32();
  private readonly activeDay = growInt32();

  /** All three in order of member; what belongs to no member of the page is passed over. */
  add(
    members: readonly MemberEntry[],
    changes: readonly ChangeEntry[],
    days: readonly DaysEntry[],
  ): void {
    let change = 0;
    let active = 0;
    for (const [id, joinedMs, platform, isActivated] of members) {
      this.memberId.push(id);
      this.joinedMs.push(joinedMs);
      this.platform.push(this.platforms.code(platform));
      this.isActivated.push(isActivated);
      this.firstChange.push(this.state.length);
      this.firstActive.push(this.activeDay.length);
      while (change < changes.length && changes[change]![0] < id) change++;
      for (; change < changes.length && changes[change]![0] === id; change++) {
        this.addChange(changes[change]!);
      }
      while (active < days.length && days[active]![0] < id) active++;
      if (active < days.length && days[active]![0] === id) {
        for (const day of days[active]![1]) this.activeDay.push(day);
      }
    }
    this.members += members.length;
  }

  private addChange(entry: ChangeEntry): void {
    const [, state, atMs, knownMs, plan, interval, intervalCount, priceMinor, currency] = entry;
    this.state.push(MEMBERSHIP_STATES.indexOf(state));
    this.atMs.push(atMs);
    this.knownMs.push(knownMs);
    this.plan.push(this.plans.code(plan));
    this.interval.push(interval === null ? -1 : BILLING_INTERVALS.indexOf(interval));
    this.intervalCount.push(intervalCount ?? 0);
    this.priceMinor.push(priceMinor ?? Number.NaN);
    this.currency.push(this.currencies.code(currency));
  }

  finish(): MemberLives {
    this.firstChange.push(this.state.length);
    this.firstActive.push(this.activeDay.length);
    return {
      memberId: this.memberId.finish(),
      joinedMs: this.joinedMs.finish(),
      platform: this.platform.finish(),
      platforms: this.platforms.all,
      isActivated: Uint8Array.from(this.isActivated.finish()),
      changes: {
        firstChange: Uint32Array.from(this.firstChange.finish()),
        state: Uint8Array.from(this.state.finish()),
        atMs: this.atMs.finish(),
        knownMs: this.knownMs.finish(),
        plan: this.plan.finish(),
        plans: this.plans.all,
        interval: Int8Array.from(this.interval.finish()),
        intervalCount: this.intervalCount.finish(),
        priceMinor: this.priceMinor.finish(),
        currency: this.currency.finish(),
        currencies: this.currencies.all,
      },
      firstActive: Uint32Array.from(this.firstActive.finish()),
      activeDay: this.activeDay.finish(),
    };
  }
}

/** Texts by number, in the order in which they came. */
class Names {
  readonly all: string[] = [];
  private readonly codes = new Map<string, number>();

  /** −1 for null. */
  code(name: string | null): number {
    if (name === null) return -1;
    let code = this.codes.get(name);
    if (code === undefined) {
      code = this.all.push(name) - 1;
      this.codes.set(name, code);
    }
    return code;
  }
}

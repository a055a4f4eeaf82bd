/**
 * The list of members as the console shows it: where each stands now, the newest score, the last active
 * day; filtered, ordered and paged by SQL. Where a member stands is the newest change that has happened
 * and is known. Three statements; measured in bench/results when there are figures.
 */
import { type SqlBool, sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { BillingInterval, MembershipState, Processor } from "../schema/billing.ts";
import type { MemberQuery } from "../schema/console/member.ts";
import type { Database, Sql } from "./database.ts";
import { cleanText, likePattern, plain } from "./text.ts";

/** Whom the console lists; `score` is the newest of `model`. */
export interface ListedMember {
  readonly id: number;
  readonly name: string | null;
  readonly email: string | null;
  readonly platform: string | null;
  readonly country: string | null;
  readonly timeZone: string | null;
  readonly signedUpMs: number | null;
  readonly state: MembershipState;
  readonly stateMs: number | null;
  readonly plan: string | null;
  readonly processor: Processor | null;
  readonly interval: BillingInterval | null;
  readonly priceMinor: number | null;
  readonly currency: string | null;
  readonly periodEndMs: number | null;
  /** When the membership that counts began to be paid; null where it never was. */
  readonly paidSinceMs: number | null;
  /** The last day (since 1970, UTC) with any use. */
  readonly lastActiveDay: number | null;
  readonly score: ListedScore | null;
}

export interface ListedScore {
  readonly version: number;
  readonly atMs: number;
  readonly result: unknown;
  readonly valueMinor: number;
}

export interface ListedMembers {
  readonly members: readonly ListedMember[];
  readonly next: string | null;
  readonly total: number;
  readonly states: readonly { readonly state: MembershipState; readonly count: number }[];
  readonly plans: readonly string[];
  readonly platforms: readonly string[];
  readonly scored: { readonly atMs: number; readonly version: number } | null;
}

export interface MemberViews {
  list(model: string, query: MemberQuery, now: number): Promise<ListedMembers>;
  /** @throws WaymarkError NOT_FOUND */
  get(model: string, id: number, now: number): Promise<ListedMember>;
  /** The active days (since 1970, UTC) of a member from a day on, ascending. */
  activeDays(id: number, fromDay: number): Promise<readonly number[]>;
}

export function createMemberViews({ sql: db }: Database): MemberViews {
  return {
    list: (model, query, now) => listMembers(db, model, query, now),
    async get(model, id, now) {
      const row = await standing(db, model, now).where("member.id", "=", id).executeTakeFirst();
      if (row === undefined) throw new WaymarkError("NOT_FOUND", `there is no member ${id}`);
      const [more] = await withSpells(db, [row], now);
      return more!;
    },
    async activeDays(id, fromDay) {
      const rows = await db
        .selectFrom("active_day")
        .select("day")
        .where("member_id", "=", id)
        .where("day", ">=", fromDay)
        .orderBy("day")
        .execute();
      return rows.map(({ day }) => day);
    },
  };
}

type Row = Omit<ListedMember, "score" | "paidSinceMs" | "lastActiveDay"> & {
  readonly version: number | null;
  readonly scoredMs: number | null;
  readonly result: unknown;
  readonly valueMinor: number | null;
};

async function listMembers(
  db: Sql,
  model: string,
  query: MemberQuery,
  now: number,
): Promise<ListedMembers> {
  let rows = standing(db, model, now);
  if (query.state !== undefined) rows = rows.where(stateNow, "=", query.state);
  if (query.plan !== undefined) rows = rows.where("now.plan", "=", cleanText(query.plan));
  if (query.platform !== undefined) {
    rows = rows.where("member.platform", "=", cleanText(query.platform));
  }
  for (const word of new Set(plain(query.q ?? "").split(/\s+/))) {
    if (word === "") continue;
    const pattern = likePattern(word);
    const named = sql<SqlBool>`exists (select 1 from identity i
      where i.member_id = member.id and lower(i.value) like ${pattern})`;
    rows = rows.where((e) => e.or([e("member.search", "like", pattern), named]));
  }
  const { total } = await rows
    .clearSelect()
    .select(sql<number>`count(*)`.as("total"))
    .executeTakeFirstOrThrow();
  const at = query.cursor === undefined ? 0 : readCursor(query.cursor);
  const page = await ordered(rows, query)
    .orderBy("member.id")
    .offset(at)
    .limit(query.limit)
    .execute();
  const shown = at + page.length;
  return {
    members: await withSpells(db, page, now),
    next: shown < total && page.length > 0 ? String(shown) : null,
    total,
    ...(await choices(db, model, now)),
  };
}

const stateNow = sql<MembershipState>`coalesce(now.state, 'free')`;

/** Every member, with the change that counts now and the newest score. */
function standing(db: Sql, model: string, now: number) {
  return db
    .selectFrom("member")
    .leftJoinLateral(
      (e) =>
        e
          .selectFrom("membership_change as c")
          .selectAll("c")
          .whereRef("c.member_id", "=", "member.id")
          .where("c.at_ms", "<=", now)
          .where("c.known_ms", "<=", now)
          .orderBy("c.n", "desc")
          .limit(1)
          .as("now"),
      (join) => join.onTrue(),
    )
    .leftJoin("score", (join) =>
      join.onRef("score.member_id", "=", "member.id").on("score.model", "=", model),
    )
    .select([
      "member.id",
      "member.name",
      "member.email",
      "member.platform",
      "member.country",
      "member.time_zone as timeZone",
      "member.signed_up_ms as signedUpMs",
      stateNow.as("state"),
      "now.at_ms as stateMs",
      "now.plan",
      "now.processor",
      "now.billing_interval as interval",
      "now.price_minor as priceMinor",
      "now.currency",
      "now.period_end_ms as periodEndMs",
      "score.version",
      "score.at_ms as scoredMs",
      "score.result",
      "score.value_minor as valueMinor",
    ]);
}

/** Unscored members come last, whatever the order. */
function ordered(rows: ReturnType<typeof standing>, { sort, cause }: MemberQuery) {
  if (sort === "name") return rows.orderBy(sql`member.search collate "C"`);
  if (sort === "recent") {
    return rows.orderBy(
      sql`(select max(d.day) from active_day d where d.member_id = member.id) desc nulls last`,
    );
  }
  if (cause !== undefined) {
    return rows.orderBy(
      sql`(jsonb_path_query_first(score.result, '$.chances[*] ? (@.days == 30)') ->> ${cause})::float8 desc nulls last`,
    );
  }
  const scored =
    sort === "risk"
      ? rows.orderBy(sql`score.risk desc nulls last`)
      : rows.orderBy(sql`score.value_minor desc nulls last`);
  // Whoever is not scored: those with a membership first, the newest change first.
  return scored.orderBy(sql`(now.plan is not null) desc`).orderBy(sql`now.at_ms desc nulls last`);
}

/** What is asked of the members of one page only. */
async function withSpells(db: Sql, rows: readonly Row[], now: number): Promise<ListedMember[]> {
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const spells = await db
    .selectFrom("membership_change as c")
    .select(["c.member_id as id", sql<number>`min(c.at_ms)`.as("sinceMs")])
    .where("c.member_id", "in", ids)
    .where("c.at_ms", "<=", now)
    .where("c.known_ms", "<=", now)
    .where("c.state", "in", ["active", "won_back", "auto_renew_off", "grace"])
    .where(
      sql<SqlBool>`c.n > coalesce((select max(e.n) from membership_change e
        where e.member_id = c.member_id and e.at_ms <= ${now} and e.known_ms <= ${now}
        and e.state in ('expired_voluntary', 'expired_involuntary')), -1)`,
    )
    .groupBy("c.member_id")
    .execute();
  const days = await db
    .selectFrom("active_day")
    .select(["member_id as id", sql<number>`max(day)`.as("day")])
    .where("member_id", "in", ids)
    .groupBy("member_id")
    .execute();
  const sinceOf = new Map(spells.map(({ id, sinceMs }) => [id, sinceMs]));
  const dayOf = new Map(days.map(({ id, day }) => [id, day]));
  return rows.map(({ version, scoredMs, result, valueMinor, ...row }) => ({
    ...row,
    paidSinceMs: sinceOf.get(row.id) ?? null,
    lastActiveDay: dayOf.get(row.id) ?? null,
    score:
      version === null || scoredMs === null
        ? null
        : { version, atMs: scoredMs, result, valueMinor: valueMinor ?? 0 },
  }));
}

async function choices(
  db: Sql,
  model: string,
  now: number,
): Promise<Pick<ListedMembers, "states" | "plans" | "platforms" | "scored">> {
  const groups = await standing(db, model, now)
    .clearSelect()
    .select([
      stateNow.as("state"),
      "now.plan",
      "member.platform",
      sql<number>`count(*)`.as("count"),
      sql<number | null>`max(score.at_ms)`.as("atMs"),
      sql<number | null>`max(score.version)`.as("version"),
    ])
    .groupBy([stateNow, "now.plan", "member.platform"])
    .execute();
  const states = new Map<MembershipState, number>();
  for (const { state, count } of groups) states.set(state, (states.get(state) ?? 0) + count);
  const newest = groups.reduce<{ atMs: number; version: number } | null>(
    (best, { atMs, version }) =>
      atMs !== null && version !== null && (best === null || atMs > best.atMs)
        ? { atMs, version }
        : best,
    null,
  );
  const named = (of: (group: (typeof groups)[number]) => string | null): string[] =>
    [...new Set(groups.map(of))]
      .filter((value) => value !== null && value !== "")
      .sort() as string[];
  return {
    states: [...states]
      .map(([state, count]) => ({ state, count }))
      .sort((a, b) => b.count - a.count),
    plans: named(({ plan }) => plan),
    platforms: named(({ platform }) => platform),
    scored: newest,
  };
}

/** @throws WaymarkError USAGE */
function readCursor(cursor: string): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new WaymarkError("USAGE", `'${cursor}' is not a cursor of this list; ask without one`);
}

/**
 * Members of the app that is served: who is meant by an app's user id, a browser's anonymous id or a
 * processor's customer id, and what is known of each. An anonymous member who turns out to be a named one
 * is merged into it. About 8 µs an identity on PGlite when a batch of hundreds is asked at once.
 */
import { type Selectable, sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { Identity } from "../schema/member-event.ts";
import type { Database, Tx } from "./database.ts";
import { describeMembers, type MemberDescription } from "./describe-members.ts";
import { eraseMember } from "./erase-member.ts";
import type { IdentityTable, MemberTable } from "./member-table.ts";
import { mergeMembers } from "./merge-members.ts";
import { resolveIdentities } from "./resolve-identities.ts";
import { likePattern, plain } from "./text.ts";

export interface Member {
  readonly id: number;
  readonly name: string | null;
  readonly email: string | null;
  /** ISO 3166 two letters, upper case, where the app sends that. */
  readonly country: string | null;
  readonly timeZone: string | null;
  readonly platform: string | null;
  /** What the app said of the member, the newest of each. */
  readonly traits: Readonly<Record<string, unknown>>;
  /** Of the earliest event, epoch milliseconds. */
  readonly firstMs: number;
  /** When the app says that the account was made; null: it has not. */
  readonly signedUpMs: number | null;
  readonly createdMs: number;
}

export interface MemberPage {
  readonly members: readonly Member[];
  /** `after` of the next page; null after the last. */
  readonly next: number | null;
}

export interface Members {
  /**
   * For each list the one member whom its identities mean: found, made, linked with those that are new,
   * merged where an anonymous one turns out to be a named one. "erased" where the strongest identity is of
   * somebody who was erased. Holds the log until the transaction ends, so that what is then appended in
   * it goes to members who are there.
   */
  resolve(
    all: readonly (readonly Identity[])[],
    now: number,
    tx?: Tx,
  ): Promise<readonly (number | "erased")[]>;
  describe(memberId: number, description: MemberDescription, tx?: Tx): Promise<void>;
  describeAll(
    all: readonly { readonly memberId: number; readonly description: MemberDescription }[],
    tx?: Tx,
  ): Promise<void>;
  /** Everything of one member becomes the other's; derived rows of both are built anew. */
  merge(fromId: number, intoId: number, now: number, tx?: Tx): Promise<void>;
  /** Also under the id of one who was merged. @throws WaymarkError NOT_FOUND */
  get(id: number): Promise<Member>;
  /** By id, ascending. `search` is a part of name or email, whatever its case and accents. */
  list(query?: {
    readonly search?: string | undefined;
    readonly limit?: number | undefined;
    readonly after?: number | undefined;
  }): Promise<MemberPage>;
  count(): Promise<number>;
  identities(id: number): Promise<readonly Identity[]>;
  /**
   * Removes the member, every event, everything computed of them and what was set aside or received of
   * them raw; leaves hashes of the identities, so that what is said of them later is refused. Reports
   * stay: they are sums over many.
   *
   * @throws WaymarkError NOT_FOUND
   */
  erase(id: number, now: number): Promise<void>;
}

/** Members of one page, unless asked otherwise. */
const PAGE = 100;

export function createMembers(database: Database): Members {
  const { sql: db } = database;
  const inside = <T>(tx: Tx | undefined, work: (tx: Tx) => Promise<T>): Promise<T> =>
    tx ? work(tx) : database.transaction(work);
  return {
    async resolve(all, now, tx) {
      if (all.length === 0) return [];
      return await inside(tx, (t) => resolveIdentities(t, all, now));
    },
    describe: (memberId, description, tx) =>
      inside(tx, (t) => describeMembers(t, [{ memberId, description }])),
    async describeAll(all, tx) {
      if (all.length > 0) await inside(tx, (t) => describeMembers(t, all));
    },
    merge: (fromId, intoId, now, tx) =>
      inside(tx, (t) => mergeMembers(t, [{ fromId, intoId }], now)),
    async get(id) {
      const { rows } = await sql<Selectable<MemberTable>>`
        select m.* from member m where id =
          coalesce((select into_id from merged_member where member_id = ${id}), ${id}::bigint)`.execute(
        db,
      );
      if (!rows[0]) throw new WaymarkError("NOT_FOUND", `there is no member ${id}`);
      return toMember(rows[0]);
    },
    async list({ search, limit = PAGE, after = 0 } = {}) {
      let query = db.selectFrom("member").selectAll().where("id", ">", after);
      if (search) query = query.where("search", "like", likePattern(plain(search)));
      const rows = await query
        .orderBy("id")
        .limit(limit + 1)
        .execute();
      const members = rows.slice(0, limit).map(toMember);
      return { members, next: rows.length > limit ? members.at(-1)!.id : null };
    },
    async count() {
      const { n } = await db
        .selectFrom("member")
        .select((of) => of.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow();
      return n;
    },
    async identities(id) {
      const rows = await db
        .selectFrom("identity")
        .select(["kind", "value"])
        .where("member_id", "=", id)
        .orderBy("created_ms")
        .orderBy("kind")
        .orderBy("value")
        .execute();
      return rows.map(({ kind, value }: Pick<IdentityTable, "kind" | "value">) => ({
        kind,
        value,
      }));
    },
    erase: (id, now) => database.transaction((tx) => eraseMember(tx, id, now)),
  };
}

export function toMember(row: Selectable<MemberTable>): Member {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    country: row.country,
    timeZone: row.time_zone,
    platform: row.platform,
    traits: row.traits,
    firstMs: row.first_ms,
    signedUpMs: row.signed_up_ms,
    createdMs: row.created_ms,
  };
}

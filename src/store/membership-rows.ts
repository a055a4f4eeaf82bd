/**
 * The changes of memberships, member by member: of all for labels, of some for scores; and who is meant
 * by the app's own user ids.
 */
import { sql as raw, type Selectable } from "kysely";
import type { MembershipChange } from "../schema/membership.ts";
import type { Database } from "./database.ts";
import type { MembershipChangeTable } from "./member-table.ts";

/** Members who ever had a membership, rising; changes of each in their order. */
export async function readMembershipChanges({
  sql,
}: Pick<Database, "sql">): Promise<ReadonlyMap<number, readonly MembershipChange[]>> {
  const changes = new Map<number, MembershipChange[]>();
  for (let after = -1; ; ) {
    const members = await sql
      .selectFrom("membership_change")
      .select("member_id")
      .distinct()
      .where("member_id", ">", after)
      .orderBy("member_id")
      .limit(PAGE)
      .execute();
    if (members.length === 0) return changes;
    const last = members.at(-1)!.member_id;
    const rows = await sql
      .selectFrom("membership_change")
      .selectAll()
      .where("member_id", ">", after)
      .where("member_id", "<=", last)
      .orderBy("member_id")
      .orderBy("n")
      .execute();
    collect(changes, rows);
    after = last;
  }
}

/** Of these members; those who never had a membership are absent. One statement. */
export async function membershipChangesOf(
  { sql }: Pick<Database, "sql">,
  memberIds: readonly number[],
): Promise<ReadonlyMap<number, readonly MembershipChange[]>> {
  const rows = await sql
    .selectFrom("membership_change")
    .selectAll()
    .where(raw<boolean>`member_id = any(${`{${memberIds.join(",")}}`}::bigint[])`)
    .orderBy("member_id")
    .orderBy("n")
    .execute();
  const changes = new Map<number, MembershipChange[]>();
  collect(changes, rows);
  return changes;
}

/** By user id, the member; ids that nobody has are absent. */
export async function membersOfUsers(
  { sql }: Pick<Database, "sql">,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql
    .selectFrom("identity")
    .select(["value", "member_id"])
    .where("kind", "=", "user")
    .where("value", "in", [...userIds])
    .execute();
  return new Map(rows.map((row) => [row.value, row.member_id]));
}

function collect(
  changes: Map<number, MembershipChange[]>,
  rows: readonly Selectable<MembershipChangeTable>[],
): void {
  for (const row of rows) {
    let of = changes.get(row.member_id);
    if (of === undefined) {
      of = [];
      changes.set(row.member_id, of);
    }
    of.push(toChange(row));
  }
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

/** Members whose changes are read at once. */
const PAGE = 5000;

/** The changes of all memberships, member by member: for labels. 2 µs a change and a copy of each. */
import type { MembershipChange } from "../schema/membership.ts";
import type { Database } from "./database.ts";

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
    for (const row of rows) {
      let of = changes.get(row.member_id);
      if (of === undefined) {
        of = [];
        changes.set(row.member_id, of);
      }
      of.push({
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
      });
    }
    after = last;
  }
}

/** Members whose changes are read at once. */
const PAGE = 5000;

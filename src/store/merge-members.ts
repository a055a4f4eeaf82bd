/**
 * Members who turned out to be others: their events and identities become the other's, and what was
 * computed of both is removed and noted in `refold`, to be built anew from the log.
 */
import { sql } from "kysely";
import type { Tx } from "./database.ts";
import { keepSearchable } from "./describe-members.ts";
import { holdLog, raiseMemberEpoch } from "./log-lock.ts";
import { storedJson } from "./stored-json.ts";

export interface Merge {
  readonly fromId: number;
  /** Not itself merged in the same call. */
  readonly intoId: number;
}

export async function mergeMembers(tx: Tx, merges: readonly Merge[], now: number): Promise<void> {
  const wanted = merges.filter(({ fromId, intoId }) => fromId !== intoId);
  if (wanted.length === 0) return;
  await holdLog(tx);
  await raiseMemberEpoch(tx);
  const pairs = sql`json_to_recordset(${storedJson(
    wanted.map(({ fromId, intoId }) => ({ f: fromId, t: intoId })),
  )}::json) as r(f bigint, t bigint)`;
  await sql`update event set member_id = t from ${pairs} where member_id = f`.execute(tx);
  await sql`update identity set member_id = t from ${pairs} where member_id = f`.execute(tx);
  await sql`update webhook set member_id = t from ${pairs} where member_id = f`.execute(tx);
  await sql`update merged_member set into_id = t from ${pairs} where into_id = f`.execute(tx);
  // What is known of the other goes before; of several who are merged, the newest description.
  const { rows } = await sql<{ id: number; name: string | null; email: string | null }>`
    update member m set
      name = coalesce(m.name, s.name), email = coalesce(m.email, s.email),
      country = coalesce(m.country, s.country), time_zone = coalesce(m.time_zone, s.time_zone),
      platform = coalesce(m.platform, s.platform), traits = s.traits || m.traits,
      first_ms = least(m.first_ms, s.first_ms),
      signed_up_ms = least(m.signed_up_ms, s.signed_up_ms),
      described_ms = greatest(m.described_ms, s.described_ms)
    from (
      select t, min(first_ms) as first_ms, min(signed_up_ms) as signed_up_ms,
        max(described_ms) as described_ms,
        (array_agg(name order by described_ms desc nulls last) filter (where name is not null))[1] as name,
        (array_agg(email order by described_ms desc nulls last) filter (where email is not null))[1] as email,
        (array_agg(country order by described_ms desc nulls last) filter (where country is not null))[1] as country,
        (array_agg(time_zone order by described_ms desc nulls last) filter (where time_zone is not null))[1] as time_zone,
        (array_agg(platform order by described_ms desc nulls last) filter (where platform is not null))[1] as platform,
        (array_agg(traits order by described_ms desc nulls last))[1] as traits
      from ${pairs} join member on id = f group by t
    ) s where m.id = s.t returning m.id, m.name, m.email`.execute(tx);
  await keepSearchable(tx, rows);
  for (const table of ["membership_change", "active_day", "feature_state", "score"] as const) {
    await sql`delete from ${sql.table(table)} using ${pairs}
      where member_id = f or member_id = t`.execute(tx);
  }
  await sql`delete from member using ${pairs} where id = f`.execute(tx);
  await sql`insert into merged_member (member_id, into_id, merged_ms)
    select f, t, ${now}::bigint from ${pairs} on conflict (member_id) do nothing`.execute(tx);
  await sql`insert into refold (member_id) select distinct t from ${pairs}
    on conflict (member_id) do nothing`.execute(tx);
}

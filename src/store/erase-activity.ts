/**
 * What the log has of activities goes with them, in the same transaction: their events, and with these
 * what was computed of the member, which is built anew from what is left. The lake follows.
 */
import { sql } from "kysely";
import type { Tx } from "./database.ts";
import { eraseMember } from "./erase-member.ts";
import { holdLog } from "./log-lock.ts";
import { storedJson } from "./stored-json.ts";

/** Last in its transaction: whoever stores an activity holds its rows before the log. */
export async function eraseActivityEvents(
  tx: Tx,
  activityIds: readonly number[],
  now: number,
): Promise<void> {
  if (activityIds.length === 0) return;
  await holdLog(tx);
  const ids = storedJson(activityIds.map((id) => ({ m: `activity:${id}` })));
  await sql`
    with gone as (
      delete from event using json_to_recordset(${ids}::json) as r(m text)
      where source = 'recording' and message_id = m returning seq, member_id
    ), noted as (
      insert into refold (member_id)
      select distinct member_id from gone join member on id = member_id on conflict do nothing
    ), stale as (
      delete from score using gone where score.member_id = gone.member_id
    )
    insert into erased_event (seq, member_id, erased_ms)
    select seq, member_id, ${now}::bigint from gone`.execute(tx);
}

/** Who that athlete is as a member, with everything that any source told of them. */
export async function eraseMemberOfAthlete(tx: Tx, athleteId: number, now: number): Promise<void> {
  await holdLog(tx);
  const member = await tx
    .selectFrom("identity")
    .select("member_id")
    .where("kind", "=", "athlete")
    .where("value", "=", String(athleteId))
    .executeTakeFirst();
  if (member) await eraseMember(tx, member.member_id, now);
}

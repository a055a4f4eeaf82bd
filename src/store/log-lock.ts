/**
 * Whoever writes to the log of members' events, or says who a member is, does so alone: then `seq` rises
 * in the order of commits, and a member who was found is not merged or erased before the event is kept.
 * Held to the end of the transaction; writers queue, and group commit makes the queue short.
 */
import { sql } from "kysely";
import type { Tx } from "./database.ts";

/** Any constant that nobody else takes. */
const KEY = 0x4c4f47;

/**
 * Changes when a member is merged or erased. With the log held, what was found out about members under
 * the same epoch still holds.
 */
export async function memberEpoch(tx: Tx): Promise<number> {
  const { rows } = await sql<{ n: number }>`select last_value as n from member_epoch`.execute(tx);
  return rows[0]!.n;
}

export async function raiseMemberEpoch(tx: Tx): Promise<void> {
  await sql`select nextval('member_epoch')`.execute(tx);
}

/**
 * Until the transaction ends, rows are looked up by their keys: a planner without statistics (PGlite's are
 * as old as its last housekeeping) would read whole tables for every batch.
 */
export async function holdLog(tx: Tx): Promise<void> {
  if (held.has(tx)) return;
  await sql`select pg_advisory_xact_lock(${sql.lit(KEY)}),
    set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)`.execute(tx);
  held.add(tx);
}

/** Whether this transaction holds it, or held it. */
export function holdsLog(tx: Tx): boolean {
  return held.has(tx);
}

/** Transactions that hold it: several parts of one ask for it, each for itself. */
const held = new WeakSet<Tx>();

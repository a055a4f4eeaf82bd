/**
 * A member is erased on request: rows, events, everything computed of them, and the raw bodies in which
 * they are named. Hashes of the identities stay, and sums over many members.
 */
import { sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { Tx } from "./database.ts";
import { holdLog, raiseMemberEpoch } from "./log-lock.ts";
import { identityHash } from "./resolve-identities.ts";

/** Characters from which on a text stands for one person wherever it stands. */
const TELLING = 8;

/**
 * Whether a raw body names somebody, as JSON writes it: "1" is not found within "12". What is short, or a
 * number, must stand in a field that is an id: "42" may also be a price, of another.
 */
function namedIn(name: string) {
  const quoted = JSON.stringify(name);
  if (name.length >= TELLING && !/^\d+$/.test(name)) {
    return sql<boolean>`position(${quoted} in body) > 0`;
  }
  const escaped = quoted.slice(1, -1).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const field = `"[A-Za-z_]*([iI]d|ID|_id|customer)[A-Za-z_]*" *: *"?${escaped}"? *[],}]`;
  return sql<boolean>`body ~ ${field}`;
}

/** @throws WaymarkError NOT_FOUND */
export async function eraseMember(tx: Tx, id: number, now: number): Promise<void> {
  await holdLog(tx);
  await raiseMemberEpoch(tx);
  const member = await tx
    .selectFrom("member")
    .select(["id", "email"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (!member) throw new WaymarkError("NOT_FOUND", `there is no member ${id}`);
  const identities = await tx
    .selectFrom("identity")
    .select(["kind", "value"])
    .where("member_id", "=", id)
    .execute();
  for (const identity of identities) {
    await tx
      .insertInto("erased_identity")
      .values({ hash: identityHash(identity), erased_ms: now })
      .onConflict((on) => on.column("hash").doNothing())
      .execute();
  }
  // An athlete's number is this server's own: what others send has numbers that mean something else.
  const names = identities.flatMap(({ kind, value }) => (kind === "athlete" ? [] : [value]));
  if (member.email !== null) names.push(member.email);
  for (const name of names) {
    const isNamed = namedIn(name);
    await sql`delete from quarantine where ${isNamed}`.execute(tx);
    await sql`update webhook set body = '' where ${isNamed}`.execute(tx);
  }
  await tx.deleteFrom("event").where("member_id", "=", id).execute();
  await tx.insertInto("erased_member").values({ member_id: id, erased_ms: now }).execute();
  const merged = await tx
    .deleteFrom("merged_member")
    .where("into_id", "=", id)
    .returning("member_id")
    .execute();
  for (const { member_id } of merged) {
    await tx.insertInto("erased_member").values({ member_id, erased_ms: now }).execute();
  }
  await tx.deleteFrom("member").where("id", "=", id).execute();
}

/**
 * What apps and processors say of members. The newest word counts, by when it was said: a description
 * that comes late fills gaps and changes nothing that a newer one said.
 */
import { sql } from "kysely";
import type { Tx } from "./database.ts";
import { storedJson } from "./stored-json.ts";
import { plain } from "./text.ts";

/** What is absent is left as it is. */
export interface MemberDescription {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly country?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly platform?: string | undefined;
  readonly signedUpMs?: number | undefined;
  readonly traits?: Readonly<Record<string, unknown>> | undefined;
  /** When it was said, epoch milliseconds; absent: it is the newest. */
  readonly atMs?: number | undefined;
}

/**
 * Bytes of a member's traits as JSON: beyond, only what was said last is kept, so that an app that invents
 * names for them does not make a row that grows for ever.
 */
const TRAITS_BYTES = 65_536;

export async function describeMembers(
  tx: Tx,
  all: readonly { readonly memberId: number; readonly description: MemberDescription }[],
): Promise<void> {
  const { rows } = await sql<{ id: number; name: string | null; email: string | null }>`
    update member set
      name = case when is_newer then coalesce(n, name) else coalesce(name, n) end,
      email = case when is_newer then coalesce(e, email) else coalesce(email, e) end,
      country = case when is_newer then coalesce(c, country) else coalesce(country, c) end,
      time_zone = case when is_newer then coalesce(z, time_zone) else coalesce(time_zone, z) end,
      platform = case when is_newer then coalesce(p, platform) else coalesce(platform, p) end,
      signed_up_ms = case when is_newer then coalesce(u, signed_up_ms) else coalesce(signed_up_ms, u) end,
      traits = case when octet_length(traits::text) + octet_length(t::text) > ${TRAITS_BYTES}
        then case when is_newer then t else traits end
        when is_newer then traits || t else t || traits end,
      described_ms = greatest(described_ms, a)
    from (
      select r.*, r.a is null or m.described_ms is null or r.a >= m.described_ms as is_newer
      from json_to_recordset(${storedJson(rowsOf(all))}::json) as
        r(i bigint, n text, e text, c text, z text, p text, u bigint, t jsonb, a bigint)
      join member m on m.id = r.i
    ) said where id = i returning id, name, email`.execute(tx);
  const renamed = new Set<number>();
  for (const { memberId, description } of all) {
    if (description.name !== undefined || description.email !== undefined) renamed.add(memberId);
  }
  await keepSearchable(
    tx,
    rows.filter(({ id }) => renamed.has(id)),
  );
}

/** Members are found by what they are called now. */
export async function keepSearchable(
  tx: Tx,
  members: readonly {
    readonly id: number;
    readonly name: string | null;
    readonly email: string | null;
  }[],
): Promise<void> {
  if (members.length === 0) return;
  const rows = members.map(({ id, name, email }) => ({
    i: id,
    s: plain(`${name ?? ""} ${email ?? ""}`.trim()),
  }));
  await sql`update member set search = s
    from json_to_recordset(${storedJson(rows)}::json) as r(i bigint, s text)
    where id = i and search <> s`.execute(tx);
}

/** One row a member: of several descriptions, the newer one's words over the older one's. */
function rowsOf(
  all: readonly { readonly memberId: number; readonly description: MemberDescription }[],
): readonly object[] {
  const byMember = new Map<number, MemberDescription>();
  const inOrder = [...all].sort(
    (a, b) => (a.description.atMs ?? Infinity) - (b.description.atMs ?? Infinity) || 0,
  );
  for (const { memberId, description } of inOrder) {
    const before = byMember.get(memberId);
    byMember.set(memberId, before ? together(before, description) : description);
  }
  return [...byMember].map(([i, said]) => ({
    i,
    n: said.name,
    e: said.email,
    c: said.country,
    z: said.timeZone,
    p: said.platform,
    u: said.signedUpMs,
    t: said.traits ?? {},
    a: said.atMs,
  }));
}

function together(older: MemberDescription, newer: MemberDescription): MemberDescription {
  return {
    name: newer.name ?? older.name,
    email: newer.email ?? older.email,
    country: newer.country ?? older.country,
    timeZone: newer.timeZone ?? older.timeZone,
    platform: newer.platform ?? older.platform,
    signedUpMs: newer.signedUpMs ?? older.signedUpMs,
    traits: { ...older.traits, ...newer.traits },
    atMs: newer.atMs,
  };
}

/**
 * Whom identities mean. The lists of a batch are read in their order against what is stored, in memory;
 * what changed is then written in a few statements. The rules:
 *
 * - A list is about the member of its strongest identity: an app's user id, then an athlete, then what
 *   payment processors say, then an anonymous id.
 * - A member is named once a user id means them. Others in the list who are not named turn out to be this
 *   member and are merged; one who is named by another user id stays: two people at one device.
 * - A user id that is new names the first in the list who is not named, or else a new member.
 */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { Identity, IdentityKind } from "../schema/member-event.ts";
import type { Tx } from "./database.ts";
import { holdLog } from "./log-lock.ts";
import { type Merge, mergeMembers } from "./merge-members.ts";
import { indexedText, storedJson } from "./stored-json.ts";

/** The strongest first. */
const STRENGTH = {
  user: 0,
  athlete: 1,
  revenuecat: 2,
  stripe_customer: 3,
  app_store: 4,
  google_play: 5,
  anonymous: 6,
} as const satisfies Record<IdentityKind, number>;

export function identityHash({ kind, value }: Identity): string {
  return createHash("sha256").update(`${kind}:${value}`).digest("hex");
}

/** A member while a batch is read. */
interface Person {
  /** Undefined: not stored yet. */
  id: number | undefined;
  isNamed: boolean;
  /** Who this turned out to be. */
  same: Person | undefined;
}

interface Key extends Identity {
  person: Person | undefined;
  isErased: boolean;
  /** Means its person only since this batch. */
  isNew: boolean;
}

/** @returns for each list its member's id, or "erased"; the log is held */
export async function resolveIdentities(
  tx: Tx,
  all: readonly (readonly Identity[])[],
  now: number,
): Promise<readonly (number | "erased")[]> {
  await holdLog(tx);
  const keys = new Map<string, Key>();
  const lists = all.map((identities) => {
    const list = identities.map(({ kind, value }) => keyOf(keys, kind, indexedText(value)));
    return list.length < 2 ? list : list.sort((a, b) => STRENGTH[a.kind] - STRENGTH[b.kind]);
  });
  await readPersons(tx, keys);
  await readErased(tx, keys);
  const made: Person[] = [];
  const merges: { readonly from: Person; readonly into: Person }[] = [];
  const meant = lists.map((list) => {
    if (list[0] === undefined || list[0].isErased) return undefined;
    return meet(list, made, merges);
  });
  await insertPersons(tx, made, now);
  await insertKeys(tx, keys, now);
  await mergeMembers(tx, mergesOf(merges), now);
  return meant.map((person) => (person ? latest(person).id! : "erased"));
}

function keyOf(keys: Map<string, Key>, kind: IdentityKind, value: string): Key {
  const name = `${kind}:${value}`;
  let key = keys.get(name);
  if (!key) {
    key = { kind, value, person: undefined, isErased: false, isNew: false };
    keys.set(name, key);
  }
  return key;
}

async function readPersons(tx: Tx, keys: ReadonlyMap<string, Key>): Promise<void> {
  const asked = storedJson([...keys.values()].map(({ kind, value }) => ({ k: kind, v: value })));
  const { rows } = await sql<{ kind: string; value: string; id: number; named: boolean }>`
    select kind, value, member_id as id, kind = 'user' or exists (
      select from identity u where u.member_id = i.member_id and u.kind = 'user') as named
    from json_to_recordset(${asked}::json) as r(k text, v text)
    join identity i on kind = k and value = v`.execute(tx);
  const persons = new Map<number, Person>();
  for (const { kind, value, id, named } of rows) {
    const key = keys.get(`${kind}:${value}`)!;
    let person = persons.get(id);
    if (!person) {
      person = { id, isNamed: named, same: undefined };
      persons.set(id, person);
    }
    key.person = person;
  }
}

async function readErased(tx: Tx, keys: ReadonlyMap<string, Key>): Promise<void> {
  const unknown = new Map<string, Key>();
  for (const key of keys.values()) if (!key.person) unknown.set(identityHash(key), key);
  if (unknown.size === 0) return;
  const { rows } = await sql<{ hash: string }>`
    select hash from erased_identity
    where hash = any(${`{${[...unknown.keys()].join(",")}}`}::text[])`.execute(tx);
  for (const { hash } of rows) unknown.get(hash)!.isErased = true;
}

function latest(person: Person): Person {
  let end = person;
  while (end.same) end = end.same;
  return end;
}

/** Whom a list means, with what follows for its identities. */
function meet(
  list: readonly Key[],
  made: Person[],
  merges: { from: Person; into: Person }[],
): Person {
  const found: Person[] = [];
  for (const { person } of list) {
    if (person === undefined) continue;
    const now = latest(person);
    if (!found.includes(now)) found.push(now);
  }
  const person = choose(list, found) ?? { id: undefined, isNamed: false, same: undefined };
  if (!found.includes(person)) made.push(person);
  let end = person;
  for (const other of found) {
    if (other === end || other.isNamed) continue;
    // A stored one is kept where the other was made in this batch: there is nothing to move.
    const [from, into] =
      end.id === undefined && other.id !== undefined ? [end, other] : [other, end];
    from.same = into;
    into.isNamed ||= from.isNamed;
    merges.push({ from, into });
    end = into;
  }
  for (const key of list) {
    if (key.person || key.isErased) continue;
    key.person = end;
    key.isNew = true;
    if (key.kind === "user") end.isNamed = true;
  }
  return end;
}

function choose(list: readonly Key[], found: readonly Person[]): Person | undefined {
  const [strongest] = list;
  if (strongest?.kind !== "user") return found.find(({ isNamed }) => isNamed) ?? found[0];
  if (strongest.person) return latest(strongest.person);
  return found.find(({ isNamed }) => !isNamed);
}

async function insertPersons(tx: Tx, made: readonly Person[], now: number): Promise<void> {
  const wanted = made.filter(({ same }) => same === undefined);
  if (wanted.length === 0) return;
  const { rows } = await sql<{ id: number }>`
    insert into member (first_ms, created_ms)
    select ${now}::bigint, ${now}::bigint from generate_series(1, ${wanted.length}::int)
    returning id`.execute(tx);
  for (const [i, person] of wanted.entries()) person.id = rows[i]!.id;
}

async function insertKeys(tx: Tx, keys: ReadonlyMap<string, Key>, now: number): Promise<void> {
  const rows: { k: string; v: string; i: number }[] = [];
  for (const { kind, value, person, isNew } of keys.values()) {
    if (isNew) rows.push({ k: kind, v: value, i: latest(person!).id! });
  }
  if (rows.length === 0) return;
  await sql`insert into identity (kind, value, member_id, created_ms)
    select k, v, i, ${now}::bigint
    from json_to_recordset(${storedJson(rows)}::json) as r(k text, v text, i bigint)`.execute(tx);
}

/** Those of stored members, each into the one who is left at the end. */
function mergesOf(merges: readonly { readonly from: Person; readonly into: Person }[]): Merge[] {
  const result: Merge[] = [];
  for (const { from, into } of merges) {
    const intoId = latest(into).id!;
    if (from.id !== undefined && from.id !== intoId) result.push({ fromId: from.id, intoId });
  }
  return result;
}

/**
 * Write keys: with one an app may add events, and do nothing else; it may stand in a page that everybody
 * reads, unless it is trusted. Only the sha256 is kept.
 */
import type { Selectable } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { Database } from "./database.ts";
import type { DoorKind, WriteKeyTable } from "./member-table.ts";
import { cleanText } from "./text.ts";

export interface WriteKey {
  readonly id: number;
  readonly name: string;
  readonly kind: DoorKind;
  /** Kept on a server: it may say that two named members are one, and who they are elsewhere. */
  readonly isTrusted: boolean;
  readonly createdMs: number;
  readonly usedMs: number | null;
}

export interface WriteKeys {
  create(
    key: {
      readonly hash: string;
      readonly name: string;
      readonly kind: DoorKind;
      /** A key for history is, whatever is said: it brings a past along, which no page does. */
      readonly isTrusted?: boolean | undefined;
    },
    now: number,
  ): Promise<WriteKey>;
  /** Undefined when it is unknown. Notes the use once a minute. */
  find(hash: string, now: number): Promise<WriteKey | undefined>;
  /** Newest first. */
  list(): Promise<readonly WriteKey[]>;
  /** @throws WaymarkError NOT_FOUND */
  remove(id: number): Promise<void>;
}

/** Milliseconds by which the note of a key's last use may be late: not a write for each batch. */
const USED_STEP_MS = 60_000;

const COLUMNS = ["id", "name", "kind", "trusted", "created_ms", "used_ms"] as const;

export function createWriteKeys({ sql }: Pick<Database, "sql">): WriteKeys {
  return {
    async create({ hash, name, kind, isTrusted = false }, now) {
      const row = await sql
        .insertInto("write_key")
        .values({
          hash,
          name: cleanText(name),
          kind,
          trusted: isTrusted || kind === "history",
          created_ms: now,
          disabled_ms: null,
          used_ms: null,
        })
        .returning(COLUMNS)
        .executeTakeFirstOrThrow();
      return toWriteKey(row);
    },
    async find(hash, now) {
      const row = await sql
        .selectFrom("write_key")
        .select(COLUMNS)
        .where("hash", "=", hash)
        .where("disabled_ms", "is", null)
        .executeTakeFirst();
      if (!row) return undefined;
      if (now - (row.used_ms ?? 0) >= USED_STEP_MS) {
        await sql.updateTable("write_key").set({ used_ms: now }).where("id", "=", row.id).execute();
      }
      return toWriteKey(row);
    },
    async list() {
      const rows = await sql
        .selectFrom("write_key")
        .select(COLUMNS)
        .where("disabled_ms", "is", null)
        .orderBy("id", "desc")
        .execute();
      return rows.map(toWriteKey);
    },
    async remove(id) {
      const { numDeletedRows } = await sql
        .deleteFrom("write_key")
        .where("id", "=", id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw new WaymarkError("NOT_FOUND", `there is no write key ${id}`);
    },
  };
}

function toWriteKey(row: Pick<Selectable<WriteKeyTable>, (typeof COLUMNS)[number]>): WriteKey {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    isTrusted: row.trusted || row.kind === "history",
    createdMs: row.created_ms,
    usedMs: row.used_ms,
  };
}

/** What an administrator set: small values by name, kept as JSON. */
import type { Database } from "./database.ts";
import { cleanJson } from "./text.ts";

export interface Settings {
  /** Undefined when it was never set. */
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, now: number): Promise<void>;
  all(): Promise<Readonly<Record<string, unknown>>>;
}

export function createSettings({ sql }: Pick<Database, "sql">): Settings {
  return {
    async get(key) {
      const row = await sql
        .selectFrom("setting")
        .select("value")
        .where("key", "=", key)
        .executeTakeFirst();
      return row?.value;
    },
    async set(key, value, now) {
      const row = { value: cleanJson(value), updated_ms: now };
      await sql
        .insertInto("setting")
        .values({ key, ...row })
        .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
        .execute();
    },
    async all() {
      const rows = await sql
        .selectFrom("setting")
        .select(["key", "value"])
        .orderBy("key")
        .execute();
      return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
    },
  };
}

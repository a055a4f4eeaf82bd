/** Personal access tokens. Only the sha256 of a token is kept. */
import type { Selectable } from "kysely";
import { WaymarkError } from "../base/index.ts";
import { type Athlete, toAthlete } from "./athletes.ts";
import type { Database } from "./database.ts";
import type { AccessTokenTable } from "./table.ts";
import { cleanJson, cleanText } from "./text.ts";

export interface AccessToken {
  readonly id: number;
  readonly athleteId: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdMs: number;
  /** Null: it does not expire. */
  readonly expiresMs: number | null;
  readonly usedMs: number | null;
}

export interface NewToken {
  readonly hash: string;
  readonly athleteId: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresMs: number | null;
}

export interface Tokens {
  create(token: NewToken, now: number): Promise<AccessToken>;
  /** Undefined when it is unknown, expired, or its athlete disabled. Notes the use once a minute. */
  find(
    hash: string,
    now: number,
  ): Promise<{ readonly token: AccessToken; readonly athlete: Athlete } | undefined>;
  /** Newest first. */
  list(athleteId: number): Promise<readonly AccessToken[]>;
  /** @throws WaymarkError NOT_FOUND, also for another athlete's */
  remove(athleteId: number, id: number): Promise<void>;
}

/** Milliseconds by which the note of a token's last use may be late: not a write for each request. */
const USED_STEP_MS = 60_000;

const COLUMNS = [
  "id",
  "athlete_id",
  "name",
  "scopes",
  "created_ms",
  "expires_ms",
  "used_ms",
] as const;

export function createTokens({ sql }: Pick<Database, "sql">): Tokens {
  return {
    async create({ hash, athleteId, name, scopes, expiresMs }, now) {
      const row = await sql
        .insertInto("access_token")
        .values({
          hash,
          athlete_id: athleteId,
          name: cleanText(name),
          scopes: cleanJson(scopes),
          created_ms: now,
          expires_ms: expiresMs,
          used_ms: null,
        })
        .returning(COLUMNS)
        .executeTakeFirstOrThrow();
      return toToken(row);
    },
    async find(hash, now) {
      const row = await sql
        .selectFrom("access_token as t")
        .select(COLUMNS)
        .where("hash", "=", hash)
        .where((or) => or.or([or("expires_ms", "is", null), or("expires_ms", ">", now)]))
        .executeTakeFirst();
      if (!row) return undefined;
      const athlete = await sql
        .selectFrom("athlete")
        .selectAll()
        .where("id", "=", row.athlete_id)
        .where("disabled_ms", "is", null)
        .executeTakeFirst();
      if (!athlete) return undefined;
      if (now - (row.used_ms ?? 0) >= USED_STEP_MS) {
        await sql
          .updateTable("access_token")
          .set({ used_ms: now })
          .where("id", "=", row.id)
          .execute();
      }
      return { token: toToken(row), athlete: toAthlete(athlete) };
    },
    async list(athleteId) {
      const rows = await sql
        .selectFrom("access_token")
        .select(COLUMNS)
        .where("athlete_id", "=", athleteId)
        .orderBy("id", "desc")
        .execute();
      return rows.map(toToken);
    },
    async remove(athleteId, id) {
      const { numDeletedRows } = await sql
        .deleteFrom("access_token")
        .where("id", "=", id)
        .where("athlete_id", "=", athleteId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw new WaymarkError("NOT_FOUND", `there is no token ${id}`);
    },
  };
}

function toToken(row: Pick<Selectable<AccessTokenTable>, (typeof COLUMNS)[number]>): AccessToken {
  return {
    id: row.id,
    athleteId: row.athlete_id,
    name: row.name,
    scopes: row.scopes,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    usedMs: row.used_ms,
  };
}

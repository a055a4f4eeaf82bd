/** Signed-in browsers. Only the sha256 of a session's token is kept. */
import { type Athlete, toAthlete } from "./athletes.ts";
import type { Database } from "./database.ts";

export interface Session {
  readonly hash: string;
  readonly athlete: Athlete;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly seenMs: number;
}

export interface NewSession {
  /** sha256 of the cookie's token, hex. */
  readonly hash: string;
  readonly athleteId: number;
  readonly expiresMs: number;
}

export interface Sessions {
  create(session: NewSession, now: number): Promise<void>;
  /** Undefined when it is unknown, expired, or its athlete disabled. */
  find(hash: string, now: number): Promise<Session | undefined>;
  /** Notes that it was used, and when it ends now. */
  touch(hash: string, now: number, expiresMs: number): Promise<void>;
  remove(hash: string): Promise<void>;
  /** Every session of an athlete, but for one: after a change of password. */
  removeAll(athleteId: number, exceptHash?: string): Promise<void>;
  /** Forgets those that have expired. */
  purge(now: number): Promise<number>;
}

export function createSessions({ sql }: Pick<Database, "sql">): Sessions {
  return {
    async create({ hash, athleteId, expiresMs }, now) {
      await sql
        .insertInto("session")
        .values({
          hash,
          athlete_id: athleteId,
          created_ms: now,
          expires_ms: expiresMs,
          seen_ms: now,
        })
        .execute();
    },
    async find(hash, now) {
      const row = await sql
        .selectFrom("session")
        .innerJoin("athlete", "athlete.id", "session.athlete_id")
        .selectAll("athlete")
        .select(["expires_ms", "seen_ms", "session.created_ms as begun_ms"])
        .where("hash", "=", hash)
        .where("expires_ms", ">", now)
        .where("disabled_ms", "is", null)
        .executeTakeFirst();
      return (
        row && {
          hash,
          athlete: toAthlete(row),
          createdMs: row.begun_ms,
          expiresMs: row.expires_ms,
          seenMs: row.seen_ms,
        }
      );
    },
    async touch(hash, now, expiresMs) {
      await sql
        .updateTable("session")
        .set({ seen_ms: now, expires_ms: expiresMs })
        .where("hash", "=", hash)
        .execute();
    },
    async remove(hash) {
      await sql.deleteFrom("session").where("hash", "=", hash).execute();
    },
    async removeAll(athleteId, exceptHash = "") {
      await sql
        .deleteFrom("session")
        .where("athlete_id", "=", athleteId)
        .where("hash", "<>", exceptHash)
        .execute();
    },
    async purge(now) {
      const { numDeletedRows } = await sql
        .deleteFrom("session")
        .where("expires_ms", "<=", now)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

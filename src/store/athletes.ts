/** Accounts. An athlete without an email is one that the command line imported for on this machine. */
import { type Selectable, sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { BlobRows } from "./blob-rows.ts";
import type { Database, Sql } from "./database.ts";
import { isConflict } from "./database-error.ts";
import { eraseActivityEvents, eraseMemberOfAthlete } from "./erase-activity.ts";
import type { AthleteTable, Role, Units, Visibility } from "./table.ts";
import { cleanText, plain } from "./text.ts";

export interface Athlete {
  readonly id: number;
  readonly email: string | null;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string | null;
  readonly createdMs: number;
  readonly disabledMs: number | null;
  readonly units: Units;
  /** Of new activities, where an upload says nothing else. */
  readonly visibility: Visibility;
}

export interface NewAthlete {
  readonly name: string;
  readonly email?: string | null;
  readonly role?: Role;
  readonly passwordHash?: string | null;
}

export interface Athletes {
  /** @throws WaymarkError EMAIL_TAKEN */
  create(athlete: NewAthlete, now: number): Promise<Athlete>;
  /** @throws WaymarkError NOT_FOUND */
  get(id: number): Promise<Athlete>;
  /** Case does not matter. */
  byEmail(email: string): Promise<Athlete | undefined>;
  /** The account without email of that name, made when there is none. */
  local(name: string, now: number): Promise<Athlete>;
  /** In the order in which they came. */
  list(): Promise<readonly Athlete[]>;
  /** @throws WaymarkError NOT_FOUND, EMAIL_TAKEN, USAGE when another without email has the name */
  update(id: number, change: Partial<Omit<Athlete, "id" | "createdMs">>): Promise<Athlete>;
  /**
   * Deletes the account and everything that it owns, raw bytes included, and what the log of members has
   * of its activities; with `erasesMember` the member who it is, too (members.erase).
   */
  remove(id: number, now: number, options?: { readonly erasesMember?: boolean }): Promise<void>;
}

export function createAthletes(database: Database, blobRows: BlobRows): Athletes {
  const find = async (id: number): Promise<Athlete> => {
    const row = await database.sql
      .selectFrom("athlete")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) throw notFound(id);
    return toAthlete(row);
  };
  return {
    create: (athlete, now) => insertAthlete(database.sql, athlete, now),
    get: find,
    async byEmail(email) {
      const row = await database.sql
        .selectFrom("athlete")
        .selectAll()
        .where(sql`lower(email)`, "=", sql`lower(${cleanText(email)})`)
        .executeTakeFirst();
      return row && toAthlete(row);
    },
    async local(name, now) {
      const clean = cleanText(name);
      for (;;) {
        const row = await database.sql
          .selectFrom("athlete")
          .selectAll()
          .where("name", "=", clean)
          .where("email", "is", null)
          .executeTakeFirst();
        if (row) return toAthlete(row);
        try {
          return await insertAthlete(database.sql, { name: clean }, now);
        } catch (error) {
          if (!isConflict(error, "athlete_local_name")) throw error;
        }
      }
    },
    async list() {
      const rows = await database.sql.selectFrom("athlete").selectAll().orderBy("id").execute();
      return rows.map(toAthlete);
    },
    async update(id, change) {
      const values = {
        ...(change.email === undefined ? {} : { email: change.email && cleanText(change.email) }),
        ...(change.name === undefined
          ? {}
          : { name: cleanText(change.name), search: plain(change.name) }),
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
        ...(change.disabledMs === undefined ? {} : { disabled_ms: change.disabledMs }),
        ...(change.units === undefined ? {} : { units: change.units }),
        ...(change.visibility === undefined ? {} : { visibility: change.visibility }),
      };
      if (Object.keys(values).length === 0) return await find(id);
      const row = await emailChecked(change.email, () =>
        database.sql
          .updateTable("athlete")
          .set(values)
          .where("id", "=", id)
          .returningAll()
          .executeTakeFirst(),
      ).catch((error) => {
        if (!isConflict(error, "athlete_local_name")) throw error;
        throw new WaymarkError("USAGE", "another account without email has that name");
      });
      if (!row) throw notFound(id);
      return toAthlete(row);
    },
    async remove(id, now, { erasesMember = false } = {}) {
      const hashes = await database.transaction(async (tx) => {
        // Whoever stores a recording of the athlete holds this row first.
        await tx.selectFrom("athlete").select("id").where("id", "=", id).forUpdate().execute();
        const owned = await blobRows.ofAthlete(tx, id);
        const activities = await tx
          .selectFrom("activity")
          .select("id")
          .where("athlete_id", "=", id)
          .execute();
        await tx.deleteFrom("athlete").where("id", "=", id).execute();
        if (erasesMember) await eraseMemberOfAthlete(tx, id, now);
        await eraseActivityEvents(
          tx,
          activities.map((activity) => activity.id),
          now,
        );
        return owned;
      });
      await blobRows.collect(hashes);
    },
  };
}

/** @throws WaymarkError EMAIL_TAKEN */
export async function insertAthlete(db: Sql, athlete: NewAthlete, now: number): Promise<Athlete> {
  const { name, email = null, role = "athlete", passwordHash = null } = athlete;
  const row = await emailChecked(email, () =>
    db
      .insertInto("athlete")
      .values({
        name: cleanText(name),
        search: plain(name),
        email: email && cleanText(email),
        role,
        password_hash: passwordHash,
        created_ms: now,
        disabled_ms: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
  return toAthlete(row);
}

export function toAthlete(row: Selectable<AthleteTable>): Athlete {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    passwordHash: row.password_hash,
    createdMs: row.created_ms,
    disabledMs: row.disabled_ms,
    units: row.units,
    visibility: row.visibility,
  };
}

async function emailChecked<T>(
  email: string | null | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isConflict(error, "athlete_email")) throw error;
    throw new WaymarkError("EMAIL_TAKEN", `an account with the email '${email}' exists`);
  }
}

function notFound(id: number): WaymarkError {
  return new WaymarkError("NOT_FOUND", `there is no account ${id}`);
}

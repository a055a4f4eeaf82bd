/** Invitations to open an account, each good for one. Only the sha256 of a code is kept. */
import type { Selectable } from "kysely";
import { WaymarkError } from "../base/index.ts";
import { type Athlete, insertAthlete, type NewAthlete } from "./athletes.ts";
import type { Database } from "./database.ts";
import type { InvitationTable, Role } from "./table.ts";
import { cleanText } from "./text.ts";

export interface Invitation {
  readonly id: number;
  readonly email: string | null;
  readonly role: Role;
  readonly createdBy: number | null;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly acceptedMs: number | null;
  readonly acceptedBy: number | null;
}

export interface NewInvitation {
  readonly hash: string;
  readonly email?: string | null;
  readonly role?: Role;
  readonly createdBy?: number | null;
  readonly expiresMs: number;
}

export interface Invitations {
  create(invitation: NewInvitation, now: number): Promise<Invitation>;
  /** Undefined when it is unknown, expired or used. */
  find(hash: string, now: number): Promise<Invitation | undefined>;
  /**
   * Opens the account and uses the invitation up, together; of two who try at once one succeeds. The
   * role is the invitation's.
   *
   * @throws WaymarkError NOT_FOUND, EMAIL_TAKEN
   */
  accept(hash: string, athlete: Omit<NewAthlete, "role">, now: number): Promise<Athlete>;
  /** Newest first. */
  list(): Promise<readonly Invitation[]>;
  /** @throws WaymarkError NOT_FOUND */
  remove(id: number): Promise<void>;
}

export function createInvitations(database: Database): Invitations {
  const { sql } = database;
  return {
    async create({ hash, email = null, role = "athlete", createdBy = null, expiresMs }, now) {
      const row = await sql
        .insertInto("invitation")
        .values({
          hash,
          email: email && cleanText(email),
          role,
          created_by: createdBy,
          created_ms: now,
          expires_ms: expiresMs,
          accepted_ms: null,
          accepted_by: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toInvitation(row);
    },
    async find(hash, now) {
      const row = await sql
        .selectFrom("invitation")
        .selectAll()
        .where("hash", "=", hash)
        .where("accepted_ms", "is", null)
        .where("expires_ms", ">", now)
        .executeTakeFirst();
      return row && toInvitation(row);
    },
    accept: (hash, athlete, now) =>
      database.transaction(async (tx) => {
        // The row is locked by its update: the second of two waits, and then finds it used.
        const taken = await tx
          .updateTable("invitation")
          .set({ accepted_ms: now })
          .where("hash", "=", hash)
          .where("accepted_ms", "is", null)
          .where("expires_ms", ">", now)
          .returning(["id", "role"])
          .executeTakeFirst();
        if (!taken) {
          throw new WaymarkError("NOT_FOUND", "the invitation is unknown, used or expired");
        }
        const opened = await insertAthlete(tx, { ...athlete, role: taken.role }, now);
        await tx
          .updateTable("invitation")
          .set({ accepted_by: opened.id })
          .where("id", "=", taken.id)
          .execute();
        return opened;
      }),
    async list() {
      const rows = await sql.selectFrom("invitation").selectAll().orderBy("id", "desc").execute();
      return rows.map(toInvitation);
    },
    async remove(id) {
      const { numDeletedRows } = await sql
        .deleteFrom("invitation")
        .where("id", "=", id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) {
        throw new WaymarkError("NOT_FOUND", `there is no invitation ${id}`);
      }
    },
  };
}

function toInvitation(row: Selectable<InvitationTable>): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    createdBy: row.created_by,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    acceptedMs: row.accepted_ms,
    acceptedBy: row.accepted_by,
  };
}

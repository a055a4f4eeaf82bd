/** Who did what to whose data, for as long as the store lives. Never holds a secret. */
import type { Database } from "./database.ts";
import { cleanJson, cleanText } from "./text.ts";

export interface AuditEntry {
  readonly atMs: number;
  /** Null: the command line or the server itself. */
  readonly athleteId: number | null;
  /** "session.create", "activity.delete" … */
  readonly action: string;
  /** What it was done to: "activity 12". */
  readonly subject: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditLog {
  add(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(options?: {
    readonly limit?: number;
    readonly athleteId?: number;
  }): Promise<readonly AuditEntry[]>;
}

export function createAuditLog({ sql }: Pick<Database, "sql">): AuditLog {
  return {
    async add({ atMs, athleteId, action, subject, detail = {} }) {
      await sql
        .insertInto("audit")
        .values({
          at_ms: atMs,
          athlete_id: athleteId,
          action,
          subject: cleanText(subject),
          detail: cleanJson(detail),
        })
        .execute();
    },
    async list({ limit = 100, athleteId } = {}) {
      let query = sql.selectFrom("audit").selectAll().orderBy("id", "desc").limit(limit);
      if (athleteId !== undefined) query = query.where("athlete_id", "=", athleteId);
      const rows = await query.execute();
      return rows.map((row) => ({
        atMs: row.at_ms,
        athleteId: row.athlete_id,
        action: row.action,
        subject: row.subject,
        detail: row.detail,
      }));
    },
  };
}

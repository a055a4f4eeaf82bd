/**
 * The newest score of each member by each model, for lists that are sorted by it. Follows from features
 * and model and can be made again at any time.
 */
import { sql } from "kysely";
import type { Database, Tx } from "./database.ts";
import { cleanJson } from "./text.ts";

export interface StoredScore {
  readonly memberId: number;
  readonly version: number;
  readonly atMs: number;
  /** Chances, reasons, value at risk, in the words of whoever scores. */
  readonly result: unknown;
  /** What lists sort by. */
  readonly risk: number;
  readonly valueMinor: number;
}

export interface Scores {
  /** One statement; a member's earlier score gives way. */
  put(model: string, scores: readonly StoredScore[], tx?: Tx): Promise<void>;
  get(model: string, memberId: number): Promise<StoredScore | undefined>;
  /** Scores that were made before: of members who are no longer at risk. @returns how many went */
  removeBefore(model: string, atMs: number): Promise<number>;
  /** How many there are, and the newest moment; undefined without any. */
  newest(model: string): Promise<{ count: number; atMs: number; version: number } | undefined>;
}

export function createScores(database: Pick<Database, "sql">): Scores {
  return {
    async put(model, scores, tx) {
      if (scores.length === 0) return;
      const rows = scores.map(({ memberId, version, atMs, result, risk, valueMinor }) => ({
        member_id: memberId,
        version,
        at_ms: atMs,
        result,
        risk,
        value_minor: valueMinor,
      }));
      // A member erased meanwhile has no score.
      await sql`
        insert into score (model, member_id, version, at_ms, result, risk, value_minor)
        select ${model}, r.member_id, r.version, r.at_ms, r.result, r.risk, r.value_minor
        from jsonb_to_recordset(${cleanJson(rows)}::jsonb) as r(member_id bigint, version int,
          at_ms bigint, result jsonb, risk double precision, value_minor bigint)
        join member on member.id = r.member_id
        on conflict (model, member_id) do update set version = excluded.version,
          at_ms = excluded.at_ms, result = excluded.result, risk = excluded.risk,
          value_minor = excluded.value_minor`.execute(tx ?? database.sql);
    },
    async get(model, memberId) {
      const row = await database.sql
        .selectFrom("score")
        .selectAll()
        .where("model", "=", model)
        .where("member_id", "=", memberId)
        .executeTakeFirst();
      return (
        row && {
          memberId: row.member_id,
          version: row.version,
          atMs: row.at_ms,
          result: row.result,
          risk: row.risk,
          valueMinor: row.value_minor,
        }
      );
    },
    async removeBefore(model, atMs) {
      const gone = await database.sql
        .deleteFrom("score")
        .where("model", "=", model)
        .where("at_ms", "<", atMs)
        .executeTakeFirst();
      return Number(gone.numDeletedRows);
    },
    async newest(model) {
      const row = await database.sql
        .selectFrom("score")
        .select(({ fn }) => [
          fn.countAll<number>().as("count"),
          fn.max("at_ms").as("at_ms"),
          fn.max("version").as("version"),
        ])
        .where("model", "=", model)
        .executeTakeFirst();
      if (!row || Number(row.count) === 0) return undefined;
      return { count: Number(row.count), atMs: row.at_ms, version: row.version };
    },
  };
}
